"""Cells and what the difference between written and read is called, without Spark: known inputs, known answers."""

import os

import pytest

from otfbench.fidelity.cells import CELLS, GROUPS
from otfbench.fidelity.matrix import Fate, classified, reason
from otfbench.fidelity.snapshot import Snapshot

KEPT = Fate("kept")


def content(*values: object, kind: str = "int", name: str = "c0") -> Snapshot:
    """One column of these values."""
    return Snapshot(((name, kind),), tuple((value,) for value in values))


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        (content(1, 2), KEPT),
        (content(1, 2, kind="bigint"), Fate("changed", "bigint")),
        (content("1", "2", kind="string"), Fate("changed", "string, '1' instead of 1")),
        (content(1, 2, name="C0"), Fate("changed", "C0 int")),
        (content(1, 3), Fate("corrupted", "3 instead of 2")),
        (content(1, None), Fate("corrupted", "None instead of 2")),
        (content(1), Fate("corrupted", "1 rows instead of 2")),
        (Snapshot((), ((), ())), Fate("corrupted", "columns []")),
    ],
)
def test_type_change_is_no_corruption(found, fate):
    """Another type or name is a change; the same type with other values, rows or columns is corrupted."""
    assert classified(content(1, 2), found) == fate


@pytest.mark.parametrize(
    ("written", "read"),
    [(0.0, -0.0), (None, float("nan")), (b"", None), ("", None), ((None,), None), ((), (None,)), ("a", "a ")],
)
def test_values_that_differ_by_little(written, read):
    """Signs of zero, NaN, nulls at any depth, empty values and blanks are told apart."""
    assert classified(content(written), content(read)).outcome == "corrupted"


def test_nan_is_kept():
    """A NaN that is read where one was written is kept."""
    assert classified(content(float("nan")), content(float("nan"))) == KEPT


def test_equal_contents():
    """NaN equals NaN where contents are compared as a whole, and 0.0 is not -0.0."""
    assert content(float("nan"), 1) == content(float("nan"), 1)
    assert content(0.0) != content(-0.0) and content(1) != content(1, kind="bigint")


def test_long_values_are_cut():
    """A value of many characters isn't told in full."""
    fate = classified(content("a"), content("b" * 1000))
    assert fate.outcome == "corrupted" and len(fate.detail) < 100


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("No such file: /tmp/x/w/otfbench.db/t/p=\x00", "No such file: WAREHOUSE/otfbench.db/t/p=\\x00"),
        (f"failed (cwd=file:{os.getcwd()})", "failed (cwd=file:.)"),
        ("word " * 100, "word " * 39 + "..."),
    ],
)
def test_reason_is_one_line_without_folders(text, told):
    """A reason is one line of printable characters without the machine's folders."""
    assert reason(text, "/tmp/x/w") == told


def test_names_of_cells():
    """No two cells have the same name."""
    assert len(CELLS) == sum(map(len, GROUPS.values()))


def test_tables_of_their_own():
    """A cell that is about the table, not about one of its columns, shares it with no other."""
    assert all(c.alone for c in CELLS.values() if c.partition or c.declared or not c.numbered or len(c.columns) > 1)


@pytest.mark.parametrize(
    "name",
    ["tinyint", "bigint", "float, NaN", "double, -0.0", "decimal(1,0)", "decimal(38,38)", "date before 1582"]
    + ["timestamp after 9999", "timestamp_ntz", "binary, zero bytes", "string, empty", "void", "map, struct keys"]
    + ["interval day to second", "char(5)", "name 'a.b'", "name ''", "partition value: empty string", "no rows"],
)
def test_what_is_among_them(name):
    """A sample of the types and values that must not be forgotten."""
    assert name in CELLS
