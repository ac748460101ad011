"""Our columns in pytest-html's report; per case its counters and a chart of its rounds. Knows no run, only reports.

otfbench/plugin/hooks.py registers it where pytest-html writes a report, and puts `otfbench_record`,
`otfbench_verdict` and `otfbench_tax` on the reports of cases.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from markupsafe import escape

from otfbench.report.facts import Case
from otfbench.report.questions import label_of
from otfbench.report.wording import NOTHING, figure, first_line, name_in_words

_COLUMNS = ("Median", "Tax", "Size", "Verdict")
_BEFORE = 2
"""The number of pytest-html's columns before ours: result and name."""


def pytest_html_results_table_header(cells: list[str]) -> None:
    """A head for each of our columns."""
    cells[_BEFORE:_BEFORE] = [f"<th>{name}</th>" for name in _COLUMNS]


def pytest_html_results_table_row(report: pytest.TestReport, cells: list[str]) -> None:
    """Our figures of a case; a dash for each of what is none, or has no number."""
    case = _case(report)
    figures = (case.median_s, case.tax, case.size) if case else (None, None, None)
    values = [figure(value, unit) for value, unit in zip(figures, ("s", "ratio", "ratio"), strict=True)]
    values.append(getattr(report, "otfbench_verdict", NOTHING))
    named = zip(_COLUMNS, values, strict=True)
    cells[_BEFORE:_BEFORE] = [f'<td class="col-{name.lower()}">{escape(value)}</td>' for name, value in named]


@pytest.hookimpl(wrapper=True, tryfirst=True)  # the plugin has put the record on the report when it comes back here
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what pytest-html shows below the row of a case: its chart and counters, or the first cause of its failure."""
    report = yield
    shown = _shown(report)
    if shown:
        extra = {"name": None, "format_type": "html", "content": shown, "mime_type": None, "extension": None}
        report.extras = [*getattr(report, "extras", []), extra]  # type: ignore[attr-defined]  # as pytest-html wants it
    return report


def _shown(report: pytest.TestReport) -> str | None:
    from otfbench.report.html.charts import rounds_picture  # which takes a quarter of a second

    case = _case(report)
    if case is not None:
        counted = "".join(
            f"<tr><td>{escape(name_in_words(name))}</td><td>{escape(figure(count, 'count'))}</td></tr>"
            for name, count in case.record["counters"].items()
        )
        picture = rounds_picture({"rounds_s": case.rounds_s, "median_s": case.median_s})
        return f"<div>{picture}<table>{counted}</table></div>"
    if report.failed and hasattr(report, "otfbench_record"):
        return f"<p><strong>{escape(first_line(report.longreprtext.strip()))}</strong></p>"
    return None


def _case(report: Any) -> Case | None:
    """The measured case that a report is about, if it is about one."""
    record = getattr(report, "otfbench_record", None)
    if record is None:
        return None
    return Case(record, label_of(record["case"]["id"], record["case"]["format"]), report.otfbench_tax, None)
