"""What two runs with one JVM per format each can say of times: shifts, spread, intervals. Knows no run file.

Formats of one run are ranked in otfbench.compare.winners.

The independent unit is a JVM, not a round. A case's log ratio is made of what its whole JVM did (the median of the
JVM's cases), of what chance did to the case between JVMs (the spread of all cases around those medians) and of the
scatter of its rounds. The scatter is moderated across cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from otfbench.compare.variance import MOST_DF, finite_exp, moderated, quantile, satterthwaite, variance

ALPHA = 0.005
"""The family-wise error rate: the share of comparisons of equal runs in which any case may be called different.

The same as of an A/B comparison (otfbench.compare.ab.ALPHA).
"""
MINIMUM = 0.03
"""The smallest share by which times have to differ to be called different, however small the error is.

Chosen: two equal JVMs differ in a case by about as much (otfbench.compare.noise.CASE).
"""
POWER = 0.9
"""The power by which the minimum detectable effect is computed: the chance that a change of that size is seen.

A change also widens the spread that it is held against, so that in fact four in five are seen
(tests/compare/test_significance.py).
"""
_ENOUGH = 5
"""The fewest cases that tell how a JVM shifts and how they scatter; of rulers, one fewer.

Chosen: of fewer cases one that changed itself would move the median.
"""
_HALF, _NINE_TENTHS = 0.6745, 1.6449
"""The standard deviations within which half and nine tenths of normal values lie; one case in ten may have changed."""


@dataclass(frozen=True)
class CasePair:
    """Wall seconds of the rounds of one case in two runs, and the JVM that it ran in."""

    id: str
    jvm: str
    base: Sequence[float]
    head: Sequence[float]

    @property
    def log_ratio(self) -> float:
        """log(median of head / median of base)."""
        return math.log(median(self.head) / median(self.base))


@dataclass(frozen=True)
class Interval:
    """A ratio head / base of times, and where chance in this case alone would leave it."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate(Interval):
    """The ratio of a case's medians, with the smallest change to be seen."""

    min_detectable_effect: float
    """A share: 0.14 is 14 %."""
    significant: bool
    """Whether the ratio differs significantly from the shift of its JVM, and by more than MINIMUM."""


@dataclass(frozen=True)
class Shift:
    """What all cases of a JVM have in common: a ratio of times, beside that of the rulers of both runs."""

    jvm: str
    cases: int
    ratio: float
    rulers: float | None
    """How the machine itself moved; None without rulers."""
    min_detectable_effect: float | None
    """The smallest shift beyond the rulers' that could be seen; None with too few rulers to know their spread."""
    significant: bool


@dataclass(frozen=True)
class Times:
    """Estimates by case id, none where too few cases and rulers are there to know the spread; shifts by JVM."""

    estimates: Mapping[str, Estimate]
    shifts: Sequence[Shift]


def compare_times(pairs: Sequence[CasePair], rulers: Sequence[float]) -> Times:
    """What the pairs say; `rulers`: log ratios head / base of the same ruler at the same moment of a JVM's life."""
    if not pairs:
        return Times({}, [])
    centers = _centers(pairs, rulers)
    variances = [_within_variance(pair) for pair in pairs]
    within, prior_df = moderated(variances)
    spread, df = _between_variance(pairs, centers, rulers)
    if spread is None:
        return Times({}, [])
    between = max(0.0, spread - median(within))
    size = {jvm: sum(pair.jvm == jvm for pair in pairs) for jvm in centers}
    estimates = {}
    for pair, (own_variance, own_df), noise in zip(pairs, variances, within, strict=True):
        freedom = min(MOST_DF, satterthwaite((between, df), (noise, prior_df + own_df)))
        noise = max(own_variance, noise)  # a hiccup makes a case less certain, and no other one more so
        deviation = math.sqrt((between + noise) * (1 + 1 / size[pair.jvm]))
        estimates[pair.id] = _estimate(pair.log_ratio, centers[pair.jvm], deviation, freedom, len(pairs))
    shifts = [_shift(jvm, size[jvm], center, spread, rulers, len(centers)) for jvm, center in centers.items()]
    return Times(estimates, shifts)


