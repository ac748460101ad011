"""Figures that are made of measured ones: amplification, bytes freed, metadata per commit. Measures nothing itself."""

from __future__ import annotations

from collections.abc import Mapping

from otfbench.data.changes import Change
from otfbench.data.digest import Digest
from otfbench.tables.storage import TableSize
from otfbench.tables.table import FilledTable, SessionTable


def storage_figures(
    table: SessionTable, files: Mapping[str, int], size: TableSize, content: Digest | None, change: Change | None
) -> dict[str, float | None]:
    """What an operation did to a table's folder.

    - `space_amplification`: all bytes of the folder / bytes of its rows in a table that has just been made;
    - `write_amplification`: bytes of all files that are new or have another size / bytes of the changed rows, as
      such a table would hold them; None where no rows were changed;
    - `metadata_bytes_added`: what the metadata grew by, which for one commit is what a commit costs;
    - `freed_bytes`: by how much the folder shrank.
    """
    total = size.live_bytes + size.dead_bytes + size.metadata_bytes
    if not isinstance(table, FilledTable):
        return {"space_amplification": total / size.live_bytes if size.live_bytes else None}
    start = table.size_at_start
    fresh_bytes = content.rows * table.bytes_per_row if content else None
    changed_bytes = change.count * table.bytes_per_row if change else None
    before = start.live_bytes + start.dead_bytes + start.metadata_bytes
    return {
        "space_amplification": total / fresh_bytes if fresh_bytes else None,
        "write_amplification": written_bytes(table, files) / changed_bytes if changed_bytes else None,
        "metadata_bytes_added": size.metadata_bytes - start.metadata_bytes,
        "freed_bytes": max(0, before - total),
    }


def written_bytes(table: FilledTable, files: Mapping[str, int]) -> int:
    """Bytes of the files that are not as they were at the table's start."""
    return sum(length for path, length in files.items() if table.files_at_start.get(path) != length)
