"""Tables in the states that operations begin with: loaded, aged, compacted, widened, imported. Times nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows
from otfbench.data.dataset import Dataset
from otfbench.data.digest import digest
from otfbench.data.user_table import UserTable
from otfbench.errors import ContentError, UnsupportedError
from otfbench.formats.adaptation import Adaptation, adapted, stored_names
from otfbench.formats.change_feed import DELETE, INSERT, UPDATE
from otfbench.formats.hadoop import list_files
from otfbench.formats.model import SHIPPED, Capability
from otfbench.spark.remote_files import reached_by
from otfbench.tables.importable import ImportableFiles, ImportedTable, importable
from otfbench.tables.restorable import FilledTable, State, Version
from otfbench.tables.scratch import Scratch
from otfbench.tables.table import SessionTable
from otfbench.tables.user_table_copy import CopiedTable, copy_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NO_FILES = "a table of your own is no folder of Parquet files"
TableNamed = Callable[[str, Dataset, str, tuple[str, ...]], SessionTable]
"""Name, dataset, variant, partition columns -> a table that doesn't exist yet."""


class States:
    """The filled tables of one session."""

    def __init__(self, spark: SparkSession, scratch: Scratch, table: TableNamed) -> None:
        self._spark, self._scratch, self._table = spark, scratch, table
        self._initial_rows: dict[Dataset, InitialRows] = {}
        self._filled: dict[tuple[str, State], FilledTable] = {}

    def filled(
        self,
        name: str,
        dataset: Dataset,
        state: State = State.LOADED,
        variant: str = SHIPPED,
        partitioned: bool = False,
    ) -> FilledTable:
        """A table that holds the dataset's rows at first; built once for each name and state."""
        if isinstance(dataset, UserTable):
            return self._of_user(name, dataset, state, partitioned)
        if (name, state) not in self._filled:
            table = self._table(name, dataset, variant, dataset.partition_by if partitioned else ())
            if state is State.LOADED:
                filled = self._load(table, dataset)
            elif state is State.AGED:
                filled = self._age(self.filled(name, dataset, State.LOADED, variant, partitioned))
            elif state is State.WIDENED:
                filled = self._widen(self._load(table, dataset))
            elif state is State.IMPORTED:
                filled = self._import(self.importable(name, dataset, variant, partitioned))
            else:
                filled = self._compact(self.filled(name, dataset, State.AGED, variant, partitioned))
            self._filled[name, state] = filled
        return self._filled[name, state]

    def importable(
        self, name: str, dataset: Dataset, variant: str, partitioned: bool = False, in_place: bool = True
    ) -> ImportableFiles:
        """The dataset's rows in Parquet files, of which a table is to be made.

        Raises UnsupportedError where the format can't import them as they are, and for a table of the user's.
        """
        if isinstance(dataset, UserTable):
            raise UnsupportedError(_NO_FILES)
        table = self._table(name, dataset, variant, dataset.partition_by if partitioned else ())
        return importable(table, self._initial(dataset, table), self._scratch, in_place)

    def _import(self, files: ImportableFiles) -> FilledTable:
        files.restore()
        files.bring_in()
        rows, source = files.initial_rows.rows, list_files(self._spark, files.folder)
        per_row = sum(source.values()) / max(1, rows.count())
        return ImportedTable(**vars(self._snapshot(files, files.initial_rows, rows, (), per_row)), folder=files.folder)

    def _of_user(self, name: str, original: UserTable, state: State, partitioned: bool) -> FilledTable:
        """A copy of a table of the user's, which has been through what it has been through.

        Raises UnsupportedError for a state that can't be had without new rows, or another layout.
        """
        if partitioned:
            raise UnsupportedError("a table of your own has the partitions that it has, and is not made anew")
        if state is State.IMPORTED:
            raise UnsupportedError(_NO_FILES)
        if state is State.WIDENED:
            original.new_rows(self._spark, 0.01)
        state = state if state is State.COMPACTED else State.LOADED
        if (name, state) not in self._filled:
            if state is State.LOADED:
                table = self._table(name, original, SHIPPED, ())
                with reached_by(self._spark, original.path), original.unchanged(self._spark):
                    initial = self._initial(original, table)
                    copy_table(self._spark, original, table)
                filled = self._snapshot(table, initial, initial.rows, (), None)
                names = tuple(table.format.versions())
                self._filled[name, state] = CopiedTable(**vars(filled), original=original, names=names)
            else:
                self._filled[name, state] = self._compact(self._of_user(name, original, State.LOADED, False))
        return self._filled[name, state]

    def _initial(self, dataset: Dataset, table: SessionTable) -> InitialRows:
        if dataset not in self._initial_rows:
            self._initial_rows[dataset] = self._materialized(dataset, table.adaptations)
        return self._initial_rows[dataset]

    def _load(self, table: SessionTable, dataset: Dataset) -> FilledTable:
        initial = self._initial(dataset, table)
        table.format.drop()
        table.create(dataset.initial_rows(self._spark))
        return self._snapshot(table, initial, initial.rows, (), None)

    def _materialized(self, dataset: Dataset, adaptations: tuple[Adaptation, ...]) -> InitialRows:
        """The rows of tables of this dataset, in files: expected content is not computed again for each case."""
        initial = initial_rows_of(self._spark, dataset, adaptations, self._scratch.materialize)
        rows = self._scratch.materialize(initial.rows)
        if digest(rows) != digest(initial.rows):
            raise ContentError(
                f"The rows of {dataset.name} are not what they were when they are read from Parquet files."
            )
        return replace(initial, rows=rows)

    def _age(self, table: FilledTable) -> FilledTable:
        """Ten small commits, one after the other."""
        table.restore()
        rows, versions = table.rows, list(self._versions(table, table.rows))
        for change in table.initial_rows.history:
            {INSERT: table.append, UPDATE: table.update, DELETE: table.delete}[change.kind](change)
            rows = change.result
            versions += self._versions(table, rows)
        return self._snapshot(table, table.initial_rows, rows, tuple(versions), table.bytes_per_row)

    def _compact(self, table: FilledTable) -> FilledTable:
        table.restore()
        table.compact()
        return self._snapshot(table, table.initial_rows, table.rows, (), table.bytes_per_row)

    def _widen(self, table: FilledTable) -> FilledTable:
        """A new column, and one percent of new rows that have it."""
        from pyspark.sql import functions as F

        table.add_column("added", "string")
        new = self._scratch.materialize(table.initial_rows.new_rows(0.01).withColumn("added", F.lit("new")))
        rows = table.rows.withColumn("added", F.lit(None).cast("string")).unionByName(new)
        table.append(Change(rows, new.count(), rows=new))
        return self._snapshot(table, table.initial_rows, rows, (), table.bytes_per_row)

    def _versions(self, table: SessionTable, rows: DataFrame) -> tuple[Version, ...]:
        """The current version, if the format can read it later."""
        if Capability.TIME_TRAVEL not in table.format.capabilities:
            return ()
        return (Version(table.format.version(), rows),)

    def _snapshot(
        self,
        table: SessionTable,
        initial: InitialRows,
        rows: DataFrame,
        versions: tuple[Version, ...],
        bytes_per_row: float | None,
    ) -> FilledTable:
        """The table as it is now, and a copy of its folder."""
        copy = self._scratch.copy(table.format.path)
        files = table.files()
        size = table.size(files)
        if bytes_per_row is None:
            bytes_per_row = size.live_bytes / max(1, rows.count())
        return FilledTable(table.format, table.adaptations, initial, rows, versions, size, files, bytes_per_row, copy)


def initial_rows_of(
    spark: SparkSession,
    dataset: Dataset,
    adaptations: tuple[Adaptation, ...],
    keep: Callable[[DataFrame], DataFrame],
) -> InitialRows:
    """The rows that a table of the dataset holds at first, adapted."""
    stored = stored_names(adaptations)
    return InitialRows(
        adapted(dataset.initial_rows(spark), adaptations),
        lambda share: adapted(dataset.new_rows(spark, share), adaptations),
        tuple(stored(column) for column in dataset.key),
        keep,
        tuple(stored(column) for column in dataset.partition_by),
    )
