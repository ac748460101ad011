"""Rounds of one operation, and everything that a case carries beside its timings. Knows nothing of pytest.

Timed is the operation alone. Before each round, untimed: the table goes back to its start, garbage is collected where
it would be in the round (only before timed rounds that follow warm-up rounds: a cold JVM's times are not judged),
counters are noted. After it, untimed: Spark settles, counters and process figures are read; after the last timed round,
or after each, the content is compared with what it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from otfbench.data.changes import Change
from otfbench.data.dataset import Dataset
from otfbench.measure.ageing import Ageing
from otfbench.measure.content import ContentCheck
from otfbench.measure.planning import planning_s
from otfbench.measure.record import Measured, Reading, Subject
from otfbench.measure.spent import Spent
from otfbench.runs.outcome import REST, TABLES, TIMED, VERIFICATION, WARM_UP
from otfbench.runs.record import CaseRecord
from otfbench.spark.counters import Moment
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


LEAST_ROUNDS, MOST_ROUNDS = 3, 30
_CASE_S = 3.0
"""How long the rounds of a case may take, restored tables and all, where more than the least are wanted."""


_Expect = Callable[[], "Dataset | DataFrame"]
"""What must be there when it is called."""


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


class Measurement:
    """The rounds of one case, from the first warm-up to the last check."""

    def __init__(
        self, session: Session, case: CaseRecord, subject: Subject, wanted: Wanted, proven: bool, spent: Spent
    ) -> None:
        """`proven`: whether what is expected doesn't rest on Spark's reading of the source alone."""
        self.session, self.case, self.subject, self._spent = session, case, subject, spent
        self.warmup, self.rounds, self.verify = wanted.warmup, wanted.rounds or MOST_ROUNDS, wanted.verify
        self._by_need = wanted.rounds is None
        self.content = ContentCheck(session, subject, case["id"], wanted.verify, proven)
        self._readings: list[Reading] = []
        self._started = 0
        self._start = Moment(0, 0)
        self._result: Any = None
        self._change: Change | None = None
        self._ageing: Ageing | None = None
        self._each_differs = False
        """Whether what must be there is another thing after each round."""

    def run(
        self,
        pedantic: Callable[..., Any],
        action: Callable[..., Any],
        args: Sequence[Any],
        expect: Dataset | DataFrame | Callable[[], DataFrame],
    ) -> None:
        """Let pytest-benchmark's `pedantic` time the rounds; raises ContentError if the content is not as expected.

        A mapping that the action returns holds figures of the round.
        """
        self._change = next((each for each in args if isinstance(each, Change)), None)

        def act() -> None:
            self._result = action(*args)

        self._each_differs = callable(expect)
        self._run(pedantic, act, expect if callable(expect) else lambda: expect)

    def run_life(self, pedantic: Callable[..., Any], ageing: Ageing) -> None:
        """Let it time the rounds of a life, each on what the one before has left; raises ContentError as run() does."""
        self._ageing, self._by_need, self.rounds = ageing, False, ageing.rounds
        self._run(pedantic, ageing.live, lambda: ageing.expected)

    def _run(self, pedantic: Callable[..., Any], act: Callable[[], None], expect: _Expect) -> None:
        with self._spent.on(WARM_UP):
            for _ in range(self.warmup):
                began = monotonic()
                self._before_round()
                act()
                self._after_round(expect)
                pilot_s = monotonic() - began
        if self._by_need:
            self.rounds = rounds_by_need(pilot_s) if self.warmup else LEAST_ROUNDS
        with self._spent.on(TIMED):
            pedantic(
                act,
                setup=self._before_round,
                teardown=lambda: self._after_round(expect),
                rounds=self.rounds,
                iterations=1,
            )
        if not self._readings:  # with --benchmark-disable the action runs once, and no teardown
            self.warmup, self.rounds = 0, 1
            self._after_round(expect)

    def _before_round(self) -> None:
        self._started += 1
        with self._spent.on(TABLES):
            self._restore()
        with self._spent.on(REST):
            self._note_start()

    def _restore(self) -> None:
        """The table as it is before a round; in a life that is what the round before has left."""
        if self._ageing:
            if self._started <= self.warmup + 1:
                self._ageing.restore()
            self._ageing.prepare()
        elif self.subject.table:
            self.subject.table.restore()

    def _note_start(self) -> None:
        if 0 < self.warmup < self._started:
            self.session.meter.make_room()
        self.session.reader.settle()
        self._start = self.session.reader.now()
        self.session.meter.start()

    def _after_round(self, expect: _Expect) -> None:
        with self._spent.on(REST):
            self._read()
            if self._ageing:
                self._ageing.note()
        each = self.verify == "always" or self._each_differs
        if self._readings and (each or len(self._readings) == self.rounds):
            with self._spent.on(VERIFICATION):
                self.content.check(self._result, expect())

    def _read(self) -> None:
        used = self.session.meter.stop()
        self.session.reader.settle()
        counted = self.session.reader.since(self._start)
        if self._started <= self.warmup:
            return
        figures = dict(self._result) if isinstance(self._result, Mapping) else {}
        self._readings.append(Reading(counted, used, planning_s(self._result), figures))

    def measured(self) -> Measured:
        """All of it, once the rounds are over; raises nothing, and asks nobody."""
        from pyspark.sql import DataFrame

        writes = self.subject.table is not None and not isinstance(self._result, DataFrame)
        life = tuple(self._ageing.lived) if self._ageing else ()
        content = (self.content.verdict, self.content.expected, self.content.actual, self.content.hashed)
        return Measured(
            self.session, self.case, self.subject, tuple(self._readings), self._change, writes, *content, life
        )
