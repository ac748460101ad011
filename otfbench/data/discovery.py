"""Which files are the user's own, and of which kind. Knows nothing of Spark and of what is in a row."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from otfbench.errors import DatasetError
from otfbench.registry import detect, detect_table

Infer = Literal["lossless", "spark", "none"]
"""Which types text gets without a schema: those that keep each value, those that Spark takes it for, or none."""


@dataclass(frozen=True)
class UserData:
    """The user's own files: `path` as the file says it, which is in `folder`."""

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


def find(data: UserData) -> list[str]:
    """The file or folder of that path, or what the glob matches; raises DatasetError if no data is there."""
    path = os.path.join(data.folder, os.path.expanduser(data.path))
    if re.match(r"\w[\w+.-]+:", data.path):
        raise DatasetError("must be a local path, not a URI")
    if os.path.lexists(path):
        found = [os.path.normpath(path)]
    elif glob.has_magic(data.path):
        matches = glob.glob(os.path.expanduser(data.path), root_dir=data.folder, recursive=True)
        found = sorted(os.path.normpath(os.path.join(data.folder, each)) for each in matches)
        if not found:
            raise DatasetError(f"no file matches it (in {data.folder})")
    else:
        raise DatasetError(f"there is no such file or folder: {path}")
    _refuse_tables(found)
    _refuse_empty(found)
    return found


def kind(paths: Iterable[str]) -> str:
    """The name of the input whose files these look like; raises DatasetError if none, or several."""
    found: dict[str, str] = {}
    for file in files_below(paths):
        found.setdefault(detect(file).name, file)
    if len(found) > 1:
        each = ", ".join(f"{file} looks like {name}" for name, file in found.items())
        raise DatasetError(f"the files are of several kinds ({each}): choose those of one kind by a glob")
    return next(iter(found))


def files_below(paths: Iterable[str]) -> list[str]:
    """The files at these paths, and in folders among them, that Spark doesn't take for hidden, sorted."""
    return sorted({file for path in paths for file in _walk(path)})


def _refuse_tables(found: Iterable[str]) -> None:
    """Read as plain files they would have rows that are deleted, or there more than once."""
    for path in found:
        there = detect_table(Path(path)) if os.path.isdir(path) else None
        if there and not there.plain_files:
            raise DatasetError(f"{path} is a table of {there.name}: its rows are not those of its files")


def _refuse_empty(found: Iterable[str]) -> None:
    """Spark skips text files without a byte in silence, and calls a Parquet file that has none damaged."""
    sizes = {file: os.path.getsize(file) for file in files_below(found)}
    if not sizes:
        raise DatasetError(f"there is no file in {', '.join(found)}")
    for file, size in sizes.items():
        if size == 0:
            raise DatasetError(f"{file} is empty (0 bytes): remove it, or leave it out by a glob")


def _walk(path: str) -> Iterable[str]:
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, names in os.walk(path, followlinks=True):
        folders[:] = [name for name in folders if not _hidden(name)]
        yield from (os.path.join(folder, name) for name in names if not _hidden(name))


def _hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)
