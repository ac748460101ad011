"""The answers of an A/B comparison: right as often as promised, and given when they are known."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

import pytest

from otfbench.compare.ab import ALL, CPU, WALL, AbVerdict, all_cases, look

RATES: Any = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "self" / "ab_rates.py"))
NOISE = (0.02, -0.03, 0.01, 0.00, -0.02, 0.03, -0.01, 0.00, 0.02, -0.02, 0.01, -0.01)


def suite(pairs: int, **slower: float) -> dict[str, dict[str, list[float]]]:
    """The log ratios of twelve cases in so many pairs, some of them slower by a factor."""
    return {
        f"c{case}": {
            WALL: [math.log(slower.get(f"c{case}", 1.0)) + NOISE[(case * 5 + pair) % 12] for pair in range(pairs)]
        }
        for case in range(12)
    }


def test_equal_sides() -> None:
    """Equal sides differ in hardly any comparison of 40 cases: by recorded JVMs, and by simulated ones."""
    found = [RATES["rates"](RATES[kind], {}, 120) for kind in ("replayed", "simulated")]
    assert sum(each["false alarm"] for each in found) <= 3
    assert sum(each["false praise"] for each in found) <= 3
    assert all(each["inconclusive"] <= 0.01 * 40 * 120 for each in found)


def test_planted_regression_is_found() -> None:
    """A case that is slower by a tenth is found in 95 % of comparisons, by the noise of recorded JVMs."""
    found = RATES["rates"](RATES["replayed"], {WALL: 1.1, CPU: 1.1}, 100)
    assert found["case regressed"] >= 92  # 95 % of 100 is 92 or more in nine tests of ten
    assert found["false alarm"] <= 2


def test_planted_in_the_driver() -> None:
    """A slow-down that no executor's CPU shows is found by wall time, from a fifth on."""
    found = RATES["rates"](RATES["replayed"], {WALL: 1.2}, 60)
    assert found["case regressed"] >= 54


def test_two_pairs_are_not_enough() -> None:
    """Nothing is called different after two pairs, however far it is off; what is no slower passes."""
    answers = look(suite(2, c3=2.0), {})
    assert "c3" not in answers
    assert {answer.verdict for answer in answers.values()} <= {AbVerdict.PASS}


def test_regressed_and_improved() -> None:
    """Four pairs are enough for large differences, and tell their size, with an interval."""
    answers = look(suite(4, c3=1.5, c5=0.6), {})
    assert (answers["c3"].verdict, answers["c5"].verdict) == (AbVerdict.REGRESSED, AbVerdict.IMPROVED)
    estimate = answers["c3"].estimates[WALL]
    assert estimate.low < 1.5 < estimate.high and estimate.ratio == pytest.approx(1.5, rel=0.03)
    assert answers["c3"].pairs == 4


def test_less_than_the_minimum() -> None:
    """A difference of two percent is none, however sure it is."""
    steady = {f"c{case}": {WALL: [0.02 + case / 1e4, 0.02, 0.0201, 0.0199] * 6} for case in range(6)}
    assert {answer.verdict for answer in look(steady, {}, last=True).values()} == {AbVerdict.PASS}


def test_last_look_answers_all() -> None:
    """At the last look what could still be slower by more than a tenth is inconclusive, and says what could be seen."""
    few = {f"c{case}": {WALL: [0.3, -0.2]} for case in range(6)}
    answers = look(few, {}, last=True)
    assert {answer.verdict for answer in answers.values()} == {AbVerdict.INCONCLUSIVE}
    assert answers["c0"].estimates[WALL].min_detectable_effect > 0.10


def test_earlier_answers_stay() -> None:
    """What an earlier look has answered is not asked again, whatever comes after it."""
    first = look(suite(4, c3=1.5), {})
    assert look(suite(8, c3=1.0), first)["c3"] is first["c3"]


def test_one_case() -> None:
    """A single case has nobody to borrow a variance from; it is judged by its own."""
    answers = look({"c": {WALL: [0.40, 0.41, 0.40, 0.39, 0.40, 0.41, 0.40, 0.39]}}, {})
    assert answers["c"].verdict is AbVerdict.REGRESSED


def test_all_cases_together() -> None:
    """The middle of all cases is one number per pair, however few that measured; of few cases there is none."""
    ratios = suite(4)
    ratios["c0"][WALL] += [0.5, 0.7]
    together = all_cases(ratios)[WALL]
    assert len(together) == 6 and together[4:] == [0.5, 0.7]
    assert all_cases({case: each for case, each in list(ratios.items())[:4]}) == {}


def test_a_shift_of_everything() -> None:
    """Every case slower by five percent: the middle of all shows it where single cases can't."""
    ratios = {f"c{case}": {WALL: [0.05 + 3 * NOISE[(case * 5 + pair) % 12] for pair in range(8)]} for case in range(12)}
    answers = look({**ratios, ALL: all_cases(ratios)}, {})
    assert answers[ALL].verdict is AbVerdict.REGRESSED
