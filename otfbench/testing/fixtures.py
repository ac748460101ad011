"""What contract suites start and share: JVMs, sessions, tables, comparisons. Knows no format by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest

from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.generated import Trips
from otfbench.fidelity import matrix
from otfbench.fidelity.cells import CELLS
from otfbench.fidelity.matrix import Fate
from otfbench.formats.adaptation import Adaptation
from otfbench.formats.model import Capability
from otfbench.registry import input_names, load_format, load_input
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm
from otfbench.spark.launch import launch_jvm, no_jars, stopping
from otfbench.tables.restorable import FilledTable, State
from otfbench.tables.session import Session
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TRIPS = Trips(500, 7)
OTHER_TRIPS = Trips(300, 8)
FEW = Trips(1000, 7)

Fates = dict[str, Fate]
"""Cell of the fidelity matrix -> what becomes of it."""


ValuesByKey = Mapping[int, dict[str, Any]]
"""The key of a trip -> its row."""


class _SmallJvm(NamedTuple):
    """The options of a JVM in which nothing is timed."""

    master: str = "local[2]"
    driver_memory: str = "1g"
    # Half the CPU; its code cache is 48 MB by default, and a JVM in which that is full dies.
    conf: Mapping[str, str] = {
        "spark.driver.defaultJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    }
    jars: Mapping[str, tuple[str, ...]] = {}
    replaced: tuple[str, ...] = ()


def assert_content(actual: DataFrame, expected: DataFrame) -> None:
    """Fail with what differs unless both have the same columns, of the same types, and rows of the same digest."""
    assert same_columns(expected, actual), differences(expected, actual)
    actual = actual.select(*(f"`{name}`" for name in expected.columns))
    assert digest(actual) == digest(expected), differences(expected, actual)


def in_python(rows: DataFrame | None) -> dict[int, dict[str, Any]]:
    """The rows as plain Python, by their key."""
    assert rows is not None
    return {row["trip_id"]: row.asDict() for row in rows.collect()}


def needs(table: FilledTable, capability: Capability) -> FilledTable:
    """The table, or a skip if its format can't do that."""
    if capability not in table.format.capabilities:
        pytest.skip(f"{table.format.name} has no {capability.value}")
    return table


@contextmanager
def started(folder: Path, conf: Mapping[str, str], jar_files: Iterable[Path] = ()) -> Iterator[Jvm]:
    """A small local JVM with these settings and jars, whose temporary files and log are in the folder."""
    scratch = folder / "scratch"
    scratch.mkdir()
    with stopping(launch_jvm(_SmallJvm(), jar_files, conf, scratch, find_java(), folder / "spark.log")) as jvm:
        yield jvm


def input_jars(names: Iterable[str] | None = None) -> list[Path]:
    """The local jars that these inputs (default: all) need beside Spark: those of their packages in the lock."""
    needed = {load_input(name).package for name in (input_names() if names is None else names)} - {None}
    locked = [jar for name, package in _packages().items() if name in needed for jar in package.jars]
    return jars.fetch(locked, find_java(), jars.cache_folder())


def _packages() -> dict[str, jars.Package]:
    return profile().packages


class FormatFixtures:
    """A JVM with the format's session, tables of trips, and what becomes of the cells of the fidelity matrix."""

    name: ClassVar[str]
    """The entry point's name."""

    @classmethod
    def jar_files(cls) -> list[Path]:
        """The local jars that the format needs: those of the lock, without which its suite is skipped."""
        line = profile()
        if cls.name not in line.packages:
            pytest.skip(no_jars(line, cls.name))
        return jars.fetch(line.packages[cls.name].jars, find_java(), jars.cache_folder())

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
    def fates(cls, session: Session) -> Fates:
        """What becomes of each cell without any adaptation."""
        return matrix.matrix(session.table("fidelity", TRIPS), CELLS.values())

    @pytest.fixture(scope="class")
    @classmethod
    def adapted_fates(cls, session: Session, adaptations: dict[str, list[Adaptation]]) -> Fates:
        """What becomes of the cells that adapt() changes, as it changes them."""
        chosen = [CELLS[name] for name, changes in adaptations.items() if changes]
        return matrix.matrix(session.table("adapted", TRIPS), chosen, adapt=True)


class TableFixtures:
    """Filled tables of trips, in the variants that operations are about."""

    @pytest.fixture(scope="class")
    @classmethod
    def shipped(cls, session: Session) -> FilledTable:
        """The trips in a table of the variant `shipped`."""
        return session.states.filled("few_shipped", FEW)

    @pytest.fixture(params=["cow", "mor", "keyed"])
    def loaded(self, request: pytest.FixtureRequest, session: Session) -> Iterator[FilledTable]:
        """The trips in a table of each variant that row-level operations are about."""
        yield from self._filled(session, request.param, State.LOADED)

    @pytest.fixture(params=["cow", "mor"])
    def aged(self, request: pytest.FixtureRequest, session: Session) -> Iterator[FilledTable]:
        """The same after ten small commits."""
        yield from self._filled(session, request.param, State.AGED)

    def _filled(self, session: Session, variant: str, state: State) -> Iterator[FilledTable]:
        if variant not in session.format.variants:
            pytest.skip(f"{session.format.name} has no variant {variant}")
        with session.variant_conf(variant):
            table = session.states.filled(f"few_{variant}", FEW, state, variant)
            table.restore()
            yield table
