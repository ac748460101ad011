"""Avro files as an input: Spark's options, and what fastavro reads beside Spark. Knows no table format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from otfbench.files import open_file
from otfbench.inputs import avro_reader, option_values, typed_files
from otfbench.inputs.avro_blocks import MAGIC, blocks, header

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Avro(typed_files.TypedInput):
    """As Spark writes them: tinyint and smallint are int in the file, and cast back when it is read."""

    name = "avro"
    option_rules = option_values.AVRO
    package = "avro"
    reader = "fastavro"
    foreign_options = typed_files.CALENDAR

    @property
    def files(self) -> typed_files.TypedReader:
        """By their headers and blocks."""
        return _READER

    def fault(self, path: str, options: Mapping[str, str]) -> str | None:
        """A file that lost its end: Spark takes the last block that is whole for the last one."""
        with open_file(path) as file:
            try:
                for _ in blocks(file, header(file)):
                    pass
            except typed_files.Damaged as error:
                return str(error)
        return None

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """By the files' own schema: Spark refuses to read an int as smallint. Then cast."""
        from pyspark.sql import functions as F

        rows = spark.read.format(self.data_source).load(path)
        # Names in Avro have letters, digits and _ only, so that a backtick on each side quotes them.
        wanted = spark.createDataFrame([], schema).schema
        return rows.select(*(F.col(f"`{field.name}`").cast(field.dataType).alias(field.name) for field in wanted))


_READER = typed_files.TypedReader("Avro", MAGIC, avro_reader.header_of, avro_reader.columns_of, avro_reader.batches_of)
