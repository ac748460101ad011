"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otfbench.inputs import typed_files
from otfbench.inputs.arrow_types import refined

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_ROWS = 65_536
_INT96 = "us"
"""The unit of the old times of 96 bits, which reach beyond 64 bits of nanoseconds."""
_NOT_READ = {
    "UUID": "a UUID, which Spark doesn't read from Parquet: rewrite it as a string",
    "TIME": "a time of day, a type that Spark doesn't have: rewrite it as a string, or as a number",
    "FLOAT16": "a float of 16 bits, a type that Spark doesn't have: rewrite it as a float of 32 bits",
    "INTERVAL": "an interval, which Spark doesn't read from Parquet: rewrite it as a string, or as numbers",
}
"""Logical types -> what they are, and what to do."""
_NANOSECONDS = "a time in nanoseconds inside of another value, which Spark doesn't read: rewrite it in microseconds"


class Parquet(typed_files.TypedInput):
    """As Spark writes them."""

    name = "parquet"
    reader = "pyarrow"
    foreign_options = typed_files.CALENDAR

    @property
    def files(self) -> typed_files.TypedReader:
        """By their footers and row groups."""
        return _READER


def _footer(path: str) -> pq.ParquetSchema:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).schema


def _columns(footer: pq.ParquetSchema) -> pa.Schema:
    """Spark takes the old times of 96 bits for instants, and names of an enumeration for text."""
    import pyarrow as pa

    leaves = (footer.column(number) for number in range(len(footer)))
    return pa.schema([refined(each, lambda kind, _: _leaf(kind, next(leaves))) for each in footer.to_arrow_schema()])


def _leaf(kind: pa.DataType, column: pq.ColumnSchema) -> pa.DataType | str:
    import pyarrow as pa
    from pyarrow import types

    if column.physical_type == "INT96":
        return pa.timestamp(_INT96, "UTC")
    logical = column.logical_type.type
    if types.is_timestamp(kind) and kind.unit == "ns" and column.path != column.name:
        return _NANOSECONDS
    return pa.string() if logical == "ENUM" else _NOT_READ.get(logical, kind)


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, coerce_int96_timestamp_unit=_INT96, page_checksum_verification=True) as file:
        for number in range(file.num_row_groups):
            try:
                yield from file.iter_batches(_ROWS, row_groups=[number], use_threads=False)
            except (OSError, pa.ArrowException) as error:
                where = f"row group {number + 1} of {file.num_row_groups}"
                raise typed_files.Damaged(f"{where} is damaged ({error})") from None


_READER = typed_files.TypedReader("Parquet", _MAGIC, _footer, _columns, _batches)
