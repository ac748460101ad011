"""Avro files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.inputs import avro_reader, typed_files
from otfbench.inputs.avro_blocks import MAGIC, blocks, header
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from otfbench.inputs.merging import FileColumns


class Avro(Input):
    """As Spark writes them: tinyint and smallint are int in the file, and cast back when it is read."""

    name = "avro"
    package = "avro"
    typed = True
    reader = "fastavro"
    foreign_options = typed_files.CALENDAR

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(MAGIC)

    def fault(self, path: str, options: Mapping[str, str]) -> str | None:
        """A file that lost its end: Spark takes the last block that is whole for the last one."""
        with open(path, "rb") as file:
            try:
                for _ in blocks(file, header(file)):
                    pass
            except typed_files.Damaged as error:
                return str(error)
        return None

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return typed_files.why_unread(options)

    def columns(self, paths: Sequence[str], schema: pa.Schema | None) -> FileColumns:
        """By the headers of all files."""
        return _READER.columns(paths, schema)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them, block by block."""
        return _READER.batches(paths, schema)

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """By the files' own schema: Spark refuses to read an int as smallint. Then cast."""
        from pyspark.sql import functions as F

        rows = spark.read.format(self.data_source).load(path)
        wanted = spark.createDataFrame([], schema).schema
        return rows.select(*(F.col(f"`{field.name}`").cast(field.dataType).alias(field.name) for field in wanted))


_READER = typed_files.TypedReader("Avro", MAGIC, avro_reader.header_of, avro_reader.columns_of, avro_reader.batches_of)
