"""Which rows the rounds of a life are about. By arithmetic, without a JVM."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.data.life import MOST_ROUNDS, parts_of_a_round
from otfbench.errors import UnsupportedError


@given(st.integers(1, MOST_ROUNDS))
def test_no_row_is_changed_and_deleted(rounds: int) -> None:
    """Those that are changed and those that are deleted, over all rounds, are never more than there are."""
    changed, deleted = parts_of_a_round(rounds)
    assert changed >= 1 and deleted >= 1 and rounds * (changed + deleted) <= 10_000


def test_too_many_rounds() -> None:
    """Where that would be so, a life is refused, with both numbers."""
    with pytest.raises(UnsupportedError, match="at most 3,000 rounds, not 3,001"):
        parts_of_a_round(MOST_ROUNDS + 1)
