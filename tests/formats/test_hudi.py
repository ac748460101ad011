"""Hudi keeps the contract, and what only Hudi does."""

from hudi import HudiReadOptions, HudiTableBuilder

from otfbench.fidelity import Fate
from otfbench.formats.base import adapted
from otfbench.testing import TRIPS, FormatContract
from otfbench.testing_operations import OperationContract


class TestHudi(OperationContract, FormatContract):
    """Hudi in a JVM of its own."""

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
        table.format.create(session.spark, table.table, adapted(rows, adaptations))
        assert table.read().collect()[0].asDict() == {"_1st": 1, "größe": 2, "a_b_": 3, "a_b": 4, "_hoodie_mine": 5}

    def test_properties(self, trips):
        """The table's type is among the properties."""
        assert trips.properties()["type"] == "cow"

    def test_hudi_rs_reads_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """An independent reader (hudi-rs) finds exactly the rows of the files that the table was made of."""
        table.create(files.read(table.spark))
        found = HudiTableBuilder.from_base_uri(table.format.path(table.table)).build().read(HudiReadOptions())
        assert as_rows(found) == source_rows

    def test_update_leaves_a_dead_file(self, session, table):
        """The file that an update has rewritten stays on disk, and counts as dead."""
        table.create(TRIPS.generate(session.spark))
        session.spark.sql(f"UPDATE {table.format.identifier(table.table)} SET tip = 0 WHERE trip_id = 123")
        assert (table.size().live_files, table.size().dead_files) == (2, 1)

    def test_what_it_loses(self, fates):
        """A partition's value is decoded as if it were part of a URL."""
        assert fates["partition value: 'x%20y'"] == Fate("corrupted", "'x y' instead of 'x%20y'")

    def test_a_column_named_for_the_whole_record(self, session):
        """Columns and fields of which all are named memberN get other names; among others they keep theirs."""
        rows = session.spark.sql("SELECT 1 AS member0, struct(1 AS member0, 2 AS x) AS member1")
        assert [change.after for change in session.format.adapt(rows.schema)] == ["_member0", "_member1"]
