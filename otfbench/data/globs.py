"""Globs of local paths, as a shell and Hadoop have them: * ? [ab] [^a] {a,b}. Knows no input and no option."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from otfbench.data.listing import is_hidden
from otfbench.errors import DatasetError

_CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")
"""Braces with no other within them."""


def is_glob(path: str) -> bool:
    """Whether it may match several paths.

    >>> [path for path in ("a*.csv", "[ab].csv", "{a,b}.csv", "{a}.csv") if is_glob(path)]
    ['a*.csv', '[ab].csv', '{a,b}.csv']
    """
    return glob.has_magic(path) or bool(_CHOICE.search(path))


def matching(pattern: str, folder: Path) -> list[str]:
    """The paths that match it from that folder on, sorted, each once; but for those in hidden folders.

    Raises DatasetError if none does, or only what is hidden; of choices in braces, if one of them matches none.
    """
    paths: set[str] = set()
    by_choice = _by_choice(pattern, folder)
    for choice, matches in by_choice.items():
        visible = [match for match in matches if not in_hidden(match, choice)]
        what = "it" if len(by_choice) == 1 else choice
        if not visible and not matches:
            raise DatasetError(f"no file matches {what} (in {folder})")
        if all(in_hidden(f"{match}/", choice) for match in matches):
            raise DatasetError(f"what matches {what} is hidden, as {matches[0]} (in {folder}): name it, if it is meant")
        paths.update(os.path.normpath(os.path.join(folder, match)) for match in visible)
    return sorted(paths)


def in_hidden_folders(pattern: str, folder: Path) -> list[str]:
    """The files that match, and are left out, since a wildcard stands for the hidden folder in which they are."""
    found = [_by_choice(pattern, folder), *(_by_choice(each, folder) for each in _with_points(pattern))]
    hidden = [
        match
        for number, by_choice in enumerate(found)
        for choice, matches in by_choice.items()
        for match in matches
        if number or in_hidden(match, choice)
    ]
    paths = {os.path.normpath(os.path.join(folder, match)) for match in hidden}
    inside = {os.path.join(path, name) for path in paths if os.path.isdir(path) for name in os.listdir(path)}
    return sorted(filter(os.path.isfile, paths | inside))


def _with_points(pattern: str) -> Iterator[str]:
    """The pattern for names that begin with a point, which no wildcard stands for, once for each of its wildcards."""
    parts = pattern.split("/")
    for number, part in enumerate(parts):
        if part.startswith(("*", "?")):
            yield "/".join([*parts[:number], f".{part.removeprefix('?')}", *parts[number + 1 :]])


def in_hidden(path: str, pattern: str) -> bool:
    """Whether a folder of it is hidden, and no part of the pattern begins as its name does.

    >>> [in_hidden(path, "*/*.csv") for path in ("a/x.csv", "_temporary/x.csv")], in_hidden("_b/x.csv", "_*/*.csv")
    ([False, True], False)
    """
    parts = pattern.split("/")
    hidden = [name for name in path.split("/")[:-1] if is_hidden(name) and name not in (".", "..")]
    return any(not any(part[:1] == name[0] and fnmatchcase(name, part) for part in parts) for name in hidden)


def _by_choice(pattern: str, folder: Path) -> dict[str, list[str]]:
    """What matches the pattern from that folder on, for each choice in its braces."""
    choices = _choices(os.path.expanduser(pattern).replace("[^", "[!"))
    return {each: glob.glob(each, root_dir=folder, recursive=True) for each in choices}


def _choices(pattern: str) -> list[str]:
    """The pattern without braces, once for each choice in them."""
    braces = _CHOICE.search(pattern)
    if not braces:
        return [pattern]
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    return [each for choice in braces[1].split(",") for each in _choices(before + choice + after)]
