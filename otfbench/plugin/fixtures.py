"""The fixtures that say what a workload is about: sessions, files, tables. Those that measure are in measuring.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.data.concurrent import writers
from otfbench.data.dataset import Dataset, Readable
from otfbench.data.erasure import Erasure, erasure
from otfbench.data.life import LIFE_ROUNDS, Life
from otfbench.errors import UnsupportedError
from otfbench.formats.model import SHIPPED
from otfbench.measure.pool import JvmPool
from otfbench.measure.prepared import Prepared
from otfbench.plugin import cases
from otfbench.plugin.case_tables import CaseTables
from otfbench.plugin.state import failures, shared_state
from otfbench.plugin.warmup import warm_up
from otfbench.registry import format_names, load_input
from otfbench.runs.outcome import TABLES
from otfbench.tables.concurrent import ConcurrentWriters, ReadsBesideMerges
from otfbench.tables.importable import ImportableFiles
from otfbench.tables.restorable import FilledTable, State
from otfbench.tables.source import TableSource
from otfbench.tables.streaming import FileStream
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from otfbench.tables.session import Session


@pytest.fixture(scope="session")
def prepared(pytestconfig: pytest.Config) -> Prepared:
    """What the cases of the run share, but for the JVMs."""
    return shared_state(pytestconfig).prepared


@pytest.fixture(scope="session")
def jvms(pytestconfig: pytest.Config) -> JvmPool:
    """The JVMs of the run."""
    return shared_state(pytestconfig).jvms


@pytest.fixture
def format_name(request: pytest.FixtureRequest) -> str:
    """The name of the table format."""
    return str(request.param)


@pytest.fixture
def input_format(request: pytest.FixtureRequest) -> str:
    """The name of the input."""
    return str(request.param)


@pytest.fixture
def variant(request: pytest.FixtureRequest) -> str:
    """The name of the format's variant."""
    return str(request.param)


@pytest.fixture
def format_session(request: pytest.FixtureRequest, prepared: Prepared, jvms: JvmPool) -> Iterator[Session]:
    """The session of the case's format, or the control's; started and warmed if another's was up."""
    with failures(request):
        if reason := cases.why_impossible(request.node, prepared):
            raise UnsupportedError(reason)
    log = shared_state(request.config).log
    name, reads_tables = cases.jvm_of(request.node)
    guests = tuple(each for each in prepared.tables if each != name) if reads_tables else ()
    with ExitStack() as stack:
        with failures(request):
            session = jvms.session(name, guests, lambda new: warm_up(request.session.items, prepared, new, log))
            stack.enter_context(session.variant_conf(cases.parameter(request.node, cases.VARIANT) or SHIPPED))
        yield session


def _session_fixture(name: str) -> Any:
    """A fixture that is called as a format is: workloads that ask for it run with that format alone."""

    @pytest.fixture(name=name)
    def session(format_session: Session, format_name: str, variant: str) -> Session:
        return format_session

    session.__doc__ = (
        f"The session of {name}, in a JVM that has its jars; `.spark` is Spark's, `.table(...)` a new table."
    )
    return session


globals().update({f"_session_of_{name}": _session_fixture(name) for name in format_names()})


@pytest.fixture
def spark(format_session: Session) -> SparkSession:
    """The Spark session of the case."""
    return format_session.spark


@pytest.fixture
def dataset_name(request: pytest.FixtureRequest) -> str:
    """The name of the dataset."""
    return str(request.param)


@pytest.fixture
def dataset(prepared: Prepared, dataset_name: str) -> Dataset:
    """The rows that the case is about."""
    return prepared.rows.datasets[dataset_name]


@pytest.fixture
def source(prepared: Prepared, dataset: Dataset, input_format: str) -> Readable:
    """The dataset as files of the case's input, or the user's own files."""
    return prepared.source(dataset, load_input(input_format))


@pytest.fixture
def source_format(request: pytest.FixtureRequest) -> str:
    """The name of the format whose table is the source."""
    return str(request.param)


@pytest.fixture
def source_table(prepared: Prepared, source_format: str) -> TableSource:
    """A table of another format that has been through a merge and a delete."""
    if source_format in prepared.unmade:
        pytest.fail(prepared.unmade[source_format], pytrace=False)
    return prepared.tables[source_format]


