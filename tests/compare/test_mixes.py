"""Mixes of operations, of times that were made: who is faster in the sum, and how often that is a mistake."""

from __future__ import annotations

import math
import random

import pytest

from otfbench.compare.mixes import mix_answers
from otfbench.compare.noise import CASE, SIDE_BY_SIDE
from otfbench.compare.winners import AnswerKind

SHARED = SIDE_BY_SIDE.variance - CASE


def suite(seed: int, times: dict[str, dict[str, float]], noisy: float = 1.0):
    """Rounds of one block: what a JVM does to all of its cases, to each of them, and chance to each round.

    `noisy`: how many times as far all of that scatters as recorded JVMs do.
    """
    chance = random.Random(seed)
    contenders = sorted({name for each in times.values() for name in each})
    jvms = {name: chance.gauss(0, noisy * math.sqrt(SHARED)) for name in contenders}
    questions: dict[str, dict[str, list[list[float]]]] = {}
    for question, each in times.items():
        for name, seconds in each.items():
            level = math.log(seconds) + jvms[name] + chance.gauss(0, noisy * math.sqrt(CASE))
            rounds = [math.exp(level + chance.gauss(0, noisy * 0.06)) for _ in range(6)]
            questions.setdefault(question, {})[name] = [rounds]
    return questions


def test_the_sum_counts():
    """What is slower at the rare operation, and faster at the frequent one, wins."""
    times = {"append": {"a": 0.2, "b": 0.5}, "scan": {"a": 3.0, "b": 1.0}}
    found = mix_answers(
        suite(1, times), [SIDE_BY_SIDE], {"many": {"append": 100, "scan": 1}, "few": {"scan": 9, "append": 1}}
    )
    assert {name: (each.kind, each.ahead[0]) for name, each in found.items()} == {
        "many": (AnswerKind.WINNER, "a"), "few": (AnswerKind.WINNER, "b"),
    }  # fmt: skip
    assert found["many"].leads[0].ratio == pytest.approx((100 * 0.5 + 1) / (100 * 0.2 + 3), rel=0.15)


@pytest.mark.parametrize("noisy", [1.0, 2.0])
def test_twins_rarely_win(noisy: float):
    """Of equal contenders none wins, in 300 suites, in more than a few, on noisy machines neither."""
    times = {str(number): {"a": 1.0, "b": 1.0, "c": 1.0} for number in range(8)}
    mixes = {"all": dict.fromkeys(times, 1.0), "one": {"0": 1.0}, "two": {"1": 5.0, "2": 1.0}}
    won = 0
    for seed in range(300):
        found = mix_answers(suite(seed, times, noisy), [SIDE_BY_SIDE], mixes)
        won += any(each.kind is AnswerKind.WINNER for each in found.values())
    assert won <= 7  # at 1 % more than that come once in fifty times, and seeds are fixed


def test_scatter_cancels_out():
    """A mix of many operations is more certain than one of them: the interval is narrower, not by as much as chance."""
    times = {str(number): {"a": 1.0, "b": 1.2} for number in range(8)}
    found = mix_answers(suite(3, times), [SIDE_BY_SIDE], {"one": {"0": 1}, "all": dict.fromkeys(times, 1)})
    widths = {name: math.log(each.leads[0].high / each.leads[0].low) for name, each in found.items()}
    assert 0.4 < widths["all"] / widths["one"] < 0.95


def test_what_can_not_be_mixed():
    """No answer where an operation is missing, or only one contender was measured in all."""
    times = {"append": {"a": 1.0, "b": 1.0}, "scan": {"a": 1.0, "c": 1.0}}
    assert (
        mix_answers(suite(4, times), [SIDE_BY_SIDE], {"m": {"append": 1, "merge": 1}, "n": {"append": 1, "scan": 1}})
        == {}
    )
