"""Java's errors in words: the chain of causes, the first one, the end of a log. Knows no format."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from otfbench import redaction

_LOG_LINES = 12
_FRAME = re.compile(r"\s+(at \S+\(|\.\.\. \d+ more)")


def causes(error: BaseException) -> list[str]:
    """What went wrong, in one line per cause, from the outermost to the innermost."""
    java = getattr(error, "java_exception", None)
    lines = []
    with suppress(Exception):  # the JVM may have died in between
        while java is not None:
            lines.append(" ".join(str(java.toString()).split()))
            java = java.getCause()
    if not lines:
        with suppress(Exception):  # a Java error asks the JVM for its text
            lines.append(" ".join(f"{type(error).__name__}: {error}".split()))
    return [redaction.text(line) for line in lines] or [type(error).__name__]


def first_cause(error: BaseException) -> str:
    """What went wrong, in one line: the innermost Java cause of an error that came through py4j, or the error."""
    java = getattr(error, "java_exception", None)
    if java is not None:
        with suppress(Exception):  # the JVM may have died in between
            while java.getCause() is not None:
                java = java.getCause()
            return _first_line(str(java.toString()))
    try:
        return _first_line(f"{type(error).__name__}: {error}")
    except Exception:  # a Java error asks the JVM for its text
        return type(error).__name__


def _first_line(text: str) -> str:
    return redaction.text(next((line.strip() for line in text.splitlines() if line.strip()), ""))[:500]


def log_tail(log: Path, lines: int = _LOG_LINES) -> str:
    """The last lines of a log file, each cut to 300 characters, without the frames of stack traces."""
    try:
        tail = [line for line in log.read_text(errors="replace").splitlines() if not _FRAME.match(line)][-lines:]
        return "\n".join("  " + line[:300] for line in redaction.text("\n".join(tail)).splitlines())
    except OSError as error:
        return f"  (unreadable: {error})"
