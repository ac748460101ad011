"""Which format is the fastest at something: the questions of a run, and their answers. Knows no page.

What is a question, who may win it, and on what its answer rests is decided here; how sure it is, in
otfbench.compare.winners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from otfbench.compare.noise import SIDE_BY_SIDE, Noise, apart, rulers_of
from otfbench.compare.winners import Answer, AnswerKind, Lead, answers
from otfbench.report.warnings import FIXED
from otfbench.runs.outcome import Run
from otfbench.runs.record import Record, walls

NEEDS_SCIPY = "statistics need scipy: pip install 'otfbench[report]'"
UNRANKED = ("unequal", "unchecked")
"""The verdicts on contents that were not proven right."""

Key = tuple[str, str]
"""An operation, and what else tells a row of cases from another: input, variant, detail."""
Block = tuple[Run, Sequence[Record]]
"""A run, which has JVMs of its own, and its cases with a number."""
_Rows = Mapping[Key, Sequence[Record]]


@dataclass(frozen=True)
class RowAnswer:
    """What the cases of one row say."""

    ranked: tuple[str, ...] = ()
    """The contenders: formats whose content was proven equal, but for the control."""
    ahead: tuple[str, ...] = ()
    """The winner; those that tie; those of which any may be the fastest. The one with the least time first."""
    answer: Answer | None = None
    """What times say; None if they can't be compared."""
    reason: str = ""
    """Why not; empty if they can."""
    rows: int = 0
    fixed: Mapping[str, float] | None = None
    """Contender -> share of its time that is there without data, if over half; of those ahead and their rival."""

    @property
    def kind(self) -> AnswerKind | None:
        """Winner, tie or open; None if there is nobody to compare with."""
        return self.answer.kind if self.answer else AnswerKind.OPEN if len(self.ahead) > 1 else None

    @property
    def winner(self) -> str | None:
        """The fastest format, if that is sure."""
        return self.ahead[0] if self.kind is AnswerKind.WINNER else None

    @property
    def lead(self) -> Lead | None:
        """Over the nearest rival; of a tie, over the nearest that is slower, if there is one."""
        leads = self.answer.leads if self.answer else ()
        if self.kind is AnswerKind.TIE:
            leads = tuple(lead for lead in leads if lead.slower)
        return leads[0] if leads else None


def rows_of(records: Iterable[Record]) -> dict[Key, list[Record]]:
    """Cases of the same operation on the same input, or with the same variant."""
    rows: dict[Key, list[Record]] = {}
    for record in records:
        rows.setdefault(key_of(record), []).append(record)
    return rows


def proven_parts(records: Iterable[Record], part: Callable[[Record], Any]) -> dict[Key, dict[str, Any]]:
    """For each row, format -> what only some cases have; of cases whose contents were proven equal."""
    rows: dict[Key, dict[str, Any]] = {}
    for record in records:
        name, of_case = record["case"]["format"], part(record)
        if of_case is not None and name and record["verdict"] not in UNRANKED:
            rows.setdefault(key_of(record), {})[name] = of_case
    return rows


def key_of(record: Record) -> Key:
    """The row of a case."""
    case = record["case"]
    return case["operation"], label_of(case["id"], case["format"])


def label_of(case_id: str, table_format: str | None) -> str:
    """What is in a case's id beside its operation and its format."""
    inside = case_id.partition("[")[2].rstrip("]")
    return "" if inside == table_format else inside.removeprefix(f"{table_format or ''}-")


def question(operation: str, label: str) -> str:
    """The row in words: look up, convert csv."""
    return f"{operation.replace('_', ' ')} {label}".strip()


def cpu(record: Record) -> list[float]:
    """CPU seconds of the rounds of a case, which kernels count in hundredths; none where they could not be measured."""
    seconds = [measured.get("process_cpu_s") for measured in record["rounds"]]
    return [max(0.01, each) for each in seconds if each is not None] if None not in seconds else []


