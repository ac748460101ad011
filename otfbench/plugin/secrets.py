"""What pytest shows passes the redaction: reports, its own errors, warnings, what is printed. Knows no case."""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Generator, Iterable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, cast

import pytest

from otfbench import redaction


def redact(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Hide secrets in what a report shows: the traceback of an error in a workload, and what it printed."""
    report.sections = [(name, redaction.redact_text(text)) for name, text in report.sections]
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = path, line, redaction.redact_text(reason)
    elif report.longrepr is not None:
        shown, whole = redaction.redact_text(text := str(report.longrepr)), report.longrepr
        report.longrepr = whole if shown == text else shown


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module of workloads that can't be imported."""
    report = yield
    redact(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_internalerror(excrepr: Any) -> None:
    """An error of pytest itself, or in a hook: whoever shows it does so without secrets."""
    shown = redaction.redact_text(str(excrepr))
    excrepr.toterminal = lambda writer: writer.line(shown)


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """A warning that a workload, or a library, gives, and the line of source that is shown with it."""
    line = linecache.getline(warning_message.filename, warning_message.lineno)
    warning_message.line = redaction.redact_text(line)
    warning_message.message = UserWarning(redaction.redact_text(str(warning_message.message)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What is printed goes straight to the terminal with `-s`; else it is in a report."""
    if item.config.getoption("capture") != "no":
        return (yield)
    out, err = _Redacted(sys.stdout), _Redacted(sys.stderr)
    try:
        with redirect_stdout(cast(Any, out)), redirect_stderr(cast(Any, err)):
            return (yield)
    finally:
        out.flush()
        err.flush()


class _Redacted:
    """A stream that passes on whole lines, without secrets; all else of it is that of the other one."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._begun = stream, ""

    def write(self, text: str) -> int:
        lines, newline, self._begun = (self._begun + text).rpartition("\n")
        self._stream.write(redaction.redact_text(lines) + newline)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        begun, self._begun = self._begun, ""
        self._stream.write(redaction.redact_text(begun))
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
