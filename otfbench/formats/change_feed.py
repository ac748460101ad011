"""Which rows commits inserted, updated and deleted: the form that all change feeds are given. Knows no format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

INSERT, UPDATE, DELETE = "insert", "update", "delete"
CHANGE = "_change"
"""The column that says which of the three, behind the table's columns."""


def labelled(feed: DataFrame, column: str, kinds: Mapping[str, str]) -> DataFrame:
    """A format's feed with CHANGE in place of its own column; rows whose kind is none of these are left out."""
    from pyspark.sql import functions as F

    kind = F.col(quoted(column))
    label = F.coalesce(*(F.when(kind == name, F.lit(meaning)) for name, meaning in kinds.items()))
    return feed.where(kind.isin(*kinds)).withColumn(CHANGE, label).drop(column)
