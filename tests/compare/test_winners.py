"""Winner, tie or open: known numbers come out, whatever was measured, and more blocks answer what fewer don't."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.compare.contenders import middle, pairs_of
from otfbench.compare.noise import CASE, SHARED, SIDE_BY_SIDE, Noise, apart, rulers_of
from otfbench.compare.winners import MOST_BLOCKS, TIE, Answer, AnswerKind, answers

STEADY = [1.0, 1.02, 0.98, 1.01, 0.99, 1.0]


def times(factor: float = 1.0) -> list[float]:
    return [factor * wall for wall in STEADY]


def answer(*factors: float, blocks: int = 1, noise: Noise = SIDE_BY_SIDE) -> Answer:
    """Of one question: contenders a, b, c ... that take so many times as long."""
    contenders = {name: [times(factor)] * blocks for name, factor in zip("abcd", factors, strict=False)}
    return answers({"x": contenders}, [noise] * blocks)["x"]


# Known numbers


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0], 3.0), ([1.0, 2.0], 1.5), ([1.0, 2.0, 90.0], 16.5), ([9.0, 1.0, 2.0, 3.0], 2.5), ([1.0] * 7, 1.0)],
)
def test_middle_is_mean_of_middle_half(values: list[float], expected: float) -> None:
    """The mean of the middle half; of three values, the outer ones count a quarter each."""
    assert middle(values) == pytest.approx(expected)


def test_interval_of_known_variance() -> None:
    """Of steady rounds the interval is that of the JVMs: exp(+-t * sqrt(2 * variance)), with t(20) at its level.

    For one question with one rival that is 2.8453 (R: qt(1 - 0.01 / 2, 20)).
    """
    found = answers({"x": {"a": [[1.0] * 9], "b": [[2.0] * 9]}}, [SIDE_BY_SIDE])["x"]
    reach = 2.8453 * math.sqrt(2 * SIDE_BY_SIDE.variance)
    assert (found.kind, found.ahead, found.blocks) == (AnswerKind.WINNER, ("a",), 1)
    assert found.leads[0].low == pytest.approx(2 * math.exp(-reach), rel=1e-3)
    assert found.leads[0].high == pytest.approx(2 * math.exp(reach), rel=1e-3)


def test_open_questions_widen_intervals() -> None:
    """The more questions a suite asks that stay open, the wider each interval; those with a winner don't count."""
    one = {"x": {"a": [times()], "b": [times(1.1)]}}
    many = one | {f"{n}": {"a": [times()], "b": [times(1.01)]} for n in range(30)}
    clear = one | {f"{n}": {"a": [times()], "b": [times(3)]} for n in range(30)}
    widths = [answers(each, [SIDE_BY_SIDE])["x"].leads[0].high for each in (one, many, clear)]
    assert widths[1] > widths[0] == pytest.approx(widths[2], rel=0.02)


def test_order_of_rivals() -> None:
    """The nearest rival comes first, and the first contender is the one with the least time, wherever it stood."""
    found = answer(3.0, 2.0, 1.0)
    assert (found.ahead, [lead.rival for lead in found.leads]) == (("c",), ["b", "a"])
    assert [round(lead.ratio, 6) for lead in found.leads] == [2.0, 3.0]


def test_number_of_rivals_costs_a_winner_nothing() -> None:
    """Who beats the nearest rival beats all: its interval is the same however many there are."""
    assert answer(1.0, 1.6).leads[0].low == pytest.approx(answer(1.0, 1.6, 5.0, 6.0).leads[0].low, rel=1e-3)


# Blocks


def test_more_blocks_answer() -> None:
    """As many more blocks as an open question asks for, each like the first, answer it."""
    found = answer(1.0, 1.07)
    assert found.kind is AnswerKind.OPEN and found.more_blocks and found.more_blocks > 1
    assert answer(1.0, 1.07, blocks=1 + found.more_blocks).kind is not AnswerKind.OPEN


def test_contenders_that_are_alike_tie() -> None:
    """Contenders that are alike tie on enough blocks, and those that are slower are not among them."""
    found = answer(1.0, 1.01, 2.0, blocks=4)
    assert (found.kind, found.ahead) == (AnswerKind.TIE, ("a", "b"))
    assert found.apart and 0.01 < found.apart <= TIE
    assert [(lead.rival, lead.slower) for lead in found.leads] == [("b", False), ("c", True)]


def test_hopeless_question_has_no_block_count() -> None:
    """What would take more blocks than anybody makes is told as None."""
    assert answer(1.0, 1.09, noise=Noise(0.5, 20)).more_blocks is None
    assert 1 <= (answer(1.0, 1.3, noise=Noise(0.01, 20)).more_blocks or 0) <= MOST_BLOCKS


def test_blocks_tell_their_own_scatter() -> None:
    """Blocks that differ widen the interval, in their own question more than in others."""
    moving = {"a": [times(1.0), times(1.0), times(1.0)], "b": [times(1.3), times(2.2), times(1.6)]}
    calm = {"a": [times(1.0)] * 3, "b": [times(1.3)] * 3}
    alone = answers({"calm": calm}, [SIDE_BY_SIDE] * 3)
    both = answers({"calm": calm, "moving": moving}, [SIDE_BY_SIDE] * 3)
    width = {name: each.leads[0].high / each.leads[0].low for name, each in both.items()}
    assert width["moving"] > width["calm"] > alone["calm"].leads[0].high / alone["calm"].leads[0].low


