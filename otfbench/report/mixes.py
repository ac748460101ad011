"""Which format suits a mix of operations: the mixes of a run, and their answers. Knows no page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otfbench.compare.mixes import mix_answers
from otfbench.compare.winners import Answer
from otfbench.report.questions import (
    NEEDS_SCIPY,
    Block,
    Key,
    RowAnswer,
    comparable_blocks,
    contender_times,
    question,
    rows_of,
    too_few,
)
from otfbench.runs.record import Record

MIXES: dict[str, dict[str, float]] = {
    "append-heavy": {"append": 100, "scan": 1, "compact": 1},
    "update-heavy": {"merge": 50, "look_up": 50, "scan": 1, "compact": 1},
    "scan-heavy": {"scan": 50, "filter": 50, "group": 10, "append": 1},
}
"""Ours: how often each operation is done. Those of the run's configuration come beside them."""


@dataclass(frozen=True)
class MixAnswer:
    """What a run says of a mix."""

    name: str
    weights: Mapping[str, float]
    """Operation, with what else names its row, -> how often."""
    answer: RowAnswer
    left_out: tuple[str, ...] = ()
    """The contenders that lack one of the operations."""

    @property
    def description(self) -> str:
        """append-heavy: 100 append, 1 scan, 1 compact."""
        parts = ", ".join(f"{weight:g} {name.replace('_', ' ')}" for name, weight in self.weights.items())
        without = f" (without {', '.join(self.left_out)})" if self.left_out else ""
        return f"{self.name}: {parts}{without}"


def run_mixes(rows: Mapping[Key, Sequence[Record]], blocks: Sequence[Block]) -> tuple[MixAnswer, ...]:
    """The answers of our mixes, and of those of the configuration; `rows` are those of all blocks together.

    Of ours only those that have an answer; of the user's also why there is none.
    """
    asked: Mapping[str, Mapping[str, float]] = blocks[-1][0].options.get("mixes", {})
    mixes = {**MIXES, **asked}
    comparable, doubt = comparable_blocks(blocks)
    known = [(noise, rows_of(records)) for noise, records in comparable]
    times = {
        _words(question(*key)): contender_times(key, row, [each for _, each in known]) for key, row in rows.items()
    }
    questions = {name: each for name, each in times.items() if not too_few(each)}
    spelled = {name: {_words(each): weight for each, weight in mix.items()} for name, mix in mixes.items()}
    try:
        answers = mix_answers(questions, [noise for noise, _ in known], spelled) if known else {}
    except ModuleNotFoundError:  # the summary of a run is there without it, too
        answers, known, doubt = {}, [], NEEDS_SCIPY
    answered = [_answered(name, mixes[name], each, times, spelled[name]) for name, each in answers.items()]
    missing = [name for name in asked if name not in answers]
    reasons = {name: _why_not(spelled[name], times, questions) if known else doubt for name in missing}
    return (*answered, *(MixAnswer(name, mixes[name], RowAnswer(reason=reasons[name])) for name in missing))


def _answered(
    name: str, weights: Mapping[str, float], answer: Answer, times: Mapping[str, Mapping[str, Any]], mix: Iterable[str]
) -> MixAnswer:
    ranked = tuple(dict.fromkeys([*answer.ahead, *(lead.rival for lead in answer.leads)]))
    contenders = dict.fromkeys(each for name in mix for each in times[name])
    left_out = tuple(each for each in contenders if each not in ranked)
    return MixAnswer(name, weights, RowAnswer(ranked, answer.ahead, answer), left_out)


def _words(name: str) -> str:
    """`look_up` is called so in code, and look up in tables: both are understood."""
    return name.replace("_", " ")


def _why_not(mix: Iterable[str], times: Collection[str], questions: Collection[str]) -> str:
    for name in mix:
        if name not in times:
            return f"{name} was not measured"
        if name not in questions:
            return f"{name} has not two formats with two rounds each"
    return "no two formats were measured in all of it"
