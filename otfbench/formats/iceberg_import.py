"""Iceberg's way to make a table of Parquet files as they are: its statements, in order. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otfbench.formats.binding import BindableFormat
from otfbench.formats.sql import ddl, partitioned, quoted, sql_text

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def statements(table: BindableFormat, folder: str, schema: StructType) -> Iterator[str]:
    """`add_files` from a table of Spark's, which finds partitions in a folder that also holds the new table's metadata.

    Of the folder alone it says that its structure is in conflict. Dropping Spark's table leaves the files.
    """
    files, parts = f"default.{quoted(f'{table.table.name}_files')}", partitioned(table.table.partition_by)
    columns = ", ".join(f"{quoted(field.name)} {ddl(field.dataType)}" for field in schema.fields)
    by_spark = f"spark_catalog.{files}"
    yield f"CREATE TABLE {by_spark} ({columns}) USING parquet {parts}LOCATION {sql_text(folder)}"
    if parts:
        yield f"MSCK REPAIR TABLE {by_spark}"
    name = sql_text(f"{table.namespace}.{quoted(table.table.name)}")
    yield f"CALL {table.catalog}.system.add_files(table => {name}, source_table => {sql_text(files)})"
    yield f"DROP TABLE {by_spark}"
