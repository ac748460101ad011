"""Files into a table: the same code for the benchmark and for production files. Knows nothing of timing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otfbench.datasets import Readable
from otfbench.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def convert(source: Readable, table: SessionTable) -> None:
    """Read the files with their schema and make the table of their rows."""
    table.create(source.read(table.spark))


def drain(source: Readable, spark: SparkSession) -> None:
    """Read the files with their schema, every value of them, and write nothing."""
    source.read(spark).write.format("noop").mode("overwrite").save()
