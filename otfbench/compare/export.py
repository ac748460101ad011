"""Saved runs in the forms that other tools read: a pure function each. Knows no file and no network.

- bmf: Bencher Metric Format, https://bencher.dev/docs/reference/bencher-metric-format/
- smaller-is-better: customSmallerIsBetter of github-action-benchmark
- otava: CSV of Apache Otava, a row per run
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from otfbench.compare.metrics import KINDS, Kind, figures
from otfbench.errors import IncomparableError, UsageError
from otfbench.runs.file import SavedRun
from otfbench.runs.record import Record

_LONGEST_NAME = 1024
"""The most characters in the name of a Bencher benchmark."""
_ABOUT = ("time", "commit", "branch")
_PER_ROUND = (
    "wall_s",
    "planning_s",
    "executor_cpu_s",
    "executor_gc_s",
    "executor_peak_heap_bytes",
    "process_cpu_s",
    "gc_s",
    "peak_rss_bytes",
)


@dataclass(frozen=True)
class Metric:
    """A figure of a case: its name in the run file, which says the unit; the extremes of the rounds, if it has some."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def unit(self) -> str:
        """Seconds, bytes, or a count."""
        return {"s": "s", "bytes": "bytes"}.get(self.name.rpartition("_")[2], "count")

    @property
    def smaller_is_better(self) -> bool:
        """Not so of records: fewer of them are other work."""
        return KINDS.get(self.name, Kind.COST) is not Kind.WORK


def metrics(record: Record) -> Iterator[Metric]:
    """All figures of a case that could be measured: medians of the rounds, then counters and storage."""
    rounds: list[Mapping[str, Any]] = [dict(each) for each in record["rounds"]]
    for name in _PER_ROUND:
        values = [each[name] for each in rounds if each.get(name) is not None]
        if values:
            yield Metric(name, median(values), min(values), max(values))
    for name, value in figures(record).items():
        if value is not None and name not in record["unstable"]:
            yield Metric(name, value)


def bmf(runs: Sequence[SavedRun]) -> str:
    """Case -> measure -> value; wall time is Bencher's own measure `latency`, in nanoseconds."""
    document: dict[str, dict[str, dict[str, float]]] = {}
    for case, record in _only(runs, "bmf").records.items():
        if len(case) > _LONGEST_NAME:
            raise UsageError(
                f"Bencher takes names up to {_LONGEST_NAME} characters; this case's has {len(case)}: {case}"
            )
        document[case] = dict(_measure(metric) for metric in metrics(record))
    return json.dumps(document, indent=1) + "\n"


def smaller_is_better(runs: Sequence[SavedRun]) -> str:
    """A row per case and figure of which less is better; the range is that of the rounds."""
    rows = []
    for case, record in _only(runs, "smaller-is-better").records.items():
        for metric in metrics(record):
            if metric.smaller_is_better:
                row = {"name": f"{case} {metric.name}", "unit": metric.unit, "value": metric.value}
                if metric.low is not None and metric.high is not None:
                    row["range"] = f"{metric.low:.6g} to {metric.high:.6g}"
                rows.append(row)
    return json.dumps(rows, indent=1) + "\n"


def otava(runs: Sequence[SavedRun]) -> str:
    """A row per run, in the order of time: time, commit, branch, then a column per case and figure.

    Otava takes no empty cells: a figure that one of the runs lacks is left out. Raises IncomparableError if all are.
    """
    rows = [_otava_row(run) for run in sorted(runs, key=lambda run: run.at)]
    columns = [name for name in rows[0] if all(name in row for row in rows)]
    if len(columns) == len(_ABOUT):
        raise IncomparableError("The runs have no figure in common: nothing to make columns of.")
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FORMS: Mapping[str, Callable[[Sequence[SavedRun]], str]] = {
    "bmf": bmf,
    "smaller-is-better": smaller_is_better,
    "otava": otava,
}


def _only(runs: Sequence[SavedRun], form: str) -> SavedRun:
    if len(runs) != 1:
        raise UsageError(f"The form {form} holds one run, and {len(runs)} were named. Of several: --to otava")
    if not runs[0].records:
        raise IncomparableError(f"{runs[0].path} has no case with a number: there is nothing to export.")
    return runs[0]


def _measure(metric: Metric) -> tuple[str, dict[str, float]]:
    name, factor = ("latency", 1e9) if metric.name == "wall_s" else (metric.name.replace("_", "-"), 1)
    entry = {"value": metric.value * factor}
    if metric.low is not None and metric.high is not None:
        entry |= {"lower_value": metric.low * factor, "upper_value": metric.high * factor}
    return name, entry


def _otava_row(run: SavedRun) -> dict[str, object]:
    row: dict[str, object] = dict(zip(_ABOUT, (run.at.isoformat(), run.commit or "", run.branch or ""), strict=True))
    for case, record in run.records.items():
        row |= {f"{case} {metric.name}": metric.value for metric in metrics(record)}
    return row
