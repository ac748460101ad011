"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa


class Parquet(Input):
    """As Spark writes them."""

    name = "parquet"
    typed = True
    reader = "pyarrow"

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"PAR1")

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows by Arrow's own reader."""
        import pyarrow.parquet as pq

        for path in paths:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches()
