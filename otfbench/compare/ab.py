"""Is head slower than base? Pairs of runs, looked at again and again: regressed, improved, pass, or inconclusive.

Knows no run file. A pair is a run of base and one of head, each in a process of its own, one after the other; what
counts of it is the logarithm of head's time over base's, case by case, as medians of rounds. Pairs are looked at after
2, 4, 8, 16 and 24, and a case is measured no longer than its answer needs:

- *regressed* or *improved* is what differs significantly, by more than MINIMUM. Variances of few pairs are moderated
  over all cases (otfbench.compare.variance); hypotheses (cases, by two measures) count by Holm's steps, and each look
  gets an equal share of the error rate, so that it holds over all of them, whenever it ends.
- A case is no longer measured, and *passes*, once its mean is below a bar that rises from look to look: that it would
  still turn out as regressed is unlikely. Ending for that reason can't make a false alarm.
- What is left at the last look passes if its interval ends below ALLOWED; otherwise the answer is *inconclusive*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import fmean, median

from otfbench.compare.significance import MINIMUM, Interval, min_detectable_effect
from otfbench.compare.variance import MOST_DF, finite_exp, moderated, quantile, variance

LOOKS = (2, 4, 8, 16, 24)
"""The numbers of pairs after which the answers are looked at; simulated in benchmarks/self/ab_rates.py."""
_ENOUGH = 4
"""The fewest pairs on which a case is called regressed or improved.

Chosen: two pairs of one case may be further off than those of all others.
"""
_TESTS = sum(each >= _ENOUGH for each in LOOKS)
ALPHA = 0.005
"""The family-wise error rate: the share of comparisons of equal sides in which any case may be called regressed.

The same for improved. Chosen: one false alarm in 200 comparisons (docs/ab-comparisons.md).
"""
ALLOWED = 0.10
"""The largest share by which a case may be slower and still pass at the last look; its interval must end below it.

Chosen: most regressions of this size are found with the pairs of the last look (docs/ab-comparisons.md).
"""
WALL, CPU = "wall", "executor CPU"
ALL = "all cases"
"""The median of all cases, pair by pair: a shift of a few percent that no case shows alone."""
_INTERVAL = 0.95
"""The level of the intervals that are shown, each case and measure for itself. Chosen: the usual one."""
_PROMISING = 0.05
"""The one-sided level at which a case is faster already, and so is measured on: it may still turn out as improved."""
_BARS = {2: -0.01, 4: 0.01, 8: 0.025, 16: 0.035}
"""Log ratios below which a case passes at a look: from simulated suites (benchmarks/self/ab_rates.py)."""

Ratios = Mapping[str, Mapping[str, Sequence[float]]]
"""Case -> measure -> log(head / base), one number for each pair."""


class AbVerdict(str, Enum):
    """The verdict on a case by its pairs."""

    REGRESSED = "regressed"
    INCONCLUSIVE = "inconclusive"
    IMPROVED = "improved"
    PASS = "pass"


@dataclass(frozen=True)
class AbEstimate(Interval):
    """A ratio by one measure, its 95 % interval, and the smallest change that these pairs could show."""

    min_detectable_effect: float
    """A share: 0.14 is 14 %."""


@dataclass(frozen=True)
class AbAnswer:
    """The verdict on a case; the measure that it rests on, and what each measure says."""

    verdict: AbVerdict
    measure: str
    estimates: Mapping[str, AbEstimate]
    pairs: int
    reason: str


@dataclass(frozen=True)
class _Series:
    """The mean of log ratios, its standard error and the degrees of freedom of that."""

    mean: float
    error: float
    df: float
    pairs: int

    def beyond(self, direction: int, level: float) -> bool:
        """Whether the mean is significantly more than nothing in this direction (1 or -1), and not too small."""
        return direction * self.mean > max(math.log1p(MINIMUM), self.reach(level))

    def reach(self, level: float) -> float:
        """How far the mean may be off, at a one-sided level."""
        return quantile(self.df, 1 - level) * self.error


def look(ratios: Ratios, answered: Mapping[str, AbAnswer], last: bool = False) -> dict[str, AbAnswer]:
    """The answers of earlier looks, and those that this look adds.

    `ratios` has all cases, each with the pairs that it was measured in; at the last look every case gets an answer that
    has two pairs.
    """
    series = _series(ratios)
    level = ALPHA / _TESTS / max(1, len(series))
    answers = dict(answered)
    for direction, verdict in ((1, AbVerdict.REGRESSED), (-1, AbVerdict.IMPROVED)):
        for case, measure in _differing(series, answers, direction, verdict):
            answers[case] = _answer(verdict, measure, "", _of(series, case), level)
    for case in ratios:
        measures = _of(series, case)
        if measures and case not in answers and (ended := _ended(measures, last)):
            answers[case] = _answer(*ended, measures, level)
    return answers


def all_cases(ratios: Ratios) -> dict[str, list[float]]:
    """Measure -> the median of all cases' log ratios, pair by pair; empty where fewer than five cases have one."""
    medians: dict[str, list[float]] = {}
    for measure in (WALL, CPU):
        each = [by[measure] for by in ratios.values() if measure in by]
        if len(each) >= 5:
            pairs = range(max(map(len, each)))
            medians[measure] = [median(values[n] for values in each if len(values) > n) for n in pairs]
    return medians


