"""How a cost grows with the rows, of times that were made from a line: the line is found, and said how surely."""

from __future__ import annotations

import math
import random

import pytest

from otfbench.compare.growth import crossovers, growths
from otfbench.compare.noise import SIDE_BY_SIDE

FEW, MANY = 20_000, 200_000


def rounds(seed: int, seconds: float, count: int = 7) -> list[float]:
    """Times of rounds as they scatter on a quiet machine."""
    chance = random.Random(seed)
    return [seconds * math.exp(chance.gauss(0, 0.03)) for _ in range(count)]


def grown(seed: int = 0, **lines: tuple[float, float]):
    """The growth of contenders with this fixed cost, and this cost of a million rows, in seconds."""
    contenders = {
        name: {rows: [rounds(seed + rows + number, fixed + rows * million / 1e6)] for rows in (FEW, MANY)}
        for number, (name, (fixed, million)) in enumerate(lines.items())
    }
    return growths(contenders, [SIDE_BY_SIDE])


def test_line_is_found():
    """Fixed cost and cost per row lie in their intervals, and those are not wide."""
    one = grown(a=(0.5, 10.0))["a"]
    assert one.rows == (FEW, MANY)
    assert one.fixed_s.low < 0.5 < one.fixed_s.high and one.fixed_s.high - one.fixed_s.low < 0.3
    assert one.row_s.low < 10e-6 < one.row_s.high and one.row_s.high - one.row_s.low < 5e-6
    assert one.ratio.low < 2.5 / 0.7 < one.ratio.high
    assert one.time_s(FEW) == pytest.approx(one.times_s[0]) and one.time_s(MANY) == pytest.approx(one.times_s[1])


def test_intervals_hold():
    """In about 99 of 100 runs whose JVMs are as equal as recorded ones, the truth lies in each interval."""
    chance = random.Random(7)
    held = [0, 0, 0]
    for seed in range(400):
        factors = [math.exp(chance.gauss(0, math.sqrt(SIDE_BY_SIDE.variance))) for _ in (FEW, MANY)]
        counts = {FEW: 15, MANY: 3}  # the more a round takes, the fewer there are
        sizes = {
            rows: [rounds(seed * 10 + n, (0.5 + rows * 1e-5) * factors[n], counts[rows])]
            for n, rows in enumerate((FEW, MANY))
        }
        grown = growths({"a": sizes}, [SIDE_BY_SIDE])["a"]
        truths = [(grown.ratio, 2.5 / 0.7), (grown.fixed_s, 0.5), (grown.row_s, 1e-5)]
        for n, (span, truth) in enumerate(truths):
            held[n] += span.low < truth < span.high
    assert min(held) >= 0.97 * 400


def test_what_is_all_fixed():
    """Where rows cost nothing that shows, the cost per row isn't told from none, and the fixed cost is."""
    one = grown(a=(1.0, 0.0))["a"]
    assert one.row_s.low < 0 < one.fixed_s.low and one.faster_than_rows is None


def test_what_grows_faster_than_the_rows():
    """Twenty times as long for ten times the rows is twice as fast as the rows."""
    sizes = {FEW: [rounds(1, 0.5)], MANY: [rounds(2, 10.0)]}
    assert growths({"a": sizes}, [SIDE_BY_SIDE])["a"].faster_than_rows == pytest.approx(2, rel=0.1)


def test_low_fixed_cost_is_overtaken():
    """A low fixed cost is overtaken by a low cost per row, where the lines say; equal lines cross nowhere."""
    [one] = crossovers(grown(quick=(0.2, 20.0), steady=(1.0, 4.0)))
    assert (one.few, one.many) == ("quick", "steady") and one.rows == pytest.approx(50_000, rel=0.15)
    assert crossovers(grown(a=(0.5, 5.0), b=(0.5, 5.0))) == []


def test_one_size_is_no_growth():
    """A contender that was measured with one number of rows is left out, and one round tells nothing."""
    assert growths({"a": {FEW: [rounds(1, 1.0)]}}, [SIDE_BY_SIDE]) == {}
    assert growths({"a": {FEW: [[1.0]], MANY: [[2.0]]}}, [SIDE_BY_SIDE]) == {}


def test_blocks_narrow_it():
    """More runs make the intervals narrower."""
    widths = []
    for blocks in (1, 4):
        sizes = {rows: [rounds(rows + n, 0.5 + rows * 1e-5) for n in range(blocks)] for rows in (FEW, MANY)}
        ratio = growths({"a": sizes}, [SIDE_BY_SIDE] * blocks)["a"].ratio
        widths.append(ratio.high / ratio.low)
    assert widths[1] < widths[0]
