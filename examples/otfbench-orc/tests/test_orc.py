"""The contract of table formats, kept by plain ORC files."""

from otfbench.testing import FormatContract, OperationContract


class TestOrc(OperationContract, FormatContract):
    """All of it: content, types, names, files, operations."""

    name = "orc"
