"""Which contender is the fastest at a mix of operations: how often each is done, times what it takes. Knows no report.

What a JVM does to all of its cases is in each of them, and so it is in their sum; what it does to one, and what chance
does to rounds, partly cancel out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from otfbench.compare import noise
from otfbench.compare.contenders import Pair, Questions, middle, pairs_of
from otfbench.compare.noise import Noise
from otfbench.compare.winners import Answer, decide

Mix = Mapping[str, float]
"""Question -> how often it is done."""


def mix_answers(questions: Questions, noises: Sequence[Noise], mixes: Mapping[str, Mix]) -> dict[str, Answer]:
    """The answer of each mix whose questions have two contenders in common, at the error rate of a suite.

    `noises`: of each block. A mix with a question that has no answer has none, either.
    """
    pairs = pairs_of(questions, noises)
    common = max(0.0, 1 - noise.CASE / fmean(each.variance for each in noises))
    whole = {name: mix for name, mix in mixes.items() if all(question in pairs for question in mix)}
    compared = {name: _mixed(mix, questions, pairs, common) for name, mix in whole.items()}
    return decide({name: each for name, each in compared.items() if each})


def _mixed(mix: Mix, questions: Questions, pairs: Mapping[str, Sequence[Pair]], common: float) -> list[Pair]:
    """The first of a mix with each of its rivals, the nearest first; none without two that are in all its questions.

    `common`: which share of what JVMs add is the same for all cases of a JVM.
    """
    times = {question: _times_s(questions[question], pairs[question]) for question in mix}
    contenders = set.intersection(*(set(each) for each in times.values()))
    if len(contenders) < 2:
        return []
    parts = {name: {question: mix[question] * times[question][name] for question in mix} for name in contenders}
    sums = {name: sum(each.values()) for name, each in parts.items()}
    first, *rivals = sorted(sums, key=lambda name: sums[name])
    involved = [pair for question in mix for pair in pairs[question]]
    df, blocks = min(pair.df for pair in involved), min(pair.blocks for pair in involved)
    variances = {
        name: _variance({q: part / sums[name] for q, part in each.items()}, name, pairs, common)
        for name, each in parts.items()
    }
    between = max(pair.between for pair in involved)
    return [
        Pair(
            first, rival, math.log(sums[rival] / sums[first]), variances[first] + variances[rival], df, blocks,
            (variances[first], variances[rival]), between,
        )
        for rival in rivals
    ]  # fmt: skip


def _variance(shares: Mapping[str, float], name: str, pairs: Mapping[str, Sequence[Pair]], common: float) -> float:
    """The variance of the log of a sum, by the shares of its parts.

    What all parts have in common adds up; the rest partly cancels out.
    """
    together = apart = 0.0
    for question, share in shares.items():
        pair = next((each for each in pairs[question] if each.rival == name), pairs[question][0])
        shared = common * pair.between
        together += share * math.sqrt(shared)
        apart += share**2 * (pair.variances[pair.rival == name] - shared)
    return together**2 + apart


def _times_s(contenders: Mapping[str, Sequence[Sequence[float]]], pairs: Sequence[Pair]) -> dict[str, float]:
    """Seconds of each contender: those of the first, and what the others take by their ratios."""
    first = pairs[0].first
    log_time = fmean(middle([math.log(wall) for wall in rounds]) for rounds in contenders[first] if rounds)
    return {first: math.exp(log_time), **{pair.rival: math.exp(log_time + pair.log_ratio) for pair in pairs}}
