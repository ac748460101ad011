"""Columns that are declared NOT NULL, by what a second reader has found in them."""

from typing import Any

import pytest

from otfbench.data.evidence import ColumnEvidence, Digest, Evidence
from otfbench.data.keys import check_not_null
from otfbench.errors import DatasetError

SEEN = Evidence(Digest(3, 7), {"a": ColumnEvidence(0, 1), "b": ColumnEvidence(2, 1)})
ROWS: Any = None  # Spark is not asked


def test_nulls_that_are_declared_away() -> None:
    """The column, the number of rows, and what to do."""
    with pytest.raises(DatasetError, match="column b is null in 2 rows, and declared NOT NULL: leave that out of"):
        check_not_null(ROWS, SEEN, ["a", "b"])


def test_no_nulls() -> None:
    """Nothing is said of columns without a null, and of others."""
    check_not_null(ROWS, SEEN, ["a"])
    check_not_null(ROWS, SEEN, [])
