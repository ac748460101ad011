"""The log of a JVM: all that it prints, without secrets. Knows nothing of what is printed."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from otfbench import redaction

_CHUNK_BYTES = 1 << 16


def pipe_into(log: Path) -> tuple[int, threading.Thread]:
    """The file descriptor of a pipe to write to, and the thread that appends what comes to the log.

    The thread ends when the last process that has the pipe has ended, or has closed it.
    """
    log.open("ab").close()  # what can't be written is an error here, and not one of the thread
    reading, writing = os.pipe()
    thread = threading.Thread(target=_copy, args=(reading, log), name="otfbench-log", daemon=True)
    thread.start()
    return writing, thread


def _copy(reading: int, log: Path) -> None:
    """Whole lines at once: what a JVM prints last is there even if it is killed."""
    rest = b""
    with os.fdopen(reading, "rb", buffering=0) as source, log.open("ab", buffering=0) as target:
        while chunk := source.read(_CHUNK_BYTES):
            lines, newline, rest = (rest + chunk).rpartition(b"\n")
            _append(target.fileno(), lines + newline)
        _append(target.fileno(), rest)


def _append(target: int, text: bytes) -> None:
    with suppress(OSError):  # a full disk: the JVM must not wait for a log that nobody takes
        os.write(
            target, redaction.redact_text(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        )
