"""What can be said of times: known numbers come out, equal runs differ in nothing, planted changes are seen."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.compare.significance import MINIMUM, CasePair, Times, compare_times

JVMS = 5
RULERS = 2 * JVMS


def runs(
    random: Random, cases: int = 40, rounds: int = 3, noise: float = 0.05, factor: dict[str, float] | None = None
) -> tuple[list[CasePair], list[float]]:
    """Two runs of the same: each JVM is off by 5 %, each case in it by 3 %, each round by `noise`, one in 30 more.

    `factor`: how much longer a case, or a whole JVM, takes in the head.
    """
    slower = factor or {}
    off = {(jvm, side): random.gauss(0, 0.05) for jvm in range(JVMS) for side in (0, 1)}
    rulers = [off[jvm, 1] - off[jvm, 0] + random.gauss(0, 0.05) for jvm in range(JVMS) for _ in (0, 1)]
    pairs = []
    for case in range(cases):
        jvm = case % JVMS
        sides = []
        for side in (0, 1):
            level = off[jvm, side] + random.gauss(0, 0.03)
            level += side * math.log(slower.get(str(case), 1) * slower.get(f"jvm {jvm}", 1))
            hiccups = [math.log1p(random.expovariate(1 / 0.3)) if random.random() < 0.03 else 0 for _ in range(rounds)]
            sides.append([math.exp(level + random.gauss(0, noise) + hiccup) for hiccup in hiccups])
        pairs.append(CasePair(str(case), f"jvm {jvm}", *sides))
    return pairs, rulers


def moved(times: Times) -> list[str]:
    """The cases that moved beside their JVM."""
    return [name for name, estimate in times.estimates.items() if estimate.significant]


def simple(*ratios: float, jvm: str = "a") -> list[CasePair]:
    """One steady pair per ratio."""
    return [CasePair(str(number), jvm, [1.0, 1.0, 1.0], [ratio] * 3) for number, ratio in enumerate(ratios)]


# Known numbers


def test_ratio_is_that_of_medians():
    """The ratio of a case is median of head / median of base, whatever the other rounds did."""
    [pair] = [CasePair("x", "a", [1.0, 2.0, 9.0], [3.0, 2.5, 2.7])]
    assert math.exp(pair.log_ratio) == pytest.approx(1.35)


def test_interval_of_known_spread():
    """Ten cases whose log ratios lie half within 0.06745 of their median have a spread of 0.1.

    With 9 degrees of freedom and a family of ten that is 0.1 * sqrt(10 / 9) * sqrt(1 + 1 / 10) * 5.2939: t(9) at
    1 - 0.005 / 20, as tables have it (R: qt(0.99975, 9)).
    """
    logs = [-0.164, -0.06745, -0.06745, -0.06745, 0.0, 0.0, 0.06745, 0.06745, 0.06745, 0.164]
    estimate = compare_times(simple(*map(math.exp, logs)), []).estimates["0"]
    reach = 0.1 * math.sqrt(10 / 9) * math.sqrt(1.1) * 5.2939
    assert math.log(estimate.high / estimate.ratio) == pytest.approx(reach, rel=1e-3)
    assert math.log(estimate.ratio / estimate.low) == pytest.approx(reach, rel=1e-3)


def test_nothing_differs():
    """Where every round of every case took the same, nothing moved, and no less than the minimum is visible."""
    times = compare_times(simple(*[1.0] * 20), [0.0, 0.0, 0.0, 0.0])
    assert moved(times) == [] and {e.min_detectable_effect for e in times.estimates.values()} == {MINIMUM}
    assert [(s.ratio, s.rulers, s.significant) for s in times.shifts] == [(1.0, 1.0, False)]


def test_too_small_a_difference():
    """A difference below the minimum effect is none, however sure."""
    assert moved(compare_times(simple(*[1.0] * 19, 1.02), [])) == []
    assert moved(compare_times(simple(*[1.0] * 19, 1.04), [])) == ["19"]


def test_shift_is_told_once():
    """What all cases of a JVM have in common is a shift of it, and moves no case."""
    pairs = [*simple(*[1.0] * 10), *(CasePair(f"b{n}", "b", [1.0] * 3, [1.5] * 3) for n in range(10))]
    times = compare_times(pairs, [0.01, -0.01, 0.0, 0.0, 0.01, -0.01])
    assert moved(times) == [] and [(s.jvm, s.significant) for s in times.shifts] == [("a", False), ("b", True)]


def test_shift_of_the_machine():
    """A shift that the rulers made, too, is the machine's."""
    times = compare_times(simple(*[1.5] * 10), [math.log(1.5) + off for off in (0.01, -0.01, 0.0, 0.0, 0.01, -0.01)])
    assert [(s.rulers, s.significant) for s in times.shifts] == [(pytest.approx(1.5), False)]


