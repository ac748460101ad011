"""One JVM made ready for one format: its session, meters, ruler and expectations. Knows nothing of cases or pytest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.counters import CounterReader
from otfbench.datasets import Dataset, Source
from otfbench.digest import Digest
from otfbench.formats.base import Adaptation, Table, TableFormat, adapted, remove_folder
from otfbench.process import ProcessMeter
from otfbench.spark import Jvm
from otfbench.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_RULER_WARMUP, _RULER_ROUNDS = 4, 5


@dataclass(frozen=True)
class Expected:
    """What a table must hold: the rows, computed from the dataset, and their digest."""

    rows: DataFrame
    digest: Digest


class Session:
    """A started JVM with a format's namespace, and what measures it."""

    def __init__(
        self,
        jvm: Jvm,
        table_format: TableFormat,
        format_conf: Mapping[str, str],
        warehouse: str,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        self.jvm, self.format, self.format_conf = jvm, table_format, dict(format_conf)
        self._warehouse, self._properties = warehouse, tuple((properties or {}).items())
        self._expected: dict[tuple[Dataset, tuple[Adaptation, ...]], Expected] = {}
        table_format.open(self.spark)
        self.reader, self.meter = CounterReader(self.spark), ProcessMeter(self.spark)

    @property
    def spark(self) -> SparkSession:
        """The session itself."""
        return self.jvm.spark

    def table(self, name: str, dataset: Dataset) -> SessionTable:
        """A table for rows of this dataset, with the adaptations that they need."""
        adaptations = tuple(self.format.adapt(dataset.generate(self.spark).schema))
        return SessionTable(self.spark, self.format, Table(name, self._warehouse, self._properties), adaptations)

    def expected(self, dataset: Dataset, adaptations: tuple[Adaptation, ...]) -> Expected:
        """What a table of this dataset must hold, from the dataset alone: no table is read."""
        key = (dataset, adaptations)
        if key not in self._expected:
            rows = adapted(dataset.generate(self.spark), adaptations)
            self._expected[key] = Expected(rows, dataset.digest(self.spark, adaptations))
        return self._expected[key]

    def ruler(self, source: Source, folder: Path) -> list[float]:
        """Seconds of the same plain-Parquet write and read as in every JVM: tells how far the machine itself moved."""
        target = str(folder / "ruler")
        seconds = []
        for _ in range(_RULER_WARMUP + _RULER_ROUNDS):
            remove_folder(self.spark, target)
            self.meter.collect_garbage()
            start = time.perf_counter()
            source.read(self.spark).write.parquet(target)
            self.spark.read.schema(source.dataset.schema).parquet(target).write.format("noop").mode("overwrite").save()
            seconds.append(time.perf_counter() - start)
        remove_folder(self.spark, target)
        return seconds[_RULER_WARMUP:]