def row_answers(
    rows: _Rows,
    blocks: Sequence[Block],
    fixed: Mapping[str, float],
    figure: Callable[[Record], list[float]] = walls,
    looks: int = 1,
) -> dict[Key, RowAnswer]:
    """The answer of each row; `rows` are those of all blocks together.

    Only contents that were proven equal are ranked; the control is the yardstick, not a contender.
    `fixed`: case id -> share of its time that is there without any data. `figure`: what is asked for, of each round.
    `looks`: how often answers are looked at, of which each time has a share of the error rate.
    """
    comparable, doubt = comparable_blocks(blocks)
    known = [(noise, rows_of(records)) for noise, records in comparable]
    ranked = {key: _ranked(row) for key, row in rows.items()}
    times = {key: contender_times(key, row, [each for _, each in known], figure) for key, row in rows.items()}
    questions = {str(key): each for key, each in times.items() if known and not too_few(each)}
    try:
        answered = answers(questions, [noise for noise, _ in known], looks)
    except ModuleNotFoundError:  # the summary of a run is there without it, too
        answered, known, doubt = {}, [], NEEDS_SCIPY
    return {
        key: _answer(row, ranked[key], answered.get(str(key)), _why_not(times[key]) if known else doubt, fixed)
        for key, row in rows.items()
    }


def comparable_blocks(blocks: Sequence[Block]) -> tuple[list[tuple[Noise, Sequence[Record]]], str]:
    """The blocks of which it is known how far equal JVMs lie apart; and why not of another, if there is one."""
    noises = [(_noise(run), records) for run, records in blocks]
    known = [(noise, records) for noise, records in noises if isinstance(noise, Noise)]
    return known, next((noise for noise, _ in noises if isinstance(noise, str)), "")


def _noise(run: Run) -> Noise | str:
    """How far equal JVMs of a run lie apart, or why nobody knows."""
    if run.options.get("warmup") == 0:
        return "these are times of cold JVMs"
    if run.jvms == "together":
        return SIDE_BY_SIDE
    return apart(rulers_of(run.rulers)) or "without rulers nobody knows how far the machine moved"


def _ranked(row: Sequence[Record]) -> list[Record]:
    """The cases that may win, the one with the smallest median first.

    None of lives: their rounds are no repetitions of one thing. What grows in them is told instead.
    """
    able = (r for r in row if r["verdict"] not in UNRANKED and not r["control"] and "life" not in r)
    return sorted(able, key=_median)


def contender_times(
    key: Key, row: Sequence[Record], blocks: Sequence[_Rows], figure: Callable[[Record], list[float]] = walls
) -> dict[str, list[list[float]]]:
    """Contender -> its rounds in each block; none where a block hasn't proven it equal."""
    proven = [{_name(record): figure(record) for record in _ranked(rows.get(key, ()))} for rows in blocks]
    return {_name(record): [each.get(_name(record), []) for each in proven] for record in _ranked(row)}


def too_few(times: Mapping[str, Sequence[Sequence[float]]]) -> bool:
    """Whether there are not two contenders, or one has not two rounds."""
    return len(times) < 2 or min(sum(map(len, blocks)) for blocks in times.values()) < 2


def _why_not(times: Mapping[str, Sequence[Sequence[float]]]) -> str:
    return "one round does not tell how far rounds scatter" if too_few(times) else "no run has all of them"


def _answer(
    row: Sequence[Record], ranked: Sequence[Record], answer: Answer | None, why_not: str, fixed: Mapping[str, float]
) -> RowAnswer:
    names, rows = tuple(map(_name, ranked)), row[0]["case"]["rows"]
    if len(ranked) < 2:
        return RowAnswer(names, names, None, _alone(row, ranked), rows)
    if answer is None:
        return RowAnswer(names, names, None, why_not, rows)
    row_answer = RowAnswer(names, answer.ahead, answer, "", rows)
    compared = {*answer.ahead, *([row_answer.lead.rival] if row_answer.lead else [])}
    shares = {_name(each): fixed.get(each["case"]["id"], 0.0) for each in ranked if _name(each) in compared}
    return replace(row_answer, fixed={name: share for name, share in shares.items() if share > FIXED})


def _alone(row: Sequence[Record], contenders: Sequence[Record]) -> str:
    """Why there is nobody to compare with."""
    unverified = any(record["verdict"] in UNRANKED for record in row if not record["control"])
    if not contenders:
        return "no content was verified" if unverified else "no table format has a number"
    return "the content of others was not verified" if unverified else "no other format has a number"


def _median(record: Record) -> float:
    return median(walls(record))


def _name(record: Record) -> str:
    return record["case"]["format"] or ""
