"""The slope of a figure over steps, and between what it lies. By arithmetic and by simulation."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.compare.slope import LEAST_STEPS, degradation_rate, slope

STEPS = list(range(3, 93, 3))


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_line_has_its_slope(base: float, each: float) -> None:
    """What doesn't scatter is known exactly."""
    found = slope(STEPS, [base + each * step for step in STEPS])
    assert found is not None
    for value in (found.value, found.low, found.high):
        assert value == pytest.approx(each, abs=1e-9)


def test_one_slow_step_changes_nothing() -> None:
    """A pause of a second in a life of milliseconds is no trend."""
    ys = [0.2 + 0.001 * step for step in STEPS]
    ys[20] += 1
    found = slope(STEPS, ys)
    assert found is not None and found.value == pytest.approx(0.001, rel=0.01) and found.low > 0


def test_few_steps_have_no_slope() -> None:
    """Where the interval would have no ends there is none."""
    assert slope(STEPS[: LEAST_STEPS - 1], STEPS[: LEAST_STEPS - 1]) is None
    assert slope(STEPS[:LEAST_STEPS], STEPS[:LEAST_STEPS]) is not None


@pytest.mark.parametrize("count", [LEAST_STEPS, 30])
def test_interval_holds_the_truth(count: int) -> None:
    """In 99 of a hundred lives, with times that scatter as times do: far to one side."""
    rng, held = random.Random(42), 0
    for _ in range(500):
        steps = STEPS[:count]
        found = slope(steps, [0.2 + 0.002 * step + 0.05 * math.exp(rng.gauss(0, 1)) for step in steps])
        held += found is not None and found.low <= 0.002 <= found.high
    assert held >= 485


def test_rate_of_degradation() -> None:
    """As LST-Bench has it: scatter raises it though nothing grows."""
    assert degradation_rate([1, 2, 1, 2]) == pytest.approx((1 - 0.5 + 1) / 3)
    assert degradation_rate([1.0, 1.1, 1.21]) == pytest.approx(0.1)
    assert degradation_rate([1]) is None
