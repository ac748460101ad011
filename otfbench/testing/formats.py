"""The contract suite for authors of formats: subclass it, name the plugin, run pytest. Knows no format by name.

::

    from otfbench.testing import FormatContract

    class TestMine(FormatContract):
        name = "mine"

A suite starts one JVM per class, and changes nothing outside of pytest's temporary folder but for the cache of jars.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.generated import Trips
from otfbench.fidelity import matrix
from otfbench.fidelity.cells import CELLS
from otfbench.fidelity.matrix import Fate
from otfbench.formats.base import adapted
from otfbench.formats.facts import NAMESPACE
from otfbench.formats.hadoop import list_files
from otfbench.formats.model import Adaptation, Table
from otfbench.registry import detect_table, input_names, load_format, load_input, profile
from otfbench.spark import jars
from otfbench.spark.causes import first_cause
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm, start
from otfbench.spark.settings import session_conf
from otfbench.tables.session import Session
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TRIPS = Trips(500, 7)
OTHER_TRIPS = Trips(300, 8)


def assert_content(actual: DataFrame, expected: DataFrame) -> None:
    """Fail with what differs unless both have the same columns, of the same types, and rows of the same digest."""
    assert same_columns(expected, actual), differences(expected, actual)
    actual = actual.select(*(f"`{name}`" for name in expected.columns))
    assert digest(actual) == digest(expected), differences(expected, actual)


@contextmanager
def started(folder: Path, conf: Mapping[str, str], jar_files: Iterable[Path] = ()) -> Iterator[Jvm]:
    """A small local JVM with these settings and jars, whose temporary files and log are in the folder."""
    scratch = folder / "scratch"
    scratch.mkdir()
    settings = {**session_conf("local[2]", "1g", scratch), **conf}
    # Half the CPU, where nothing is timed; its code cache is 48 MB by default, and a JVM in which that is full dies.
    settings["spark.driver.extraJavaOptions"] += " -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    paths = ",".join(map(str, jar_files))
    jvm = start(settings | ({"spark.jars": paths} if paths else {}), find_java(), folder / "spark.log")
    try:
        yield jvm
    finally:
        jvm.stop()


def input_jars(names: Iterable[str] | None = None) -> list[Path]:
    """The local jars that these inputs (default: all) need beside Spark: those of their packages in the lock."""
    needed = {load_input(name).package for name in (input_names() if names is None else names)} - {None}
    locked = [jar for name, package in _packages().items() if name in needed for jar in package.jars]
    return jars.fetch(locked, find_java(), jars.cache_folder())


class FormatContract:
    """What a table format must do to be measured. A subclass gives its name."""

    name: ClassVar[str]
    """The entry point's name."""

    @classmethod
    def jar_files(cls) -> list[Path]:
        """The local jars that the format needs: those of the lock. A format without an entry there overrides this."""
        package = _packages()[cls.name]
        return jars.fetch(package.jars, find_java(), jars.cache_folder())

    @pytest.fixture(scope="class")
    @classmethod
    def session(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
        """The one JVM of the class, with the format's settings, in a temporary warehouse."""
        folder = tmp_path_factory.mktemp(cls.name)
        warehouse = str(folder / "w\u00e4re'+house")
        table_format = load_format(cls.name)
        conf = table_format.conf(warehouse)
        with started(folder, conf, cls.jar_files()) as jvm:
            yield Session(jvm, table_format, conf, warehouse)

    @pytest.fixture
    def table(self, session: Session) -> Iterator[SessionTable]:
        """A table for trips that doesn't exist yet; gone after the test."""
        table = session.table("contract", TRIPS)
        yield table
        table.format.drop()

    @pytest.fixture(scope="class")
    @classmethod
    def trips(cls, session: Session) -> SessionTable:
        """A table that holds trips, for tests that only read."""
        table = session.table("trips", TRIPS)
        table.create(TRIPS.generate(session.spark))
        return table

    @pytest.fixture(scope="class")
    @classmethod
    def adaptations(cls, session: Session) -> dict[str, list[Adaptation]]:
        """What adapt() announces for each cell of otfbench.fidelity.cells."""
        table = session.table("fidelity", TRIPS)
        return {name: matrix.adaptations(table, cell) for name, cell in CELLS.items()}

    @pytest.fixture(scope="class")
    @classmethod
    def fates(cls, session: Session) -> dict[str, Fate]:
        """What becomes of each cell without any adaptation."""
        return matrix.matrix(session.table("fidelity", TRIPS), CELLS.values())

    @pytest.fixture(scope="class")
    @classmethod
    def adapted_fates(cls, session: Session, adaptations: dict[str, list[Adaptation]]) -> dict[str, Fate]:
        """What becomes of the cells that adapt() changes, as it changes them."""
        chosen = [CELLS[name] for name, changes in adaptations.items() if changes]
        return matrix.matrix(session.table("adapted", TRIPS), chosen, adapt=True)

    def test_rows_are_kept(self, session: Session, trips: SessionTable) -> None:
        """The rows created are the rows read back, in columns as adapt() declares them."""
        assert_content(trips.read(), session.expectations.of(TRIPS, trips.adaptations).rows)

    def test_adaptations_are_needed(self, fates: dict[str, Fate], adaptations: dict[str, list[Adaptation]]) -> None:
        """Each type and name that adapt() changes would otherwise be refused, changed or corrupted."""
        assert [name for name, changes in adaptations.items() if changes and fates[name].outcome == "kept"] == []

    def test_losses_are_declared(
        self, session: Session, fates: dict[str, Fate], adapted_fates: dict[str, Fate]
    ) -> None:
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
        copy.format.rewrite_paths(original, new_folder=folder)
        copy.format.register_table()
        new = adapted(TRIPS.new_rows(session.spark, 0.1), trips.adaptations)
        copy.format.append(new)
        assert copy.read().count() == TRIPS.rows + 50 and trips.read().count() == TRIPS.rows

        copy.format.rewrite_paths(folder, new_folder=moved)
        Path(folder).rename(moved)
        expected = session.expectations.of(TRIPS, trips.adaptations).rows.unionByName(new)
        assert_content(trips.format.read_path(session.spark, moved), expected)
        shutil.rmtree(moved)
        copy.format.drop()

    def test_size(self, trips: SessionTable) -> None:
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


def _packages() -> dict[str, jars.Package]:
    return profile().packages


def _all_paths(table: SessionTable) -> set[Path]:
    """Every file and folder of the warehouse, but for other tables: a failed write may bring those back."""
    folder = Path(table.format.path)
    paths = set(Path(table.format.table.warehouse).rglob("*"))
    others = [each for each in folder.parent.glob("*") if folder.name not in each.name]
    return {each for each in paths if not any(each.is_relative_to(other) for other in others)}