def min_detectable_effect(t_critical: float, df: float, deviation: float) -> float:
    """The smallest change, as a share, that is seen with the chance POWER where a log ratio deviates so far."""
    return max(MINIMUM, finite_exp((t_critical + quantile(df, POWER)) * deviation) - 1)


def _estimate(log_ratio: float, center: float, deviation: float, df: float, family: int) -> Estimate:
    t_critical = quantile(df, 1 - ALPHA / 2 / family)
    reach = t_critical * deviation
    return Estimate(
        ratio=finite_exp(log_ratio),
        low=finite_exp(log_ratio - reach),
        high=finite_exp(log_ratio + reach),
        min_detectable_effect=min_detectable_effect(t_critical, df, deviation),
        significant=abs(log_ratio - center) > max(reach, math.log1p(MINIMUM)),
    )


def _shift(jvm: str, cases: int, center: float, spread: float, rulers: Sequence[float], family: int) -> Shift:
    """Rulers are the same work in both runs: how they scatter tells how far a JVM moves though nothing changed."""
    if not rulers:
        return Shift(jvm, cases, finite_exp(center), None, None, False)
    machine = median(rulers)
    if len(rulers) < _ENOUGH - 1:
        return Shift(jvm, cases, finite_exp(center), finite_exp(machine), None, False)
    df = len(rulers) - 1
    deviation = math.sqrt(variance(rulers, median(rulers)) + math.pi / 2 * spread / cases)
    t_critical = quantile(df, 1 - ALPHA / 2 / family)
    reach = max(t_critical * deviation, math.log1p(MINIMUM))
    detectable = min_detectable_effect(t_critical, df, deviation)
    significant = cases >= _ENOUGH and abs(center - machine) > reach
    return Shift(jvm, cases, finite_exp(center), finite_exp(machine), detectable, significant)


def _centers(pairs: Sequence[CasePair], rulers: Sequence[float]) -> dict[str, float]:
    """JVM -> the median of its cases; of all cases where it has too few to tell a shift from a case's own change."""
    everywhere = median(rulers) if len(pairs) < _ENOUGH and rulers else median(pair.log_ratio for pair in pairs)
    logs: dict[str, list[float]] = {}
    for pair in pairs:
        logs.setdefault(pair.jvm, []).append(pair.log_ratio)
    return {jvm: median(each) if len(each) >= _ENOUGH else everywhere for jvm, each in logs.items()}


def _between_variance(
    pairs: Sequence[CasePair], centers: Mapping[str, float], rulers: Sequence[float]
) -> tuple[float | None, float]:
    """The variance of cases around their JVM's median, and its degrees of freedom; that of rulers if cases are few."""
    df = len(pairs) - len(centers)
    if df >= _ENOUGH:
        off = sorted(abs(pair.log_ratio - centers[pair.jvm]) for pair in pairs)
        sigma = max(median(off) / _HALF, off[int(0.9 * (len(off) - 1))] / _NINE_TENTHS)
        return sigma**2 * len(pairs) / df, df
    return (variance(rulers, median(rulers)), len(rulers) - 1) if len(rulers) > 1 else (None, 0)


def _within_variance(pair: CasePair) -> tuple[float, float]:
    """The variance that the scatter of rounds gives to a pair's log ratio, and its degrees of freedom.

    Like rounds are compared with like ones: that each is faster than the one before is no scatter.
    """
    logs = [math.log(after / before) for before, after in zip(pair.base, pair.head, strict=False)]
    if len(logs) < 2:
        return 0.0, 0.0
    # The median of three and more is less steady than their mean: by pi / 2, for many and normal ones.
    return variance(logs, fmean(logs)) / len(logs) * (math.pi / 2 if len(logs) > 2 else 1), len(logs) - 1
