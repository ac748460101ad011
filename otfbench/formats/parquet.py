"""Plain Parquet files written by Spark: the control. Knows no table format."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.formats.base import TableFormat
from otfbench.formats.catalogs import HIVE, Catalog
from otfbench.formats.declaration import ANCIENT, COUNTED_IN_PART, OLDEST, REBASE, SPARK_3
from otfbench.formats.hadoop import local_path
from otfbench.formats.model import Capability, Variant

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

_NULLABLE = "columns of Spark's tables are nullable"


class Parquet(TableFormat):
    """Spark's Parquet tables: every file in the folder is live, nothing is transactional."""

    name = "parquet"
    catalogs = {"session": Catalog(), "hive": HIVE}
    plain_files = True
    schema_in_catalog = True
    capabilities = frozenset({Capability.APPEND, Capability.OVERWRITE, Capability.ADD_COLUMN})
    variants = {"shipped": Variant(), "aligned": Variant({"compression": "zstd"})}
    metadata = re.compile(r"(^|/)_[^/]*$")  # _SUCCESS
    unreported_reads = COUNTED_IN_PART
    oldest = OLDEST
    rebase = {"date": REBASE, "timestamp": "spark.sql.parquet.int96RebaseModeInWrite"}
    losses = {
        **TableFormat.losses,
        **ANCIENT,
        "not null": _NULLABLE,
        "not null, given null": _NULLABLE,
        "partition value: empty string": "null and the empty string are one folder",
        "partition value: '__HIVE_DEFAULT_PARTITION__'": "it is the folder name of null",
        "partition value: binary": "the name of a folder can't contain a zero byte",
        "all columns are partition columns": "a file needs at least one column",
    }
    properties_clause = "OPTIONS"  # Spark's writer ignores TBLPROPERTIES

    def conf(self, warehouse: str) -> dict[str, str]:
        """Nothing but the folder of the tables."""
        return {"spark.sql.warehouse.dir": warehouse}

    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Only structs without fields are refused; by Spark 3, void, too."""
        from pyspark.sql.types import NullType, StringType, StructType

        if (SPARK_3 and isinstance(dtype, NullType)) or dtype == StructType():
            return StringType(), "Parquet files have no type without values"
        return None

    def is_table(self, folder: Path) -> bool:
        """By the magic of each file: plain files have no other mark."""
        files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
        return bool(files) and all(path.open("rb").read(4) == b"PAR1" for path in files)

    def register_table(self) -> None:
        """Spark's catalog knows only the partitions that are registered."""
        super().register_table()
        if any(column.isPartition for column in self.spark.catalog.listColumns(self.identifier)):
            self.spark.sql(f"MSCK REPAIR TABLE {self.identifier}")

    def live_files(self, files: Collection[str]) -> set[str]:
        """Spark's file index names files by encoded URIs; those of table formats don't."""
        named = self.spark.table(self.identifier).inputFiles()
        return {local_path(uri) for uri in named}.intersection(files)

    def reachable_files(self, files: Collection[str]) -> set[str]:
        """There is no version but the current one."""
        return self.live_files(files)