@pytest.fixture
def case_tables(
    request: pytest.FixtureRequest,
    prepared: Prepared,
    format_session: Session,
    format_name: str,
    variant: str,
    dataset: Dataset,
    dataset_name: str,
) -> CaseTables:
    """Builds the tables of the case."""
    more_rows = "" if dataset_name == dataset.name else f"_{dataset_name}"
    if cases.parameter(request.node, cases.SOURCE_FORMAT):
        dataset = request.getfixturevalue("source_table").dataset
    shared_name = None if prepared.bench.config.keep_tables else dataset.name + more_rows

    @contextmanager
    def guard() -> Iterator[None]:
        with failures(request, format_session), prepared.bench.spent.on(TABLES):
            yield

    return CaseTables(format_session, dataset, variant, cases.table_name(request.node), shared_name, guard=guard)


@pytest.fixture
def target(case_tables: CaseTables) -> Iterator[SessionTable]:
    """A table that doesn't exist yet; gone after the case, unless tables are kept."""
    yield from case_tables.target()


@pytest.fixture
def partitioned_target(case_tables: CaseTables) -> Iterator[SessionTable]:
    """The same with partitions."""
    yield from case_tables.target(partitioned=True)


@pytest.fixture
def table(case_tables: CaseTables) -> FilledTable:
    """A table that holds the dataset's rows before each round."""
    return case_tables.filled(State.LOADED)


@pytest.fixture
def aged(case_tables: CaseTables) -> FilledTable:
    """The same after ten small commits."""
    return case_tables.filled(State.AGED)


@pytest.fixture
def compacted(case_tables: CaseTables) -> FilledTable:
    """The same after ten small commits and a compaction."""
    return case_tables.filled(State.COMPACTED)


@pytest.fixture
def widened(case_tables: CaseTables) -> FilledTable:
    """The same after a column was added, with rows that have it."""
    return case_tables.filled(State.WIDENED)


@pytest.fixture
def partitioned(case_tables: CaseTables) -> FilledTable:
    """A partitioned table that holds the dataset's rows before each round."""
    return case_tables.filled(State.LOADED, partitioned=True)


@pytest.fixture
def importable(case_tables: CaseTables) -> Iterator[ImportableFiles]:
    """Parquet files of the dataset's rows, of which a table can be made as they are."""
    yield from case_tables.importable(in_place=True)


@pytest.fixture
def partitioned_importable(case_tables: CaseTables) -> Iterator[ImportableFiles]:
    """The same in folders `name=value`."""
    yield from case_tables.importable(in_place=True, partitioned=True)


@pytest.fixture
def rewritable(case_tables: CaseTables) -> Iterator[ImportableFiles]:
    """The same files as `importable`, of which a table is made by writing them anew."""
    yield from case_tables.importable(in_place=False)


@pytest.fixture
def imported(case_tables: CaseTables) -> FilledTable:
    """A table that was made of Parquet files as they are, before each round."""
    return case_tables.filled(State.IMPORTED)


@pytest.fixture
def life(table: FilledTable, prepared: Prepared, case_tables: CaseTables) -> Life:
    """What becomes of the rows of `table` in as many rounds as the run has: merges, deletes and appends."""
    with case_tables.guard():
        return Life(table.initial_rows, prepared.bench.config.rounds or LIFE_ROUNDS)


@pytest.fixture
def concurrent_writers(
    table: FilledTable, case_tables: CaseTables
) -> Iterator[Callable[[str, int], ConcurrentWriters]]:
    """`concurrent_writers(kind, number)`: writers of `table`; see otfbench.data.concurrent.writers for kinds.

    Until the case ends, the session has the settings that the format needs where several write.
    """

    def concurrent_writers(kind: str, number: int) -> ConcurrentWriters:
        with case_tables.guard():
            return ConcurrentWriters(table, writers(table.initial_rows, kind, number))

    with case_tables.session.conf(table.format.writers_conf):
        yield concurrent_writers


@pytest.fixture
def reads_beside_merges(table: FilledTable, case_tables: CaseTables) -> ReadsBesideMerges:
    """Merges of `table`, and scans beside them."""
    with case_tables.guard():
        return ReadsBesideMerges(table)


@pytest.fixture
def file_stream(table: FilledTable, case_tables: CaseTables) -> FileStream:
    """A stream of files into `table`."""
    with case_tables.guard():
        return FileStream(table)


@pytest.fixture
def erased(table: FilledTable, case_tables: CaseTables) -> Erasure:
    """Rows of `table` that are to be erased, and texts that only they have."""
    with case_tables.guard():
        return erasure(table.initial_rows)
