"""A table that is put back to its initial state from a copy of its folder. Times nothing, knows no format by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows, changed_rows
from otfbench.errors import UnsupportedError
from otfbench.formats.hadoop import copy_folder, remove_folder
from otfbench.tables.storage import TableSize
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class State(str, Enum):
    """What a table has been through when an operation begins."""

    LOADED = "loaded"
    AGED = "aged"
    """Ten small commits."""
    COMPACTED = "compacted"
    """Ten small commits and a compaction."""
    WIDENED = "widened"
    """A column that was added, and rows that have it."""
    IMPORTED = "imported"
    """Parquet files that have become a table as they are."""


@dataclass(frozen=True, eq=False)
class Version:
    """A version of a table: what names it, and the content that it must have."""

    id: str
    rows: DataFrame


@dataclass(frozen=True, eq=False)
class FilledTable(SessionTable):
    """A table that holds rows at first, with a copy of its folder from which it is restored."""

    initial_rows: InitialRows
    """What it was created from."""
    rows: DataFrame
    """What it holds when it is restored: the initial rows, or what further commits made of them."""
    versions: tuple[Version, ...]
    """Its versions, the oldest first."""
    initial_size: TableSize
    initial_files: dict[str, int]
    """Path -> bytes, when it is restored."""
    bytes_per_row: float
    """Live bytes per row when it had just been created."""
    copy: str
    """The path of the copy."""

    def restore(self) -> None:
        """Put the copy back, to the same path: some formats write paths into their metadata."""
        spark, path = self.format.spark, self.format.path
        remove_folder(spark, path)
        copy_folder(spark, self.copy, path)
        self.format.invalidate_caches()
        if self.format.schema_in_catalog and set(self.read().columns) != set(self.rows.columns):
            self.format.drop()
            copy_folder(spark, self.copy, path)
            self.format.register_table()

    def version(self, commits_ago: int) -> Version:
        """The version that was current so many commits ago, or the oldest; raises UnsupportedError if none is known."""
        if not self.versions:
            raise UnsupportedError("no versions of this table were recorded")
        return self.versions[max(0, len(self.versions) - 1 - commits_ago)]

    def changes(self, version: Version) -> DataFrame:
        """What commits after a version inserted, updated and deleted, from the format's change feed."""
        return self.format.changes(version.id, self.initial_rows.key)

    def changed_rows(self) -> DataFrame:
        """What the ten small commits inserted, updated and deleted, as a change feed has it."""
        return changed_rows(self.initial_rows)

    def append(self, change: Change) -> None:
        """Add its rows."""
        self.format.append(_rows(change))

    def overwrite(self, change: Change) -> None:
        """Replace all rows by its rows."""
        self.format.overwrite(_rows(change))

    def overwrite_partition(self, change: Change) -> None:
        """Replace the rows of one partition by its rows."""
        self.format.overwrite_partition(_rows(change), _where(change))

    def merge(self, change: Change) -> None:
        """Update the rows whose keys are there, insert the others."""
        self.format.merge(_rows(change), self.initial_rows.key)

    def update(self, change: Change) -> None:
        """Change the rows that it is about."""
        self.format.update(change.column, change.value, _where(change))

    def delete(self, change: Change) -> None:
        """Remove the rows that it is about."""
        self.format.delete(_where(change))

    def add_column(self, name: str, dtype: str) -> None:
        """Add a column, null in all rows that are there."""
        self.format.add_column(name, dtype)

    def compact(self) -> None:
        """Rewrite small files as few large ones."""
        self.format.compact()

    def expire(self) -> None:
        """Remove all versions but the current one."""
        self.format.expire()


def _rows(change: Change) -> DataFrame:
    assert change.rows is not None, "a change that brings rows"
    return change.rows


def _where(change: Change) -> str:
    assert change.where is not None, "a change that says which rows it is about"
    return change.where
