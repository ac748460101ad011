"""Rounds of one operation, and everything that a case carries beside its timings. Knows nothing of pytest.

Timed is the operation alone. Before each round, untimed: the table goes back to its start, garbage is collected (only
before timed rounds that follow warm-up rounds: a cold JVM's times are not judged), counters are noted. After it,
untimed: Spark settles, counters and process figures are read; after the last timed round, or after each, the content is
compared with what it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from otfbench import redaction
from otfbench.data.changes import Change
from otfbench.data.dataset import Dataset, Readable, Source
from otfbench.data.digest import Digest, differences, digest, same_columns
from otfbench.data.user_files import OwnFiles
from otfbench.errors import ContentError
from otfbench.formats.sql import quoted
from otfbench.measure.derived import storage_figures
from otfbench.registry import CONTROL
from otfbench.runs.outcome import SCHEMA
from otfbench.runs.record import CaseRecord
from otfbench.spark.counters import COUNTERS, Counted, Moment
from otfbench.spark.process import NO_PEAK, Used
from otfbench.tables.expectations import Expected
from otfbench.tables.session import Session
from otfbench.tables.source import TableSource
from otfbench.tables.storage import TableSize
from otfbench.tables.table import FilledTable, SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NO_RECORD = "the format keeps no record of what it did"


@dataclass(frozen=True)
class Subject:
    """What a case is about: files, a table that doesn't exist yet, a table that holds rows, or files and a table."""

    source: Readable | None
    table: SessionTable | None

    @property
    def filled(self) -> FilledTable | None:
        """The table, if it holds rows before each round."""
        return self.table if isinstance(self.table, FilledTable) else None


def subject_of(things: Sequence[object]) -> Subject:
    """The first source and the first table among these."""
    source = next((each for each in things if isinstance(each, Source | OwnFiles | TableSource)), None)
    return Subject(source, next((each for each in things if isinstance(each, SessionTable)), None))


