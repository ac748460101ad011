"""Whether files are what they were when they were first looked at: size and time of change. Knows no input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from otfbench.errors import DatasetError

Stamps = Mapping[str, tuple[int, int]]
"""File -> bytes, and nanoseconds of its last change."""


def stamps_of(files: Iterable[str]) -> Stamps:
    """The stamps of files now; raises DatasetError if one is gone."""
    return {file: _stamp(file) for file in files}


@contextmanager
def unchanged(stamps: Stamps) -> Iterator[None]:
    """Raise DatasetError, in place of any other error, if a file changes while a block reads it."""
    try:
        yield
    except Exception:
        _check(stamps)
        raise
    _check(stamps)


def _check(stamps: Stamps) -> None:
    for file, stamp in stamps.items():
        if _stamp(file) != stamp:
            raise DatasetError(f"{file} changed while it was read: convert it when nobody writes it, or a copy of it")


def _stamp(file: str) -> tuple[int, int]:
    try:
        status = os.stat(file)
    except OSError as error:
        raise DatasetError(f"{file} went away while it was read: {error.strerror}") from None
    return status.st_size, status.st_mtime_ns
