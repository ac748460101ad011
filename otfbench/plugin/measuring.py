"""The fixtures by which a workload measures: in rounds, through a life, or without timing. Builds no table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.data.dataset import Dataset
from otfbench.data.erasure import Erasure
from otfbench.data.life import Life
from otfbench.measure import rounds
from otfbench.measure.ageing import Ageing
from otfbench.measure.content import ContentCheck
from otfbench.measure.erasing import Searched, searched
from otfbench.measure.prepared import Prepared
from otfbench.measure.record import record
from otfbench.measure.rounds import Case, Work, work, work_of_life
from otfbench.measure.subject import subject_of
from otfbench.plugin import cases
from otfbench.plugin.state import PLUGIN, failures, shared_state
from otfbench.runs.outcome import Status
from otfbench.tables.restorable import FilledTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pytest_benchmark.fixture import BenchmarkFixture

    from otfbench.tables.session import Session

_SEARCHED = pytest.StashKey[tuple[Searched, ...]]()


@pytest.fixture
def search_files(
    request: pytest.FixtureRequest, format_session: Session, table: FilledTable, erased: Erasure
) -> Callable[..., None]:
    """`search_files(name=step, ...)`: go through the steps, and note after each in which files erased texts are."""

    def search_files(**steps: Callable[[], object]) -> None:
        with failures(request, format_session):
            request.node.stash[_SEARCHED] = tuple(searched(table, erased.texts, steps))

    return search_files


@pytest.fixture
def run_case(
    request: pytest.FixtureRequest, prepared: Prepared, format_session: Session, benchmark: BenchmarkFixture
) -> Iterator[Callable[..., None]]:
    """`run_case(work, *things)`: measure the case by its work.

    It is about the files and the table among the things, else among what the workload is given.
    """
    config = request.config.stash[PLUGIN].config
    identity = cases.describe(request.node, prepared)
    outcome = shared_state(request.config).run.outcomes[request.node.nodeid]

    def run_case(work: Work, *things: object) -> None:
        wanted = config.model_copy(update={"warmup": 0}) if benchmark.disabled else config
        subject = subject_of((*things, *request.node.funcargs.values()))
        content = ContentCheck(format_session, subject, identity["id"], wanted.verify, prepared.proven)
        case = Case(format_session, identity, subject, wanted, content, prepared.bench.spent)
        benchmark.group = identity["operation"]
        try:
            with failures(request, format_session):
                measured = rounds.measure(case, work, benchmark.pedantic)
                if benchmark.stats:
                    measured = replace(measured, searched=request.node.stash.get(_SEARCHED, ()))
                    case_record = record(measured, benchmark.stats.stats.data)
                    benchmark.extra_info["otfbench"] = case_record
                    shared_state(request.config).records[request.node.nodeid] = case_record
        finally:
            outcome.verdict = content.last.verdict

    yield run_case
    if outcome.status is not Status.PASSED:
        benchmark.skipped = True  # else pytest-benchmark warns that nobody used it


@pytest.fixture
def measure(run_case: Callable[..., None]) -> Callable[..., None]:
    """`measure(action, *args, expect=rows)`: time the action in rounds, and check the content against what is expected.

    `expect` is a dataset, rows as the table holds them, or what returns these when they are compared. The content is
    what the action returns, if that is rows, else the table's, else the source's: those that the action is a method of
    or is given, else those that the workload asks for. An action may return a mapping: numbers by their names, the same
    names in each round, which the run file has as the case's figures. Raises ContentError where the content is not as
    expected.
    """

    def measure(action: Callable[..., Any], *args: Any, expect: Dataset | DataFrame | Callable[[], DataFrame]) -> None:
        owner = getattr(action, "__self__", None)
        run_case(work(action, args, expect), owner, *args)

    return measure


@pytest.fixture
def measure_life(run_case: Callable[..., None], table: FilledTable, life: Life) -> Callable[..., None]:
    """`measure_life(upkeep_every=n, name=read, ...)`: let `table` go through `life`, round by round.

    A round is a merge, a delete, an append, and the reads, each of which is timed by itself. After each n rounds the
    table is compacted, and old versions expire; with None never. Raises ContentError where it doesn't hold in the end
    what it must.
    """

    def measure_life(upkeep_every: int | None = None, **reads: Callable[[], object]) -> None:
        run_case(work_of_life(Ageing(table, life, reads, upkeep_every)))

    return measure_life


@pytest.fixture
def record_fidelity(request: pytest.FixtureRequest, format_session: Session, format_name: str) -> Callable[..., None]:
    """`record_fidelity(find, *args)`: write what `find` returns to the run file, by format; untimed."""
    fidelity = shared_state(request.config).run.fidelity

    def keep(find: Callable[..., list[dict[str, str | None]]], *args: Any) -> None:
        with failures(request, format_session):
            fidelity[format_name] = find(*args)

    return keep
