"""Which contender is the fastest at a mix of operations: how often each is done, times what it takes. Knows no report.

What a JVM does to all of its cases is in each of them, and so it is in their sum; what it does to one, and what chance
does to rounds, partly cancel out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from otfbench.compare import noise
from otfbench.compare.answers import Answer, decide
from otfbench.compare.noise import Noise
from otfbench.compare.pairs import Pair, Questions, middle, pairs_of

Mix = Mapping[str, float]
"""Question -> how often."""


def mix_answers(questions: Questions, noises: Sequence[Noise], mixes: Mapping[str, Mix]) -> dict[str, Answer]:
    """The answer of each mix whose questions have two contenders in common, at the error rate of a suite.

    `noises`: of each block. A mix with a question that has no answer has none, either.
    """
    pairs = pairs_of(questions, noises)
    shared = max(0.0, fmean(each.variance for each in noises) - noise.CASE)
    whole = {name: mix for name, mix in mixes.items() if all(question in pairs for question in mix)}
    compared = {name: _mixed(mix, questions, pairs, shared) for name, mix in whole.items()}
    return decide({name: each for name, each in compared.items() if each})


def _mixed(mix: Mix, questions: Questions, pairs: Mapping[str, Sequence[Pair]], shared: float) -> list[Pair]:
    """The first of a mix with each of its rivals, the nearest first; none without two that are in all its questions."""
    times = {question: _times_s(questions[question], pairs[question]) for question in mix}
    contenders = set.intersection(*(set(each) for each in times.values()))
    parts = {name: {question: mix[question] * times[question][name] for question in mix} for name in contenders}
    if len(contenders) < 2:
        return []
    sums = {name: sum(each.values()) for name, each in parts.items()}
    blocks = min(pair.blocks for question in mix for pair in pairs[question])
    df = min(pair.df for question in mix for pair in pairs[question])
    own = {question: max(pair.variance for pair in pairs[question]) / 2 for question in mix}
    variances = {
        name: shared + sum((part / sums[name]) ** 2 * max(0.0, own[q] - shared) for q, part in each.items())
        for name, each in parts.items()
    }
    first, *rivals = sorted(sums, key=lambda name: sums[name])
    return [
        Pair(first, rival, math.log(sums[rival] / sums[first]), variances[first] + variances[rival], df, blocks)
        for rival in rivals
    ]


def _times_s(contenders: Mapping[str, Sequence[Sequence[float]]], pairs: Sequence[Pair]) -> dict[str, float]:
    """Seconds of each contender: those of the first, and what the others take by their ratios."""
    first = pairs[0].first
    own = fmean(middle([math.log(wall) for wall in rounds]) for rounds in contenders[first] if rounds)
    return {first: math.exp(own), **{pair.rival: math.exp(own + pair.log_ratio) for pair in pairs}}
