"""How many rounds a case gets, and where the time of a run goes. No JVM is started."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from otfbench.measure.rounds import LEAST_ROUNDS, MOST_ROUNDS, rounds_by_need
from otfbench.measure.spent import Spent
from otfbench.runs.outcome import PARTS, REST, TABLES, TIMED


@pytest.mark.parametrize(("pilot_s", "rounds"), [(0.001, 30), (0.1, 30), (0.2, 15), (1.0, 3), (1.4, 3), (600.0, 3)])
def test_short_cases_get_more_rounds(pilot_s: float, rounds: int) -> None:
    """As many as fit in three seconds, within limits."""
    assert rounds_by_need(pilot_s) == rounds


@pytest.mark.parametrize("page", ["docs/measuring.md", "README.md", "docs/configuration.md"])
def test_limits_are_documented(page: str) -> None:
    """Where the pages tell of the limits, they tell the code's."""
    text = (Path(__file__).parents[2] / page).read_text()
    assert f"{LEAST_ROUNDS} at least" in text or f"{LEAST_ROUNDS} to {MOST_ROUNDS}" in text


def test_each_second_belongs_to_one_part() -> None:
    """A block within a block is no part of the outer one; what no block claims is the rest."""
    began = time.monotonic()
    spent = Spent()
    with spent.on(TIMED):
        with spent.on(TABLES):
            time.sleep(0.05)
        time.sleep(0.02)
    with pytest.raises(ValueError), spent.on(TABLES):
        raise ValueError
    seconds = spent.seconds()
    assert list(seconds) == list(PARTS)
    assert seconds[TABLES] >= 0.05 and seconds[TIMED] >= 0.02
    assert sum(seconds.values()) <= time.monotonic() - began + 0.01
    assert spent.seconds()[REST] >= seconds[REST]
