"""One table in one Spark session: what a workload works with. Knows nothing of timing, and no format by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.formats.base import Adaptation, Table, TableFormat, adapted
from otfbench.storage import TableSize, list_files, table_size

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class SessionTable:
    """A table of a format, whether it exists or not, with the adaptations that its rows need."""

    spark: SparkSession
    format: TableFormat
    table: Table
    adaptations: tuple[Adaptation, ...]

    def create(self, rows: DataFrame) -> None:
        """Make the table out of the rows, adapted."""
        self.format.create(self.spark, self.table, adapted(rows, self.adaptations))

    def read(self) -> DataFrame:
        """The current rows."""
        return self.format.read(self.spark, self.table)

    def restore(self) -> None:
        """Put the table back to its start: it doesn't exist."""
        self.drop()

    def drop(self) -> None:
        """Remove the table and everything in its folder."""
        self.format.drop(self.spark, self.table)

    def size(self) -> TableSize:
        """What it takes on disk, split by the format's own metadata."""
        root = self.format.path(self.table)
        files = list_files(self.spark, root)
        return table_size(files, self.format.live_files(self.spark, self.table, files), root, self.format.metadata)

    def properties(self) -> dict[str, str]:
        """The effective table properties."""
        return self.format.properties(self.spark, self.table)
