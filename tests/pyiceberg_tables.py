"""Tables of Iceberg that pyiceberg makes, in a catalog that a test keeps in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import CommitTableResponse, Table


class InMemory(MetastoreCatalog):
    """A catalog that keeps in memory where each table's current metadata is, as pyiceberg's others do in databases."""

    def __init__(self, folder: Path) -> None:
        super().__init__("memory", warehouse=str(folder))
        self.current: dict[Any, str] = {}

    def create_table(self, identifier: Any, schema: Any, location: str | None = None, **more: Any) -> Table:
        """A table without rows."""
        return self._put(identifier, self._create_staged_table(identifier, schema, location, **more))

    def load_table(self, identifier: Any) -> Table:
        """The table as it is now."""
        location = self.current[identifier]
        io = self._load_file_io(location=location)
        return Table(identifier, FromInputFile.table_metadata(io.new_input(location)), location, io, self)

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Write the metadata of a change."""
        name = table.name()
        after = self._put(name, self._update_and_stage_table(self.load_table(name), name, requirements, updates))
        return CommitTableResponse(metadata=after.metadata, metadata_location=after.metadata_location)

    def _put(self, identifier: Any, staged: Any) -> Table:
        self._write_metadata(staged.metadata, staged.io, staged.metadata_location)
        self.current[identifier] = staged.metadata_location
        return self.load_table(identifier)


InMemory.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]  # nothing else is called
