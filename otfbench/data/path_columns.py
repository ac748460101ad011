"""Columns whose values are in the folders' names: `day=2024-01-01`. Knows no input and no Spark."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from otfbench.errors import DatasetError

_NULL = "__HIVE_DEFAULT_PARTITION__"


def root_of(path: str) -> str:
    """The folder above the first `name=value` in a path; the path itself if there is none."""
    parts = path.split(os.sep)
    first = next((number for number, part in enumerate(parts) if _is_column(part)), len(parts))
    return os.sep.join(parts[:first]) or os.sep


def values_of(file: str) -> dict[str, str | None]:
    """Column -> its value as text, for all rows of the file; null by the name that Hive gives to it."""
    folders = os.path.dirname(file).split(os.sep)
    pairs = (folder.split("=", 1) for folder in folders if _is_column(folder))
    return {unquote(name): None if value == _NULL else unquote(value) for name, value in pairs}


def by_values(files: Iterable[str]) -> list[tuple[Mapping[str, str | None], Sequence[str]]]:
    """The files, those of the same values together; raises DatasetError if they don't have the same columns."""
    groups: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
    for file in files:
        groups.setdefault(tuple(values_of(file).items()), []).append(file)
    columns = {tuple(name for name, _ in values): paths[0] for values, paths in groups.items()}
    if len(columns) > 1:
        (some, one), (others, other), *_ = columns.items()
        raise DatasetError(
            f"{one} is in folders {_named(some)}, {other} in {_named(others)}: leave out those that don't belong there."
        )
    return [(dict(values), paths) for values, paths in groups.items()]


def _named(columns: Sequence[str]) -> str:
    return ", ".join(f"{name}=..." for name in columns) or "without name=value"


def _is_column(folder: str) -> bool:
    name, sign, _ = folder.partition("=")
    return bool(name and sign)
