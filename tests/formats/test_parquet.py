"""Plain Parquet files, the control, keep the contract of a table format."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from otfbench.data.digest import differences, digest
from otfbench.formats.declaration import SPARK_3
from otfbench.formats.hadoop import list_files
from otfbench.testing.fixtures import TRIPS
from otfbench.testing.formats import FormatContract
from otfbench.testing.operations import OperationContract


class TestParquet(OperationContract, FormatContract):
    """Plain files in one JVM."""

    name = "parquet"

    def test_what_is_adapted(self, fates, adaptations):
        """Structs without fields, and void on Spark 3, are refused, and nothing else is adapted; intervals are kept."""
        changed = [name for name, changes in adaptations.items() if changes]
        void = ["void", "array of void", "map of void", "struct of void"] if SPARK_3 else []
        assert changed == [*void, "struct without fields"]
        assert {fates[name].outcome for name in changed} == {"refused"}
        assert fates["interval day to second"].outcome == "kept"

    def test_it_is_the_control(self, session):
        """The format that is none says so."""
        assert session.format.plain_files

    def test_files_hold_the_rows_of_the_files(self, table, files, source_rows, as_rows):
        """The table's files, read by pyarrow, hold exactly the rows of the files that it was created from."""
        table.create(files.read(table.format.spark))
        assert as_rows([pyarrow.parquet.read_table(path) for path in live_files(table)]) == source_rows

    def test_planted_error_is_found(self, session, table):
        """One value changed in a file behind Spark's back changes the digest, and the difference names it."""
        table.create(TRIPS.generate(session.spark))
        path = Path(min(live_files(table)))
        rows = pyarrow.parquet.read_table(path)
        fares = rows.column("fare").to_pylist()
        changed = [*fares[:7], fares[7] + Decimal("0.01"), *fares[8:]]
        position = rows.schema.get_field_index("fare")
        planted = rows.set_column(position, "fare", pa.array(changed, rows.schema.field("fare").type))
        pyarrow.parquet.write_table(planted, path, use_deprecated_int96_timestamps=True)  # as Spark does
        path.with_name(f".{path.name}.crc").unlink()
        table.format.invalidate_caches()
        expected = session.expectations.of(TRIPS, ())
        assert digest(table.read()) != expected.digest
        assert differences(expected.rows, table.read()).splitlines() == [
            f"  fare: expected {fares[7]}, found {changed[7]} where trip_id is {rows['trip_id'][7]} (1 row differs)",
        ]

    def test_rows_in_memory_are_read_again(self, session, table):
        """Rows that a workload keeps in memory are read from the files again, once caches are dropped."""
        table.create(TRIPS.generate(session.spark))
        path = Path(min(live_files(table)))
        left = TRIPS.rows - pyarrow.parquet.read_metadata(path).num_rows
        try:
            assert table.read().cache().count() == TRIPS.rows
            path.unlink()
            assert table.read().count() == TRIPS.rows
            table.format.invalidate_caches()
            assert table.read().count() == left
        finally:
            session.spark.catalog.clearCache()


def live_files(table):
    """The paths of the table's live files."""
    return table.format.live_files(list_files(None, table.format.path))
