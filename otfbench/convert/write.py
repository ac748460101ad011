"""Files into a table: the same code for the benchmark and for production files. Knows nothing of timing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from otfbench.formats.adaptation import adapted
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class RowSource(Protocol):
    """What rows are read from: files, or a table."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows."""


def convert(source: RowSource, table: SessionTable) -> None:
    """Read the files with their schema and make the table of their rows."""
    table.create(source.read(table.format.spark))


def append(source: RowSource, table: SessionTable) -> None:
    """Read the files with their schema and add their rows to the table."""
    table.format.append(adapted(source.read(table.format.spark), table.adaptations))


def read_all(source: RowSource, spark: SparkSession) -> None:
    """Read the files with their schema, every value of them, and write nothing."""
    source.read(spark).write.format("noop").mode("overwrite").save()
