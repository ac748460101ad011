"""What pytest shows passes the redaction: reports, its own errors, warnings, what is printed. Knows no case."""

from __future__ import annotations

import linecache
import logging
import sys
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
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


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """A log that is shown live (`log_cli`), or goes to a file of the user's (`log_file`)."""
    plugin = session.config.pluginmanager.get_plugin("logging-plugin")
    for handler in (plugin.log_cli_handler, plugin.log_file_handler) if plugin else ():
        handler.setFormatter(_RedactedLog(handler.formatter))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What is printed goes straight to the terminal with `-s`, and also there with `--capture=tee-sys`."""
    capture = item.config.getoption("capture")
    if capture == "no":
        out, err = _Redacted(sys.stdout), _Redacted(sys.stderr)
        with redirect_stdout(cast(Any, out)), redirect_stderr(cast(Any, err)), _flushed(out, err):
            return (yield)
    streams = _tees(item.config) if capture == "tee-sys" else []
    tees = [_Redacted(stream._other) for stream in streams]
    with pytest.MonkeyPatch.context() as patch, _flushed(*tees):
        for stream, tee in zip(streams, tees, strict=True):
            patch.setattr(stream, "_other", tee)
        return (yield)


def _tees(config: pytest.Config) -> list[Any]:
    """The streams of pytest that keep what is printed and pass it on, by attributes that pytest doesn't document."""
    capturing = getattr(config.pluginmanager.get_plugin("capturemanager"), "_global_capturing", None)
    files = [getattr(getattr(capturing, name, None), "tmpfile", None) for name in ("out", "err")]
    return [file for file in files if hasattr(file, "_other")]


@contextmanager
def _flushed(*streams: _Redacted) -> Iterator[None]:
    try:
        yield
    finally:
        for stream in streams:
            stream.flush()


class _RedactedLog(logging.Formatter):
    """Lines of a log as another formatter writes them, without secrets."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        return redaction.redact_text(self._formatter.format(record))


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
