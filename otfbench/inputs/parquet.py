"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.inputs import typed_files
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 65_536
_INT96 = "us"
"""The unit of the old times of 96 bits, which reach beyond 64 bits of nanoseconds."""


class Parquet(Input):
    """As Spark writes them."""

    name = "parquet"
    typed = True
    reader = "pyarrow"

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"PAR1")

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return typed_files.why_unread(options, merges=True)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them."""
        return typed_files.batches(paths, options, schema, _schema, _batches, merges=True)


def _schema(path: str) -> pa.Schema:
    """Spark takes the old times of 96 bits for instants."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, coerce_int96_timestamp_unit=_INT96) as file:
        columns = (file.schema.column(number) for number in range(len(file.schema)))
        instants = {column.path for column in columns if column.physical_type == "INT96"}
        schema = file.schema_arrow
    instant = pa.timestamp(_INT96, "UTC")
    return pa.schema([field.with_type(instant) if field.name in instants else field for field in schema])


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, coerce_int96_timestamp_unit=_INT96) as file:
        yield from file.iter_batches(_ROWS, use_threads=False)
