"""Who needs the least of what repeats."""

from __future__ import annotations

import pytest

from otfbench.compare.least import Least, least


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 300, "b": 100, "c": 200}, Least(("b",), 100, "c", 2.0)),
        ({"a": 101, "b": 100, "c": 200}, Least(("b", "a"), 100, "c", 2.0)),
        ({"a": 100, "b": 100}, Least(("a", "b"), 100)),
        ({"a": 0, "b": 5}, Least(("a",), 0, "b", None)),
        ({"a": 0, "b": 0}, Least(("a", "b"), 0)),
        ({"a": 3, "b": None, "c": 6}, Least(("a",), 3, "c", 2.0)),
        ({"a": 3, "b": None}, None),
        ({}, None),
    ],
)
def test_all_within_margin_are_least(values: dict[str, float | None], expected: Least | None) -> None:
    """Those within the margin of the least, and the next one; what is unknown is not ranked, nor one alone."""
    assert least(values, 0.02) == expected
