"""What a format must do where several are at one table, with streams, imports, change feeds. Knows no format."""

from __future__ import annotations

import pytest

from otfbench.data.concurrent import writers
from otfbench.data.dataset import Dataset
from otfbench.data.generated import Events
from otfbench.formats.change_feed import CHANGE, DELETE, INSERT, UPDATE
from otfbench.formats.model import Capability
from otfbench.tables.concurrent import ConcurrentWriters, ReadsBesideMerges
from otfbench.tables.restorable import FilledTable, State
from otfbench.tables.session import Session
from otfbench.tables.streaming import FileStream
from otfbench.testing.fixtures import FEW, assert_content, in_python

_EVENTS = Events(300, 7)


class TogetherContract:
    """Writers that meet, scans beside merges, streams, imports and change feeds, each with what must be there then."""

    @pytest.mark.parametrize("kind", ["append", "merge_apart", "merge_same", "merge_and_compact"])
    def test_writers_meet(self, session: Session, kind: str) -> None:
        """Two writers at once: what they commit is there, of commits of the same rows the last of some order."""
        if session.format.plain_files:
            pytest.skip("Spark's commits of plain files to one folder remove each other's")
        needed = {Capability.APPEND} if kind == "append" else {Capability.MERGE, Capability.CONFLICTS}
        table = _table(session, needed | ({Capability.COMPACT} if "compact" in kind else set()))
        meeting = ConcurrentWriters(table, writers(table.initial_rows, kind, 2))
        table.restore()
        with session.conf(table.format.writers_conf):
            figures = meeting.write()
        assert figures["commits"] == 6
        assert_content(table.read(), meeting.expected())

    def test_scans_beside_merges(self, session: Session) -> None:
        """A scan sees what the table holds before a merge or after it."""
        table = _table(session, {Capability.MERGE})
        reads = ReadsBesideMerges(table)
        table.restore()
        assert reads.run()["scans_beside_merges"] >= 1
        assert_content(table.read(), reads.expected())

    def test_stopped_stream_writes_rows_once(self, session: Session) -> None:
        """Rows of a stream that is stopped in the middle of a batch, and goes on, are there once."""
        table = _table(session, {Capability.STREAM})
        stream = FileStream(table)
        table.restore()
        stream.run()
        assert_content(table.read(), stream.expected())

    @pytest.mark.parametrize("dataset", [FEW, _EVENTS], ids=["plain", "nested"])
    @pytest.mark.parametrize("partitioned", [False, True], ids=["", "partitioned"])
    def test_import_leaves_files_as_they_are(self, session: Session, dataset: Dataset, partitioned: bool) -> None:
        """Files that become a table stay as they are, and what is merged into it leaves other rows alone."""
        if Capability.IMPORT not in session.format.capabilities:
            pytest.skip(f"{session.format.name} has no {Capability.IMPORT.value}")
        if reason := session.format.why_not_imported(dataset.generate(session.spark).schema, dataset.key):
            pytest.skip(reason)
        files = session.states.importable("few_files", dataset, "shipped", partitioned)
        files.restore()
        files.bring_in()
        assert_content(files.read(), files.expected())
        change = files.initial_rows.upserted(0.05, 0.01)
        assert change.rows is not None
        files.format.merge(change.rows, files.initial_rows.key)
        assert_content(files.read(), change.result)
        files.format.drop()

    def test_change_feed(self, session: Session) -> None:
        """What ten small commits insert, update or delete is in the feed once, as it was then; no file is an orphan."""
        if Capability.CHANGE_FEED not in session.format.capabilities:
            pytest.skip(f"{session.format.name} has no {Capability.CHANGE_FEED.value}")
        with session.variant_conf("feed"):
            table = session.states.filled("few_feed", FEW, State.AGED, "feed")
        assert not table.size().orphan_files
        feed = table.changes(table.version(10))
        assert_content(feed, table.changed_rows())
        inserted, updated, deleted = (
            in_python(feed.where(f"{CHANGE} = '{kind}'").drop(CHANGE)) for kind in (INSERT, UPDATE, DELETE)
        )
        old, now = in_python(table.initial_rows.rows), in_python(table.read())
        assert deleted.items() <= old.items() and updated.keys() <= old.keys() - deleted.keys()
        assert now == {key: row for key, row in old.items() if key not in deleted} | updated | inserted


def _table(session: Session, needed: set[Capability]) -> FilledTable:
    lacking = [each.value for each in needed if each not in session.format.capabilities]
    if lacking:
        pytest.skip(f"{session.format.name} has no {lacking[0]}")
    variant = "cow" if "cow" in session.format.variants else "shipped"
    return session.states.filled(f"few_{variant}", FEW, variant=variant)
