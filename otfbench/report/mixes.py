"""Which format suits a mix of operations: the mixes of a run, and their answers. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otfbench.compare.answers import Lead
from otfbench.compare.mixes import mix_answers
from otfbench.compare.noise import Noise
from otfbench.report.answers import Block, Key, RowAnswer, contender_times, noise_of, rows_of
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

    @property
    def description(self) -> str:
        """append-heavy: 100 append, 1 scan, 1 compact."""
        parts = ", ".join(f"{weight:g} {name.replace('_', ' ')}" for name, weight in self.weights.items())
        return f"{self.name}: {parts}"


def run_mixes(rows: Mapping[Key, Sequence[Record]], blocks: Sequence[Block]) -> tuple[MixAnswer, ...]:
    """The answers of our mixes, and of those of the configuration; `rows` are those of all blocks together.

    Of ours only those that have an answer; of the user's also why there is none.
    """
    asked: Mapping[str, Mapping[str, float]] = blocks[0][0].options.get("mixes", {})
    mixes = {**MIXES, **asked}
    noises = [(noise_of(run), rows_of(records)) for run, records in blocks]
    known = [(noise, each) for noise, each in noises if isinstance(noise, Noise)]
    doubt = next((noise for noise, _ in noises if isinstance(noise, str)), "")
    names = {_question(key): key for key in rows}
    times = {name: contender_times(key, rows[key], [each for _, each in known]) for name, key in names.items()}
    questions = {name: each for name, each in times.items() if _is_told(each)}
    try:
        found = mix_answers(questions, [noise for noise, _ in known], mixes) if known else {}
    except ModuleNotFoundError:  # scipy: the summary of a run is there without it, too
        found = {}
    answered = {name: RowAnswer(_all(each.ahead, each.leads), each.ahead, each) for name, each in found.items()}
    missing = {
        name: RowAnswer(reason=_why_not(mixes[name], names) if known else doubt) for name in asked if name not in found
    }
    return tuple(MixAnswer(name, mixes[name], answer) for name, answer in {**answered, **missing}.items())


def _question(key: Key) -> str:
    return " ".join(part for part in key if part)


def _is_told(times: Mapping[str, Sequence[Sequence[float]]]) -> bool:
    return len(times) > 1 and all(sum(map(len, blocks)) > 1 for blocks in times.values())


def _all(ahead: Sequence[str], leads: Sequence[Lead]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*ahead, *(lead.rival for lead in leads)]))


def _why_not(mix: Mapping[str, float], names: Mapping[str, Key]) -> str:
    absent = [name for name in mix if name not in names]
    return f"{absent[0]} was not measured" if absent else "there are no two formats that can be compared in all of it"
