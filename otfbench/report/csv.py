"""A report as CSV: one line per case and metric, with its unit. Knows no page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from otfbench.report.facts import Case, Facts, Row, is_unsupported
from otfbench.report.wording import INTERVAL_LEVEL
from otfbench.runs.outcome import UNSUPPORTED, Status

HEAD = "run case operation format format_version input variant dataset rows verdict metric value unit note".split()
_INTERVAL = f"end of the {INTERVAL_LEVEL} interval, for all questions together"
_PEAKS = ("executor_peak_heap_bytes", "peak_rss_bytes")
_ROUND_FIGURES = ("planning_s", "executor_cpu_s", "executor_gc_s", "process_cpu_s", "gc_s")
_UNIT_OF = {"records": "records", "rows": "rows", "bytes": "B", "files": "files"}
_DERIVED = {
    "rows_per_s": "rows/s",
    "space_amplification": "ratio",
    "write_amplification": "ratio",
    "metadata_bytes_added": "B",
    "freed_bytes": "B",
}


def sheet(runs: Iterable[Facts]) -> str:
    """The cases of all runs, in order; a case without a number has one line, its metric is `status`.

    Values are in base units (s, B, shares of 1); an empty value could not be measured, and the note says why.
    """
    output = io.StringIO()
    lines = csv.writer(output, lineterminator="\n")
    lines.writerow(HEAD)
    for facts in runs:
        name = facts.name
        for row, case in (
            (row, case) for operation in facts.operations for row in operation.rows for case in row.cases
        ):
            about = case.record["case"]
            keys = (about[key] for key in ("operation", "format", "format_version", "input", "variant", "dataset"))
            case_columns = [name, case.id, *keys, about["rows"], case.record["verdict"]]
            figures = [*_figures(case), *_behind(row, case)]
            lines.writerows([*case_columns, metric, value, unit, note] for metric, value, unit, note in figures)
        for outcome in facts.run.outcomes.values():
            if outcome.status is not Status.PASSED:
                status = "unsupported" if is_unsupported(outcome) else outcome.status.value
                reason = (outcome.reason or "").removeprefix(UNSUPPORTED)
                operation = outcome.id.partition("[")[0]
                lines.writerow([name, outcome.id, operation, *[""] * 6, outcome.verdict, "status", status, "", reason])
    return output.getvalue()


def _figures(case: Case) -> Iterator[tuple[str, float | None, str, str]]:
    """Each metric of a case: name, value, unit, and why there is no value. Of the rounds it is the median."""
    record = case.record
    yield "wall_s", case.median_s, "s", ""
    yield "wall_min_s", min(case.rounds_s), "s", ""
    yield "wall_max_s", max(case.rounds_s), "s", ""
    yield "spread", case.spread, "share", ""
    yield "rounds", len(case.rounds_s), "count", ""
    yield "format_tax", case.tax, "ratio", "" if case.tax else "no control in this row"
    yield "fixed_cost", case.fixed, "share", "" if case.fixed is not None else "no commit to compare it with"
    recorded = record["rounds"][0]  # those of before lack some
    for name in (each for each in _ROUND_FIGURES if each in recorded):
        value = case.typical(name)
        yield name, value, "s", record["unmeasured"].get(name, "" if value is not None else "only reads plan a query")
    for name in (each for each in _PEAKS if each in recorded):
        yield name, case.peak(name), "B", record["unmeasured"].get(name, "")
    for name, count in record["counters"].items():
        yield name, count, _unit(name), record["unreported"].get(name, "unstable" if name in record["unstable"] else "")
    reported: Mapping[str, Any] = record["reported"] or {}
    for name, count in reported.items():
        yield f"reported_{name}", count, _unit(name), "the format's own word"
    for which, sizes in (("", record["storage"]), ("before_", record["storage_before"]), ("source_", record["source"])):
        for name, amount in (sizes or {}).items():
            note = record["unmeasured"].get(name, "") if amount is None else ""
            yield which + name, amount, _unit(name), note  # type: ignore[misc]  # all values are numbers
    for name, value in record["derived"].items():
        yield name, value, _DERIVED.get(name, ""), "" if value is not None else "nothing to divide by"


def _behind(row: Row, case: Case) -> Iterator[tuple[str, float | None, str, str]]:
    """What its format takes, times what the fastest one takes, and the interval of that."""
    answer = row.answer
    if answer.kind is None or answer.answer is None:
        return
    note = f"{answer.kind.value}: {', '.join(answer.ahead)}"
    for lead in answer.answer.leads:
        if lead.rival == case.format:
            yield "times_the_first", lead.ratio, "ratio", note
            yield "times_the_first_low", lead.low, "ratio", _INTERVAL
            yield "times_the_first_high", lead.high, "ratio", _INTERVAL
    if case.format == answer.ahead[0]:
        yield "times_the_first", 1.0, "ratio", note


def _unit(name: str) -> str:
    return _UNIT_OF.get(name.rpartition("_")[2], "count")
