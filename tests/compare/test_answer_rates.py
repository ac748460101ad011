"""Answers are right as often as promised: simulated suites with the noise of recorded JVMs, and these JVMs themselves.

docs/measuring.md has the same of more suites, by benchmarks/self/answer_rates.py.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from otfbench.compare import noise

BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "self"
RATES = runpy.run_path(str(BENCHMARKS / "answer_rates.py"))
JVMS = runpy.run_path(str(BENCHMARKS / "jvm_noise.py"))
Plan: Any = RATES["Plan"]


def test_noise_is_what_was_recorded() -> None:
    """The numbers that answers start from are those of recorded JVMs."""
    parts = JVMS["parts"](JVMS["recorded"]())

    assert noise.ROUNDS == pytest.approx(parts["rounds"], rel=0.05)
    assert noise.CASE == pytest.approx(parts["case in JVM"], rel=0.1)
    assert noise.SHARED == pytest.approx(parts["shared by a JVM's cases"], rel=0.05)
    assert parts["shared with the JVM 8 later"] < 0.5 * parts["shared with the JVM 1 later"] < 0.5 * noise.SHARED


def test_twins_rarely_beat_each_other() -> None:
    """Equal contenders beat each other in no more than 1 % of suites of 31 questions, whatever they rest on.

    200 suites of each kind can't tell 1 % from 2 %; all of them together can.
    """
    plans = [
        Plan(rounds=3),
        Plan(rounds=10),
        Plan(rounds=5, blocks=2),
        Plan(rounds=5, blocks=3),
        Plan(rounds=5, together=False),
        Plan(rounds=5, blocks=2, together=False),
        Plan(rounds=8, noise=2.0),
    ]
    wins = [RATES["twin_wins"](plan, 200) for plan in plans]

    assert sum(wins) <= 0.01 * 200 * len(plans) and max(wins) <= 4


def test_four_twins() -> None:
    """More contenders are no more chances for a wrong winner."""
    assert RATES["twin_wins"](Plan(rounds=5), 100, contenders=4) <= 1


@pytest.mark.parametrize("rounds", [3, 5])
def test_recorded_twins(rounds: int) -> None:
    """Of recorded JVMs in which nothing changed none wins, in 200 suites."""
    assert RATES["replayed_wins"](rounds, 200) <= 1


@pytest.mark.parametrize(
    ("slower", "blocks", "at_least"), [(1.5, 1, 0.95), (1.2, 1, 0.25), (1.2, 2, 0.7), (1.2, 3, 0.9)]
)
def test_planted_difference_is_found(slower: float, blocks: int, at_least: float) -> None:
    """A format that is so much slower in one operation is found by contenders that take turns; it itself never wins."""
    found = RATES["planted_answers"](slower, Plan(blocks=blocks), 60)

    assert found["winner"] >= at_least * 60
    assert found["wrong"] == found["tie"] == 0 and found["wrong suites"] <= 1


def test_small_difference() -> None:
    """At 5 % nobody is called slower by mistake, and few questions get an answer at all from one run."""
    found = RATES["planted_answers"](1.05, Plan(), 60)

    assert found["wrong"] == 0 and found["open"] >= 40
