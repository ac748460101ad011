"""ORC files."""

from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head


class Orc(Input):
    """As Spark writes them."""

    name = "orc"
    typed = True

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"ORC")
