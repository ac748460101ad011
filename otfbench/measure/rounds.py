"""Rounds of one operation, and everything that a case carries beside its timings. Knows nothing of pytest.

Timed is the operation alone. Before each round, untimed: the table goes back to its start, garbage is collected where
it would be in the round (only before timed rounds that follow warm-up rounds: a cold JVM's times are not judged),
counters are noted. After it, untimed: Spark settles, counters and process figures are read; after the last timed round,
or after each, the content is compared with what it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from otfbench.data.changes import Change
from otfbench.data.dataset import Dataset
from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.evidence import Digest
from otfbench.data.second_reading import EQUAL, EQUAL_TO_SPARK
from otfbench.errors import ContentError
from otfbench.formats.sql import quoted
from otfbench.measure.record import Measured, Reading, Subject
from otfbench.measure.spent import Spent
from otfbench.runs.outcome import REST, TABLES, TIMED, VERIFICATION, WARM_UP
from otfbench.runs.record import CaseRecord
from otfbench.spark.counters import Moment
from otfbench.tables.expectations import Expected
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


class Measurement:
    """The rounds of one case, from the first warm-up to the last check."""

    def __init__(
        self, session: Session, case: CaseRecord, subject: Subject, wanted: Wanted, proven: bool, spent: Spent
    ) -> None:
        """`proven`: whether what is expected doesn't rest on Spark's reading of the source alone."""
        self.session, self.case, self.subject, self._spent = session, case, subject, spent
        self.warmup, self.rounds, self.verify = wanted.warmup, wanted.rounds or MOST_ROUNDS, wanted.verify
        self._by_need = wanted.rounds is None
        self.verdict = "unchecked"
        self._equal = EQUAL if proven else EQUAL_TO_SPARK
        self.expected: Digest | None = None
        self.actual: Digest | None = None
        self._wanted: Expected | None = None
        self._readings: list[Reading] = []
        self._started = 0
        self._start = Moment(0, 0)
        self._result: Any = None
        self._change: Change | None = None

    def run(
        self, pedantic: Callable[..., Any], action: Callable[..., Any], args: Sequence[Any], expect: Dataset | DataFrame
    ) -> None:
        """Let pytest-benchmark's `pedantic` time the rounds; raises ContentError if the content is not as expected."""
        self._change = next((each for each in args if isinstance(each, Change)), None)

        def act() -> None:
            self._result = action(*args)

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
        if self.subject.table:
            with self._spent.on(TABLES):
                self.subject.table.restore()
        with self._spent.on(REST):
            self._note_start()

    def _note_start(self) -> None:
        if 0 < self.warmup < self._started:
            self.session.meter.make_room()
        self.session.reader.settle()
        self._start = self.session.reader.now()
        self.session.meter.start()

    def _after_round(self, expect: Dataset | DataFrame) -> None:
        with self._spent.on(REST):
            self._read()
        if self._readings and (self.verify == "always" or len(self._readings) == self.rounds):
            with self._spent.on(VERIFICATION):
                self._check(expect)

    def _read(self) -> None:
        used = self.session.meter.stop()
        self.session.reader.settle()
        counted = self.session.reader.since(self._start)
        if self._started <= self.warmup:
            return
        self._readings.append(Reading(counted, used, planning_s(self._result)))

    def _check(self, expect: Dataset | DataFrame) -> None:
        """Compare what is there with what must be there."""
        if self.verify == "off":
            return
        rows = self._content()
        if self.verify == "count":
            self._check_count(rows, expect)
            return
        wanted = self._wanted = self._wanted or self._expectation(expect)
        self.expected, self.actual = wanted.digest, None
        if same_columns(wanted.rows, rows):
            rows = rows.select(*map(quoted, wanted.rows.columns))
            self.actual = digest(rows)
        self.verdict = self._equal if self.actual == self.expected else "unequal"
        if self.verdict == "unequal":
            raise ContentError(
                f"{self.case['id']}: the content is not what it must be.\n{differences(wanted.rows, rows)}"
            )

    def _check_count(self, rows: DataFrame, expect: Dataset | DataFrame) -> None:
        """The number of rows can prove a content wrong, but not right."""
        from pyspark.sql import DataFrame

        row_count = rows.count()
        expected = expect.count() if isinstance(expect, DataFrame) else expect.rows
        self.expected, self.actual = Digest(expected, 0), Digest(row_count, 0)
        if row_count != expected:
            self.verdict = "unequal"
            raise ContentError(f"{self.case['id']}: {row_count} rows are there, {expected} must be.")

    def _expectation(self, expect: Dataset | DataFrame) -> Expected:
        """A dataset's rows as the table has to hold them; rows are taken as they are."""
        from pyspark.sql import DataFrame

        if isinstance(expect, DataFrame):
            return self.session.expectations.of_rows(expect)
        return self.session.expectations.of(expect, self.subject.table.adaptations if self.subject.table else ())

    def _content(self) -> DataFrame:
        """What the action returned, if that is rows; else what is in the table; else what is in the files."""
        from pyspark.sql import DataFrame

        if isinstance(self._result, DataFrame):
            return self._result
        if self.subject.table:
            return self.subject.table.read()
        assert self.subject.source is not None, "a workload has files or a table"
        return self.subject.source.read(self.session.spark)

    def measured(self) -> Measured:
        """All of it, once the rounds are over; raises nothing, and asks nobody."""
        from pyspark.sql import DataFrame

        writes = self.subject.table is not None and not isinstance(self._result, DataFrame)
        content = (self.verdict, self.expected, self.actual, self.verify in ("digest", "always"))
        return Measured(self.session, self.case, self.subject, tuple(self._readings), self._change, writes, *content)


def planning_s(result: object) -> float | None:
    """Seconds that Spark took to analyse, optimise and plan the query that was run; None where none was returned."""
    from pyspark.sql import DataFrame

    if not isinstance(result, DataFrame):
        return None
    phases = result._jdf.queryExecution().tracker().phases().values().iterator()
    total_ms = 0
    while phases.hasNext():
        total_ms += max(0, phases.next().durationMs())  # of the clock on the wall, which may be set back
    return total_ms / 1000
