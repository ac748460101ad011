"""Tables that are listed by another catalog than a format's first: put back from copies, timed, gone with the run."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from otfbench.config.load import load
from otfbench.data.generated import Trips
from otfbench.measure.bench import Bench
from otfbench.measure.pool import JvmPool
from otfbench.measure.prepared import ruler
from otfbench.registry.packages import profile
from otfbench.spark.launch import no_jars
from otfbench.tables.restorable import FilledTable
from otfbench.tables.session import Session
from otfbench.testing.fixtures import OTHER_TRIPS, assert_content

CATALOGS = {
    "iceberg": "{{catalog: {{type: jdbc, uri: 'jdbc:sqlite:{folder}/own.db'}}, jars: [{sqlite}]}}",
    "delta": "{{catalog: hive}}",
    "hudi": "{{catalog: hive}}",
}
YAML = """
formats:
  {name}: {settings}
spark:
  driver_memory: 1g
  conf: {{spark.driver.defaultJavaOptions: "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"}}
storage: {{warehouse: lake}}
warmup: 0
"""
ROWS = Trips(500, 7)


@pytest.fixture(scope="module", params=CATALOGS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The current folder of a run of one format, in which also its temporary files are."""
    if request.param not in profile().packages:
        pytest.skip(no_jars(profile(), request.param))
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "tmp").mkdir()
    settings = CATALOGS[request.param].format(folder=folder, sqlite="org.xerial:sqlite-jdbc:3.54.1.0")
    (folder / "otfbench.yaml").write_text(YAML.format(name=request.param, settings=settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        yield folder


@pytest.fixture(scope="module")
def bench(folder: Path) -> Iterator[Bench]:
    """The run."""
    bench = Bench(load({}, folder / "otfbench.yaml"), [], folder / "spark.log", print)
    try:
        bench.fetch(bench.config.formats or ())
        yield bench
    finally:
        bench.close()


@pytest.fixture(scope="module")
def jvms(bench: Bench) -> Iterator[JvmPool]:
    """Its only JVM."""
    jvms = JvmPool(bench, ruler(bench, None))
    yield jvms
    jvms.close()


@pytest.fixture(scope="module")
def session(bench: Bench, jvms: JvmPool) -> Session:
    """Its only session."""
    assert bench.config.formats
    return jvms.session(bench.config.formats[0], (), lambda session: None)


@pytest.fixture(scope="module")
def table(session: Session) -> FilledTable:
    """A table of trips."""
    return session.states.filled("trips", ROWS)


def test_restored_rounds(table: FilledTable) -> None:
    """Each round begins with the same rows, whatever the one before has committed, and ends with the right ones."""
    for apply, change in (
        (table.append, table.initial_rows.appended(0.1)),
        (table.merge, table.initial_rows.upserted(0.05, 0.01)),
        (table.append, table.initial_rows.appended(0.2)),
    ):
        table.restore()
        assert_content(table.read(), table.rows)
        apply(change)
        assert_content(table.read(), change.result)


def test_restored_columns(table: FilledTable) -> None:
    """A column that was added is gone when the table is restored, and can be added again."""
    for _ in range(2):
        table.restore()
        assert_content(table.read(), table.rows)
        table.add_column("added", "string")
        assert table.read().columns[-1] == "added"


def test_dropped_table(session: Session) -> None:
    """A table that has lost its files can be dropped, and its name is free."""
    table = session.table("dropped", ROWS)
    table.create(ROWS.generate(session.spark))
    for path in table.files():
        Path(path).unlink()
    table.format.drop()
    table.format.drop()
    assert not Path(table.format.path).exists()
    table.create(OTHER_TRIPS.generate(session.spark))
    assert table.read().count() == OTHER_TRIPS.rows


def test_namespace_is_the_sessions_alone(session: Session, folder: Path) -> None:
    """In a catalog of the user's tables are in a namespace that is the session's alone."""
    listed = session.spark.sql(f"SHOW NAMESPACES IN {session.format.catalog}").collect()
    assert session.format.namespace in {row[0] for row in listed}
    assert (session.format.namespace == "otfbench") != (folder / "own.db").exists()


def test_files_of_the_catalog(session: Session, folder: Path) -> None:
    """Those of a catalog of ours are in the run's temporary folder, which the recorded settings don't tell."""
    if (folder / "own.db").exists():
        pytest.skip("the catalog is the user's")
    recorded = session.without_location(session.format_conf)
    assert any("(catalog)/" in value for value in recorded.values())
    assert not any(str(folder) in value for value in recorded.values())
    assert [*folder.glob("tmp/otfbench-*/catalog-1/*")]


def test_nothing_is_left(bench: Bench, jvms: JvmPool, folder: Path) -> None:
    """Neither tables nor files of the catalog, nor entries in the user's."""
    jvms.close()
    bench.close()
    there = {path.name for path in folder.iterdir()}
    assert there - {"own.db"} == {"otfbench.yaml", "spark.log", "tmp"}
    assert [*(folder / "tmp").iterdir()] == []
    if "own.db" in there:
        with closing(sqlite3.connect(folder / "own.db")) as catalog:
            for name in ("iceberg_tables", "iceberg_namespace_properties"):
                assert catalog.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
