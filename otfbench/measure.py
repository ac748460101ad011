"""Rounds of one operation, and everything that a case carries beside its timings. Knows nothing of pytest.

Timed is the operation alone. Before each round, untimed: the table goes back to its start, garbage is collected,
counters are noted. After it, untimed: Spark settles, counters and process figures are read; after the first and the
last timed round the content is compared with what it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from otfbench.config import redacted
from otfbench.counters import COUNTERS, Counted, Moment
from otfbench.datasets import Dataset, Readable
from otfbench.digest import Digest, differences, digest, same_columns
from otfbench.errors import ContentError
from otfbench.process import NO_PEAK, Used
from otfbench.results import SCHEMA
from otfbench.session import Expected, Session
from otfbench.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Case:
    """What identifies a case; format and variant are None where no table is made."""

    id: str
    operation: str
    format: str | None
    format_version: str | None
    input: str
    variant: str | None
    rows: int
    seed: int | None
    profile: str


class Measurement:
    """The rounds of one case, from the first warm-up to the last check."""

    def __init__(
        self,
        session: Session,
        case: Case,
        source: Readable,
        table: SessionTable | None,
        warmup: int,
        rounds: int,
        verify: str,
    ) -> None:
        self.session, self.case, self.source, self.table = session, case, source, table
        self.warmup, self.rounds, self.verify = warmup, rounds, verify
        self.verdict = "unchecked"
        self.expected: Digest | None = None
        self.actual: Digest | None = None
        self._readings: list[tuple[Counted, Used]] = []
        self._started = 0
        self._start = Moment(0, 0)
        self._result: Any = None

    def run(
        self, pedantic: Callable[..., Any], action: Callable[..., Any], args: Sequence[Any], expect: Dataset | DataFrame
    ) -> None:
        """Let pytest-benchmark's `pedantic` time the rounds; raises ContentError if the content is not as expected."""

        def act() -> None:
            self._result = action(*args)

        pedantic(
            act,
            setup=self._before_round,
            teardown=lambda: self._after_round(expect),
            rounds=self.rounds,
            warmup_rounds=self.warmup,
            iterations=1,
        )
        if not self._readings:  # with --benchmark-disable the action runs once, and no teardown
            self.warmup, self.rounds = 0, 1
            self._after_round(expect)

    def _before_round(self) -> None:
        self._started += 1
        if self.table:
            self.table.restore()
        self.session.meter.collect_garbage()
        self.session.reader.settle()
        self._start = self.session.reader.now()
        self.session.meter.start()

    def _after_round(self, expect: Dataset | DataFrame) -> None:
        used = self.session.meter.stop()
        self.session.reader.settle()
        counted = self.session.reader.since(self._start)
        if self._started <= self.warmup:
            return
        self._readings.append((counted, used))
        if len(self._readings) in (1, self.rounds):
            self._check(expect)

    def _check(self, expect: Dataset | DataFrame) -> None:
        """Compare what is there with what must be there."""
        if self.verify == "off":
            return
        rows = self._content()
        if self.verify == "count":
            self._check_count(rows, expect)
            return
        wanted = self._wanted(expect)
        self.expected, self.actual = wanted.digest, None
        if same_columns(wanted.rows, rows):
            rows = rows.select(*(f"`{name}`" for name in wanted.rows.columns))
            self.actual = digest(rows)
        self.verdict = "equal" if self.actual == self.expected else "unequal"
        if self.verdict == "unequal":
            raise ContentError(f"{self.case.id}: the content is not what it must be.\n{differences(wanted.rows, rows)}")

    def _check_count(self, rows: DataFrame, expect: Dataset | DataFrame) -> None:
        """The number of rows can prove a content wrong, but not right."""
        from pyspark.sql import DataFrame

        found = rows.count()
        expected = expect.count() if isinstance(expect, DataFrame) else expect.rows
        self.expected, self.actual = Digest(expected, 0), Digest(found, 0)
        if found != expected:
            self.verdict = "unequal"
            raise ContentError(f"{self.case.id}: {found} rows are there, {expected} must be.")

    def _wanted(self, expect: Dataset | DataFrame) -> Expected:
        """A dataset's rows as the table has to hold them; rows are taken as they are."""
        from pyspark.sql import DataFrame

        if isinstance(expect, DataFrame):
            return Expected(expect, digest(expect))
        return self.session.expected(expect, self.table.adaptations if self.table else ())

    def _content(self) -> DataFrame:
        from pyspark.sql import DataFrame

        if isinstance(self._result, DataFrame):
            return self._result
        return self.table.read() if self.table else self.source.read(self.session.spark)

    def record(self, wall_s: Sequence[float]) -> dict[str, Any]:
        """All of it, as `extra_info["otfbench"]` carries it; one wall time per timed round."""
        unfed = self._unfed()
        last = self._readings[-1][0].counters
        read = [counted.counters for counted, _ in self._readings]
        peaks = [used.peak_rss_bytes for _, used in self._readings]
        return {
            "schema": SCHEMA,
            "case": asdict(self.case),
            "control": bool(self.table and self.table.format.control),
            "verdict": self.verdict,
            "expected": self._digest_record(self.expected),
            "actual": self._digest_record(self.actual),
            "adaptations": [change.as_dict() for change in self.table.adaptations] if self.table else [],
            "rounds": [
                {"wall_s": wall, "executor_cpu_s": counted.executor_cpu_s, **asdict(used)}
                for wall, (counted, used) in zip(wall_s, self._readings, strict=True)
            ],
            "unmeasured": {"peak_rss_bytes": NO_PEAK} if None in peaks else {},
            "counters": {name: None if name in unfed else last[name] for name in COUNTERS},
            "unfed": unfed,
            "unstable": [n for n in COUNTERS if n not in unfed and len({counters[n] for counters in read}) > 1],
            "storage": asdict(self.table.size()) if self.table else None,
            "source": self.source.size,
            "settings": {
                "table_properties": redacted(self.table.properties()) if self.table else {},
                "spark": redacted(self.session.format_conf),
            },
        }

    def _digest_record(self, found: Digest | None) -> dict[str, Any]:
        hashed = found is not None and self.verify == "digest"
        return {"rows": found.rows if found else None, "digest": found.hex if found and hashed else None}

    def _unfed(self) -> dict[str, str]:
        """Counters that Spark doesn't see in this case: those that the input or the table's writer doesn't feed."""
        return {**self.source.input.unfed_reads, **(self.table.format.unfed_writes if self.table else {})}