def _series(ratios: Ratios) -> dict[tuple[str, str], _Series]:
    """By case and measure; a measure's variances are moderated over its cases."""
    series = {}
    for measure in (WALL, CPU):
        each = {case: by[measure] for case, by in ratios.items() if len(by.get(measure, ())) > 1}
        variances = [(variance(values, fmean(values)), len(values) - 1.0) for values in each.values()]
        drawn, prior_df = moderated(variances)
        for (case, values), (own_variance, df), moderated_variance in zip(each.items(), variances, drawn, strict=True):
            freedom = max(1.0, min(MOST_DF, prior_df + df))
            error = math.sqrt(max(own_variance, moderated_variance, 1e-8) / len(values))
            series[case, measure] = _Series(fmean(values), error, freedom, len(values))
    return series


def _of(series: Mapping[tuple[str, str], _Series], case: str) -> dict[str, _Series]:
    return {measure: series[case, measure] for measure in (WALL, CPU) if (case, measure) in series}


def _differing(
    series: Mapping[tuple[str, str], _Series], answers: Mapping[str, AbAnswer], direction: int, verdict: AbVerdict
) -> Iterator[tuple[str, str]]:
    """Cases without an answer that differ in this direction, and the measure that shows it: Holm's steps."""
    rejected = sum(answer.verdict is verdict for answer in answers.values())
    surest_last = sorted(series.items(), key=lambda each: -each[1].error)
    tests = [(*name, each) for name, each in surest_last if name[0] not in answers and each.pairs >= _ENOUGH]
    found: dict[str, str] = {}
    while True:
        level = ALPHA / _TESTS / max(1, len(series) - rejected - len(found))
        more = {case: measure for case, measure, one in tests if one.beyond(direction, level)}
        if more.keys() == found.keys():
            return iter(more.items())
        found = more


def _ended(measures: Mapping[str, _Series], last: bool) -> tuple[AbVerdict, str, str] | None:
    """Whether a case that doesn't differ is measured no longer: what it is, by which measure, and why."""
    surest = min(measures, key=lambda measure: measures[measure].error)
    slowest = max(measures, key=lambda measure: measures[measure].mean)
    if last:
        highs = {measure: one.mean + one.reach(1 - _INTERVAL) for measure, one in measures.items()}
        highest = max(highs, key=lambda measure: highs[measure])
        if highs[highest] < math.log1p(ALLOWED):
            return AbVerdict.PASS, surest, f"not slower than by {ALLOWED:.0%}"
        return AbVerdict.INCONCLUSIVE, highest, f"its interval goes beyond +{ALLOWED:.0%}"
    least = math.log1p(MINIMUM) / 2
    promising = any(one.mean < -max(least, one.reach(_PROMISING)) for one in measures.values())
    if promising or measures[slowest].mean >= _bar(measures[slowest].pairs):
        return None
    return AbVerdict.PASS, surest, "it is unlikely to turn out as regressed"


def _bar(pairs: int) -> float:
    return max((bar for look, bar in _BARS.items() if look <= pairs), default=-math.inf)


def _answer(verdict: AbVerdict, measure: str, reason: str, measures: Mapping[str, _Series], level: float) -> AbAnswer:
    estimates = {name: _estimate(one, level) for name, one in measures.items()}
    return AbAnswer(verdict, measure, estimates, measures[measure].pairs, reason)


def _estimate(one: _Series, level: float) -> AbEstimate:
    reach = one.reach((1 - _INTERVAL) / 2)
    return AbEstimate(
        ratio=finite_exp(one.mean),
        low=finite_exp(one.mean - reach),
        high=finite_exp(one.mean + reach),
        min_detectable_effect=min_detectable_effect(quantile(one.df, 1 - level), one.df, one.error),
    )
