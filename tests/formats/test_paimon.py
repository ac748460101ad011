"""Paimon keeps the contract, and what only Paimon does."""

import pyarrow.parquet
import pytest

from otfbench.data.concurrent import writers
from otfbench.data.generated import Trips
from otfbench.fidelity.matrix import Fate
from otfbench.formats.hadoop import list_files
from otfbench.tables.concurrent import ConcurrentWriters
from otfbench.tables.restorable import State
from otfbench.testing.fixtures import TRIPS
from otfbench.testing.formats import FormatContract
from otfbench.testing.operations import OperationContract


class TestPaimon(OperationContract, FormatContract):
    """Paimon in one JVM."""

    name = "paimon"
    deletes_unknown = ("cow",)

    def test_what_is_adapted(self, fates):
        """Void, intervals and reserved names are refused."""
        assert fates["void"] == Fate("refused", "UnsupportedOperationException: Not a supported type: void")
        assert fates["interval hour"].outcome == fates["name '_KEY_a'"].outcome == "refused"

    def test_location_is_among_the_properties(self, trips):
        """The table's location is among the properties."""
        assert trips.format.properties()["path"] == trips.format.path

    def test_live_files_hold_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """The live files of a new table, read by pyarrow, hold exactly the rows that it was created from."""
        table.create(files.read(table.format.spark))
        assert as_rows(in_live_files(table)) == source_rows

    def test_dead_files_of_a_tag(self, session, table):
        """A tag keeps the files of its snapshot, which has expired."""
        table.create(TRIPS.generate(session.spark))
        session.spark.sql("CALL lake.sys.create_tag(table => 'otfbench.contract', tag => 'kept')")
        table.format.overwrite(TRIPS.generate(session.spark))
        table.format.expire()
        size = table.size()
        assert (size.live_files, size.time_travel_files, size.orphan_files) == (2, 2, 0)

    def test_live_files_hold_changed_rows(self, changed, changed_rows, compact, as_rows):
        """Copied on write, they hold exactly the rows that changes have left, and compacted the same."""
        table = changed("cow")
        assert as_rows(in_live_files(table)) == changed_rows
        compact(table)
        assert as_rows(in_live_files(table)) == changed_rows

    def test_live_files_hold_changed_rows_once_compacted(self, changed, changed_rows, compact, as_rows):
        """Merged on read, they also hold the deleted rows, which only Paimon's reader knows, until compacted."""
        table = changed("mor")
        before = as_rows(in_live_files(table))
        assert len(before) > len(changed_rows) and all(row in before for row in changed_rows)
        compact(table)
        assert as_rows(in_live_files(table)) == changed_rows

    def test_update_leaves_a_dead_file(self, session, table):
        """The file that an update has rewritten stays on disk, and counts as dead."""
        table.create(TRIPS.generate(session.spark))
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = 123")
        assert (table.size().live_files, table.size().dead_files) == (2, 1)

    def test_merges_at_once_double_rows(self, session):
        """Of two merges at once both commit, and rows of the file that both have replaced are there twice."""
        table = session.states.filled("doubled", TRIPS, variant="cow")
        merging = ConcurrentWriters(table, writers(table.initial_rows, "merge_apart", 2))
        counts = []
        while len(counts) < 5 and (not counts or counts[-1] == TRIPS.rows):  # until two have been at it at once
            table.restore()
            assert merging.write()["conflicts"] == 0
            counts.append(table.read().count())
        assert counts[-1] > TRIPS.rows == merging.expected().count()

    def test_history_leaves_the_same_files(self, session):
        """Ten small commits leave files of the same numbers of rows each time, whatever their random names are."""
        tables = [
            session.states.filled(f"history_{number}", Trips(20_000, 1), State.AGED, "cow") for number in range(3)
        ]
        once, *again = (sorted(rows.num_rows for rows in in_live_files(table)) for table in tables)
        assert again == [once, once]

    @pytest.mark.parametrize(("variant", "left"), [("shipped", [1]), ("cow", [1]), ("mor", [1, 2]), ("keyed", [1, 2])])
    def test_a_delete_loses_rows(self, session, variant, left):
        """Of an append table that is copied on write, a delete also removes rows of which its condition is null."""
        bound = session.at("unknown", variant, ["id"])
        rows = session.spark.sql("SELECT * FROM VALUES (1, 5), (2, null), (3, -1) AS t (id, amount)").coalesce(1)
        bound.create(rows)
        bound.delete("amount < 0")
        assert sorted(row["id"] for row in bound.read().collect()) == left
        bound.drop()

    def test_what_it_loses(self, fates):
        """A struct of nulls becomes null, days before 1582 are moved."""
        assert fates["struct of nulls"] == Fate("corrupted", "None instead of (None, None)")
        assert fates["date before 1582"] == Fate("corrupted", "'0000-12-30' instead of '0001-01-01'")

    @pytest.mark.parametrize("change", ["append", "merge", "update", "delete", "overwrite", "compact"])
    def test_reported_is_what_is_stored(self, reported, change):
        """The rows and files that a commit adds, removes and rewrites are those that pyarrow finds."""
        counts, expected = reported(change)
        assert counts == expected


def in_live_files(table):
    """The rows of the live files, as pyarrow reads them."""
    live = table.format.live_files(list_files(None, table.format.path))
    return [pyarrow.parquet.read_table(path) for path in live]
