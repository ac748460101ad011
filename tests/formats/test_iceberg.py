"""Iceberg keeps the contract, and what only Iceberg does."""

import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from pyiceberg.table import StaticTable

from otfbench.fidelity.matrix import Fate
from otfbench.formats import iceberg_metadata
from otfbench.formats.hadoop import list_files
from otfbench.testing.fixtures import TRIPS
from otfbench.testing.formats import FormatContract
from otfbench.testing.operations import OperationContract


class TestIceberg(OperationContract, FormatContract):
    """Iceberg in one JVM."""

    name = "iceberg"

    def test_what_is_adapted(self, fates):
        """Short integers become int at any depth; char loses its blanks; reserved names can't be read back."""
        assert fates["tinyint"] == Fate("changed", "int")
        assert fates["struct of a short integer"] == Fate("changed", "struct<a:int>")
        assert fates["char(5)"] == Fate("changed", "string, 'ab' instead of 'ab   '")
        assert (fates["void"].outcome, fates["name '_file'"].outcome) == ("refused", "corrupted")

    def test_format_version_is_among_the_properties(self, trips):
        """The format version is among the properties."""
        assert trips.format.properties()["format-version"] == "2"

    def test_pyiceberg_reads_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """An independent reader (pyiceberg) finds exactly the rows of the files that the table was created from."""
        table.create(files.read(table.format.spark))
        assert as_rows(by_pyiceberg(table)) == source_rows

    @pytest.mark.parametrize("variant", ["cow", "mor"])
    def test_pyiceberg_reads_changed_rows(self, changed, changed_rows, compact, as_rows, variant):
        """It finds exactly the rows that changes have left, also in deletion vectors, and compacted."""
        table = changed(variant)
        assert as_rows(by_pyiceberg(table)) == changed_rows
        compact(table)
        assert as_rows(by_pyiceberg(table)) == changed_rows

    def test_update_leaves_a_dead_file(self, session, table):
        """The file that an update has rewritten stays on disk, and counts as dead."""
        table.create(TRIPS.generate(session.spark))
        session.spark.sql(f"UPDATE {table.format.identifier} SET tip = 0 WHERE trip_id = 123")
        assert (table.size().live_files, table.size().dead_files) == (2, 1)

    @pytest.mark.parametrize("change", ["append", "merge", "update", "delete", "overwrite", "compact"])
    def test_reported_is_what_is_stored(self, reported, change):
        """The rows and files that a commit adds, removes and rewrites are those that pyarrow finds."""
        counts, expected = reported(change)
        assert counts == expected

    def test_tables_of_other_catalogs_are_adopted(self, session, other_table, tmp_path):
        """A copy of one whose metadata is called 00002-(UUID) is a table of a Hadoop catalog; that one stays."""
        folder = other_table("")
        before = content(folder)
        assert iceberg_metadata.of_catalog(session.spark, folder)
        copy = session.at("adopted")
        shutil.copytree(folder, copy.path)
        copy.adopt(folder)
        assert sorted(row.id for row in copy.read().collect()) == [1, 3]
        assert len(copy.versions()) == 2
        older = copy.read_path(session.spark, folder, copy.versions()[0])
        assert older.count() == copy.read(copy.versions()[0]).count() == 3
        copy.compact()
        copy.expire()
        assert sorted(row.id for row in copy.read().collect()) == [1, 3] and content(folder) == before
        assert set(copy.live_files(list_files(None, copy.path)))
        copy.drop()

    def test_files_elsewhere_are_refused(self, session, other_table, tmp_path):
        """Of a table with data outside of its folder no copy can be a table of its own: an expiry would remove them."""
        folder = other_table(f"TBLPROPERTIES ('write.data.path' = '{tmp_path}/elsewhere')")
        copy = session.at("adopted")
        shutil.copytree(folder, copy.path)
        with pytest.raises(Exception, match=r"elsewhere.* (is not|does not start|not under)"):
            copy.adopt(folder)
        copy.drop()


@pytest.fixture
def other_table(session, tmp_path):
    """Makes a table of another catalog, in which a row was deleted, with a clause; returns its folder."""
    conf = {"": "org.apache.iceberg.spark.SparkCatalog", ".warehouse": f"file:{tmp_path}/other"}
    conf[".catalog-impl"] = "org.apache.iceberg.inmemory.InMemoryCatalog"
    conf[".io-impl"] = "org.apache.iceberg.hadoop.HadoopFileIO"
    catalog = f"other_{uuid4().hex[:8]}"
    for key, value in conf.items():
        session.spark.conf.set(f"spark.sql.catalog.{catalog}{key}", value)

    def made(clause):
        folder = str(tmp_path / "mine")
        session.spark.sql(f"CREATE NAMESPACE {catalog}.n")
        session.spark.sql(f"CREATE TABLE {catalog}.n.t (id INT) USING iceberg LOCATION '{folder}' {clause}")
        session.spark.sql(f"INSERT INTO {catalog}.n.t VALUES (1), (2), (3)")
        session.spark.sql(f"DELETE FROM {catalog}.n.t WHERE id = 2")
        return folder

    return made


def content(folder):
    """Each file and its bytes."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def by_pyiceberg(table):
    """The table's rows, as pyiceberg reads them."""
    return [StaticTable.from_metadata(table.format.path).scan().to_arrow()]
