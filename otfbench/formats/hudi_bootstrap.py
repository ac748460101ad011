"""Hudi's way to make a table of Parquet files as they are: what it is told, and which rows it must not be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from otfbench.formats.binding import BindableFormat
from otfbench.formats.sql import sql_text

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def why_not(schema: StructType) -> str | None:
    """Why rows with these columns are not imported: of decimals Hudi 1.2.0 makes others in the next merge."""
    decimals = [field.name for field in schema.fields if "decimal(" in field.dataType.simpleString()]
    if not decimals:
        return None
    return f"after a bootstrap Hudi's next merge makes other numbers of decimals, 498.00 of 4.98: column {decimals[0]}"


def statement(table: BindableFormat, folder: str, key: Sequence[str]) -> str:
    """The call of the procedure for metadata alone; statistics of columns, which are on by default, refuse it."""
    kind, parts = dict(table.table.properties).get("type", "cow"), table.table.partition_by
    arguments = {
        "table": f"{table.namespace}.{table.table.name}",
        "table_type": "MERGE_ON_READ" if kind == "mor" else "COPY_ON_WRITE",
        "bootstrap_path": folder,
        "base_path": table.path,
        "rowKey_field": ",".join(key),
        "partition_path_field": ",".join(parts),
        "key_generator_class": f"org.apache.hudi.keygen.{'Simple' if parts else 'Nonpartitioned'}KeyGenerator",
        "options": "hoodie.metadata.index.column.stats.enable=false",
    }
    return f"CALL run_bootstrap({', '.join(f'{name} => {sql_text(value)}' for name, value in arguments.items())})"
