"""A table that lives: in each round a merge, a delete, an append, then reads. Times each of them, knows no read.

Nothing is put back between rounds. What is not timed: the rows that a round brings are put into files before it, and
after it is read what the table takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from otfbench.data.life import COMMITS, Life
from otfbench.measure.planning import planning_s
from otfbench.runs.record import UPKEEP
from otfbench.tables.restorable import FilledTable
from otfbench.tables.storage import TableSize

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Action:
    """One action of a round."""

    wall_s: float
    planning_s: float | None
    """Of a read: what Spark took to analyse, optimise and plan it."""


@dataclass(frozen=True)
class LivedRound:
    """What a round was like; commits are those since the table was created, upkeep's not counted."""

    commits: int
    actions: dict[str, Action]
    size: TableSize


class Ageing:
    """A table that goes through a life, one round with each call of live()."""

    def __init__(
        self, table: FilledTable, life: Life, reads: Mapping[str, Callable[[], object]], upkeep_every: int | None
    ) -> None:
        """`upkeep_every`: after the commits of so many rounds the table is compacted, and old versions expire."""
        self.table, self._life, self._reads, self._upkeep_every = table, life, reads, upkeep_every
        self._actions: dict[str, Action] = {}
        self._number = 0

    def restore(self) -> None:
        """Back to the beginning."""
        self.table.restore()
        self._number = 0

    def prepare(self) -> None:
        """Put what the next round brings into files."""
        self._life.round(self._number + 1)

    def live(self) -> None:
        """The next round."""
        self._number += 1
        self._actions = {}
        changes, table_format = self._life.round(self._number), self.table.format
        self._time("merge", table_format.merge, changes.merged, self.table.initial_rows.key)
        self._time("delete", table_format.delete, changes.deleted)
        self._time("append", table_format.append, changes.appended)
        if self._upkeep_every and self._number % self._upkeep_every == 0:
            for name in UPKEEP:
                self._time(name, getattr(table_format, name))
        for name, read in self._reads.items():
            self._time(name, read)

    def note(self) -> LivedRound:
        """The round that has ended."""
        return LivedRound(self._number * COMMITS, self._actions, self.table.size())

    @property
    def rounds(self) -> int:
        """How many it has in its life."""
        return self._life.rounds

    @property
    def expected(self) -> DataFrame:
        """What the table must hold now."""
        return self._life.after(self._number)

    def _time(self, name: str, action: Callable[..., Any], *args: Any) -> None:
        began = perf_counter()
        result = action(*args)
        wall_s = perf_counter() - began
        self._actions[name] = Action(wall_s, planning_s(result))
