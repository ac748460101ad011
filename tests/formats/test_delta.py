"""Delta Lake keeps the contract, and what only Delta does."""

from pathlib import Path

import pytest
from deltalake import DeltaTable, QueryBuilder

from otfbench.data.digest import differences, digest, shown
from otfbench.formats.declaration import SPARK_3
from otfbench.testing.fixtures import TRIPS
from otfbench.testing.formats import FormatContract
from otfbench.testing.operations import OperationContract


class TestDelta(OperationContract, FormatContract):
    """Delta Lake in one JVM."""

    name = "delta"

    def test_what_is_adapted(self, fates):
        """Void is written, but Delta 3 can't read it; intervals, and blanks in names, also of a struct, are refused."""
        outcomes = {name: fates[name].outcome for name in ("void", "interval hour", "name 'a b'", "name 'a.b'")}
        assert outcomes == {
            "void": "corrupted" if SPARK_3 else "kept",
            "interval hour": "refused",
            "name 'a b'": "refused",
            "name 'a.b'": "kept",
        }
        assert fates["struct, odd field names"].outcome == "refused"

    def test_names_keep_what_is_allowed(self, session):
        """Of a name only the characters that Delta refuses are replaced."""
        from pyspark.sql.types import StringType, StructType

        odd = StructType().add("a b.c", StringType()).add("größe", StringType()).add("1;2", StringType())
        assert {c.column: c.after for c in session.format.adapt(odd)} == {"a b.c": "a_b.c", "1;2": "1_2"}

    def test_protocol_versions_are_among_the_properties(self, trips):
        """The protocol versions are among the properties."""
        assert trips.format.properties()["delta.minReaderVersion"] == "1"

    def test_deltalake_reads_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """An independent reader (delta-rs) finds exactly the rows of the files that the table was created from."""
        table.create(files.read(table.format.spark))
        assert as_rows(by_deltalake(table)) == source_rows

    @pytest.mark.parametrize("variant", ["cow", "mor"])
    def test_deltalake_reads_changed_rows(self, changed, changed_rows, compact, as_rows, variant):
        """It finds exactly the rows that changes have left, also in deletion vectors, and compacted."""
        table = changed(variant)
        assert as_rows(by_deltalake(table)) == changed_rows
        compact(table)
        assert as_rows(by_deltalake(table)) == changed_rows

    def test_planted_error_is_found(self, session, table):
        """Two changed values change the digest, and the difference names the row, the columns, and all values."""
        expected = session.expectations.of(TRIPS, ())
        table.create(TRIPS.generate(session.spark))
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 99.99, note = 'x' WHERE trip_id = 123")
        actual = digest(table.read())
        assert actual.rows == expected.digest.rows
        assert actual != expected.digest
        before = expected.rows.where("trip_id = 123").first()
        assert differences(expected.rows, table.read()).splitlines() == [
            f"  tip: expected {before['tip']}, found 99.99 where trip_id is 123 (1 row differs)",
            f"  note: expected {shown(before['note'])}, found 'x' where trip_id is 123 (1 row differs)",
        ]

    def test_update_leaves_a_dead_file(self, session, table):
        """The file that an update has rewritten stays on disk, and counts as dead."""
        table.create(TRIPS.generate(session.spark))
        new = table.size()
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = 123")
        changed = table.size()
        assert (new.live_files, new.dead_files) == (2, 0)
        assert (changed.live_files, changed.dead_files) == (2, 1)
        assert new.live_bytes > changed.dead_bytes > 0

    def test_dead_files_of_a_log_that_begins_later(self, session, table):
        """Where the log begins with a checkpoint, so do the versions that are kept: files of older ones are orphans."""
        table.create(TRIPS.generate(session.spark))
        first, second = (TRIPS.rows // 4, TRIPS.rows * 3 // 4)  # of two files
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = {first}")
        DeltaTable(table.format.path).create_checkpoint()
        for commit in Path(table.format.path, "_delta_log").glob("*0.json"):
            commit.unlink()
        table.format.invalidate_caches()
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = {second}")
        size = table.size()
        assert (size.live_files, size.time_travel_files, size.orphan_files) == (2, 1, 1)

    @pytest.mark.parametrize(
        ("change", "unreported"),
        [
            ("append", {"removed_rows", "rewritten_rows", "removed_files"}),
            ("merge", set()),
            ("update", {"added_rows", "removed_rows"}),
            ("delete", {"added_rows"}),
            ("compact", {"added_rows", "removed_rows", "rewritten_rows"}),
        ],
    )
    def test_reported_is_what_is_stored(self, reported, change, unreported):
        """The rows and files that a commit adds, removes and rewrites are those that pyarrow finds, or not reported."""
        counts, expected = reported(change)
        assert counts == {name: count for name, count in expected.items() if name not in unreported}

    def test_an_overwrite_does_not_report_removed_rows(self, reported):
        """All rows of an overwrite are reported as added, of those that go nothing, of their files only by Delta 4."""
        gone = {} if SPARK_3 else {"removed_files": 2}
        assert reported("overwrite")[0] == {"added_rows": 1000, "added_files": 2} | gone


def by_deltalake(table):
    """The table's rows, as delta-rs reads them."""
    query = QueryBuilder().register("trips", DeltaTable(table.format.path))
    return query.execute("SELECT * FROM trips")
