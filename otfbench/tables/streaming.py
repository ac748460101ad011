"""A stream of files into a table: from a file's arrival until its rows are there, and how fast it catches up.

Knows no format. In the middle of a batch the stream is stopped, and begins again where its checkpoint says.
"""

from __future__ import annotations

import time
from functools import cached_property
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from otfbench.data.concurrent import new_parts
from otfbench.errors import JvmError
from otfbench.formats.hadoop import add_file, make_folder, remove_folder
from otfbench.tables.restorable import FilledTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.query import StreamingQuery

_FILES = 10
"""So many arrive, with as many rows each."""
_WAITED_FOR = 4
"""So many are timed, each of which arrives when the rows of the one before are there. In the next it is stopped."""
_TICK_S = 0.005
_BEGINS_S = 30.0


class FileStream:
    """Files of rows that arrive in a folder, and flow from there into a table."""

    def __init__(self, table: FilledTable) -> None:
        """Puts the rows into files. Raises UnsupportedError where the rows lack a key, or too few new ones come."""
        self._table = table
        self._new, self._kept = new_parts(table.initial_rows, _FILES)

    @cached_property
    def _files(self) -> list[str]:
        return [file for kept in self._kept for file in kept.inputFiles()]

    def run(self) -> dict[str, float]:
        """All of it, from an empty checkpoint on.

        Returns the median and the longest time from a file's arrival until its rows are in the table; the time from a
        restart until what was interrupted is there; and rows per second where files wait, one of them a batch.
        Raises JvmError where a file that arrives begins no batch.
        """
        folder = self._new_folder()
        try:
            latencies_s = self._until_stopped(folder)
            restart_s = self._went_on(folder)
            rows_per_s = self._caught_up(folder)
        finally:
            remove_folder(self._table.format.spark, folder)
        self._table.format.invalidate_caches()  # a stream writes in a session of its own
        return {
            "latency_s": median(latencies_s),
            "longest_latency_s": max(latencies_s),
            "restart_s": restart_s,
            "waiting_rows_per_s": rows_per_s,
        }

    def expected(self) -> DataFrame:
        """What must be there in the end: each row once."""
        return self._table.initial_rows.rows.unionByName(self._new)

    def _new_folder(self) -> str:
        """An empty one beside the table's copy, in which files arrive, and the stream notes how far it is."""
        folder = f"{self._table.copy}-stream"
        remove_folder(self._table.format.spark, folder)
        make_folder(self._table.format.spark, f"{folder}/arrived")
        return folder

    def _start(self, folder: str, all_there: bool = False) -> StreamingQuery:
        """The stream, from where it was; `all_there`: until it has taken in what has arrived."""
        bound = self._table.format
        rows = bound.spark.readStream.schema(self._kept[0].schema).option("maxFilesPerTrigger", 1)
        writer = rows.parquet(f"{folder}/arrived").writeStream.option("checkpointLocation", f"{folder}/checkpoint")
        return bound.write_stream(writer.trigger(availableNow=True) if all_there else writer)

    def _arrive(self, file: str, folder: str) -> None:
        add_file(self._table.format.spark, file, f"{folder}/arrived")

    def _taken_in(self, file: str, folder: str, query: StreamingQuery) -> float:
        """Seconds from its arrival until its rows are there."""
        self._arrive(file, folder)
        began = perf_counter()
        query.processAllAvailable()
        return perf_counter() - began

    def _until_stopped(self, folder: str) -> list[float]:
        """Seconds until the rows of each file but the first are there; in the batch of one more it is stopped."""
        first, *waited_for, interrupted = self._files[: _WAITED_FOR + 2]
        query = self._start(folder)
        try:
            self._taken_in(first, folder, query)
            latencies_s = [self._taken_in(file, folder, query) for file in waited_for]
            before = self._jobs(query)
            self._arrive(interrupted, folder)
            self._wait_for_a_job(query, before)
            return latencies_s
        finally:
            query.stop()

    def _went_on(self, folder: str) -> float:
        """Seconds from a restart until all that has arrived is there."""
        began = perf_counter()
        query = self._start(folder)
        try:
            query.processAllAvailable()
            return perf_counter() - began
        finally:
            query.stop()

    def _caught_up(self, folder: str) -> float:
        """Rows per second of the files that are left, which are all there when the stream begins."""
        for file in self._files[_WAITED_FOR + 2 :]:
            self._arrive(file, folder)
        rows = sum(kept.count() for kept in self._kept[_WAITED_FOR + 2 :])
        began = perf_counter()
        query = self._start(folder, all_there=True)
        try:
            query.awaitTermination()
        finally:
            query.stop()
        return rows / (perf_counter() - began)

    def _jobs(self, query: StreamingQuery) -> set[int]:
        """The jobs of its batches, as far as Spark remembers them."""
        return set(self._table.format.spark.sparkContext.statusTracker().getJobIdsForGroup(str(query.runId)))

    def _wait_for_a_job(self, query: StreamingQuery, before: set[int]) -> None:
        """Until a batch is at work: what comes next interrupts it."""
        deadline = perf_counter() + _BEGINS_S
        while self._jobs(query) <= before:
            if perf_counter() > deadline:
                raise JvmError(f"A file has arrived, and no batch has begun for {_BEGINS_S:.0f} s.")
            time.sleep(_TICK_S)
