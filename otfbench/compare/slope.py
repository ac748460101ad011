"""How a figure changes from step to step: the slope, and its interval. Knows no table and no report.

The slope is the median of those between each two points (P. K. Sen, "Estimates of the Regression Coefficient Based on
Kendall's Tau", JASA 63, 1968): one slow step in a life doesn't move it. Its interval asks for no distribution of the
steps, but takes them as independent of each other; where a machine gets slower for a minute it is too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist, fmean, median

from otfbench.compare.growth import Span

LEVEL = 0.99
"""The confidence level of the interval: in 99 of 100 lives it holds the true slope."""
LEAST_STEPS = 8
"""The fewest points of which a slope is told: with fewer the interval of this level spans nearly all slopes."""


def slope(xs: Sequence[float], ys: Sequence[float]) -> Span | None:
    """The slope of y over x; None with fewer than LEAST_STEPS points. Each x is there once.

    The ends are the slopes whose ranks lie z * sqrt(n (n - 1) (2 n + 5) / 18) / 2 around the middle one: Sen (1968).
    """
    if len(xs) < LEAST_STEPS:
        return None
    points = sorted(zip(xs, ys, strict=True))
    slopes = sorted((second[1] - first[1]) / (second[0] - first[0]) for first, second in combinations(points, 2))
    n = len(points)
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    first, last = math.floor((len(slopes) - reach) / 2), math.ceil((len(slopes) + reach) / 2)
    return Span(median(slopes), slopes[max(0, first - 1)], slopes[min(len(slopes) - 1, last)])


def degradation_rate(ys: Sequence[float]) -> float | None:
    """The mean of (this step - the one before) / the one before, as LST-Bench has it; None with fewer than two.

    It is no share of a whole life: steps that scatter raise it though nothing grows (1, 2, 1, 2 gives 33 %).
    """
    changes = [(later - earlier) / earlier for earlier, later in zip(ys, ys[1:], strict=False) if earlier > 0]
    return fmean(changes) if changes else None
