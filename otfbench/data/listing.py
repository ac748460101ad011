"""Files at paths and in folders: which are read, and which are left out. Knows no input, no option and no table."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from otfbench.errors import DatasetError
from otfbench.files import entries, is_uri, status

# Written beside data by Spark, Hadoop, Parquet's tools, commit protocols and desktops: nobody means them as data.
_BY_PRODUCTS = re.compile(r"(\..*\.crc|_SUCCESS|_(common_)?metadata|_(committed|started)_.*|\.DS_Store|\._.*)$")
# The same of folders: version control, editors, notebooks, caches, bins, snapshots and work in progress.
_FOLDERS_BESIDE_DATA = re.compile(
    r"(_temporary|\.(git|hg|svn|idea|vscode|venv|cache|ipynb_checkpoints|snapshots?)"
    r"|\..*([Tt]rash|[Ss]taging).*|\..*\.otfbench)$"
)
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


@dataclass(frozen=True)
class Listing:
    """Files, sorted: those that are read, and those that are left out of what was named."""

    files: tuple[str, ...]
    left_out: Mapping[str, str]
    """File -> why: one of the reasons below."""


COPYING = "._COPYING_"
"""What the name of a file ends in while Hadoop copies it."""
HIDDEN = "what begins with _ or . is left out"
UNFINISHED = "Hadoop has not copied it to its end, as its name says"
SUBFOLDER = "subfolders are left out"
BESIDE = "files beside folders name=value are left out"
FILTERED = "the options leave them out"
UNMATCHED = "the glob doesn't match what is beside its matches"


@dataclass(frozen=True)
class _Entry:
    path: str
    columns: bool
    """Whether a folder that was walked through names a column."""
    why_not: str | None
    """Why it is not read; None if it is."""


def files_at(paths: Iterable[str], descend: bool, hidden: bool = False) -> Listing:
    """The files at these paths, and in folders among them.

    As Spark does, names that begin with `_` or `.` are left out (`hidden`: not if the path itself says so), and so are
    files in subfolders, unless they are named `name=value`, and files beside such folders; `descend` reads subfolders.

    Raises DatasetError for a link that leads nowhere, to a folder above it or to a file that is read anyway, for what
    is no file, and for what the user may not read.
    """
    several = list(paths)
    read: set[str] = set()
    left_out: dict[str, str] = {}
    for path in several:
        entries = list(_at(path, descend, outright=hidden or len(several) == 1))
        partitioned = not descend and any(each.columns and not each.why_not for each in entries)
        for each in entries:
            why_not = each.why_not or (BESIDE if partitioned and not each.columns else None)
            if why_not:
                left_out[each.path] = why_not
            else:
                read.add(each.path)
    _refuse_twice(sorted(read, key=lambda path: (path.count(os.sep), os.path.islink(path), path)))
    return Listing(tuple(sorted(read)), {path: left_out[path] for path in sorted(left_out.keys() - read)})


def _refuse_twice(paths: Iterable[str]) -> None:
    """Rows of a file that is named by a link, too, would be there twice."""
    folders: dict[str, str] = {}
    known: dict[str, str] = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        real = os.path.realpath(path) if os.path.islink(path) else os.path.join(folders[folder], name)
        other = known.setdefault(real, path)
        if other != path:
            raise DatasetError(f"{path} is {other} once more, by a link: remove the link, or leave it out by a glob")


def unmatched(matches: Iterable[str]) -> dict[str, str]:
    """Files beside those that a glob matches, of the same suffix in another case, or packed: they may be meant, too."""
    files = {path for path in matches if os.path.isfile(path)}
    suffixes = {_suffix(path) for path in files}
    beside = {os.path.join(folder, name) for folder in set(map(os.path.dirname, files)) for name in os.listdir(folder)}
    others = (path for path in sorted(beside - files) if os.path.isfile(path) and _suffix(path) in suffixes)
    return {path: UNMATCHED for path in others if not _is_by_product(path)}


def worth_a_word(hidden: Iterable[str]) -> dict[str, str]:
    """Those of the hidden files that may be meant as data."""
    folders = {path: path.split(os.sep)[:-1] for path in hidden if not _is_by_product(path)}
    return {path: HIDDEN for path, above in folders.items() if not any(map(_FOLDERS_BESIDE_DATA.match, above))}


def _suffix(path: str) -> str:
    return os.path.splitext(path.lower().removesuffix(".gz"))[1]


def is_hidden(name: str) -> bool:
    """Whether Spark leaves out what is called so."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name) or name.endswith(COPYING)


