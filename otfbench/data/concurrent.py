"""What several do to a table at once, and what must be there then and in the end, from the rows alone. Knows no format.

Rows are chosen by a hash of their key. So which commits come first changes nothing, but where several commits change
the same rows: there the last of some writer's commits is the one that must be seen whole.
"""

from __future__ import annotations

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
"""Of each writer."""
_PARTS = 100
"""Each commit is about one of so many parts of the rows."""


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
    """So many writers of a kind, each with three commits of one percent of the rows.

    - `append`: new rows;
    - `merge_apart`: changes of rows that nobody else changes;
    - `merge_same`: changes of the same rows;
    - `merge_and_compact`: the first compacts the table, the others change rows that nobody else changes.

    Raises UsageError of another kind, and UnsupportedError where the rows lack a key or a column to change.
    """
    if kind not in _KINDS:
        raise UsageError(
            f"no writers are of kind {kind!r}.{did_you_mean(kind, _KINDS)} There are: {', '.join(_KINDS)}."
        )
    initial.first_key()
    return _KINDS[kind](initial, number)


def _appending(initial: InitialRows, number: int) -> Writers:
    new = initial.keep(initial.new_rows(number * COMMITS / _PARTS))
    parts = [new.where(f"{part_sql(initial, number * COMMITS)} = {part}") for part in range(number * COMMITS)]
    changes = [Change(initial.rows.unionByName(kept), kept.count(), rows=kept) for kept in map(initial.keep, parts)]
    return Writers(_shared_out("append", changes), (initial.rows.unionByName(new),))


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
    """So many changes, each of another percent of the rows."""
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
    if dtype == "boolean":
        raise UnsupportedError(f"column {column} has two values only: changes of it can't be told apart")
    return f"concat(coalesce({name}, ''), '~{mark}')" if dtype == "string" else f"CAST({mark} AS {dtype})"


def part_sql(initial: InitialRows, parts: int = _PARTS) -> str:
    """SQL for the part that a row is in."""
    return f"pmod(xxhash64('part', {', '.join(map(quoted, initial.key))}), {parts})"


_KINDS: Mapping[str, Callable[[InitialRows, int], Writers]] = {
    "append": _appending,
    "merge_apart": _merging_apart,
    "merge_same": _merging_same,
    "merge_and_compact": _merging_and_compacting,
}
