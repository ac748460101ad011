"""What several do to a table at once, and what must be there then and in the end, from the rows alone. Knows no format.

Rows are chosen by a hash of their key. So which commits come first changes nothing, but where several commits change
the same rows: there the last of some writer's commits is the one that must be seen whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, InitialRows
from otfbench.errors import UnsupportedError, UsageError
from otfbench.formats.sql import quoted
from otfbench.hints import did_you_mean

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

COMMITS = 3
"""The number of commits of each writer."""
_PARTS = 100
"""The number of parts of the rows, of which a merge changes one."""
_NEW = 0.02
"""The share of new rows in all: as many as are held back of files of one's own."""
_PART = "otfbench part"


@dataclass(frozen=True, eq=False)
class Commit:
    """One of a writer's: what is done to the table, and with which change."""

    operation: str
    """`append`, `merge` or `compact`."""
    change: Change | None = None


@dataclass(frozen=True, eq=False)
class Writers:
    """What each of several writers commits, one after the other."""

    commits: tuple[tuple[Commit, ...], ...]
    outcomes: tuple[DataFrame, ...]
    """What may be there in the end: one of these."""


def writers(initial: InitialRows, kind: str, number: int) -> Writers:
    """`number` writers of a kind, each with three commits.

    - `append`: new rows, two percent in all;
    - `merge_apart`: changes of a percent of the rows, which nobody else changes;
    - `merge_same`: changes of the same percent of the rows;
    - `merge_and_compact`: the first compacts the table, the others change rows that nobody else changes.

    Raises UsageError of another kind, and UnsupportedError where the rows lack a key or a column to change, or where
    there are too few new ones.
    """
    if kind not in _KINDS:
        raise UsageError(
            f"no writers are of kind {kind!r}.{did_you_mean(kind, _KINDS)} There are: {', '.join(_KINDS)}."
        )
    initial.first_key()
    return _KINDS[kind](initial, number)


def _appending(initial: InitialRows, number: int) -> Writers:
    new, parts = new_parts(initial, number * COMMITS)
    changes = [Change(initial.rows.unionByName(part), part.count(), rows=part) for part in parts]
    return Writers(_shared_out("append", changes), (initial.rows.unionByName(new),))


def new_parts(initial: InitialRows, number: int) -> tuple[DataFrame, list[DataFrame]]:
    """All new rows, and the same in `number` parts of one size; all in files.

    Raises UnsupportedError where the rows lack a key, and where fewer come than there are parts.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.window import Window

    initial.first_key()
    in_order = Window.orderBy(*(F.col(quoted(name)) for name in initial.key))
    new = initial.keep(initial.new_rows(_NEW).withColumn(_PART, F.ntile(number).over(in_order)))
    if new.count() < number:
        raise UnsupportedError(f"there are {new.count()} new rows, too few for {number} commits")
    parts = [initial.keep(new.where(F.col(_PART) == part + 1).drop(_PART).coalesce(1)) for part in range(number)]
    return new.drop(_PART), parts


def _merging_apart(initial: InitialRows, number: int) -> Writers:
    return Writers(_shared_out("merge", merges(initial, number * COMMITS)), (merged(initial, number * COMMITS),))


def _merging_same(initial: InitialRows, number: int) -> Writers:
    where = f"{part_sql(initial)} = 0"
    column = initial.changed_column()
    values = [_marked(initial, column, mark) for mark in range(1, number * COMMITS + 1)]
    marked = [_rewritten(initial, where, column, value) for value in values]
    last = marked[COMMITS - 1 :: COMMITS]
    return Writers(_shared_out("merge", marked), tuple(each.result for each in last))


def _merging_and_compacting(initial: InitialRows, number: int) -> Writers:
    merging = _merging_apart(initial, number - 1)
    return Writers(((Commit("compact"),) * COMMITS, *merging.commits), merging.outcomes)


def _shared_out(operation: str, changes: Sequence[Change]) -> tuple[tuple[Commit, ...], ...]:
    commits = [Commit(operation, change) for change in changes]
    return tuple(tuple(commits[first : first + COMMITS]) for first in range(0, len(commits), COMMITS))


def merges(initial: InitialRows, number: int) -> list[Change]:
    """`number` changes, each of another percent of the rows."""
    column = initial.changed_column()
    value = initial.changed_value(column)
    return [_rewritten(initial, f"{part_sql(initial)} = {part}", column, value) for part in range(number)]


def merged(initial: InitialRows, number: int) -> DataFrame:
    """What is there after the first of these."""
    return initial.updated(f"{part_sql(initial)} < {number}").result


def _rewritten(initial: InitialRows, where: str, column: str, value: str) -> Change:
    """The rows for which a condition holds, with another value in a column; they come as rows, for a merge."""
    from pyspark.sql import functions as F

    new = initial.keep(initial.rows.where(where).withColumn(column, F.expr(value)))
    return Change(initial.rows.where(f"NOT ({where})").unionByName(new), new.count(), rows=new)


def _marked(initial: InitialRows, column: str, mark: int) -> str:
    """A value of a column by which it can be told who has changed it, in SQL."""
    name, dtype = quoted(column), dict(initial.rows.dtypes)[column]
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", dtype)
    if dtype == "boolean" or (decimal and int(decimal[1]) - int(decimal[2]) < 2):
        raise UnsupportedError(f"column {column} is {dtype}, whose values are too few to tell changes apart")
    return f"concat(coalesce({name}, ''), '~{mark}')" if dtype == "string" else f"CAST({mark} AS {dtype})"


def part_sql(initial: InitialRows) -> str:
    """SQL for the part that a row is in."""
    return f"pmod(xxhash64('part', {', '.join(map(quoted, initial.key))}), {_PARTS})"


_KINDS: Mapping[str, Callable[[InitialRows, int], Writers]] = {
    "append": _appending,
    "merge_apart": _merging_apart,
    "merge_same": _merging_same,
    "merge_and_compact": _merging_and_compacting,
}
