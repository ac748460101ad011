"""Rows that are to be erased, and the texts by which they would be found in files. Knows no format and no file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows
from otfbench.errors import UnsupportedError
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROWS = 20
"""The number of rows that are erased."""
_LETTERS = 15
"""The letters of an erased text that are searched for.

Formats keep 16 letters of a text as the bound of a column, or more; of the largest the last one is raised.
"""
_ESCAPED = r"[\"\\\x00-\x1f]"
"""What JSON writes otherwise than it is."""


@dataclass(frozen=True, eq=False)
class Erasure:
    """A delete of some rows, and what must be nowhere after it."""

    change: Change
    texts: tuple[str, ...]
    """The first letters of a value of each of the rows, which no other row has."""


def erasure(initial: InitialRows) -> Erasure:
    """Twenty rows with the least and the largest texts of a column, whose first letters are in no other row.

    So the texts are also what formats write into metadata as the bounds of a column. Raises UnsupportedError where the
    rows have no such column, or no key of one column.
    """
    if len(initial.key) != 1:
        raise UnsupportedError("the rows have no key of one column")
    [key], rows = initial.key, initial.rows
    names = [name for name, kind in rows.dtypes if kind == "string"]
    for name in names:
        chosen = _ends(rows, key, name)
        texts = tuple(text[:_LETTERS] for _, text in chosen)
        if len(chosen) == _ROWS and _rows_with(rows, names, texts) == _ROWS:
            where = f"{quoted(key)} IN ({', '.join(initial.literal(key, value) for value, _ in chosen)})"
            return Erasure(initial.deleted(where), texts)
    raise UnsupportedError(f"no column has {_ROWS} texts whose first {_LETTERS} letters are in no other row")


def _ends(rows: DataFrame, key: str, name: str) -> list[tuple[str, str]]:
    """Keys and texts of the rows at both ends of a column, of those whose texts are long and plain enough."""
    from pyspark.sql import functions as F

    texts = rows.select(F.col(quoted(key)).cast("string").alias("key"), F.col(quoted(name)).alias("text"))
    able = texts.where((F.length("text") >= _LETTERS) & ~F.col("text").rlike(_ESCAPED))
    half = _ROWS // 2
    ends = (able.sort("text").limit(half), able.sort(F.desc("text")).limit(half))
    return list(dict.fromkeys((row["key"], row["text"]) for end in ends for row in end.collect()))


def _rows_with(rows: DataFrame, names: list[str], texts: tuple[str, ...]) -> int:
    """How many rows have one of the texts in one of these columns."""
    from pyspark.sql import functions as F

    holds = [F.coalesce(F.col(quoted(name)).contains(text), F.lit(False)) for name in names for text in texts]
    return rows.where(reduce(or_, holds)).count()
