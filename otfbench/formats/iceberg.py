"""Apache Iceberg, in a Hadoop catalog of its own."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from otfbench.formats.base import NAMESPACE, Table, TableFormat

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import DataType


class Iceberg(TableFormat):
    """Iceberg: Parquet files, manifests, and a metadata file per commit."""

    name = "iceberg"
    catalog = "lake"
    metadata = re.compile(r"^metadata/")
    refused_in_names = re.compile(r"^$")
    reserved_names = re.compile("(_file|_pos|_deleted|_spec_id|_partition|_row_id|_last_updated_sequence_number)$")
    refused_properties = dict.fromkeys(
        ("write.data.path", "write.metadata.path", "write.folder-storage.path", "write.object-storage.path"),
        "files outside of the table's folder would neither be measured nor be removed",
    )

    def conf(self, warehouse: str) -> dict[str, str]:
        """Extension and catalog; without the catalog's cache, which would outlive a table put back to its start."""
        return {
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.lake.type": "hadoop",
            "spark.sql.catalog.lake.warehouse": warehouse,
            "spark.sql.catalog.lake.cache-enabled": "false",
        }

    def path(self, table: Table) -> str:
        """A Hadoop catalog puts tables into plain folders."""
        return f"{table.warehouse}/{NAMESPACE}/{table.name}"

    def replace(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Integers have 32 or 64 bits; void is refused until format version 3; intervals as text can be cast back."""
        from pyspark.sql import types as T

        if isinstance(dtype, T.ByteType | T.ShortType):
            return T.IntegerType(), "Iceberg has no integers shorter than 32 bits"
        if isinstance(dtype, T.NullType):
            return T.StringType(), "Iceberg refuses void before format version 3"
        if isinstance(dtype, T.DayTimeIntervalType | T.YearMonthIntervalType):
            return T.StringType(), "Iceberg refuses intervals"
        if isinstance(dtype, T.CharType | T.VarcharType):
            return T.StringType(), "Iceberg's texts have no length"
        if dtype == T.StructType():
            return T.StringType(), "Iceberg refuses a struct without fields"
        return None

    def live_files(self, spark: SparkSession, table: Table, files: Collection[str]) -> set[str]:
        """From the metadata table `files`: data and delete files of the current snapshot; paths are not encoded."""
        named = spark.sql(f"SELECT file_path FROM {self.identifier(table)}.files").collect()
        return {row[0].removeprefix("file:") for row in named}.intersection(files)