def test_drift_between_blocks_is_nobodys() -> None:
    """That the machine was slower in one block changes no ratio, and makes no answer less sure."""
    drifting = {name: [times(factor), times(1.5 * factor)] for name, factor in (("a", 1.0), ("b", 1.4))}
    [lead], [same] = answers({"x": drifting}, [SIDE_BY_SIDE] * 2)["x"].leads, answer(1.0, 1.4, blocks=2).leads
    assert (lead.ratio, lead.low) == (pytest.approx(same.ratio), pytest.approx(same.low))


@pytest.mark.parametrize("missing", [[[], times(2)], [[]], []])
def test_only_whole_blocks_count(missing: list[list[float]]) -> None:
    """A block without one of the contenders is left out; without any whole block there is no answer."""
    found = answers({"x": {"a": [times(), times()], "b": missing}}, [SIDE_BY_SIDE] * 2)
    assert {name: each.blocks for name, each in found.items()} == ({"x": 1} if len(missing) == 2 else {})


# Noise


def test_warm_up_is_no_scatter() -> None:
    """Rounds that get faster one by one make nobody much less sure than steady ones."""
    falling = [1.0 + 0.2 * 0.7**n for n in range(8)]
    found = answers({"x": {"a": [falling], "b": [[1.5 * each for each in falling]]}}, [SIDE_BY_SIDE])["x"]
    assert found.kind is AnswerKind.WINNER


def test_like_rounds_are_compared() -> None:
    """Where a JVM gets faster with each round, one with more rounds is no faster for that."""
    falling = [2 * 0.9**n for n in range(20)]
    [pair] = pairs_of({"x": {"a": [falling], "b": [falling[:4]]}}, [SIDE_BY_SIDE])["x"]
    assert pair.log_ratio == 0


def test_noisy_rounds_make_noisy_jvms() -> None:
    """Where rounds scatter more than recorded ones do, JVMs are expected to, as well."""
    wild = [1.0, 1.3, 0.8, 1.2, 0.7, 1.1] * 5
    calm, restless = (
        pairs_of({"x": {"a": [rounds], "b": [rounds]}}, [SIDE_BY_SIDE])["x"][0].variance
        for rounds in (STEADY * 5, wild)
    )
    assert calm < 2 * SIDE_BY_SIDE.variance + 0.001 and restless > 10 * SIDE_BY_SIDE.variance


def test_rulers_tell_how_far_the_machine_moved() -> None:
    """Rulers that agree leave what was recorded; those that don't add what they show; without a pair, nobody knows."""
    calm, moved = apart([[1.0, 1.0, 1.0], [0.5, 0.5, 0.5]]), apart([[1.0, 1.5, 1.0], [0.5, 0.9, 0.7]])
    assert calm and moved and SIDE_BY_SIDE.variance < CASE + SHARED
    assert CASE < calm.variance < CASE + SHARED < 0.02 < moved.variance
    assert apart([]) is apart([[1.0], [2.0]]) is None


def test_missing_ruler() -> None:
    """Rulers are grouped by moment; where one failed, none counts."""
    rulers = [
        {"when": "before", "median_s": 1.0},
        {"when": "after", "median_s": 0.5},
        {"when": "before", "median_s": 2},
    ]
    assert rulers_of(rulers) == [[1.0, 2], [0.5]]
    assert rulers_of([*rulers, {"when": "after", "median_s": None}]) == [] == rulers_of([])


# Properties

rounds = st.lists(st.floats(0.001, 1000), min_size=1, max_size=5)
suites = st.dictionaries(
    st.text("xyz", min_size=1, max_size=3),
    st.dictionaries(st.sampled_from("abcd"), st.lists(rounds, min_size=2, max_size=2), max_size=4),
    max_size=6,
)


@given(suites)
def test_any_times(suite: dict[str, dict[str, list[list[float]]]]) -> None:
    """Whatever was measured, each question with rivals has an answer, and each interval holds its ratio."""
    found = answers(suite, [SIDE_BY_SIDE, Noise(0.01, 8)])
    assert set(found) == {name for name, contenders in suite.items() if len(contenders) > 1}
    for name, each in found.items():
        assert {each.ahead[0], *(lead.rival for lead in each.leads)} == set(suite[name])
        assert (each.kind is AnswerKind.WINNER) == (len(each.ahead) == 1) and each.blocks == 2
        assert (each.apart is not None) == (each.kind is AnswerKind.TIE)
        assert all(0 <= lead.low <= lead.ratio <= lead.high and lead.ratio >= 1 for lead in each.leads)


@given(suites, st.floats(0.01, 100))
def test_unit_of_time(suite: dict[str, dict[str, list[list[float]]]], unit: float) -> None:
    """Answers are the same in any unit of time."""
    scaled = {
        q: {c: [[unit * t for t in b] for b in blocks] for c, blocks in each.items()} for q, each in suite.items()
    }
    noises = [SIDE_BY_SIDE] * 2
    there, here = answers(suite, noises), answers(scaled, noises)
    assert {q: (a.kind, len(a.ahead)) for q, a in there.items()} == {q: (a.kind, len(a.ahead)) for q, a in here.items()}
