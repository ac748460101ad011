"""What a format must do with an existing table: mixed into a FormatContract. Knows no format by name.

::

    class TestMine(OperationContract, FormatContract):
        name = "mine"

Each operation is compared with what plain Python makes of the same rows; those that a format lacks are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

import pyarrow.parquet
import pytest

from otfbench.data.changes import Change
from otfbench.formats.model import Capability
from otfbench.tables.restorable import FilledTable, State
from otfbench.tables.session import Session
from otfbench.testing.fixtures import FEW, TableFixtures, ValuesByKey, assert_content, in_python, needs
from otfbench.testing.overhead import change_of, statement, work
from otfbench.testing.steps import StepContract
from otfbench.testing.together import TogetherContract
from otfbench.testing.upkeep import UpkeepContract


class OperationContract(StepContract, TogetherContract, UpkeepContract, TableFixtures):
    """Operations on a table of a thousand trips, in each of the format's variants."""

    merged_on_read: ClassVar[Collection[Capability]] = (Capability.MERGE, Capability.UPDATE, Capability.DELETE)
    """What leaves data files alone in the variant `mor`. A format of which that isn't true for all three says so."""

    def test_append_adds_the_new_rows(self, shipped: FilledTable) -> None:
        """New rows are added to the old ones; restored, content, files and bytes are what they were."""
        shipped.restore()
        before = shipped.files()
        change = needs(shipped, Capability.APPEND).initial_rows.appended(0.1)
        old, new = in_python(shipped.rows), in_python(FEW.new_rows(shipped.format.spark, 0.1))
        assert len(new) == change.count == 100
        check(shipped, shipped.append, change, {**old, **new})
        shipped.restore()
        assert shipped.files() == before
        assert_content(shipped.read(), shipped.rows)

    def test_overwrite_leaves_only_new_rows(self, shipped: FilledTable) -> None:
        """Only the new rows are there."""
        shipped.restore()
        change = needs(shipped, Capability.OVERWRITE).initial_rows.replaced()
        check(shipped, shipped.overwrite, change, {key: marked(row) for key, row in in_python(shipped.rows).items()})

    def test_aligned_codec(self, session: Session) -> None:
        """Data files of the variant `aligned` are compressed by zstd."""
        for table in self._filled(session, "aligned", State.LOADED):
            codecs = {pyarrow.parquet.read_metadata(path).row_group(0).column(0).compression for path in live(table)}
            assert codecs == {"ZSTD"}

    def test_merge_updates_and_inserts(self, loaded: FilledTable) -> None:
        """Rows whose keys exist are changed, the others are new, and all else stays."""
        change = needs(loaded, Capability.MERGE).initial_rows.upserted(0.05, 0.01)
        brought, old = in_python(change.rows), in_python(loaded.rows)
        updates = {key: marked(old[key]) for key in brought if key < FEW.rows}
        assert 20 <= len(updates) <= 100 and len(brought) == len(updates) + 10 == change.count
        inserts = in_python(FEW.new_rows(loaded.format.spark, 0.01))
        check(loaded, loaded.merge, change, {**old, **updates, **inserts})

    def test_update_changes_one_column(self, loaded: FilledTable) -> None:
        """One column of the chosen rows is changed."""
        change = needs(loaded, Capability.UPDATE).initial_rows.updated(loaded.initial_rows.range(0.05))
        old = in_python(loaded.rows)
        check(loaded, loaded.update, change, {key: marked(row) if key >= 950 else row for key, row in old.items()})
        assert change.count == 50

    def test_delete_removes_chosen_rows(self, loaded: FilledTable) -> None:
        """The rows with the chosen keys are gone."""
        change = needs(loaded, Capability.DELETE).initial_rows.deleted(loaded.initial_rows.some(7))
        old = in_python(loaded.rows)
        loaded.delete(change)
        left = in_python(loaded.read())
        assert len(left) == 993 and left.items() <= old.items() and change.count == 7
        assert_content(loaded.read(), change.result)

    def test_add_column(self, shipped: FilledTable) -> None:
        """Old rows have null in a new column; the table can be restored to what it was, with the same files."""
        from pyspark.sql import functions as F

        shipped.restore()
        properties = shipped.format.properties().keys()
        needs(shipped, Capability.ADD_COLUMN).add_column("added", "string")
        assert_content(shipped.read(), shipped.rows.withColumn("added", F.lit(None).cast("string")))
        shipped.restore()
        assert_content(shipped.read(), shipped.rows)
        assert shipped.files() == shipped.initial_files and shipped.format.properties().keys() == properties

    def test_history_keeps_each_version(self, aged: FilledTable) -> None:
        """Ten small commits leave what they must, and each version holds what was current then."""
        assert_content(aged.read(), aged.rows)
        needs(aged, Capability.TIME_TRAVEL)
        assert len({version.id for version in aged.versions}) == 11
        for commits_ago in (6, 3, 1):
            version = aged.version(commits_ago)
            assert_content(aged.read(version.id), version.rows)

    def test_kept_versions(self, aged: FilledTable) -> None:
        """A format that names the versions of a table names all that were current, in order, and reads them by path."""
        names, known = aged.format.versions(), [version.id for version in aged.versions]
        if not names:
            pytest.skip(f"{aged.format.name} doesn't list its versions")
        assert [name for name in names if name in known] == known
        version = aged.version(6)
        assert_content(aged.format.read_path(aged.format.spark, aged.format.path, version.id), version.rows)

    def test_one_partition_can_be_replaced(self, session: Session) -> None:
        """A partitioned table holds the rows, also restored, in the same files; one partition can be replaced."""
        table = session.states.filled("few_partitioned", FEW, partitioned=True)
        table.restore()
        assert table.files() == table.initial_files
        assert_content(table.read(), table.rows)
        change = needs(table, Capability.OVERWRITE).initial_rows.partition_replaced()
        old = in_python(table.rows)
        expected = {key: marked(row) if row["vendor"] == "Ahorn" else row for key, row in old.items()}
        check(table, table.overwrite_partition, change, expected)

    @pytest.mark.parametrize("kind", [Capability.MERGE, Capability.UPDATE, Capability.DELETE])
    def test_only_copy_on_write_rewrites_files(self, session: Session, kind: Capability) -> None:
        """A change rewrites data files where they are copied on write, and leaves them alone where merged on read."""
        left = {}
        for variant in ("cow", "mor"):
            for table in self._filled(session, variant, State.LOADED):
                before = set(live(table))
                if kind is Capability.MERGE:
                    table.merge(table.initial_rows.upserted(0.05, 0))  # inserts may go into old files
                elif kind is Capability.UPDATE:
                    table.update(table.initial_rows.updated(table.initial_rows.range(0.05)))
                else:
                    table.delete(table.initial_rows.deleted(table.initial_rows.some(3)))
                left[variant] = before <= set(live(table))
        assert left == {"cow": False, "mor": kind in self.merged_on_read}

    @pytest.mark.parametrize("kind", [Capability.APPEND, Capability.MERGE, Capability.UPDATE, Capability.DELETE])
    def test_work_is_that_of_the_statement(self, session: Session, shipped: FilledTable, kind: Capability) -> None:
        """An operation runs no more jobs, stages and tasks than the bare SQL statement for the same change."""
        change = change_of(needs(shipped, kind), kind)
        sql = statement(shipped, kind, change)
        ours = work(session, shipped, lambda: getattr(shipped, kind.value)(change))
        bare = work(session, shipped, lambda: session.spark.sql(sql))
        assert {name: (count, bare[name]) for name, count in ours.items() if count > bare[name]} == {}
        assert_content(shipped.read(), change.result)

    def test_reported_counts_match_the_disk(self, shipped: FilledTable, loaded: FilledTable) -> None:
        """What the format reports of an append and of a delete are the rows, and the data files on disk; or nothing."""
        shipped.restore()
        files, before = shipped.files().keys(), live(shipped)
        needs(shipped, Capability.APPEND).append(shipped.initial_rows.appended(0.1))
        appended = shipped.format.reported(shipped.files().keys() - files)
        if appended is None:
            pytest.skip(f"{shipped.format.name} keeps no record of commits")
        now = live(shipped)
        expected = {"added_rows": 100, "added_files": len(now - before), "removed_files": len(before - now)}
        assert "added_rows" in appended and {name: appended.get(name, expected[name]) for name in expected} == expected
        files = needs(loaded, Capability.DELETE).files().keys()
        assert loaded.format.reported(loaded.files().keys() - files) == {}
        loaded.delete(loaded.initial_rows.deleted(loaded.initial_rows.some(7)))
        deleted = loaded.format.reported(loaded.files().keys() - files)
        assert deleted and deleted.get("removed_rows", 7) == 7


def live(table: FilledTable) -> set[str]:
    """The paths of its live files."""
    return table.format.live_files(table.files())


def marked(row: dict[str, Any]) -> dict[str, Any]:
    """What an update makes of a row of trips."""
    return row | {"note": (row["note"] or "") + "~"}


def check(table: FilledTable, action: Callable[[Change], None], change: Change, expected: ValuesByKey) -> None:
    """Do it, and compare both the table and the change's expectation with plain Python's rows."""
    action(change)
    assert in_python(table.read()) == expected
    assert_content(table.read(), change.result)
