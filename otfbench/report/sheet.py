"""A report as CSV: one line per case and metric. Computes nothing itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from otfbench.report.facts import Facts, figures, is_unsupported
from otfbench.results import UNSUPPORTED, Status

HEAD = "run case operation format format_version input variant dataset rows verdict metric value unit note".split()


def sheet(runs: Iterable[Facts]) -> str:
    """The cases of all runs, in order; a case without a number has one line, its metric is `status`.

    Values are in base units (s, B, shares of 1); an empty value could not be measured, and the note says why.
    """
    output = io.StringIO()
    lines = csv.writer(output, lineterminator="\n")
    lines.writerow(HEAD)
    for facts in runs:
        name = facts.saved.name
        for case in (case for operation in facts.operations for case in operation.cases):
            about = case.record["case"]
            keys = (about[key] for key in ("operation", "format", "format_version", "input", "variant", "dataset"))
            told = [name, case.id, *keys, about["rows"], case.record["verdict"]]
            lines.writerows([*told, metric, value, unit, note] for metric, value, unit, note in figures(case))
        for outcome in facts.saved.run.outcomes.values():
            if outcome.status is not Status.PASSED:
                status = "unsupported" if is_unsupported(outcome) else outcome.status.value
                reason = (outcome.reason or "").removeprefix(UNSUPPORTED)
                operation = outcome.id.partition("[")[0]
                lines.writerow([name, outcome.id, operation, *[""] * 6, outcome.verdict, "status", status, "", reason])
    return output.getvalue()
