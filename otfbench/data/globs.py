"""Globs of local paths, as a shell and Hadoop have them: * ? [ab] [^a] {a,b}. Knows no input and no option."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

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
    """The paths that match it from that folder on, sorted, each once.

    Raises DatasetError if none does; of choices in braces, if one of them matches none.
    """
    paths: set[str] = set()
    choices = _choices(os.path.expanduser(pattern).replace("[^", "[!"))
    for each in choices:
        matches = glob.glob(each, root_dir=folder, recursive=True)
        if not matches:
            raise DatasetError(f"no file matches {'it' if len(choices) == 1 else each} (in {folder})")
        paths.update(os.path.normpath(os.path.join(folder, match)) for match in matches)
    return sorted(paths)


def _choices(pattern: str) -> list[str]:
    """The pattern without braces, once for each choice in them."""
    braces = _CHOICE.search(pattern)
    if not braces:
        return [pattern]
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    return [each for choice in braces[1].split(",") for each in _choices(before + choice + after)]
