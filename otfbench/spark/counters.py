"""Spark's own counters of what ran between two moments, from the driver's status store. Knows nothing of cases.

The store is what the web UI and the REST API show; it is there without either. What ran is selected by the
ranges of job and stage ids that the scheduler handed out, since some formats run jobs outside the caller's job group.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otfbench.errors import JvmError
from otfbench.spark.cluster import has_executors
from otfbench.spark.status import json_reader

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Counter -> the field of Spark's StageData that is summed over all attempts of all stages.
SUMMED = {
    "tasks": "numTasks",
    "failed_tasks": "numFailedTasks",
    "input_records": "inputRecords",
    "input_bytes": "inputBytes",
    "output_records": "outputRecords",
    "output_bytes": "outputBytes",
    "shuffle_write_records": "shuffleWriteRecords",
    "shuffle_write_bytes": "shuffleWriteBytes",
    "spill_bytes": "diskBytesSpilled",
}
COUNTERS = ("jobs", "stages", *SUMMED)
_WAIT_S = 60.0
_TICK_S = 0.005


@dataclass(frozen=True)
class Moment:
    """The scheduler's next job id and next stage id."""

    job: int
    stage: int


@dataclass(frozen=True)
class Counted:
    """What Spark did between two moments: the counters by name, and what its tasks used."""

    counters: dict[str, int]
    executor_cpu_s: float
    executor_gc_s: float
    executor_peak_heap_bytes: int | None
    """The largest heap of an executor while it ran a task; None if none was asked, or the driver has them in itself."""


class CounterReader:
    """Reads the status store of one session."""

    def __init__(self, spark: SparkSession) -> None:
        context, jvm = spark.sparkContext, spark._jvm
        assert jvm is not None  # a classic session always has one
        scala_context = context._jsc.sc()
        self._tracker = context.statusTracker()
        self._store, self._bus = scala_context.statusStore(), scala_context.listenerBus()
        self._scheduler = scala_context.dagScheduler()
        self._json, self._has_executors = json_reader(spark), has_executors(spark)
        self._no_statuses = jvm.java.util.ArrayList()
        self._no_quantiles = context._gateway.new_array(jvm.double, 0)  # type: ignore[union-attr]  # it is started
        self._json(self._store.executorList(False))  # pays for the mapper's first use here, not in the first case

    def now(self) -> Moment:
        """The scheduler's own counters: exact at once, no listener involved."""
        return Moment(int(self._scheduler.numTotalJobs()), int(self._scheduler.nextStageId()))

    def settle(self) -> None:
        """Wait until no job runs and every event has arrived in the store; raises JvmError after a minute."""
        deadline = time.monotonic() + _WAIT_S
        while self._tracker.getActiveJobsIds():
            if time.monotonic() > deadline:
                raise JvmError(f"Spark still runs jobs {_WAIT_S:.0f} s after the operation returned.")
            time.sleep(_TICK_S)
        self._bus.waitUntilEmpty(int(_WAIT_S * 1000))

    def since(self, start: Moment) -> Counted:
        """What ran since then. Skipped stages don't count; each attempt of a stage does."""
        end = self.now()
        stages = [self._stage(number) for number in range(start.stage, end.stage)]
        ran = [attempt for attempts in stages for attempt in attempts if attempt["status"] != "SKIPPED"]
        counters = {"jobs": end.job - start.job, "stages": len(ran)}
        counters |= {name: sum(attempt[field] for attempt in ran) for name, field in SUMMED.items()}
        cpu_s, gc_s = sum(each["executorCpuTime"] for each in ran) / 1e9, sum(each["jvmGcTime"] for each in ran) / 1e3
        heaps = [each["peakExecutorMetrics"]["JVMHeapMemory"] for each in ran if each.get("peakExecutorMetrics")]
        heap = max(heaps, default=0) if self._has_executors else 0
        return Counted(counters, cpu_s, gc_s, heap or None)

    def _stage(self, number: int) -> list[dict[str, Any]]:
        """All attempts of a stage, as Spark's REST interface would give them."""
        attempts = self._json(self._store.stageData(number, False, self._no_statuses, False, self._no_quantiles))
        if not attempts:
            raise JvmError(f"Spark no longer remembers stage {number}: raise spark.ui.retainedStages.")
        return list(attempts)
