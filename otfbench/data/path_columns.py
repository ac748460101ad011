"""Columns whose values are in the folders' names: `day=2024-01-01`. Knows no input and no Spark."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from otfbench.data.discovery import UserData
from otfbench.errors import DatasetError

_NULL = "__HIVE_DEFAULT_PARTITION__"


def root_of(data: UserData) -> str:
    """The folder below which folders name columns: what comes before the first `name=value`, or `*`, of the path."""
    path = os.path.normpath(os.path.join(data.folder, os.path.expanduser(data.path)))
    parts = path.split(os.sep)
    fixed = next((n for n, part in enumerate(parts) if _is_column(part) or glob.has_magic(part)), len(parts))
    return os.sep.join(parts[:fixed]) or os.sep


def by_values(files: Iterable[str], root: str) -> list[tuple[dict[str, str | None], list[str]]]:
    """The files with the values that their folders below the root name, as text; those of the same values together.

    Raises DatasetError if not all of them are in folders of the same columns.
    """
    groups: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
    for file in files:
        groups.setdefault(tuple(_values(os.path.relpath(file, root))), []).append(file)
    examples = {tuple(name for name, _ in values): paths[0] for values, paths in groups.items()}
    if len(examples) > 1:
        (columns, one), (others, other), *_ = examples.items()
        where = f"{one} is {_named(columns)}, {other} {_named(others)}"
        raise DatasetError(f"{where}: leave out those that don't belong there.")
    return [(dict(values), paths) for values, paths in groups.items()]


def _values(file: str) -> Iterator[tuple[str, str | None]]:
    """Column and value by its folders; null by the name that Hive gives to it."""
    for folder in filter(_is_column, os.path.dirname(file).split(os.sep)):
        name, _, value = folder.partition("=")
        yield unquote(name), None if value == _NULL else unquote(value)


def _named(columns: Sequence[str]) -> str:
    return f"in folders {', '.join(f'{name}=...' for name in columns)}" if columns else "in none named so"


def _is_column(folder: str) -> bool:
    name, sign, _ = folder.partition("=")
    return bool(name and sign)