def _why_hidden(name: str) -> str | None:
    if name.endswith(COPYING):
        return UNFINISHED
    return HIDDEN if is_hidden(name) else None


def is_column(folder: str) -> bool:
    """Whether the name of a folder is that of a column, with its value."""
    name, sign, _ = folder.partition("=")
    return bool(name and sign)


def _at(path: str, descend: bool, outright: bool) -> Iterator[_Entry]:
    why_not = None if outright else _why_hidden(os.path.basename(path))
    if _is_folder(path):
        if why_not and _FOLDERS_BESIDE_DATA.match(os.path.basename(path)):
            return
        yield from _walk(path, (os.path.realpath(path),), descend, _Entry(path, False, why_not))
    else:
        if not why_not:
            _check_file(path)
        yield _Entry(path, False, why_not)


def _walk(folder: str, above: tuple[str, ...], descend: bool, parent: _Entry) -> Iterator[_Entry]:
    """The files below a folder; those that are not read are not looked at, but for their names."""
    for path, is_folder in _entries(folder, read=not parent.why_not):
        name = os.path.basename(path)
        why_not = parent.why_not or _why_hidden(name)
        if is_folder:
            if not (descend or parent.columns or is_column(name)):
                why_not = why_not or SUBFOLDER
            yield from _subfolder(above, descend, _Entry(path, parent.columns or is_column(name), why_not))
        elif not why_not:
            _check_file(path)
            yield _Entry(path, parent.columns, None)
        elif not _is_by_product(path):
            yield _Entry(path, parent.columns, why_not)


def _subfolder(above: tuple[str, ...], descend: bool, folder: _Entry) -> Iterator[_Entry]:
    name, real = os.path.basename(folder.path), os.path.realpath(folder.path)
    if folder.why_not and (real in above or _FOLDERS_BESIDE_DATA.match(name)):
        return
    if real in above:
        raise DatasetError(f"{folder.path} is a link to {real}, a folder that it is in itself: remove it")
    yield from _walk(folder.path, (*above, real), descend, folder)


def _is_folder(path: str) -> bool:
    try:
        return status(path).is_folder if is_uri(path) else os.path.isdir(path)
    except OSError as error:
        raise DatasetError(f"{path} can't be read: {error.strerror}") from None


def _entries(folder: str, read: bool) -> list[tuple[str, bool]]:
    """The paths in a folder, and whether each is a folder, too."""
    try:
        if is_uri(folder):
            return [(each.path, each.is_folder) for each in entries(folder)]
        with os.scandir(folder) as found:
            return [(entry.path, os.path.isdir(entry.path)) for entry in sorted(found, key=lambda entry: entry.name)]
    except OSError as error:
        if read:
            raise DatasetError(f"{folder} can't be read: {error.strerror}") from None
        return []


def _check_file(path: str) -> None:
    if is_uri(path):  # what its listing names is a file, and nobody tells who may read it
        return
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        target = os.readlink(path) if os.path.islink(path) else None
        what = f"a link to {target}, which is not there" if target else "gone"
        raise DatasetError(f"{path} is {what}: remove it, or leave it out by a glob") from None
    except OSError as error:
        raise DatasetError(f"{path} can't be read: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        what = _KINDS.get(stat.S_IFMT(mode), "no file")
        raise DatasetError(f"{path} is {what}, which can't be read twice: copy what it gives into a file")
    if not os.access(path, os.R_OK):
        raise DatasetError(f"{path} can't be read: you have no permission to read it")


def _is_by_product(path: str) -> bool:
    name = os.path.basename(path)
    return bool(_BY_PRODUCTS.match(name)) or (is_hidden(name) and _is_empty(path))


def _is_empty(path: str) -> bool:
    try:
        return os.path.getsize(path) == 0
    except OSError:
        return False
