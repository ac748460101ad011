"""Parquet files as an input: calendars, old times, and what pyarrow reads beside Spark.

Knows no table format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError, Key
from otfbench.files import for_arrow
from otfbench.inputs import int96, option_values, typed_files
from otfbench.inputs.arrow_types import refined
from otfbench.inputs.base import Misreading

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_MAGIC = b"PAR1"
_ROWS = 65_536
"""The most rows in a batch: what bounds the memory."""
_INT96 = "us"
"""The unit of the old times of 96 bits, which reach beyond 64 bits of nanoseconds."""
_CALENDAR = "datetimeRebaseMode"
_GREGORIAN = date(1582, 10, 15)
_OF_TODAY = re.compile(rb"org\.apache\.spark\.version|.*\.schema")
"""Who writes such a pair into a footer means today's calendar, or says, as Spark does, that it is another one.

Avro, and formats of tables, write their own schema.
"""
_PROLEPTIC = b"writer.date.proleptic"
"""Hive's word for today's calendar, since 3.1.3; without it Hive means the Julian one, until 1582."""
_NOT_READ = {
    "UUID": "a UUID, which Spark doesn't read from Parquet: rewrite it as a string",
    "TIME": "a time of day, a type that Spark doesn't have: rewrite it as a string, or as a number",
    "FLOAT16": "a float of 16 bits, a type that Spark doesn't have: rewrite it as a float of 32 bits",
    "INTERVAL": "an interval, which Spark doesn't read from Parquet: rewrite it as a string, or as numbers",
}
"""Logical types -> what they are, and what to do."""
_SHORT = 18
"""The most digits of a decimal that 64 bits hold."""
_NANOSECONDS = "a time in nanoseconds inside of another value, which Spark doesn't read: rewrite it in microseconds"

_IN_PART = "of Parquet files Spark 4 counts only a part of what it reads"


class Parquet(typed_files.TypedInput):
    """As Spark writes them."""

    name = "parquet"
    option_rules = option_values.PARQUET
    reader = "pyarrow"
    unreported_reads = {} if version("pyspark").startswith("3.") else {"input_bytes": _IN_PART}

    @property
    def files(self) -> typed_files.TypedReader:
        """By their footers and row groups."""
        return _READER

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them, row group by row group."""
        given = _CALENDAR.lower() in options
        return (replace(_READER, batches_of=_batches) if given else _READER).batches(paths, schema)

    def misread(self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
        """Decimals of few digits in bytes of any length, at which Spark's reader fails."""
        for path in paths:
            if name := _short_decimal_in_bytes(_footer(path)):
                return Misreading(path, f"column {name}: Spark's reader takes no decimals of up to 18 digits in bytes")
        return None

    def read_foreign(
        self, spark: SparkSession, paths: list[str], schema: StructType | str | None, options: Mapping[str, str]
    ) -> DataFrame:
        """The rows by today's calendar, where neither files nor options tell another."""
        given = {name.lower() for name in options}
        calendar = {} if _CALENDAR.lower() in given else typed_files.CALENDAR
        return super().read_foreign(spark, paths, schema, {**calendar, **options})


def _footer(path: str) -> pq.ParquetSchema:
    import pyarrow.parquet as pq

    return pq.read_metadata(for_arrow(path)).schema


def _short_decimal_in_bytes(footer: pq.ParquetSchema) -> str | None:
    """The first column that is one, or has one in it; Spark's vectorized reader knows those of more digits alone."""
    for column in map(footer.column, range(len(footer))):
        decimal = column.physical_type == "BYTE_ARRAY" and column.logical_type.type == "DECIMAL"
        if decimal and column.precision <= _SHORT:
            return str(column.path)
    return None


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
    old = column.converted_type == "INTERVAL"  # which has no logical type of today
    logical = "INTERVAL" if old else column.logical_type.type
    if types.is_timestamp(kind) and kind.unit == "ns" and column.path != column.name:
        return _NANOSECONDS
    return pa.string() if logical == "ENUM" else _NOT_READ.get(logical, kind)


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    with _opened(path) as file:
        yield from _exact_rows(path, file)


def _batches_of_one_calendar(path: str) -> Iterator[pa.RecordBatch]:
    """Hive and Spark 2 take days before 1582 for Julian ones, and not all of their files tell."""
    with _opened(path) as file:
        tells = _tells_calendar(file.metadata)
        for batch in _exact_rows(path, file):
            if not tells:
                _refuse_old_days(batch)
            yield batch


def _opened(path: str, unit: str = _INT96) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    return pq.ParquetFile(for_arrow(path), coerce_int96_timestamp_unit=unit, page_checksum_verification=True)


def _exact_rows(path: str, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows; old times of 96 bits, which have nanoseconds, are read in these, too, to see whether any are lost."""
    old = _columns_of_old_times(file)
    if not old:
        yield from _rows(file)
        return
    with _opened(path, "ns") as finer:
        for batch, fine in zip(_rows(file), _rows(finer, old), strict=True):
            for name in old:
                int96.refuse_nanoseconds(name, batch.column(name), fine.column(name))
            yield batch


def _columns_of_old_times(file: pq.ParquetFile) -> list[str]:
    import pyarrow as pa

    leaves = (file.schema.column(number) for number in range(len(file.schema)))

    def marked(kind: pa.DataType, _: str) -> pa.DataType:
        return pa.null() if next(leaves).physical_type == "INT96" else kind

    return [field.name for field in file.schema_arrow if refined(field, marked).type != field.type]


def _rows(file: pq.ParquetFile, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for number in range(file.num_row_groups):
        try:
            yield from file.iter_batches(_ROWS, row_groups=[number], columns=columns, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            where = f"row group {number + 1} of {file.num_row_groups}"
            raise typed_files.Damaged(f"{where} is damaged ({error})") from None


def _refuse_old_days(batch: pa.RecordBatch) -> None:
    """Raise DatasetError for a day before 1582."""
    import numpy as np

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        first = _first_day(column)
        if first is not None and first < np.datetime64(_GREGORIAN):
            raise DatasetError(
                f"column {name} has days before {_GREGORIAN}, as {first}, and the file doesn't tell by which "
                "calendar. Give ",
                Key("options", (_CALENDAR, "LEGACY")),
                " if Hive or Spark 2 has written it, or ",
                Key("options", (_CALENDAR, "CORRECTED")),
                " if they are days of today's calendar.",
            )


def _tells_calendar(footer: pq.FileMetaData) -> bool:
    """Whether the days are those of today's calendar, or the file itself tells Spark of another one."""
    pairs = footer.metadata or {}
    by_java = (footer.created_by or "").startswith("parquet-mr")
    return not by_java or pairs.get(_PROLEPTIC) == b"true" or any(map(_OF_TODAY.fullmatch, pairs))


def _first_day(column: pa.Array) -> np.datetime64 | None:
    """The first day, or that of the first time; None for other types, and where there is none."""
    import numpy as np
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_date(column.type):
        unit, first = "D", pc.min(column.cast("date32").cast("int32")).as_py()
    elif types.is_timestamp(column.type):
        unit, first = column.type.unit, pc.min(column.cast("int64")).as_py()
    else:
        return None
    day: np.datetime64 = np.array([first], f"datetime64[{unit}]").astype("datetime64[D]")[0]
    return None if first is None else day


_READER = typed_files.TypedReader("Parquet", _MAGIC, _footer, _columns, _batches_of_one_calendar)
