"""What is at a path, and its bytes: of local paths by the operating system, of URIs by what a session lends.

Knows no Spark, no input and no table.
"""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol, TypeVar

_URI = re.compile(r"[A-Za-z][\w+.-]+:/")


class FileStatus(NamedTuple):
    """A file or folder, as its file system tells."""

    path: str
    is_folder: bool
    bytes: int
    changed: int | str
    """Nanoseconds of its last change; or the tag of its content, where a store has one."""


class FileSystems(Protocol):
    """The file systems behind URIs. All raise OSError, with the reason as `strerror`."""

    def status(self, uri: str) -> FileStatus:
        """What is there; raises FileNotFoundError if nothing is."""

    def entries(self, uri: str) -> list[FileStatus]:
        """What is in a folder."""

    def matches(self, pattern: str) -> list[str]:
        """The URIs that a glob matches; none if none does."""

    def open(self, uri: str) -> io.RawIOBase:
        """The bytes of a file, to be read from any place; each read is one of the file system."""


Lent = TypeVar("Lent", bound=FileSystems)
_lent: list[FileSystems] = []


@contextmanager
def lent(file_systems: Lent) -> Iterator[Lent]:
    """In its body URIs are reached by these."""
    _lent.append(file_systems)
    try:
        yield file_systems
    finally:
        _lent.remove(file_systems)


def is_uri(path: str | Path) -> bool:
    """Whether it names a place on another file system by its URI: hdfs://host:8020/lake, s3a://bucket/lake."""
    return isinstance(path, str) and bool(_URI.match(path)) and not path.startswith("file:")


def status(path: str) -> FileStatus:
    """What is there, links followed; raises FileNotFoundError if nothing is."""
    if is_uri(path):
        return _there(path).status(path)
    here = os.stat(path)
    return FileStatus(path, os.path.isdir(path), here.st_size, here.st_mtime_ns)


def is_folder(path: str) -> bool:
    """Whether a folder is there."""
    try:
        return status(path).is_folder
    except FileNotFoundError:
        return False


def statuses(paths: Iterable[str]) -> Iterator[FileStatus]:
    """The same of several, by one listing per folder behind a URI."""
    folders: dict[str, dict[str, FileStatus]] = {}
    for path in paths:
        if not is_uri(path):
            yield status(path)
            continue
        folder = path.rsplit("/", 1)[0]
        if folder not in folders:
            folders[folder] = {each.path: each for each in entries(folder)}
        yield folders[folder][path] if path in folders[folder] else status(path)


def entries(uri: str) -> list[FileStatus]:
    """What is in a folder behind a URI, sorted."""
    return sorted(_there(uri).entries(uri))


def matches(pattern: str) -> list[str]:
    """The URIs that a glob of a URI matches, sorted."""
    return sorted(_there(pattern).matches(pattern))


def open_file(path: str, piece: int = 1 << 23) -> IO[bytes]:
    """Its bytes, from behind a URI in pieces of so many bytes: each takes a request."""
    if not is_uri(path):
        return open(path, "rb")
    return io.BufferedReader(_there(path).open(path), piece)


def for_arrow(path: str) -> str | io.RawIOBase:
    """What pyarrow is given: it opens local files itself."""
    return _there(path).open(path) if is_uri(path) else path


def _there(uri: str) -> FileSystems:
    if not _lent:
        raise OSError(errno.ENOTCONN, "no Spark session is there", uri)
    return _lent[-1]
