"""Which columns delimited files have, by their first records. Knows no types and no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest

from otfbench.errors import DatasetError, Key
from otfbench.inputs.csv_dialect import Dialect, dialect
from otfbench.inputs.csv_text import records_of
from otfbench.inputs.sniffing import head, text
from otfbench.units import format_count

_LOOKED_AT = 100
"""The number of records by which a separator is guessed."""
_MARK = 32
"""The first bytes, in which a line for spreadsheets (`sep=;`) is."""
_OTHERS = (";", "\t", "|", "^", "~", "\x01")
"""Separators that files are known to have."""


def first_record(path: str, options: Mapping[str, str]) -> list[str | None]:
    """The values of the first record, line breaks allowed; empty if there is none, or it can't be read."""
    found = _first_records(path, dialect({**options, "multiline": "true"}), 1)
    return found[0] if found else []


def likely_separator(path: str, options: Mapping[str, str]) -> str | None:
    """A separator that gives most of the first records the same columns, where the options' one doesn't, or gives one.

    None where the options' separator does, and where no other is likely.
    """
    two = set(map(len, _looked_at(path, options, 2)))
    counts = set(map(len, _looked_at(path, options))) if len(two) > 1 or two == {1} else two
    if len(counts) == 1 and counts != {1}:
        return None
    return next((each for each in _OTHERS if _splits(_looked_at(path, {**options, "sep": each}))), None)


def _looked_at(path: str, options: Mapping[str, str], count: int = _LOOKED_AT) -> list[list[str | None]]:
    return _first_records(path, dialect({**options, "multiline": "true"}), count)


def _splits(records: list[list[str | None]]) -> bool:
    """Whether most of them have the same number of columns, and more than one; a title may stand above."""
    (columns, count), *_ = Counter(map(len, records)).most_common(1) or [(0, 0)]
    others = len(records) - count
    return columns > 1 and (3 * others <= count or others == 1 < count)


def marked_separator(path: str) -> str | None:
    """The separator that a spreadsheet has written into a first line of its own, as in `sep=;`; None without one."""
    found = re.match(r"(?i)sep=(.)\r?\n", text(head(path)[:_MARK]))
    return found[1] if found else None


def _first_records(path: str, how: Dialect, count: int) -> list[list[str | None]]:
    try:
        return [record.values for record in islice(records_of(path, how), count)]
    except DatasetError:  # reading will say so
        return []


def columns_of(paths: Sequence[str], how: Dialect, declared: Sequence[str] | None = None) -> list[str]:
    """The columns of all files, which are those of a declared schema; empty if there is none, and no record.

    Raises DatasetError if they differ, or if two have the same name.
    """
    by_position = declared is not None and (how.by_position or not how.header)
    heads = ((path, _first_names(path, how, by_position)) for path in paths)
    there = [(path, names) for path, names in heads if names]
    if declared is not None and by_position:
        for path, others in there:
            if len(others) != len(declared):
                counts = f"{format_count(len(others), 'column')} where the schema has {len(declared)}"
                raise DatasetError(f"{path}: {counts}.")
    elif declared is not None:
        for path, others in there:
            _check_declared(declared, path, others)
    else:
        for path, others in there[1:]:
            _check_same(*there[0], path, others)
    return list(declared) if declared is not None else there[0][1] if there else []


def _first_names(path: str, how: Dialect, by_position: bool) -> list[str]:
    """The names of a file's columns; empty if it has no record."""
    first = next(records_of(path, how), None)
    if first is None:
        return []
    if by_position or not how.header:
        return [f"_c{number}" for number in range(len(first.values))]
    names = [f"_c{n}" if _is_nothing(name, how) else str(name) for n, name in enumerate(first.values)]
    known: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        other = known.setdefault(name.lower(), position)
        if other != position:
            both = f"columns {other} and {position} are called {names[other - 1]} and {name}"
            raise DatasetError(f"{path}: {both}: rename one of them in the header.")
    return names


def _is_nothing(name: str | None, how: Dialect) -> bool:
    return name in (None, "", how.null)


def unnamed(path: str, how: Dialect) -> dict[str, str]:
    """Column without a name in the header -> the sentence that says so."""
    first = next(records_of(path, how), None) if how.header else None
    names = enumerate(first.values if first else ())
    return {f"_c{n}": f"the header has no name for column {n + 1}" for n, name in names if _is_nothing(name, how)}


def _check_same(one: str, names: Sequence[str], other: str, others: Sequence[str]) -> None:
    if differing := _difference(one, names, other, others):
        raise DatasetError(f"{differing}: all must have the same columns, in the same order.")


def _check_declared(declared: Sequence[str], path: str, names: Sequence[str]) -> None:
    differing = _difference("the schema", declared, path, names)
    if differing and len(names) == len(declared):
        by_position = Key("options", ("enforceSchema", "true"))
        raise DatasetError(f"{differing}: rename it in ", Key("schema"), ", or take columns by position: ", by_position)
    if differing:
        raise DatasetError(f"{differing}: declare all columns in ", Key("schema"), ", in the order of the header.")


def _difference(one: str, names: Sequence[str], other: str, others: Sequence[str]) -> str | None:
    """The first column that differs."""
    for position, pair in enumerate(zip_longest(names, others), 1):
        if pair[0] != pair[1]:
            first, second = (f"`{name}`" if name is not None else "not there" for name in pair)
            return f"column {position} is {first} in {one}, {second} in {other}"
    return None
