"""Columns that the user names as key, for partitions or as never null, checked. Knows no file and no format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from otfbench.data.evidence import Evidence
from otfbench.errors import ConfigError, DatasetError, Key
from otfbench.formats.sql import quoted
from otfbench.hints import did_you_mean
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_PARTITION = (*_WHOLE, "decimal", "string", "char", "varchar", "date", "timestamp", "timestamp_ntz", "boolean")
_KEY = (*_PARTITION, "binary")
_NULL, _TWICE = "have a null in it", "are there more than once"
_ONE = {_NULL: "has a null in it", _TWICE: "is there more than once"}
_EXAMPLES = 3
"""The most wrong keys that a message shows."""


def check_columns(rows: DataFrame, key: tuple[str, ...], partition_by: tuple[str, ...]) -> None:
    """Raise ConfigError, with all that is wrong, if a column is not there, or is of a type that can't be compared."""
    faults = [*_unfit(rows, "key", key, _KEY), *_unfit(rows, "partition_by", partition_by, _PARTITION)]
    if partition_by and not set(rows.columns) - set(partition_by):
        faults.append((Key("partition_by"), ": names all columns: one at least must be left for the files"))
    if faults:
        raise ConfigError(*_lines(faults))


def check_key(rows: DataFrame, key: tuple[str, ...], of: str = "") -> None:
    """Raise ConfigError, with counts and examples, if rows have a null in their key, or the key of others.

    `of`: what is said of rows that come from several places.
    """
    if not key:
        return
    from pyspark.sql import functions as F

    columns = [F.col(quoted(name)) for name in key]
    keys = rows.groupBy(*columns).agg(F.count("*").alias("count(*)"))
    null = reduce(lambda one, other: one | other, [column.isNull() for column in columns])
    faults = []
    for wrong, what in ((null, _NULL), (~null & (F.col("`count(*)`") > 1), _TWICE)):
        found = keys.where(wrong)
        count = found.count()
        if count:
            first = found.orderBy(F.desc("`count(*)`"), *columns).limit(_EXAMPLES).collect()
            examples = "; ".join(_shown(row, key) for row in first)
            counted = f"{format_count(count, 'key')}{of and ' ' + of} {what if count > 1 else _ONE[what]}"
            faults.append((Key("key"), f" {', '.join(key)}: {counted}: {examples}{_more(count)}"))
    if faults:
        raise ConfigError(*_lines(faults), "\nName columns that identify a row, or leave the key out.")


def check_not_null(rows: DataFrame, seen: Evidence | None, columns: Sequence[str]) -> None:
    """Raise DatasetError if one of the columns has a null; `seen`: the evidence of the rows, if that is known."""
    from pyspark.sql import functions as F

    if not columns:
        return
    if seen is None:
        nulls = rows.agg(*(F.count(F.when(F.col(quoted(name)).isNull(), 1)) for name in columns)).collect()[0]
    counts = list(nulls) if seen is None else [seen.columns[name].nulls for name in columns]
    wrong = next(((name, count) for name, count in zip(columns, counts, strict=True) if count), None)
    if wrong is not None:
        name, count = wrong
        there = f"column {name} is null in {format_count(count, 'row')}, and declared NOT NULL: leave that out of "
        raise DatasetError(there, Key("schema"), ", or repair the rows.")


def _unfit(rows: DataFrame, which: str, names: Iterable[str], types: tuple[str, ...]) -> Iterable[tuple[Key, str]]:
    """What is wrong with these columns. Names are compared by each letter: a format may tell `A` from `a`."""
    kinds, several = dict(rows.dtypes), list(names)
    for number, name in enumerate(several):
        if name not in kinds:
            there = ", ".join(rows.columns[:20]) + (", ..." if len(rows.columns) > 20 else "")
            yield Key(which), f" {name!r}: there is no such column.{_hint(name, kinds)} There are: {there}."
        elif name in several[:number]:
            yield Key(which), f" {name!r}: is named twice."
        elif kinds[name].split("(")[0] not in types:
            yield Key(which), f" {name!r}: is of type {kinds[name][:60]}, must be one of {', '.join(types)}."


def _lines(faults: Iterable[tuple[Key, str]]) -> list[Key | str]:
    parts = [part for key, text in faults for part in ("\n", key, text)]
    return parts[1:]


def _hint(name: str, there: Iterable[str]) -> str:
    same = [each for each in there if each.lower() == name.lower()]
    return f" Did you mean {same[0]!r}?" if same else did_you_mean(name, there)


def _shown(row: Row, key: tuple[str, ...]) -> str:
    values = ", ".join(f"{name} = {value!r}" for name, value in zip(key, row, strict=False))
    return f"{values[:100]} ({row[-1]:,} rows)"


def _more(count: int) -> str:
    return ", ..." if count > _EXAMPLES else ""
