"""A table read by a library beside Spark: does it find what Spark reads there? Knows no format by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data import path_columns
from otfbench.data.discovery import UserData
from otfbench.data.evidence import Evidence
from otfbench.data.reading_differences import check_same
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import DatasetError
from otfbench.files import is_uri
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import list_files
from otfbench.inputs.arrow_types import spark_type
from otfbench.registry import load_input

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit)
_REASON = 300
"""The most characters of a reader's own message that are shown."""


def read_beside(
    table_format: TableFormat, path: str, rows: DataFrame, known: Evidence | None = None
) -> SecondReading | str:
    """What the format's second reader finds in the table in a local folder, where Spark reads these rows.

    If it can't read it, or finds something else: that, in words. `known`: the evidence of the rows, if that is known.
    """
    try:
        if is_uri(path):
            return "the libraries that read tables beside Spark are not given what is behind a URI"
        if table_format.plain_files:
            return _files(table_format, path).compare(rows, known)
        if reason := table_format.why_unread(path):
            return reason
        return _read_twice(table_format, path, rows, known)
    except DatasetError as error:
        return " ".join(map(str.strip, str(error).splitlines()))


def _read_twice(table_format: TableFormat, path: str, rows: DataFrame, known: Evidence | None) -> SecondReading:
    from otfbench.data.column_hashes import evidence

    name = f"{table_format.reader} {version(table_format.reader)}"
    reading = SecondReading(name, evidence(_rows(table_format, path, rows.columns, name)))
    again = partial(_rows, table_format, path, rows.columns, name)
    check_same(rows, reading.evidence, again, name, f"{name} reads", known)
    return reading


def _files(table_format: TableFormat, path: str) -> SecondReader:
    """The second reader of the input of that name."""
    files = [file for file in list_files(None, path) if not table_format.metadata.search(file.removeprefix(path))]
    data = UserData(path=path, folder=Path.cwd(), format=table_format.name)
    return SecondReader(load_input(table_format.name), path_columns.group_by_values(files, path), data)


def _in_words(batches: Iterator[pa.RecordBatch], reader: str) -> Iterator[pa.RecordBatch]:
    """The batches; what goes wrong in a library, its panics included, as a DatasetError of one line."""
    try:
        yield from batches
    except _ENDS:
        raise
    except BaseException as error:  # panics of Rust are no Exception
        words = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(f"{reader} can't read it: {words[:_REASON]}") from None


def _rows(table_format: TableFormat, path: str, names: list[str], reader: str) -> Iterator[pa.RecordBatch]:
    """The rows with Spark's columns, in Spark's order and types; raises DatasetError where there are others."""
    import pyarrow as pa

    for batch in _in_words(table_format.batches(path), reader):
        if sorted(batch.schema.names) != sorted(names):
            other = sorted(set(batch.schema.names).symmetric_difference(names))
            raise DatasetError(f"{reader} finds other columns than Spark: {', '.join(other or batch.schema.names)}")
        yield pa.RecordBatch.from_arrays([_as_spark(batch.column(name), name, reader) for name in names], names)


def _as_spark(column: pa.Array, name: str, reader: str) -> pa.Array:
    import pyarrow as pa

    kind = spark_type(column.type)
    if kind is None:
        raise DatasetError(f"{reader} finds {column.type} in column {name}, a type that Spark doesn't have")
    try:
        return column if column.type == kind else column.cast(kind)
    except pa.ArrowException as error:
        raise DatasetError(f"column {name}, which {reader} gives as {column.type}, is no {kind}: {error}") from None
