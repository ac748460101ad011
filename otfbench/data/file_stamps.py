"""Whether files are what they were when they were first looked at: size and time of change. Knows no input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from otfbench.errors import DatasetError
from otfbench.files import is_uri, statuses

Stamps = Mapping[str, tuple[int, int | str]]
"""File -> bytes, and nanoseconds of its last change, or the tag of its content."""


def real(file: str) -> str:
    """The path of a local file without links; a URI as it is."""
    return file if is_uri(file) else os.path.realpath(file)


def stamps_of(files: Iterable[str]) -> Stamps:
    """The stamps of files now; raises DatasetError if one is gone."""
    several = list(files)
    there = statuses(several)
    stamps: dict[str, tuple[int, int | str]] = {}
    for file in several:
        try:
            each = next(there)
        except OSError as error:
            raise DatasetError(f"{file} went away while it was read: {error.strerror}") from None
        stamps[file] = each.bytes, each.changed
    return stamps


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
    now = stamps_of(stamps)
    for file, stamp in stamps.items():
        if now[file] != stamp:
            raise DatasetError(f"{file} changed while it was read: convert it when nobody writes it, or a copy of it")
