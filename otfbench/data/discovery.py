"""Which files the user means, and of which kind. Knows nothing of Spark and of what is in a row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from otfbench.data import listing
from otfbench.data.file_stamps import Stamps
from otfbench.data.globs import in_hidden, in_hidden_folders, is_glob, matching
from otfbench.data.listing import Listing
from otfbench.errors import DatasetError
from otfbench.files import is_folder, is_uri, matches, status, statuses
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import local_path
from otfbench.registry.detection import detect, detect_table, table_around

Infer = Literal["lossless", "spark", "none"]
"""Which types text gets without a schema: those that keep each value, those that Spark takes it for, or none."""
_RECURSIVE = "recursivefilelookup"
_NAMES = 3
"""The most files that a message names."""


@dataclass(frozen=True)
class UserData:
    """The user's own files: `path` as the file says it, which is in `folder`, or a URI."""

    path: str
    folder: Path
    format: str
    options: Mapping[str, str] = field(default_factory=dict)
    ddl: str | None = None
    bad_records: Literal["fail", "aside"] = "fail"
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    infer: Infer = "lossless"
    read_twice: bool = True
    """Whether a reader other than Spark has to find the same in the files."""
    scratch: Path | None = None
    """A folder for the rows of files that Spark is known to misread; None if it must read the files themselves."""
    recursive: bool = False
    """Whether files in subfolders are read, too; folders `name=value` are columns all the same."""
    converted: Stamps = field(default_factory=dict)
    """Files that are left out, since they were converted before, as they were then."""
    table: bool = False
    """Whether it is a table of that format, on a copy of which operations run, and not files of an input."""

    def options_over(self, defaults: Mapping[str, str]) -> dict[str, str]:
        """The user's options and, where he gives none, these; names in small letters."""
        return {name.lower(): value for name, value in {**defaults, **self.options}.items()}

    @property
    def without_path_columns(self) -> bool:
        """Whether folders `name=value` are no columns: what Spark's own option for subfolders means."""
        lookup = {name.lower(): value for name, value in self.options.items()}.get(_RECURSIVE, "")
        return lookup.lower() == "true"


def find_paths(data: UserData) -> list[str]:
    """The file or folder of that path, or what the glob matches; raises DatasetError if no data is there."""
    path = location(data.path, data.folder)
    if is_uri(path):
        paths = _matches(path)
    elif os.path.lexists(path):
        paths = [os.path.normpath(path)]
    elif is_glob(data.path):
        paths = matching(data.path, data.folder)
    else:
        raise DatasetError(f"there is no such file or folder: {path}")
    _refuse_tables(paths, paths)
    files = _some_files(data, paths)
    if not files:
        raise DatasetError(f"there is no file in {', '.join(paths)}")
    _refuse_tables(paths, files)
    _refuse_empty(files)
    return paths


def location(path: str, folder: Path) -> str:
    """A URI, without slashes at its end; else a local path, from that folder on."""
    here = os.path.join(folder, os.path.expanduser(path))
    if is_uri(path) and not os.path.lexists(here):
        return path.rstrip("/")
    return local_path(path) if path.startswith("file:/") and not os.path.lexists(here) else here


def _matches(uri: str) -> list[str]:
    """The file or folder of that URI, or what it matches as a glob."""
    try:
        return [status(uri).path]
    except FileNotFoundError as error:
        matching_uris = [each for each in matches(uri) if not in_hidden(each, uri)] if is_glob(uri) else []
        if not matching_uris:
            none = "no file matches it" if is_glob(uri) else f"there is no such file or folder: {uri}"
            raise DatasetError(none) from error
        return matching_uris
    except OSError as error:
        raise DatasetError(f"{uri} can't be reached: {error.strerror}") from None


def why_no_table(path: str, table_format: TableFormat) -> str | None:
    """Why that folder is no table of the format; None if it is one."""
    if not (is_folder(path) if is_uri(path) else os.path.isdir(path)):
        return f"a table is a folder, and there is none: {path}"
    found = detect_table(path if is_uri(path) else Path(path), plain_files=False)
    if found is None:
        return f"{path} is no table of {table_format.name}: nothing matches {table_format.marker} in it"
    return f"{path} is a table of {found.name}: give that as its format" if found.name != table_format.name else None


def files_of(data: UserData, paths: Iterable[str], every: bool = False) -> Listing:
    """The files at these paths that are read, and those left out; `every`: subfolders are read in any case.

    Raises DatasetError for what is no file, and for what can't be read.
    """
    several = list(paths)
    listed = _listed(data, several, every)
    path = location(data.path, data.folder)
    if is_uri(path) or os.path.lexists(path):
        return listed
    beside = listing.worth_a_word(in_hidden_folders(data.path, data.folder))
    return Listing(listed.files, {**listed.left_out, **listing.unmatched(several), **beside})


def _listed(data: UserData, paths: Iterable[str], every: bool) -> Listing:
    """The same, but for what a glob doesn't match."""
    descend = every or data.recursive or data.without_path_columns
    hidden = os.path.basename(data.path).startswith(("_", ".")) and data.path not in (".", "..")
    return listing.files_at(paths, descend, hidden)


def input_of(data: UserData, paths: Iterable[str]) -> str:
    """The name of the input whose files these look like; raises DatasetError if none, or several."""
    kinds: dict[str, str] = {}
    for file in _some_files(data, paths):
        kinds.setdefault(detect(file).name, file)
    if len(kinds) > 1:
        each = ", ".join(f"{file} looks like {name}" for name, file in kinds.items())
        raise DatasetError(f"the files are of several kinds ({each}): choose those of one kind by a glob")
    return next(iter(kinds))


def names(files: Iterable[str]) -> str:
    """A few of several files, and how many more there are."""
    all_files = list(files)
    more = len(all_files) - _NAMES
    return ", ".join(all_files[:_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def _some_files(data: UserData, paths: Iterable[str]) -> tuple[str, ...]:
    """The files that are read, or where none is those in subfolders."""
    return _listed(data, paths, every=False).files or _listed(data, paths, every=True).files


def _refuse_tables(paths: Iterable[str], files: Iterable[str]) -> None:
    """Read as plain files they would have rows that are deleted, or there more than once."""
    for path in paths:
        if is_uri(path) and not status(path).is_folder:  # HDFS refuses to look below a file
            continue
        table = detect_table(path if is_uri(path) else Path(path), plain_files=False)
        if table:
            raise DatasetError(f"{path} is a table of {table.name}: its rows are not those of its files")
    around = table_around(files)
    if around:
        file, folder, table = around
        why = f"{file} belongs to {folder}, a table of {table.name}: its rows are not those of its files"
        raise DatasetError(f"{why}. Name the table's folder instead")


def _refuse_empty(files: Iterable[str]) -> None:
    """Spark skips text files without a byte in silence, and calls a Parquet file that has none damaged."""
    empty = [each.path for each in statuses(files) if each.bytes == 0]
    if empty:
        are, them = ("is", "it") if len(empty) == 1 else ("are", "them")
        raise DatasetError(f"{names(empty)} {are} empty (0 bytes): remove {them}, or leave {them} out by a glob")
