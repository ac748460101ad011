"""One table in one Spark session: what a workload works with. Knows nothing of timing, and no format by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import list_files
from otfbench.tables.storage import TableSize, table_size

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, eq=False)
class SessionTable:
    """A table of a format, whether it exists or not, with the adaptations that its rows need."""

    format: TableFormat
    """Bound to the session and the table: its statements are about this one."""
    adaptations: tuple[Adaptation, ...]

    def create(self, rows: DataFrame) -> None:
        """Create the table from the rows, adapted."""
        self.format.create(adapted(rows, self.adaptations))

    def read(self, version: str | None = None) -> DataFrame:
        """The current rows, or those of a version."""
        return self.format.read(version)

    def restore(self) -> None:
        """Put the table back to its initial state: it doesn't exist."""
        self.format.drop()

    def files(self) -> dict[str, int]:
        """Every file in its folder (path -> bytes)."""
        return list_files(self.format.spark, self.format.path)

    def size(self, files: dict[str, int] | None = None) -> TableSize:
        """What it takes on disk, split by the format's metadata; `files`: if they have just been listed."""
        listed = self.files() if files is None else files
        live, reachable = self.format.live_files(listed), partial(self.format.reachable_files, listed)
        return table_size(listed, live, self.format.path, self.format.metadata, reachable)
