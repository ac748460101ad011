"""Decides winners: of each question of a suite, who is the fastest, or whether it is a tie or open. Knows no report.

A time is the product of what its contender takes, of what its JVM does to the case for as long as it lives, and of
what chance does to the round; so all is done with logarithms. A block is a JVM of each contender. Rounds tell how far
rounds scatter, and blocks how far JVMs do; where there is one block, recorded JVMs tell it (otfbench.compare.noise).

A winner is called at a family-wise error rate: in no more than one of a hundred suites is any called wrongly. Each is
faster than all of its rivals, so the nearest one is what it has to beat, and the number of rivals costs nothing
(an intersection-union test: Berger 1982, doi:10.1080/00401706.1982.10487790); questions count by Holm's steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from otfbench.compare.contenders import Pair, Questions, pairs_of
from otfbench.compare.noise import Noise
from otfbench.compare.variance import finite_exp, quantile

ALPHA = 0.01
"""The family-wise error rate of winners: the share of suites in which any of them may be wrong.

It is also that of rivals called slower than those that tie. benchmarks/self/answer_rates.py shows that it holds with
the noise of real JVMs.
"""
TIE = 0.10
"""The largest share by which contenders may differ and still tie.

Chosen: one run finds 3 % of the differences of this size (docs/measuring.md).
"""
TIE_ALPHA = 0.05
"""The share of questions in which contenders that are further apart may be called tied.

Not family-wise, and so larger than ALPHA: a wrong tie costs little (docs/measuring.md).
"""
MOST_BLOCKS = 20
"""The most further runs that are advised. Chosen: a difference that needs more is too small to matter."""


class AnswerKind(str, Enum):
    """The three kinds of an answer."""

    WINNER = "winner"
    TIE = "tie"
    OPEN = "open"


@dataclass(frozen=True)
class Lead:
    """How much longer a rival takes than the first: a ratio of times, and its interval."""

    rival: str
    ratio: float
    low: float
    high: float
    slower: bool
    """Whether the rival is significantly slower."""


@dataclass(frozen=True)
class Answer:
    """Which contender is the fastest, and how sure that is."""

    kind: AnswerKind
    ahead: tuple[str, ...]
    """The winner; those that tie; those that may be the fastest; the one with the least time first."""
    leads: tuple[Lead, ...]
    """What the first has over each rival, the nearest first."""
    blocks: int
    apart: float | None = None
    """The largest share by which those that tie may differ; None if they don't tie."""
    more_blocks: int | None = None
    """How many more would close an open question, if times stay as they are; None for more than MOST_BLOCKS."""


def answers(questions: Questions, noises: Sequence[Noise], looks: int = 1) -> dict[str, Answer]:
    """The answers of a suite; `noises`: of each block. None of a question without two contenders in one block."""
    return decide(pairs_of(questions, noises), looks)


def decide(pairs: Mapping[str, Sequence[Pair]], looks: int = 1) -> dict[str, Answer]:
    """The answers to a family of questions; `pairs`: for each, the first contender with its rivals, the nearest first.

    `looks`: how often the answers are looked at; each look gets an equal share of the error rates, so that these hold
    over all looks.
    """
    family, won = len(pairs), set[str]()
    decided: dict[str, Answer] = {}
    while True:
        level = ALPHA / looks / max(1, family - len(won))
        decided |= {name: _answer(pairs[name], level, TIE_ALPHA / looks) for name in pairs if name not in won}
        winners = {name for name, answer in decided.items() if answer.kind is AnswerKind.WINNER}
        if winners == won:
            return decided
        won = winners


def _answer(pairs: Sequence[Pair], level: float, tie_level: float) -> Answer:
    """The answer to one question at these error rates; `pairs`: the first contender with each rival."""
    leads = _leads(pairs, level)
    first, blocks = pairs[0].first, min(pair.blocks for pair in pairs)
    if all(lead.slower for lead in leads):
        return Answer(AnswerKind.WINNER, (first,), leads, blocks)
    leads = _leads(pairs, level / len(pairs))
    near = [pair for pair, lead in zip(pairs, leads, strict=True) if not lead.slower]
    ahead = (first, *(pair.rival for pair in near))
    apart = max(pair.log_ratio + _reach(pair, 2 * tie_level) for pair in near)
    if apart <= math.log1p(TIE):
        return Answer(AnswerKind.TIE, ahead, leads, blocks, apart=finite_exp(apart) - 1)
    return Answer(AnswerKind.OPEN, ahead, leads, blocks, more_blocks=_more_blocks(pairs, level, tie_level))


def _leads(pairs: Sequence[Pair], level: float) -> tuple[Lead, ...]:
    return tuple(_lead(pair, _reach(pair, level)) for pair in pairs)


def _lead(pair: Pair, reach: float) -> Lead:
    low, high = pair.log_ratio - reach, pair.log_ratio + reach
    return Lead(pair.rival, finite_exp(pair.log_ratio), finite_exp(low), finite_exp(high), low > 0)


def _reach(pair: Pair, level: float) -> float:
    """Half the width of the interval of the log ratio, at a two-sided error rate."""
    return quantile(pair.df, 1 - level / 2) * math.sqrt(pair.variance / pair.blocks)


def _more_blocks(pairs: Sequence[Pair], level: float, tie_level: float) -> int | None:
    """How many more blocks would answer the question, were each like those that are there.

    Either all rivals are slower than the first, or each is slower or ties.
    """
    win = max(_blocks(pair, pair.log_ratio, level) for pair in pairs)
    tie = max(
        min(
            _blocks(pair, pair.log_ratio, level / len(pairs)),
            _blocks(pair, math.log1p(TIE) - pair.log_ratio, 2 * tie_level),
        )
        for pair in pairs
    )
    more = math.ceil(min(win, tie, 1e9)) - pairs[0].blocks
    return more if more <= MOST_BLOCKS else None


def _blocks(pair: Pair, distance: float, level: float) -> float:
    """With how many blocks half the width of the interval is no more than this distance."""
    return pair.blocks * (_reach(pair, level) / distance) ** 2 if distance > 0 else math.inf
