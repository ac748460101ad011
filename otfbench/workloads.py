"""What workload files import: marks for capabilities, variants and suites, and the reads. Knows no format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from otfbench.formats.model import Capability
from otfbench.formats.sql import quoted
from otfbench.tables.restorable import FilledTable, Version

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

SUITES = ("quick", "default", "full")
"""From the smallest to the largest: each holds the ones before it."""
LIFE = "life"
"""A suite of its own: what becomes of tables in many commits."""


def needs(*capabilities: Capability) -> pytest.MarkDecorator:
    """The workload is unsupported for formats that lack one of these."""
    return pytest.mark.needs(*capabilities)


def variants(first: str, *, default: Sequence[str] = (), full: Sequence[str] = ()) -> pytest.MarkDecorator:
    """The workload runs with the first variant in every suite, with others from the suite on that names them."""
    return pytest.mark.variants(first, default=tuple(default), full=tuple(full))


every_dataset = pytest.mark.every_dataset
"""The workload runs with each of the run's datasets; without this, with the first."""


every_size = pytest.mark.every_size
"""The workload runs with each number of rows that the first dataset is asked for; without this, with the least."""


def only_in(suite: str) -> pytest.MarkDecorator:
    """The workload, or the parameter, belongs to this suite and larger ones; `life` is none of these."""
    return pytest.mark.only_in(suite)


# Reads of a table: each returns the rows it was asked for, so that they can be compared with the expected ones.


def scan(table: FilledTable, version: str | None = None) -> DataFrame:
    """Read every value of every row, of the current or of another version, and write nothing."""
    return _drained(table.read(version))


def read_changes(table: FilledTable, version: Version) -> DataFrame:
    """Read every row that was changed after a version, from the change feed."""
    return _drained(table.changes(version))


def drain(table: FilledTable, query: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Run a query on the table to its end, and write nothing."""
    return _drained(query(table.read()))


def collect(table: FilledTable, query: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Run a query on the table, and fetch its rows."""
    rows = query(table.read())
    rows.collect()
    return rows


def _drained(rows: DataFrame) -> DataFrame:
    """Every value of every row, counted where it is computed; the `noop` sink fails on tables with deletion vectors."""
    rows._jdf.queryExecution().toRdd().count()
    return rows


def columns(table: FilledTable, number: int) -> Callable[[DataFrame], DataFrame]:
    """A projection to the first columns."""
    names = table.rows.columns[:number]
    return lambda rows: rows.select(*map(quoted, names))


def where(condition: str) -> Callable[[DataFrame], DataFrame]:
    """A filter."""
    return lambda rows: rows.where(condition)
