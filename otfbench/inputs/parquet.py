"""Parquet files."""

from otfbench.inputs.base import Input


class Parquet(Input):
    """As Spark writes them."""

    name = "parquet"
    typed = True
