"""The life of a table: rounds of a merge, a delete and an append, and what is there after each. Knows no format.

What becomes of a row follows from its key alone: in which round it comes, is changed, and is deleted. So the content
after a hundred rounds is one flat query on rows in files. It is computed from no table, and no earlier round counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from otfbench.data.changes import InitialRows
from otfbench.errors import DatasetError, UnsupportedError
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

COMMITS = 3
"""The number of commits in a round: merge, delete, append."""
_PARTS = 10_000
"""The parts that keys are hashed into: shares of the rows are whole numbers of them."""
_CHANGED, _DELETED = 100, 50
"""The parts of the keys that a round changes, 1 % of the rows, and deletes, 0.5 %; fewer in a life of over 60."""
LIFE_ROUNDS = 20
"""The number of rounds of a life, if nobody says."""
MOST_ROUNDS = 3_000
"""The most rounds of a life: with more there would be rows that are changed and deleted."""
_CAME, _UPDATED, _GONE = "otfbench came", "otfbench changed", "otfbench deleted"


@dataclass(frozen=True, eq=False)
class Round:
    """The three commits of a round."""

    merged: DataFrame
    """Rows that are there, one column changed."""
    deleted: str
    """SQL for the rows that go."""
    appended: DataFrame


def parts_of_a_round(rounds: int) -> tuple[int, int]:
    """How many parts of the keys are changed, and how many deleted, in each round of a life of `rounds`.

    No part is both, ever: a merge would bring back what is gone. Raises UnsupportedError of more than MOST_ROUNDS.
    """
    if rounds > MOST_ROUNDS:
        raise UnsupportedError(f"a life has at most {MOST_ROUNDS:,} rounds, not {rounds:,}")
    return min(_CHANGED, 2 * MOST_ROUNDS // rounds), min(_DELETED, MOST_ROUNDS // rounds)


class Life:
    """Rounds of changes of a table's first rows. Rows are chosen by a hash of their key, so all over the table."""

    def __init__(self, initial: InitialRows, rounds: int) -> None:
        """Puts all its rows into files. Raises UnsupportedError of too many rounds, and where the rows have no key, no
        column that can be changed, or not enough new ones.
        """
        self._initial, self.rounds = initial, rounds
        self._column = initial.changed_column()
        self._changed, self._deleted = parts_of_a_round(rounds)
        initial.first_key()
        self._rows = self._all_rows()
        self._rounds: dict[int, Round] = {}

    def _all_rows(self) -> DataFrame:
        """All rows that are ever there, with the rounds in which they come, are changed and go, null for never."""
        from pyspark.sql import functions as F

        first = self._initial.rows.withColumn(_CAME, F.lit(0))
        new = self._new_rows()
        rows = first.unionByName(new.withColumn(_CAME, (self._hash("came", self.rounds) + 1).cast("int")))
        changed = F.floor(self._part() / self._changed) + 1
        gone = F.floor((_PARTS - 1 - self._part()) / self._deleted) + 1
        return self._initial.keep(
            rows.withColumn(_UPDATED, self._later(changed)).withColumn(_GONE, self._later(gone)),
        )

    def _new_rows(self) -> DataFrame:
        """As many as are deleted in all rounds, so that the table doesn't grow."""
        try:
            return self._initial.new_rows(self.rounds * self._deleted / _PARTS)
        except DatasetError as error:  # of files of one's own a part is held back
            raise UnsupportedError(f"there are not enough new rows for {self.rounds} rounds: {error}") from None

    def _later(self, number: Column) -> Column:
        """A round of this life after that in which the row comes; else null."""
        from pyspark.sql import functions as F

        return F.when((number > F.col(_CAME)) & (number <= self.rounds), number.cast("int"))

    def _part(self) -> Column:
        return self._hash("part", _PARTS)

    def _hash(self, tag: str, parts: int) -> Column:
        from pyspark.sql import functions as F

        return F.expr(self._hash_sql(tag, parts))

    def _hash_sql(self, tag: str, parts: int) -> str:
        return f"pmod(xxhash64('{tag}', {', '.join(map(quoted, self._initial.key))}), {parts})"

    def round(self, number: int) -> Round:
        """The commits of a round, from 1 on; the rows that they bring are in files."""
        from pyspark.sql import functions as F

        if number not in self._rounds:
            first = _PARTS - number * self._deleted
            self._rounds[number] = Round(
                self._initial.keep(self._as_of(F.col(_UPDATED) == number, number)),
                f"{self._hash_sql('part', _PARTS)} BETWEEN {first} AND {first + self._deleted - 1}",
                self._initial.keep(self._as_of(F.col(_CAME) == number, number)),
            )
        return self._rounds[number]

    def after(self, rounds: int) -> DataFrame:
        """What the table must hold after this number of rounds."""
        from pyspark.sql import functions as F

        there = (F.col(_CAME) <= rounds) & F.coalesce(F.col(_GONE) > rounds, F.lit(True))
        return self._as_of(there, rounds)

    def _as_of(self, chosen: Column, rounds: int) -> DataFrame:
        """Some rows, as they are after this number of rounds."""
        from pyspark.sql import functions as F

        name = quoted(self._column)
        value = F.when(F.col(_UPDATED) <= rounds, F.expr(self._initial.changed_value(self._column))).otherwise(
            F.col(name)
        )
        return self._rows.where(chosen).withColumn(self._column, value).drop(_CAME, _UPDATED, _GONE)

    @cached_property
    def lasting_key(self) -> str:
        """SQL for one row that is there from the beginning to the end."""
        from pyspark.sql import functions as F

        lasting = self._rows.where((F.col(_CAME) == 0) & F.col(_GONE).isNull()).drop(_CAME, _UPDATED, _GONE)
        return replace(self._initial, rows=lasting).some(1)
