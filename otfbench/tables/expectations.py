"""What tables must hold: rows computed from datasets, and their digests, each only once. Reads no table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.data.dataset import Dataset
from otfbench.data.digest import digest
from otfbench.data.evidence import Digest
from otfbench.formats.adaptation import Adaptation, adapted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Expected:
    """What a table must hold: the rows, computed from the dataset, and their digest."""

    rows: DataFrame
    digest: Digest


class Expectations:
    """The expectations of one session."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._expected: dict[tuple[Dataset, tuple[Adaptation, ...]] | DataFrame, Expected] = {}

    def of(self, dataset: Dataset, adaptations: tuple[Adaptation, ...]) -> Expected:
        """What a table of this dataset must hold, from the dataset alone: no table is read."""
        key = (dataset, adaptations)
        if key not in self._expected:
            rows = adapted(dataset.generate(self._spark), adaptations)
            self._expected[key] = Expected(rows, dataset.digest(self._spark, adaptations))
        return self._expected[key]

    def of_rows(self, rows: DataFrame) -> Expected:
        """The rows themselves; where several cases share them, their digest is computed once."""
        if rows not in self._expected:
            self._expected[rows] = Expected(rows, digest(rows))
        return self._expected[rows]
