"""What a format must do with what changes leave behind: files of old versions, and strays. Knows no format by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from otfbench.formats.model import Capability
from otfbench.tables.restorable import FilledTable
from otfbench.tables.storage import TableSize
from otfbench.testing.fixtures import assert_content, needs


class UpkeepContract:
    """Compaction and expiry of a table after ten small commits, and what is dead before and after."""

    def test_maintenance_keeps_the_content(self, aged: FilledTable) -> None:
        """A compaction leaves no more live files than there were, an expiry after it no dead one; the content stays."""
        before = needs(aged, Capability.COMPACT).size()
        aged.compact()
        assert_content(aged.read(), aged.rows)
        compacted = aged.size()
        assert compacted.live_files <= before.live_files and compacted.dead_files > 0
        aged.expire()
        assert_content(aged.read(), aged.rows)
        assert aged.size().dead_files == 0

    def test_dead_files_are_split(self, aged: FilledTable) -> None:
        """What is dead is kept for time travel until versions expire; a stray file beside the data is an orphan."""
        needs(aged, Capability.COMPACT).compact()
        compacted = aged.size()
        if compacted.orphan_files is None:
            pytest.skip(f"{aged.format.name} doesn't say which files its versions consist of")
        assert _split(compacted) == (compacted.dead_files, compacted.dead_bytes, 0, 0) and compacted.dead_files > 0
        data = Path(min(aged.format.live_files(aged.files())))
        stray = shutil.copy(data, data.with_name(f"stray{data.suffix}"))
        assert _split(aged.size()) == (*_split(compacted)[:2], 1, Path(stray).stat().st_size)
        aged.expire()
        Path(stray).unlink(missing_ok=True)  # some formats remove it, too
        assert _split(aged.size()) == (0, 0, 0, 0)


def _split(size: TableSize) -> tuple[int | None, ...]:
    return size.time_travel_files, size.time_travel_bytes, size.orphan_files, size.orphan_bytes
