"""Rows that are to be erased, and the texts by which they would be found in files. Knows no format and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows
from otfbench.errors import UnsupportedError
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROWS = 20
_LETTERS = 16
"""The shortest that a format keeps of a text as the bound of a column; others keep 32, or all."""


@dataclass(frozen=True, eq=False)
class Erasure:
    """A delete of some rows, and what must be nowhere after it."""

    change: Change
    texts: tuple[str, ...]
    """The first letters of a value that each of the rows has alone."""


def erasure(initial: InitialRows) -> Erasure:
    """Twenty rows with the least and the largest texts of a column whose first letters tell each row from all others.

    So the texts are also what formats write into metadata as the bounds of a column. Raises UnsupportedError where the
    rows have no such column, or no key.
    """
    key, rows = initial.first_key(), initial.rows
    for name in (each for each, kind in rows.dtypes if kind == "string" and each not in initial.key):
        chosen = _ends(rows, key, name)
        if chosen:
            where = f"{quoted(key)} IN ({', '.join(initial.literal(key, text) for text, _ in chosen)})"
            return Erasure(initial.deleted(where), tuple(text[:_LETTERS] for _, text in chosen))
    raise UnsupportedError(f"no column has texts whose first {_LETTERS} letters tell each row from all others")


def _ends(rows: DataFrame, key: str, name: str) -> list[tuple[str, str]]:
    """Keys and texts of the rows at both ends of a column; nothing if its texts don't tell rows apart."""
    from pyspark.sql import functions as F

    texts = rows.select(F.col(quoted(key)).cast("string").alias("key"), F.col(quoted(name)).alias("text"))
    texts = texts.where(F.col("text").isNotNull())
    starts = F.substring("text", 1, _LETTERS)
    count, distinct, shortest = texts.agg(F.count("*"), F.countDistinct(starts), F.min(F.length("text"))).collect()[0]
    if count < _ROWS or distinct < count or shortest < _LETTERS:
        return []
    half = _ROWS // 2
    ends = (texts.sort("text").limit(half), texts.sort(F.desc("text")).limit(half))
    return [(row["key"], row["text"]) for end in ends for row in end.collect()]