class Measurement:
    """The rounds of one case, from the first warm-up to the last check."""

    def __init__(
        self, session: Session, case: CaseRecord, subject: Subject, warmup: int, rounds: int, verify: str
    ) -> None:
        self.session, self.case, self.subject = session, case, subject
        self.warmup, self.rounds, self.verify = warmup, rounds, verify
        self.verdict = "unchecked"
        self.expected: Digest | None = None
        self.actual: Digest | None = None
        self._wanted: Expected | None = None
        self._readings: list[tuple[Counted, Used, float | None]] = []
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
        if self.subject.table:
            self.subject.table.restore()
        if 0 < self.warmup < self._started:
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
        self._readings.append((counted, used, planning_s(self._result)))
        if self.verify == "always" or len(self._readings) == self.rounds:
            self._check(expect)

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
        self.verdict = "equal" if self.actual == self.expected else "unequal"
        if self.verdict == "unequal":
            raise ContentError(
                f"{self.case['id']}: the content is not what it must be.\n{differences(wanted.rows, rows)}"
            )

    def _check_count(self, rows: DataFrame, expect: Dataset | DataFrame) -> None:
        """The number of rows can prove a content wrong, but not right."""
        from pyspark.sql import DataFrame

        found = rows.count()
        expected = expect.count() if isinstance(expect, DataFrame) else expect.rows
        self.expected, self.actual = Digest(expected, 0), Digest(found, 0)
        if found != expected:
            self.verdict = "unequal"
            raise ContentError(f"{self.case['id']}: {found} rows are there, {expected} must be.")

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

    def record(self, wall_s: Sequence[float]) -> dict[str, Any]:
        """All of it, as `extra_info["otfbench"]` carries it; one wall time per timed round."""
        unreported, table, filled = self._unreported(), self.subject.table, self.subject.filled
        files = table.files() if table else {}
        size, reported = self._size(files), self._reported(files)
        read = [counted.counters for counted, _, _ in self._readings]
        peaks = [used.peak_rss_bytes for _, used, _ in self._readings]
        return {
            "schema": SCHEMA,
            "case": self.case,
            "control": bool(table and table.format.name == CONTROL),
            "verdict": self.verdict,
            "expected": self._digest_record(self.expected),
            "actual": self._digest_record(self.actual),
            "adaptations": [change.as_dict() for change in table.adaptations] if table else [],
            "rounds": [
                {"wall_s": wall, "planning_s": planned, "executor_cpu_s": counted.executor_cpu_s, **asdict(used)}
                for wall, (counted, used, planned) in zip(wall_s, self._readings, strict=True)
            ],
            "unmeasured": self._unmeasured(None in peaks, reported is None),
            "counters": {name: None if name in unreported else read[-1][name] for name in COUNTERS},
            "unreported": unreported,
            "reported": reported,
            "tolerances": dict(table.format.tolerances) if table else {},
            "unstable": [n for n in COUNTERS if n not in unreported and len({counters[n] for counters in read}) > 1],
            "storage_before": asdict(filled.size_at_start) if filled else None,
            "storage": asdict(size) if size else None,
            "derived": self._derived(median(wall_s), files, size),
            "source": self.subject.source.size if self.subject.source else None,
            "settings": {
                "table_properties": redaction.settings(table.properties()) if table else {},
                "spark": redaction.settings(self.session.format_conf),
            },
        }

    def _size(self, files: dict[str, int]) -> TableSize | None:
        """What the table takes now; its metadata need not be asked again where no file has changed."""
        filled = self.subject.filled
        if filled and files == filled.files_at_start:
            return filled.size_at_start
        return self.subject.table.size(files) if self.subject.table else None

    def _reported(self, files: dict[str, int]) -> dict[str, int] | None:
        """What the format itself says of the last round, by the files that are new; None of a read."""
        filled = self.subject.filled
        before = filled.files_at_start.keys() if filled else set()
        return self.subject.table.reported(files.keys() - before) if self.subject.table and self._writes else None

    def _unmeasured(self, no_peak: bool, no_record: bool) -> dict[str, str]:
        peak = {"peak_rss_bytes": NO_PEAK} if no_peak else {}
        return peak | ({"reported": NO_RECORD} if no_record and self._writes else {})

    @property
    def _writes(self) -> bool:
        """Whether the action changes a table: one that returns rows reads."""
        from pyspark.sql import DataFrame

        return self.subject.table is not None and not isinstance(self._result, DataFrame)

    def _derived(self, wall_s: float, files: dict[str, int], size: TableSize | None) -> dict[str, float | None]:
        """Figures made of measured ones; see otfbench/measure/derived.py."""
        rows = self._change.count if self._change else self.actual.rows if self.actual else None
        per_s = rows / wall_s if rows is not None else None
        if not self.subject.table or not size or not self._writes:
            return {"rows_per_s": per_s}
        return {"rows_per_s": per_s, **storage_figures(self.subject.table, files, size, self.actual, self._change)}

    def _digest_record(self, found: Digest | None) -> dict[str, Any]:
        hashed = found is not None and self.verify in ("digest", "always")
        return {"rows": found.rows if found else None, "digest": found.hex if found and hashed else None}

    def _unreported(self) -> dict[str, str]:
        """Counters that Spark doesn't see here: those that the input, the reader or the writer doesn't report."""
        source, table, filled = self.subject.source, self.subject.table, self.subject.filled
        return {
            **(source.input.unreported_reads if source else {}),
            **(filled.format.unreported_reads if filled else {}),
            **(table.format.unreported_writes if table and self._writes else {}),
        }


def planning_s(result: object) -> float | None:
    """Seconds that Spark took to analyse, optimise and plan the query that was run; None where none was returned."""
    from pyspark.sql import DataFrame

    if not isinstance(result, DataFrame):
        return None
    phases = result._jdf.queryExecution().tracker().phases().values().iterator()
    total_ms = 0
    while phases.hasNext():
        total_ms += phases.next().durationMs()
    return total_ms / 1000
