"""What a JVM uses: CPU, memory, garbage collection. Knows nothing of Spark's tasks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from otfbench.spark.cluster import has_executors

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STARTED_BY = "OTFBENCH_STARTED_BY"
"""The variable by which a JVM, and what it starts, tell whose they are."""
DRIVER_ONLY = "on a cluster it would be the driver's alone: executors have executor_cpu_s, executor_gc_s and their heap"
NOT_ASKED = "no task lasted until the heap of its executor was asked"
_EDEN = "Eden"
"""In the name of the pool of new objects, for each of Java's collectors that has one."""
_MARGIN = 1.25
"""How much more than the round before a round may take."""
ONE_PROCESS = "driver and executor are one process here: it has peak_rss_bytes"
NO_PEAK = "this system doesn't report a process's peak memory, or doesn't let it be reset (Linux: /proc/PID/clear_refs)"


def descendants() -> list[psutil.Process]:
    """The JVM of this process, up or starting, and what that has started; those that have ended are left out."""
    children = psutil.Process().children(recursive=True)
    return [each for each in children if _variable(each, STARTED_BY) == str(os.getpid())]


def _variable(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except (psutil.Error, OSError):  # of another user, or ended
        return None


@dataclass(frozen=True)
class Used:
    """What a JVM used between two moments; None for the driver of a cluster.

    The peak is None also where the system doesn't report it.
    """

    process_cpu_s: float | None
    gc_s: float | None
    peak_rss_bytes: int | None


class ProcessMeter:
    """Measures one JVM from one call of start() to the next of stop()."""

    def __init__(self, spark: SparkSession) -> None:
        jvm: Any = spark._jvm
        self._process = psutil.Process(int(jvm.java.lang.ProcessHandle.current().pid()))
        beans = jvm.java.lang.management.ManagementFactory
        self._collectors = list(beans.getGarbageCollectorMXBeans())
        self._eden = next((each for each in beans.getMemoryPoolMXBeans() if _EDEN in each.getName()), None)
        self._collect = jvm.java.lang.System.gc
        self._cpu_s = self._gc_s = 0.0
        self._collections = self._eden_bytes = 0
        self._allocated_bytes: int | None = None
        self._peak_known = False
        self._measures = not has_executors(spark)

    def collect_garbage(self) -> None:
        """A full collection, so that a round doesn't pay for the one before."""
        self._collect()

    def make_room(self) -> None:
        """A full collection, unless new objects have room for a round like the one before without any collection."""
        if self._eden is None or self._allocated_bytes is None:
            self._collect()
            return
        usage = self._eden.getUsage()
        if usage.getUsed() + _MARGIN * self._allocated_bytes > usage.getCommitted():
            self._collect()

    def start(self) -> None:
        """Remember where the counters stand, and reset the kernel's high-water mark of memory."""
        self._peak_known = self._reset_peak()
        self._collections, self._eden_bytes = self._count(), self._eden.getUsage().getUsed() if self._eden else 0
        self._cpu_s, self._gc_s = self.cpu_s(), self._gc()

    def stop(self) -> Used:
        """What was used since start(): CPU of the JVM and its children, seconds in garbage collection, peak memory."""
        # The time of a child that ends while it is asked is with its parent a moment later.
        cpu_s, gc_s = max(0.0, self.cpu_s() - self._cpu_s), self._gc() - self._gc_s
        self._allocated_bytes = None
        if self._eden and self._count() == self._collections:
            self._allocated_bytes = self._eden.getUsage().getUsed() - self._eden_bytes
        if not self._measures:
            return Used(None, None, None)
        return Used(round(cpu_s, 3), round(gc_s, 3), self._peak() if self._peak_known else None)

    def cpu_s(self) -> float:
        """What the JVM and its children have used since they began."""
        total: float = 0.0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:  # it ended; its parent has its time among that of ended children
                continue
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return total

    def _gc(self) -> float:
        return float(sum(max(0, collector.getCollectionTime()) for collector in self._collectors)) / 1000

    def _count(self) -> int:
        return int(sum(collector.getCollectionCount() for collector in self._collectors))

    def _reset_peak(self) -> bool:
        """Writing 5 sets VmHWM back to the current resident size (proc(5))."""
        try:
            Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")
        except OSError:
            return False
        return True

    def _peak(self) -> int | None:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return None
