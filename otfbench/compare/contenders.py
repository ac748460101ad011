"""Two contenders of a question beside each other: the ratio of their times, and its variance. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from otfbench.compare import noise
from otfbench.compare.noise import Noise
from otfbench.compare.variance import MOST_DF, moderated, satterthwaite

Rounds = Sequence[float]
"""Wall seconds of timed rounds in their order."""
Questions = Mapping[str, Mapping[str, Sequence[Rounds]]]
"""Question -> contender -> its rounds in each block; none where it has none."""
_ALIKE = 0.03
"""The largest difference of log times between all rounds and the first of them, before the rest count as warm-up.

"The first" are as many as other contenders have. Chosen: as small as otfbench.compare.significance.MINIMUM.
"""


@dataclass(frozen=True)
class Pair:
    """log(rival / first), the variance that it has in one block, and the degrees of freedom of that."""

    first: str
    rival: str
    log_ratio: float
    variance: float
    df: float
    blocks: int
    variances: tuple[float, float]
    """The parts of the variance that come from the first and from the rival."""
    between: float
    """The part of each of these that JVMs add, however many rounds there are."""


@dataclass(frozen=True)
class _Level:
    """The log time of a contender in one block, and the variance of that for the scatter of its rounds."""

    value: float
    variance: float


def pairs_of(questions: Questions, noises: Sequence[Noise]) -> dict[str, list[Pair]]:
    """The first of each question with each of its rivals, the nearest first; `noises`: of each block.

    Only blocks count that have all contenders; a question is left out that has no such block, or nobody to compare.
    """
    whole = {name: _whole_blocks(contenders, len(noises)) for name, contenders in questions.items()}
    whole = {name: blocks for name, blocks in whole.items() if blocks and len(questions[name]) > 1}
    logs = {
        (name, contender, block): [math.log(wall) for wall in questions[name][contender][block]]
        for name, blocks in whole.items()
        for contender in questions[name]
        for block in blocks
    }
    variances, df = _round_variances(list(logs.values()))
    round_variance = dict(zip(logs, variances, strict=True))
    levels: dict[str, dict[str, list[_Level]]] = {}
    for name, blocks in whole.items():
        fewest = [min(len(logs[name, each, block]) for each in questions[name]) for block in blocks]
        levels[name] = {
            each: [
                _level(logs[name, each, block], few, round_variance[name, each, block])
                for block, few in zip(blocks, fewest, strict=True)
            ]
            for each in questions[name]
        }
    scale = max(1.0, median(variances) / noise.ROUNDS) if variances else 1.0
    between = {name: _mean_noise([noises[n] for n in blocks], scale) for name, blocks in whole.items()}
    factor = _factor(levels, between)
    return {name: _pairs(each, between[name], df, factor) for name, each in levels.items()}


def _whole_blocks(contenders: Mapping[str, Sequence[Rounds]], blocks: int) -> list[int]:
    return [n for n in range(blocks) if all(len(each) > n and each[n] for each in contenders.values())]


def _round_variances(cases: Sequence[Sequence[float]]) -> tuple[list[float], float]:
    """The variance of a round in each case, and the degrees of freedom of one.

    Taken from differences of neighbours, for rounds that get faster one by one do not scatter. Its degrees of freedom
    are those of von Neumann's mean square successive difference. A case that scatters more than others is less certain;
    one that scatters less, by chance or not, is as certain as what is common makes it.
    """
    variances = []
    for logs in cases:
        count = len(logs) - 1
        squares = sum((after - before) ** 2 for before, after in pairwise(logs))
        variances.append((squares / 2 / count, 2 * count**2 / (3 * count - 1)) if count else (0.0, 0.0))
    known = sum(df for _, df in variances)
    drawn, prior_df = moderated(variances)
    freedom = min(prior_df + known / max(1, len(variances)), known)
    if not prior_df:
        drawn = [(noise.DF * noise.ROUNDS + df * value) / (noise.DF + df) for value, df in variances]
        freedom = noise.DF
    return [max(own, value) for (own, _), value in zip(variances, drawn, strict=True)], freedom


def _level(logs: Sequence[float], fewest: int, round_variance: float) -> _Level:
    """The level of all rounds, or of as many as others have if later ones are faster: a JVM keeps warming up."""
    like = logs[:fewest]
    used = like if abs(middle(like) - middle(logs)) > _ALIKE else logs
    return _Level(middle(used), round_variance / len(used))


def middle(values: Sequence[float]) -> float:
    """The interquartile mean, which like the median knows no hiccup of a round.

    Of n recorded rounds it varies by 1 / n of what one does, as a mean of normal ones would; the median by 1.1 / n.
    """
    ordered, cut = sorted(values), len(values) / 4
    weights = [max(0.0, min(1.0, n + 1 - cut, len(ordered) - cut - n)) for n in range(len(ordered))]
    return sum(weight * value for weight, value in zip(weights, ordered, strict=True)) / sum(weights)


def _mean_noise(noises: Sequence[Noise], scale: float) -> Noise:
    return Noise(scale * fmean(each.variance for each in noises), fmean(each.df for each in noises))


def _factor(levels: Mapping[str, Mapping[str, Sequence[_Level]]], between: Mapping[str, Noise]) -> float:
    """How much more, or less, than expected the blocks of all questions together vary; 1 where there is one."""
    squares = freedom = 0.0
    for name, each in levels.items():
        rest, df = _rest([[level.value for level in of_one] for of_one in each.values()])
        rounds = fmean(level.variance for of_one in each.values() for level in of_one)
        squares, freedom = squares + rest / (between[name].variance + rounds), freedom + df
    return (noise.DF + squares) / (noise.DF + freedom)


def _rest(values: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The squares of what neither contender nor block explains, and their degrees of freedom."""
    blocks = [fmean(column) for column in zip(*values, strict=True)]
    everywhere = fmean(blocks)
    rest = sum((v - fmean(row) - b + everywhere) ** 2 for row in values for v, b in zip(row, blocks, strict=True))
    return rest, (len(values) - 1) * (len(blocks) - 1)


def _pairs(levels: Mapping[str, Sequence[_Level]], between: Noise, df: float, factor: float) -> list[Pair]:
    first, *rivals = sorted(levels, key=lambda name: fmean(level.value for level in levels[name]))
    pairs = [_pair((first, rival), levels, between, df, factor) for rival in rivals]
    return sorted(pairs, key=lambda pair: pair.log_ratio)


def _pair(
    names: tuple[str, str], levels: Mapping[str, Sequence[_Level]], between: Noise, df: float, factor: float
) -> Pair:
    """The variance of one block is what is known of JVMs and rounds, and what the pair's own blocks show."""
    ones, others = (levels[name] for name in names)
    ratios = [other.value - one.value for one, other in zip(ones, others, strict=True)]
    log_ratio, own_df = fmean(ratios), len(ratios) - 1
    rounds = (fmean(level.variance for level in ones), fmean(level.variance for level in others))
    expected = factor * (2 * between.variance + sum(rounds))
    expected_df = min(MOST_DF, satterthwaite((2 * between.variance, between.df), *((each, df) for each in rounds)))
    squares = sum((ratio - log_ratio) ** 2 for ratio in ratios)
    variance = (expected_df * expected + squares) / (expected_df + own_df)
    scale = factor * variance / expected
    first, rival = (scale * (between.variance + each) for each in rounds)
    df = min(MOST_DF, expected_df + own_df)
    return Pair(*names, log_ratio, variance, df, len(ratios), (first, rival), scale * between.variance)