def test_few_cases_and_no_rulers():
    """Without enough cases or rulers nothing tells the spread, so nothing is said."""
    assert compare_times(simple(1.0, 3.0), []) == Times({}, [])


def test_few_cases_have_the_spread_of_the_rulers():
    """Where cases are few, the same work in both runs tells how far times move."""
    times = compare_times(simple(1.0, 5.0), [0.0, 0.1, -0.1, 0.0, 0.1, -0.1])
    assert moved(times) == ["1"] and times.estimates["0"].min_detectable_effect > 0.5


def test_nothing_to_judge():
    """No case, nothing to say."""
    assert compare_times([], []) == Times({}, [])


def test_warm_up_is_no_scatter():
    """Rounds that get faster in both runs alike make no case less sure."""
    falling = [CasePair(str(n), "a", [4.0, 2.0, 1.0], [4.0, 2.0, 1.0]) for n in range(20)]
    assert {e.min_detectable_effect for e in compare_times(falling, []).estimates.values()} == {MINIMUM}


# Simulations


@pytest.mark.parametrize("rounds", [2, 3, 5])
def test_equal_runs(rounds):
    """Of 200 comparisons of equal runs at most 2 % see a case move, and none a whole JVM."""
    random = Random(rounds)
    found = [compare_times(*runs(random, rounds=rounds)) for _ in range(200)]
    assert sum(bool(moved(times)) for times in found) <= 4
    assert not any(shift.significant for times in found for shift in times.shifts)


def test_planted_change():
    """A case that takes three times as long is found beside 39 others, and it alone."""
    random = Random(1)
    found = [moved(compare_times(*runs(random, factor={"7": 3.0}))) for _ in range(50)]
    assert found.count(["7"]) >= 48


def test_visible_change():
    """A change of the size that is called visible is seen four times in five, as it says."""
    random = Random(2)
    hits = 0
    for _ in range(200):
        pairs, rulers = runs(random)
        visible = compare_times(pairs, rulers).estimates["7"].min_detectable_effect
        slower = [
            CasePair(p.id, p.jvm, p.base, [t * (1 + visible) for t in p.head] if p.id == "7" else p.head) for p in pairs
        ]
        hits += "7" in moved(compare_times(slower, rulers))
    assert hits >= 0.75 * 200


def test_planted_shift():
    """A whole format that takes three times as long is a shift of its JVM, and of no other."""
    found = compare_times(*runs(Random(3), factor={"jvm 2": 3.0}))
    assert [shift.jvm for shift in found.shifts if shift.significant] == ["jvm 2"] and moved(found) == []


# Properties

seconds = st.floats(0.001, 1000)
sides = st.lists(seconds, min_size=1, max_size=5)
pair_lists = st.lists(st.tuples(sides, sides, st.sampled_from("abc")), max_size=30).map(
    lambda found: [CasePair(str(n), jvm, base, head) for n, (base, head, jvm) in enumerate(found)]
)
ruler_lists = st.lists(st.floats(-2, 2), max_size=10)


@given(pair_lists, ruler_lists)
def test_any_times(pairs, rulers):
    """Whatever was measured, each interval is finite or open above, holds its ratio, and what moved lies outside it."""
    times = compare_times(pairs, rulers)
    assert set(times.estimates) in (set(), {pair.id for pair in pairs})
    for estimate in times.estimates.values():
        assert 0 <= estimate.low <= estimate.ratio <= estimate.high and estimate.min_detectable_effect >= MINIMUM


@given(pair_lists, ruler_lists)
def test_run_against_itself(pairs, rulers):
    """A run compared with itself moves nowhere, whatever its times."""
    same = [CasePair(pair.id, pair.jvm, pair.base, pair.base) for pair in pairs]
    times = compare_times(same, [0.0 for _ in rulers])
    assert moved(times) == [] and not any(shift.significant for shift in times.shifts)


@given(pair_lists, ruler_lists)
def test_turned_round(pairs, rulers):
    """Base and head exchanged give the inverse ratios, and the same verdicts."""
    turned = [CasePair(pair.id, pair.jvm, pair.head, pair.base) for pair in pairs]
    there, back = compare_times(pairs, rulers), compare_times(turned, [-ruler for ruler in rulers])
    assert moved(there) == moved(back)
    for name, estimate in there.estimates.items():
        assert estimate.ratio * back.estimates[name].ratio == pytest.approx(1)
