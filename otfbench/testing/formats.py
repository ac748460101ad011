"""The contract suite for authors of formats: subclass it, name the plugin, run pytest. Knows no format by name.

::

    from otfbench.testing import FormatContract

    class TestMine(FormatContract):
        name = "mine"

A suite starts one JVM per class, and changes nothing outside of pytest's temporary folder but for the cache of jars.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from otfbench.data.digest import digest
from otfbench.fidelity import matrix
from otfbench.fidelity.cells import CELLS
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.catalogs import NAMESPACE
from otfbench.formats.hadoop import list_files
from otfbench.formats.model import Table
from otfbench.registry.detection import detect_table
from otfbench.spark.causes import first_cause
from otfbench.tables.session import Session
from otfbench.tables.table import SessionTable
from otfbench.testing.fixtures import OTHER_TRIPS, TRIPS, Fates, FormatFixtures, assert_content


class FormatContract(FormatFixtures):
    """What a table format must do to be measured. A subclass gives its name."""

    def test_rows_are_kept(self, session: Session, trips: SessionTable) -> None:
        """The rows created are the rows read back, in columns as adapt() declares them."""
        assert_content(trips.read(), session.expectations.of(TRIPS, trips.adaptations).rows)

    def test_adaptations_are_needed(self, fates: Fates, adaptations: dict[str, list[Adaptation]]) -> None:
        """Each type and name that adapt() changes would otherwise be refused, changed or corrupted."""
        assert [name for name, changes in adaptations.items() if changes and fates[name].outcome == "kept"] == []

    def test_losses_are_declared(self, session: Session, fates: Fates, adapted_fates: Fates) -> None:
        """The types, edge values and names that aren't kept, as adapt() has them, are exactly the format's losses."""
        lost = {name: fate for name, fate in (fates | adapted_fates).items() if fate.outcome != "kept"}
        undeclared = {name: fate for name, fate in lost.items() if name not in session.format.losses}
        assert (undeclared, session.format.losses.keys() - lost.keys()) == ({}, set())

    def test_one_adaptation_is_enough(self, session: Session) -> None:
        """What adapt() has changed needs no further change."""
        rows = matrix.rows(session.spark, [cell for cell in CELLS.values() if not cell.alone])
        assert session.format.adapt(adapted(rows, session.format.adapt(rows.schema)).schema) == []

    def test_no_rows(self, session: Session, table: SessionTable) -> None:
        """A table of no rows is a table: it has its columns."""
        table.create(TRIPS.generate(session.spark).limit(0))
        assert_content(table.read(), session.expectations.of(TRIPS, table.adaptations).rows.limit(0))

    def test_taken_name_is_refused(self, session: Session, trips: SessionTable) -> None:
        """Where there is a table of that name, create() fails, and the table stays as it was."""
        with pytest.raises(Exception, match="exists"):
            trips.create(OTHER_TRIPS.generate(session.spark))
        assert_content(trips.read(), session.expectations.of(TRIPS, trips.adaptations).rows)

    def test_drop_leaves_nothing(self, session: Session, table: SessionTable) -> None:
        """A dropped table's folder is gone, with all around it, and a second drop does no harm."""
        before = _all_paths(table)
        table.create(OTHER_TRIPS.generate(session.spark))
        table.format.drop()
        table.format.drop()
        assert not Path(table.format.path).exists()
        assert _all_paths(table) == before

    def test_damaged_table_can_be_dropped(self, session: Session, table: SessionTable) -> None:
        """A table that has lost all of its files can be dropped, and its name is free."""
        before = _all_paths(table)
        table.create(OTHER_TRIPS.generate(session.spark))
        for path in list_files(None, table.format.path):
            Path(path).unlink()
        table.format.drop()
        assert _all_paths(table) == before
        table.create(OTHER_TRIPS.generate(session.spark))
        assert table.read().count() == OTHER_TRIPS.rows

    def test_failed_create_leaves_nothing(self, session: Session) -> None:
        """Where a late row can't be computed, its error comes through, the folder is gone and the name is free."""
        from pyspark.sql import functions as F

        # A separate name: what a format still does in the background for a failed write must not meet other tests.
        table = session.table("failed", TRIPS)
        before = _all_paths(table)
        last = F.col("trip_id") == TRIPS.rows - 1
        planted = F.when(last, F.raise_error(F.lit("planted")).cast("string")).otherwise(F.col("vendor"))
        with pytest.raises(Exception) as caught:
            table.create(TRIPS.generate(session.spark).withColumn("vendor", planted))
        assert "planted" in first_cause(caught.value)
        assert _all_paths(table) == before
        table.create(OTHER_TRIPS.generate(session.spark))
        assert table.read().count() == OTHER_TRIPS.rows
        table.format.drop()

    @pytest.mark.parametrize("change", ["rows are inserted", "another table takes its place"])
    def test_caches_are_invalidated(self, session: Session, table: SessionTable, tmp_path: Path, change: str) -> None:
        """After its files were put back to an earlier state, and invalidate_caches(), a table reads as it was then."""
        folder = table.format.path
        table.create(TRIPS.generate(session.spark))
        shutil.copytree(folder, tmp_path / "copy")
        if change == "rows are inserted":
            adapted(OTHER_TRIPS.generate(session.spark), table.adaptations).createOrReplaceTempView("contract_rows")
            session.spark.sql(f"INSERT INTO {table.format.identifier} SELECT * FROM contract_rows")
        else:
            table.format.drop()
            table.create(OTHER_TRIPS.generate(session.spark))
        assert digest(table.read()) != session.expectations.of(TRIPS, table.adaptations).digest
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "copy", folder)
        table.format.invalidate_caches()
        assert_content(table.read(), session.expectations.of(TRIPS, table.adaptations).rows)

    def test_tables_are_detected_by_their_folder(self, trips: SessionTable) -> None:
        """The folder of a table is detected to be one of this format."""
        detected = detect_table(Path(trips.format.path))
        assert detected is not None and detected.name == trips.format.name

    def test_copies_can_be_changed_and_moved(self, session: Session, trips: SessionTable) -> None:
        """A copy of a table's folder is a separate table, and is still one when its folder is renamed."""
        copy = session.table("copied", TRIPS)
        original, folder = trips.format.path, copy.format.path
        moved = f"{folder}-moved"
        shutil.copytree(original, folder)
        copy.format.adopt(original)
        new = adapted(TRIPS.new_rows(session.spark, 0.1), trips.adaptations)
        copy.format.append(new)
        assert copy.read().count() == TRIPS.rows + 50 and trips.read().count() == TRIPS.rows

        copy.format.rewrite_paths(folder, new_folder=moved)
        Path(folder).rename(moved)
        expected = session.expectations.of(TRIPS, trips.adaptations).rows.unionByName(new)
        assert_content(trips.format.read_path(session.spark, moved), expected)
        shutil.rmtree(moved)
        copy.format.drop()

    def test_size_counts_every_byte(self, trips: SessionTable) -> None:
        """A new table is live data and, unless it is plain files, metadata; every byte on disk is counted."""
        files = trips.files()
        live = trips.format.live_files(files)
        size = trips.size()
        assert live and live <= set(files)
        assert size.live_files == len(live) and size.live_bytes > 0
        assert (size.dead_files, size.dead_bytes) == (0, 0), set(files) - live
        assert trips.format.plain_files or size.metadata_files > 0
        assert size.live_files + size.metadata_files == len(files)
        assert size.live_bytes + size.metadata_bytes == sum(files.values())

    def test_live_files_in_odd_folders(self, session: Session, table: SessionTable) -> None:
        """The live files of a partitioned table are found, whatever its partitions' folders are called."""
        columns = "id, element_at(array('a/b=c %', 'x%20y', 'z#1', 'M\u00fcnchen'), cast(id AS int) + 1) AS city"
        head = f"CREATE TABLE {table.format.identifier} USING {table.format.name}"
        session.spark.sql(f"{head} PARTITIONED BY (city) AS SELECT {columns} FROM range(4)")
        assert table.read().select("city").distinct().count() == 4
        assert (table.size().live_files, table.size().dead_files) == (4, 0)
        assert table.format.reachable_files(table.files()) in (None, table.format.live_files(table.files()))

    def test_properties_are_text(self, trips: SessionTable) -> None:
        """The table's effective properties are names and values as text."""
        assert all(isinstance(text, str) for pair in trips.format.properties().items() for text in pair)

    def test_properties_are_given(self, session: Session, table: SessionTable) -> None:
        """A property given to a new table is one of the table's, whatever its key and its value contain."""
        odd = ("it's.odd", """it's "odd" \\ \\' ${env:HOME} ${jvm.app.name} ;--""")
        bound = table.format.at(session.spark, replace(table.format.table, properties=(odd,)))
        bound.create(adapted(TRIPS.generate(session.spark), table.adaptations))
        assert odd in {(key.removeprefix("option."), value) for key, value in bound.properties().items()}

    def test_identifier_is_quoted(self, session: Session) -> None:
        """Spark's parser takes the quoted name for what it is, whatever the table is called."""
        odd = Table("od`d 'na\"me.x", "anywhere")
        parser = session.spark._jsparkSession.sessionState().sqlParser()
        parts = parser.parseMultipartIdentifier(session.format.at(session.spark, odd).identifier)
        assert [parts.apply(n) for n in range(parts.size())] == [session.format.catalog, NAMESPACE, odd.name]


def _all_paths(table: SessionTable) -> set[Path]:
    """Every file and folder of the warehouse, but for other tables: a failed write may bring those back."""
    folder = Path(table.format.path)
    paths = set(Path(table.format.table.warehouse).rglob("*"))
    others = [each for each in folder.parent.glob("*") if folder.name not in each.name]
    return {each for each in paths if not any(each.is_relative_to(other) for other in others)}
