"""Columns that are declared NOT NULL, by what a second reader has found in them."""

from types import SimpleNamespace
from typing import Any

import pytest

from otfbench.data.evidence import ColumnEvidence, Digest, Evidence
from otfbench.data.keys import check_columns, check_not_null
from otfbench.errors import ConfigError, DatasetError

SEEN = Evidence(Digest(3, 7), {"a": ColumnEvidence(0, 1), "b": ColumnEvidence(2, 1)})
ROWS: Any = None  # Spark is not asked


def test_nulls_that_are_declared_away() -> None:
    """The column, the number of rows, and what to do."""
    with pytest.raises(DatasetError, match="column b is null in 2 rows, and declared NOT NULL: leave that out of"):
        check_not_null(ROWS, SEEN, ["a", "b"])


@pytest.mark.parametrize("which", ["key", "partition_by"])
def test_a_column_that_is_named_twice(which: str) -> None:
    """It is said so, before any format finds two columns of one name."""
    rows: Any = SimpleNamespace(dtypes=[("id", "int"), ("p", "int")], columns=["id", "p"])
    named: dict[str, Any] = {"key": (), "partition_by": (), which: ("p", "p")}
    with pytest.raises(ConfigError, match=f"^datasets.{which} 'p': is named twice.$"):
        check_columns(rows, **named)


def test_no_nulls() -> None:
    """Nothing is said of columns without a null, and of others."""
    check_not_null(ROWS, SEEN, ["a"])
    check_not_null(ROWS, SEEN, [])
