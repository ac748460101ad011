"""Avro files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otfbench.inputs.base import Input
from otfbench.inputs.content import head

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Avro(Input):
    """As Spark writes them: tinyint and smallint are int in the file, and cast back when it is read."""

    name = "avro"
    package = "avro"
    typed = True

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"Obj\x01")

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """By the files' own schema: Spark refuses to read an int as smallint. Then cast."""
        from pyspark.sql import functions as F

        rows = spark.read.format(self.data_source).load(path)
        wanted = spark.createDataFrame([], schema).schema
        return rows.select(*(F.col(f"`{field.name}`").cast(field.dataType).alias(field.name) for field in wanted))
