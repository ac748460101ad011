"""Hudi's way to make a table of Parquet files as they are: its call, and which rows it must not get. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from otfbench.formats.binding import BindableFormat
from otfbench.formats.sql import sql_text

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def why_not(schema: StructType, key: Sequence[str]) -> str | None:
    """Why rows are not imported: no key, or decimals, of which the next merge of Hudi 1.2.0 makes others."""
    if not key:
        return "a bootstrap takes a key, and the rows have none"
    decimals = [field.name for field in schema.fields if "decimal(" in field.dataType.simpleString()]
    if not decimals:
        return None
    return f"after a bootstrap Hudi's next merge makes other numbers of decimals, 498.00 of 4.98: column {decimals[0]}"


def statement(table: BindableFormat, folder: str, key: Sequence[str]) -> str:
    """The call of the procedure for metadata alone; statistics of columns, which are on by default, refuse it."""
    kind, parts = dict(table.table.properties).get("type", "cow"), table.table.partition_by
    generator = "Complex" if len(key) > 1 or len(parts) > 1 else "Simple"
    arguments = {
        "table": f"{table.namespace}.{table.table.name}",
        "table_type": "MERGE_ON_READ" if kind == "mor" else "COPY_ON_WRITE",
        "bootstrap_path": folder,
        "base_path": table.path,
        "rowKey_field": ",".join(key),
        "partition_path_field": ",".join(parts),
        "key_generator_class": f"org.apache.hudi.keygen.{generator if parts else 'Nonpartitioned'}KeyGenerator",
        "options": "hoodie.metadata.index.column.stats.enable=false",
    }
    return f"CALL run_bootstrap({', '.join(f'{name} => {sql_text(value)}' for name, value in arguments.items())})"
