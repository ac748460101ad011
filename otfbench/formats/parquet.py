"""Plain Parquet files written by Spark: the control. Knows no table format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from otfbench.formats.base import TableFormat

if TYPE_CHECKING:
    from pyspark.sql.types import DataType


class Parquet(TableFormat):
    """Spark's own Parquet tables: every file in the folder is live, nothing is transactional."""

    name = "parquet"
    control = True
    metadata = re.compile(r"(^|/)_[^/]*$")  # _SUCCESS
    properties_clause = "OPTIONS"  # of TBLPROPERTIES Spark's own writer takes no notice

    def conf(self, warehouse: str) -> dict[str, str]:
        """Nothing but the place of the tables."""
        return {"spark.sql.warehouse.dir": warehouse}

    def replace(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Only void is refused."""
        from pyspark.sql.types import NullType, StringType

        if isinstance(dtype, NullType):
            return StringType(), "Parquet files have no type without values"
        return None
