"""A table of the user's as a dataset: its rows are what its format reads in its folder. Knows no format by name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from otfbench.data.digest import digest
from otfbench.data.discovery import UserData, location, why_no_table
from otfbench.data.evidence import Digest
from otfbench.data.file_stamps import Stamps, stamps_of
from otfbench.data.keys import check_columns, check_key
from otfbench.data.second_reading import SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.data.user_files import NAME
from otfbench.errors import DatasetError, Key, OtfbenchError, UnsupportedError
from otfbench.files import is_uri
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import list_files
from otfbench.spark.causes import first_cause

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NOT_VERIFIED = "the source is not to be verified"


@dataclass(frozen=True, eq=False)
class UserTable:
    """A table that others made. It is read, and copied; nothing is ever written to it."""

    format: TableFormat
    path: str
    second: SecondReading | str = _NOT_VERIFIED
    """What a reader other than Spark finds in it; else why that proves nothing."""
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    stamps: Stamps = field(default_factory=dict)
    """The files of its folder, as they were when it was looked through."""
    content: Digest = Digest(0, 0)
    """The digest of its rows then."""
    name: str = NAME
    seed: None = None

    @property
    def rows(self) -> int:
        """How many it had when it was looked through."""
        return self.content.rows

    @property
    def size(self) -> dict[str, int]:
        """Files and bytes of the folder, live or not."""
        from pyspark.sql import SparkSession

        files = list_files(SparkSession.getActiveSession(), self.path)
        return {"files": len(files), "bytes": sum(files.values())}

    def read(self, spark: SparkSession, version: str | None = None) -> DataFrame:
        """The current rows, or those of a version that the format's versions() names."""
        return self.format.read_path(spark, self.path, version)

    generate = initial_rows = read

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """There are none; raises UnsupportedError."""
        raise UnsupportedError("it needs new rows, and a table of your own has only those that are in it")

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted."""
        return digest(adapted(self.read(spark), adaptations))

    @contextmanager
    def unchanged(self, spark: SparkSession) -> Iterator[None]:
        """Raise DatasetError, in place of any other error, if the folder isn't what it was before and after a block."""
        _check(spark, self.path, self.stamps)
        try:
            yield
        except Exception:
            _check(spark, self.path, self.stamps)
            raise
        _check(spark, self.path, self.stamps)


def look_through(spark: SparkSession, data: UserData, table_format: TableFormat) -> UserTable:
    """Read all of it: rows, digest, key.

    Raises ConfigError for columns that are not there, DatasetError if no table of the format is there, it can't be
    read, it changes meanwhile or has no row. What is behind URIs must be reached by the session.
    """
    path = location(data.path, data.folder)
    path = path if is_uri(path) else os.path.abspath(path)  # a native reader may take no .. in it
    if reason := why_no_table(path, table_format):
        raise DatasetError(Key("path"), f" {data.path}: {reason}")
    table = UserTable(table_format, path, key=data.key, partition_by=data.partition_by, stamps=_stamps(spark, path))
    with table.unchanged(spark), _in_words(data):
        rows = table.read(spark)
        check_columns(rows, data.key, data.partition_by)
        second = read_beside(table_format, path, rows) if data.read_twice else _NOT_VERIFIED
        content = second.evidence.digest if isinstance(second, SecondReading) else digest(rows)
        check_key(rows, data.key)
    if not content.rows:
        raise DatasetError(Key("path"), f" {data.path}: there is no row in the table.")
    return replace(table, second=second, content=content)


def identity(table: UserTable, data: UserData, rows: DataFrame) -> dict[str, Any]:
    """What names the table in results: its path as the user wrote it, and what was found there."""
    second = table.second.as_dict() if isinstance(table.second, SecondReading) else table.second
    columns: Mapping[str, str] = dict(rows.dtypes)
    return {
        "path": data.path,
        "format": table.format.name,
        "table": True,
        **({"key": list(table.key)} if table.key else {}),
        **({"partition_by": list(table.partition_by)} if table.partition_by else {}),
        "columns": columns,
        **table.size,
        "second_reader": second,
        "rows": table.rows,
        "digest": table.content.hex,
    }


def _stamps(spark: SparkSession, path: str) -> Stamps:
    return stamps_of(list_files(spark, path))


def _check(spark: SparkSession, path: str, stamps: Stamps) -> None:
    now = _stamps(spark, path)
    changed = sorted({*now.items()} ^ {*stamps.items()})
    if changed:
        raise DatasetError(
            f"{path} changed while it was read or copied ({changed[0][0]}): name it when nobody writes it, or a copy."
        )


@contextmanager
def _in_words(data: UserData) -> Iterator[None]:
    """What fails in Spark as a DatasetError with the first cause."""
    try:
        yield
    except OtfbenchError:
        raise
    except Exception as error:
        raise DatasetError(f"{data.path} can't be read as a table of {data.format}: {first_cause(error)}") from None
