"""Parquet files."""

from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head


class Parquet(Input):
    """As Spark writes them."""

    name = "parquet"
    typed = True

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"PAR1")
