"""Several at once on one table: writers that meet, readers beside a writer. Counts and times; knows no format.

A commit that is refused since another came first is made again at once, and counted; so is the time that it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from threading import Barrier, Event
from time import perf_counter
from typing import TYPE_CHECKING

from otfbench.data.changes import Change
from otfbench.data.concurrent import Commit, Writers, merged, merges
from otfbench.data.digest import digest
from otfbench.data.evidence import Digest
from otfbench.errors import ContentError
from otfbench.formats.sql import quoted
from otfbench.spark.causes import causes
from otfbench.tables.restorable import FilledTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_TRIES = 50
"""A commit that another comes before so often is given up, with its error."""
_MERGES = 4
"""So many are made alone, and so many beside scans."""


@dataclass
class _Tally:
    """What a writer went through."""

    committed_s: list[float] = field(default_factory=list)
    """From the first try of each commit until it was there."""
    refused_s: list[float] = field(default_factory=list)
    """What each try took that was refused."""


class ConcurrentWriters:
    """Several writers of one table, each in a thread of its own."""

    def __init__(self, table: FilledTable, writers: Writers) -> None:
        self._table, self._writers = table, writers

    def write(self) -> dict[str, float]:
        """Let all begin at once, and wait until each has made its commits.

        Returns what they went through: commits, conflicts (tries that were refused), `refused_s` (what these took, of
        all writers together), commits per minute, and the median and the longest time of a commit with all its tries.
        """
        began = perf_counter()
        barrier, ended = Barrier(len(self._writers.commits)), Event()
        with _threads(len(self._writers.commits), ended, barrier) as pool:
            running = [pool.submit(self._commit_all, each, barrier, ended) for each in self._writers.commits]
            wait(running, return_when=FIRST_EXCEPTION)
            tallies = [each.result() for each in running if each.done()]  # all, or one that has failed
        wall_s = perf_counter() - began
        committed = [each for tally in tallies for each in tally.committed_s]
        refused = [each for tally in tallies for each in tally.refused_s]
        return {
            "commits": len(committed),
            "conflicts": len(refused),
            "refused_s": sum(refused),
            "commits_per_min": len(committed) / wall_s * 60,
            "commit_s": median(committed),
            "longest_commit_s": max(committed),
        }

    def expected(self) -> DataFrame:
        """What must be there now: of several contents that may be, the one that is, else any."""
        first, *others = self._writers.outcomes
        if others:
            now = digest(self._table.read().select(*map(quoted, first.columns)))
            return next((each for each in self._writers.outcomes if digest(each) == now), first)
        return first

    def _commit_all(self, commits: Sequence[Commit], barrier: Barrier, ended: Event) -> _Tally:
        tally = _Tally()
        barrier.wait()
        for each in commits:
            began = perf_counter()
            self._commit(each, tally, ended)
            tally.committed_s.append(perf_counter() - began)
        return tally

    def _commit(self, commit: Commit, tally: _Tally, ended: Event) -> None:
        """Tried until it is there, or another writer has failed."""
        make = partial(getattr(self._table, commit.operation), *([commit.change] if commit.change else []))
        for tries in range(1, MOST_TRIES + 1):
            began = perf_counter()
            try:
                if not ended.is_set():
                    make()
                return
            except Exception as error:
                if tries == MOST_TRIES or not is_conflict(error, self._table.format.conflict):
                    raise
                tally.refused_s.append(perf_counter() - began)


def is_conflict(error: BaseException, pattern: re.Pattern[str] | None) -> bool:
    """Whether a commit was refused since another one came first."""
    return pattern is not None and any(pattern.search(line) for line in causes(error))


class ReadsBesideMerges:
    """Merges alone, scans alone, then merges beside scans, each of which must see one version, and none before it."""

    def __init__(self, table: FilledTable) -> None:
        """Puts what is merged into files, and computes what each version must hold."""
        self._table, initial = table, table.initial_rows
        self._merges = merges(initial, 2 * _MERGES)
        contents = {digest(merged(initial, number)): number for number in range(2 * _MERGES + 1)}
        self._merges_seen: dict[Digest, int] = contents
        """What a version holds -> how many merges have led to it."""

    def run(self) -> dict[str, float]:
        """All of it; returns the medians, and the number of scans beside merges.

        Raises ContentError where a scan saw what no version holds, or an older version than a scan before it.
        """
        merges_s = [self._merge(change) for change in self._merges[:_MERGES]]
        scans_s = [self._scan(_MERGES)[0] for _ in range(_MERGES)]
        ended, seen = Event(), _MERGES
        beside_s: list[float] = []
        with _threads(1, ended) as pool:
            merging = pool.submit(lambda: [self._merge(each) for each in self._merges[_MERGES:] if not ended.is_set()])
            while not (merging.done() and beside_s):
                wall_s, seen = self._scan(seen)
                beside_s.append(wall_s)
            merges_beside_s = merging.result()
        return {
            "merge_alone_s": median(merges_s),
            "merge_beside_scans_s": median(merges_beside_s),
            "scan_alone_s": median(scans_s),
            "scan_beside_merges_s": median(beside_s),
            "scans_beside_merges": len(beside_s),
        }

    def expected(self) -> DataFrame:
        """What must be there in the end."""
        return merged(self._table.initial_rows, 2 * _MERGES)

    def _merge(self, change: Change) -> float:
        began = perf_counter()
        self._table.merge(change)
        return perf_counter() - began

    def _scan(self, before: int) -> tuple[float, int]:
        """Seconds of a scan, and how many merges it has seen, which are at least those that were seen before."""
        began = perf_counter()
        content = digest(self._table.read().select(*map(quoted, self._table.rows.columns)))
        wall_s = perf_counter() - began
        version = self._merges_seen.get(content)
        if version is None:
            raise ContentError(f"A scan beside merges saw {content.rows:,} rows that no version of the table has.")
        if version < before:
            raise ContentError(f"A scan beside merges saw the table after {version} merges, one before it {before}.")
        return wall_s, version


@contextmanager
def _threads(number: int, ended: Event, barrier: Barrier | None = None) -> Iterator[ThreadPoolExecutor]:
    """Threads that are told to end when the block fails: it leaves when they have done what they are at."""
    with ThreadPoolExecutor(number) as pool:
        try:
            yield pool
        finally:
            ended.set()
            if barrier:
                barrier.abort()  # nobody is at it any more, unless an interrupt came before all had begun
