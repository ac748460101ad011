"""Tables of formats under test as sources for others, read by their paths. Knows no format by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows
from otfbench.data.dataset import Dataset
from otfbench.data.digest import digest
from otfbench.data.evidence import Digest
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.base import TableFormat
from otfbench.tables.session import Session
from otfbench.tables.states import initial_rows_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class ModifiedRows:
    """The rows of a dataset in a format's table, after a merge and a delete."""

    base: Dataset
    format: TableFormat
    rows: int

    @property
    def name(self) -> str:
        """That of the dataset."""
        return self.base.name

    @property
    def seed(self) -> int | None:
        """That of the dataset."""
        return self.base.seed

    @property
    def key(self) -> tuple[str, ...]:
        """Nothing changes these rows further."""
        return ()

    partition_by = key

    def generate(self, spark: SparkSession) -> DataFrame:
        """The rows, from the dataset alone."""
        adaptations = tuple(self.format.adapt(self.base.generate(spark).schema))
        return modifications(initial_rows_of(spark, self.base, adaptations, lambda rows: rows))[-1].result

    initial_rows = generate

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """There are none."""
        raise NotImplementedError(f"{self.name} in a table of {self.format.name} is only read")

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted."""
        return digest(adapted(self.generate(spark), adaptations))


@dataclass(frozen=True)
class TableSource:
    """A table after a merge and a delete; its format is what other sources call their input."""

    dataset: ModifiedRows
    input: TableFormat
    path: str
    size: dict[str, int]
    """Live files and their bytes."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The table's current rows, in the session of any format that has its jars."""
        return self.input.read_path(spark, self.path)


def modifications(initial: InitialRows) -> list[Change]:
    """A merge (5 % updates, 1 % inserts), and then the delete of 2 % of the rows."""
    merged = initial.upserted(updates=0.05, inserts=0.01)
    after = replace(initial, rows=merged.result)
    return [merged, after.deleted(after.range(0.02))]


def create_source(session: Session, dataset: Dataset) -> TableSource:
    """Create the table in a session of its format, and modify it."""
    table = session.states.filled(f"{dataset.name}_source", dataset)
    merged, deleted = modifications(table.initial_rows)
    table.merge(merged)
    table.delete(deleted)
    size = table.size()
    rows = ModifiedRows(dataset, session.format, deleted.result.count())
    return TableSource(rows, session.format, table.format.path, {"files": size.live_files, "bytes": size.live_bytes})
