"""Iceberg keeps the contract, and what only Iceberg does."""

import pytest
from pyiceberg.table import StaticTable

from otfbench.fidelity.matrix import Fate
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


def by_pyiceberg(table):
    """The table's rows, as pyiceberg reads them."""
    return [StaticTable.from_metadata(table.format.path).scan().to_arrow()]
