"""The ruler: the same plain-Parquet write and read, timed in every JVM. Knows nothing of what it is compared with."""

from __future__ import annotations

import time

from otfbench.data.dataset import Source
from otfbench.formats.hadoop import remove_folder
from otfbench.tables.session import Session

_WARMUP, _ROUNDS = 2, 3


def time_ruler(session: Session, source: Source, folder: str) -> list[float]:
    """Seconds of the same plain-Parquet write and read as in every JVM: tells how far the machine itself moved."""
    target = f"{folder}/ruler"
    seconds = []
    for _ in range(_WARMUP + _ROUNDS):
        remove_folder(session.spark, target)
        session.meter.collect_garbage()
        start = time.perf_counter()
        source.read(session.spark).write.parquet(target)
        session.spark.read.schema(source.dataset.schema).parquet(target).write.format("noop").mode("overwrite").save()
        seconds.append(time.perf_counter() - start)
    remove_folder(session.spark, target)
    return seconds[_WARMUP:]
