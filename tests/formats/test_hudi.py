"""Hudi keeps the contract, and what only Hudi does."""

import re
from pathlib import Path

import pytest
from hudi import HudiReadOptions, HudiTableBuilder
from pyspark.sql import functions as F

from otfbench.errors import UnsupportedError
from otfbench.fidelity.matrix import Fate
from otfbench.formats.adaptation import adapted
from otfbench.tables.scratch import settings
from otfbench.testing.fixtures import FEW, TRIPS
from otfbench.testing.formats import FormatContract
from otfbench.testing.operations import OperationContract


class TestHudi(OperationContract, FormatContract):
    """Hudi in one JVM."""

    name = "hudi"

    def test_what_is_adapted(self, fates):
        """Short integers, void, maps without text keys and names that are none in Avro are refused or unreadable."""
        names = [
            "tinyint",
            "smallint",
            "void",
            "map, int keys",
            "name 'a b'",
            "name '_hoodie_commit_time'",
            "name '\u00e4'",
        ]
        outcomes = ["refused", "corrupted", "refused", "refused", "refused", "corrupted", "kept"]
        assert [fates[name].outcome for name in names] == outcomes

    def test_names_become_avro_names(self, session, table):
        """What Avro refuses in a name is replaced, also a digit in front; a user's _hoodie_ column is the user's."""
        rows = session.spark.sql("SELECT 1 AS `1st`, 2 AS `größe`, 3 AS `a.b`, 4 AS a_b, 5 AS _hoodie_mine")
        adaptations = session.format.adapt(rows.schema)
        table.format.create(adapted(rows, adaptations))
        assert table.read().collect()[0].asDict() == {"_1st": 1, "größe": 2, "a_b_": 3, "a_b": 4, "_hoodie_mine": 5}

    def test_type_is_among_the_properties(self, trips):
        """The table's type is among the properties."""
        assert trips.format.properties()["type"] == "cow"

    def test_hudi_rs_reads_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """An independent reader (hudi-rs) finds exactly the rows of the files that the table was created from."""
        table.create(files.read(table.format.spark))
        assert as_rows(by_hudi_rs(table)) == source_rows

    @pytest.mark.parametrize("variant", ["cow", "mor"])
    def test_hudi_rs_reads_changed_rows(self, changed, changed_rows, compact, as_rows, variant):
        """It finds exactly the rows that changes have left, also in logs, and compacted."""
        table = changed(variant)
        assert as_rows(by_hudi_rs(table)) == changed_rows
        compact(table)
        assert as_rows(by_hudi_rs(table)) == changed_rows

    @pytest.mark.parametrize("variant", ["cow", "mor"])
    def test_live_files_are_the_latest_slices(self, changed, compact, variant):
        """Of a changed table exactly the base files and the logs that Hudi's view names are live."""
        table = changed(variant)
        assert live_names(table) == latest_names(table)
        assert any(".log." in name for name in live_names(table)) == (variant == "mor")
        compact(table)
        assert live_names(table) == latest_names(table)

    def test_inserts_rewrite_a_small_file(self, session):
        """Also merged on read, rows inserted by a merge go into a small base file, which is rewritten."""
        table = session.states.filled("few_mor", FEW, variant="mor")
        table.restore()
        before = live_names(table)
        table.merge(table.initial_rows.upserted(0.05, 0.01))
        assert len(before - live_names(table)) == 1

    def test_it_compacts_by_itself(self, session):
        """Merged on read, the fifth commit, of which the load is the first, folds the logs of all into base files."""
        table = session.states.filled("few_mor", FEW, variant="mor")
        table.restore()
        logs = []
        for key in range(4):
            table.format.delete(f"trip_id = {key}")
            logs.append(any(".log." in name for name in live_names(table)))
        assert logs == [True, True, True, False]

    def test_update_leaves_a_dead_file(self, session, table):
        """The file that an update has rewritten stays on disk, and counts as dead."""
        table.create(TRIPS.generate(session.spark))
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = 123")
        assert (table.size().live_files, table.size().dead_files) == (2, 1)

    def test_what_it_loses(self, fates):
        """A partition's value is decoded as if it were part of a URL."""
        assert fates["partition value: 'x%20y'"] == Fate("corrupted", "'x y' instead of 'x%20y'")

    def test_a_column_named_for_the_whole_record(self, session):
        """Columns and fields of which all are named memberN get other names; among others they keep theirs."""
        rows = session.spark.sql("SELECT 1 AS member0, struct(1 AS member0, 2 AS x) AS member1")
        assert [change.after for change in session.format.adapt(rows.schema)] == ["_member0", "_member1"]

    @pytest.mark.parametrize("change", ["append", "merge", "update", "delete", "compact"])
    def test_reported_is_what_is_stored(self, reported, change):
        """The rows and files that a commit adds, removes and rewrites are those that pyarrow finds, or not reported."""
        counts, expected = reported(change)
        unreported = {"added_rows", "removed_rows"} if change == "compact" else set()
        assert counts == {name: count for name, count in expected.items() if name not in unreported}

    def test_an_overwrite_does_not_report_removed_rows(self, reported):
        """All rows of an overwrite are reported as added, of those that go nothing."""
        assert reported("overwrite")[0] == {"added_rows": 1000, "added_files": 1, "removed_files": 2}

    def test_a_log_replaces_no_file(self, session):
        """Merged on read, an update is reported as a file more; a new column as nothing."""
        table = session.states.filled("few_mor", FEW, variant="mor")
        table.restore()
        files = table.files().keys()
        table.update(table.initial_rows.updated(table.initial_rows.range(0.05)))
        said = table.format.reported(table.files().keys() - files)
        assert (said["rewritten_rows"], said["added_files"], said["removed_files"]) == (50, 1, 0)
        table.restore()
        table.add_column("added", "string")
        assert table.format.reported(table.files().keys() - files) == {}

    def test_values_of_the_change_feed(self, session):
        """Days, times and decimals, which the feed has as numbers and bytes, are what they were; others are refused."""
        rows = session.spark.sql(
            "SELECT 1L AS id, CAST(-0.01 AS DECIMAL(9,2)) a, CAST(concat('-', repeat('9', 38)) AS DECIMAL(38,0)) b,"
            " CAST('0.00000000000000000127' AS DECIMAL(30,20)) c, CAST(0 AS DECIMAL(38,38)) d, DATE'1582-10-15' e,"
            " TIMESTAMP'1900-01-01 00:00:00.000001' f, 'a\"\u00e9\t' g, CAST('NaN' AS DOUBLE) h, CAST(NULL AS INT) i"
        )
        bound = session.at("fed", "feed", ["id"])
        bound.create(rows.withColumn("id", F.lit(2)))
        first = bound.version()
        with session.variant_conf("feed"):
            bound.append(rows)
        read = bound.changes(first, ["id"]).drop("_change").collect()
        assert [list(map(str, row)) for row in read] == [list(map(str, row)) for row in rows.collect()]
        bound.drop()
        bound.create(rows.withColumn("nested", F.array("id")))
        with pytest.raises(UnsupportedError, match=r"column nested \(array<bigint>\) as JSON"):
            bound.changes(bound.version(), ["id"])
        bound.drop()

    @pytest.mark.parametrize(("left_out", "wrong"), [(["fare", "tip"], []), ([], ["fare", "tip"])])
    def test_decimals_after_a_bootstrap(self, session, tmp_path, left_out, wrong):
        """A merge into an imported table leaves other rows alone, but for decimals: that is why they are refused."""
        rows = TRIPS.generate(session.spark).withColumn("passengers", F.col("passengers").cast("int")).drop(*left_out)
        with settings(session.spark, {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}):
            rows.coalesce(1).write.parquet(str(tmp_path / "files"))
        bound = session.at("bootstrapped", "cow", ["trip_id"])
        bound.import_files(str(tmp_path / "files"), rows.schema, ["trip_id"])
        assert bound.read().exceptAll(rows).count() == 0
        bound.merge(rows.where("trip_id = 7").withColumn("note", F.lit("changed")), ["trip_id"])
        merged = bound.read().where("trip_id != 7")
        assert merged.count() == TRIPS.rows - 1
        changed = [
            name
            for name in rows.columns
            if merged.select("trip_id", name).exceptAll(rows.select("trip_id", name)).count()
        ]
        bound.drop()
        assert changed == wrong
        assert (bound.why_not_imported(rows.schema, ["trip_id"]) is None) == (not wrong)


def by_hudi_rs(table):
    """The table's rows, as hudi-rs reads them."""
    return HudiTableBuilder.from_base_uri(table.format.path).build().read(HudiReadOptions())


def live_names(table):
    """The names of the live files."""
    return {Path(path).name for path in table.format.live_files(table.files())}


def latest_names(table):
    """The names of the files of the latest file slices, as Hudi's procedure tells them."""
    call = f"CALL show_fsview_latest(table => 'otfbench.{table.format.table.name}', limit => 100000)"
    names = set()
    for row in table.format.spark.sql(call).collect():
        logs = str(row["delta_files_compaction_scheduled"]) + str(row["delta_files_compaction_unscheduled"])
        names |= {row["data_file"].rsplit("/", 1)[-1], *re.findall(r"[^/' ]+\.log\.[^',} ]+", logs)}
    return names - {""}
