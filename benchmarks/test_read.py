"""What it costs to read a table: all of it, a part, a row, a group, an older version."""

import pytest

from otfbench.workloads import (
    Capability,
    collect,
    columns,
    drain,
    every_size,
    needs,
    only_in,
    read_changes,
    scan,
    variants,
    where,
)


@every_size
@variants("shipped", full=["aligned", "keyed"])
def test_scan(measure, table):
    """Read every value of every row."""
    measure(scan, table, expect=table.rows)


@variants("shipped", full=["mor"])
def test_project(measure, table):
    """Read three columns of every row."""
    query = columns(table, 3)
    measure(drain, table, query, expect=query(table.rows))


@variants("shipped", full=["mor"])
def test_filter(measure, table):
    """Read the one percent of the rows that a range of the key selects."""
    query = where(table.initial_rows.range(0.01))
    measure(drain, table, query, expect=query(table.rows))


@every_size
@variants("shipped", full=["mor", "keyed"])
def test_look_up(measure, table):
    """Fetch one row by its key."""
    query = where(table.initial_rows.some(1))
    measure(collect, table, query, expect=query(table.rows))


@variants("shipped", full=["mor"])
def test_group(measure, table):
    """Count the rows of each group."""
    query = table.initial_rows.by_group
    measure(collect, table, query, expect=query(table.rows))


@needs(Capability.TIME_TRAVEL)
@variants("cow", full=["mor"])
@pytest.mark.parametrize(
    "commits_ago", [6, pytest.param(3, marks=only_in("full")), pytest.param(1, marks=only_in("default"))]
)
def test_time_travel(measure, aged, commits_ago):
    """Read all of what the table held some commits ago."""
    version = aged.version(commits_ago)
    measure(scan, aged, version.id, expect=version.rows)


@needs(Capability.COMPACT)
@variants("cow", default=["mor"])
def test_scan_aged(measure, aged):
    """Read every value of every row after ten small commits."""
    measure(scan, aged, expect=aged.rows)


@needs(Capability.COMPACT)
@variants("cow", full=["mor"])
def test_scan_compacted(measure, compacted):
    """The same after a compaction: what it was good for."""
    measure(scan, compacted, expect=compacted.rows)


@needs(Capability.ADD_COLUMN, Capability.APPEND)
@variants("shipped", full=["mor"])
def test_scan_widened(measure, widened):
    """Read rows from before and after a column was added."""
    measure(scan, widened, expect=widened.rows)


@only_in("life")
@needs(Capability.CHANGE_FEED)
@variants("feed")
def test_read_changes(measure, aged):
    """Read which rows ten small commits inserted, updated and deleted, from a change feed."""
    measure(read_changes, aged, aged.version(10), expect=aged.changed_rows())
