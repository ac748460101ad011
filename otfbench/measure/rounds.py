"""Rounds of one operation, and everything that a case carries beside its timings. Knows nothing of pytest.

Timed is the operation alone. Before each round, untimed: the table goes back to its start, garbage is collected where
it would be in the round (only before timed rounds that follow warm-up rounds: a cold JVM's times are not judged),
counters are noted. After it, untimed: Spark settles, counters and process figures are read; after the last timed round,
or after each, the content is compared with what it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from otfbench.data.changes import Change
from otfbench.data.dataset import Dataset
from otfbench.measure.ageing import Ageing
from otfbench.measure.content import ContentCheck
from otfbench.measure.planning import planning_s
from otfbench.measure.record import Measured, Reading
from otfbench.measure.spent import Spent
from otfbench.measure.subject import Subject
from otfbench.runs.outcome import REST, TABLES, TIMED, VERIFICATION, WARM_UP
from otfbench.runs.record import CaseRecord
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


LEAST_ROUNDS, MOST_ROUNDS = 3, 30
_CASE_S = 3.0
"""How long the rounds of a case may take, restored tables and all, where more than the least are wanted."""


class Wanted(Protocol):
    """The part of a configuration that the rounds of a case depend on."""

    @property
    def warmup(self) -> int:
        """Untimed rounds."""

    @property
    def rounds(self) -> int | None:
        """Timed rounds; None for as many as the case needs."""

    @property
    def verify(self) -> str:
        """What proves that the rows are right, and when."""


def rounds_by_need(pilot_s: float) -> int:
    """How many rounds a case gets of which one took so long: short ones scatter more, and cost less."""
    return min(MOST_ROUNDS, max(LEAST_ROUNDS, int(_CASE_S / pilot_s)))


@dataclass(frozen=True)
class Case:
    """A case, and how it is to be measured."""

    session: Session
    identity: CaseRecord
    subject: Subject
    wanted: Wanted
    content: ContentCheck
    spent: Spent


@dataclass(frozen=True)
class Work:
    """What a case does in each of its rounds."""

    act: Callable[[], Any]
    """The operation; a mapping that it returns holds figures of the round."""
    expect: Callable[[], Dataset | DataFrame]
    """What must be there when it is called."""
    each_differs: bool = False
    """Whether that is another thing after each round."""
    change: Change | None = None
    ageing: Ageing | None = None
    """The life of a table whose rounds go on from what the one before has left."""


def work(
    action: Callable[..., Any], args: Sequence[Any], expect: Dataset | DataFrame | Callable[[], DataFrame]
) -> Work:
    """The action with these arguments, each round anew."""
    change = next((each for each in args if isinstance(each, Change)), None)
    return Work(partial(action, *args), expect if callable(expect) else lambda: expect, callable(expect), change)


def work_of_life(ageing: Ageing) -> Work:
    """A round of a life, as many as it has."""
    return Work(ageing.live, lambda: ageing.expected, ageing=ageing)


class _Round:
    """A round that has begun: the table is there, and counters are noted."""

    def __init__(self, case: Case, work: Work, make_room: bool) -> None:
        """`make_room`: collect garbage if the collector would do it in the round."""
        self._case, self._work = case, work
        with case.spent.on(TABLES):
            if work.ageing:
                work.ageing.prepare()
            elif case.subject.table:
                case.subject.table.restore()
        with case.spent.on(REST):
            if make_room:
                case.session.meter.make_room()
            case.session.reader.settle()
            self._start = case.session.reader.now()
            case.session.meter.start()

    def act(self) -> _Round:
        """The operation."""
        self.result = self._work.act()
        return self

    def read(self) -> Reading:
        """What it used and gave."""
        session, ageing = self._case.session, self._work.ageing
        with self._case.spent.on(REST):
            used = session.meter.stop()
            session.reader.settle()
            counted = session.reader.since(self._start)
            figures = dict(self.result) if isinstance(self.result, Mapping) else {}
            return Reading(counted, used, planning_s(self.result), figures, ageing.note() if ageing else None)


def measure(case: Case, work: Work, pedantic: Callable[..., Any]) -> Measured:
    """Let pytest-benchmark's `pedantic` time the rounds; raises ContentError if the content is not as expected."""
    from pyspark.sql import DataFrame

    rounds = _warm_up(case, work)
    readings: list[Reading] = []

    def end(ended: _Round) -> None:
        readings.append(ended.read())
        if case.wanted.verify == "always" or work.each_differs or len(readings) == rounds:
            with case.spent.on(VERIFICATION):
                case.content.check(ended.result, work.expect())

    with case.spent.on(TIMED):
        _restart(case, work)
        last = pedantic(
            _Round.act,
            setup=lambda: ((_Round(case, work, make_room=case.wanted.warmup > 0),), {}),
            teardown=end,
            rounds=rounds,
            iterations=1,
        )
    if not readings:  # with --benchmark-disable the action runs once, and no teardown
        rounds = 1
        end(last)
    writes = case.subject.table is not None and not isinstance(last.result, DataFrame)
    content = case.content.last
    return Measured(case.session, case.identity, case.subject, tuple(readings), work.change, writes, content)


def _warm_up(case: Case, work: Work) -> int:
    """Untimed rounds; returns how many are to be timed."""
    pilot_s = None
    with case.spent.on(WARM_UP):
        for _ in range(case.wanted.warmup):
            began = monotonic()
            _restart(case, work)
            _Round(case, work, make_room=False).act().read()
            pilot_s = monotonic() - began
    if work.ageing:
        return work.ageing.rounds
    return case.wanted.rounds or (LEAST_ROUNDS if pilot_s is None else rounds_by_need(pilot_s))


def _restart(case: Case, work: Work) -> None:
    """A life from its beginning."""
    if work.ageing:
        with case.spent.on(TABLES):
            work.ageing.restore()
