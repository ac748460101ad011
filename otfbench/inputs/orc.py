"""ORC files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa


class Orc(Input):
    """As Spark writes them."""

    name = "orc"
    typed = True
    reader = "pyarrow"

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"ORC")

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows by Arrow's own reader, a stripe at a time."""
        from pyarrow import orc

        for path in paths:
            file = orc.ORCFile(path)
            yield from map(file.read_stripe, range(file.nstripes))
