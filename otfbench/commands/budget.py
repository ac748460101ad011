"""What the time for several runs is spent on: all cases once, then those whose question is open. Starts nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from otfbench.compare.winners import MOST_BLOCKS, AnswerKind, Lead
from otfbench.report.pooling import pooled
from otfbench.report.questions import RowAnswer, row_answers
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import JVMS
from otfbench.runs.record import Record
from otfbench.units import format_count, format_seconds, format_share


@dataclass(frozen=True)
class NextRun:
    """The next of several runs: what it would tell, what it takes, and for how many like it there is time."""

    open: tuple[RowAnswer, ...]
    cases: frozenset[str]
    """The ids of those that it would measure."""
    left_out: tuple[str, ...]
    """The node ids of the others."""
    takes_s: float
    fit: int

    def lines(self) -> Iterator[str]:
        """The plan, as people read it."""
        if not self.open:
            yield "each question has its answer"
            return
        questions, cases = format_count(len(self.open), "question"), format_count(len(self.cases), "case")
        yield f"open: {questions}, {cases}; a run of these takes about {format_seconds(self.takes_s)}"
        if not self.fit:
            yield "for which no time is left"
            return
        closed = sum(_more_blocks(each) <= self.fit for each in self.open)
        yield f"{format_count(self.fit, 'more run')} fit in, which would answer {closed} of them"
        if leads := [(each.lead, each.answer.blocks) for each in self.open if each.lead and each.answer]:
            now, then = (median(_seen(*each, more) for each in leads) for more in (0, self.fit))
            yield f"in the middle one a difference of {format_share(now)} is seen now, and of {format_share(then)} then"


def next_run(runs: Sequence[SavedRun], budget_s: float) -> NextRun:
    """What the next run is to measure, by what these tell; times are those that they took.

    A question is left out that has an answer at a share of the error rate: it is looked at after each run.
    """
    blocks = [(each.run, list(each.records.values())) for each in runs]
    rows = {(row.operation, row.label): [case.record for case in row.cases] for row in pooled(runs).rows}
    answers = row_answers(rows, blocks, {}, looks=MOST_BLOCKS)
    still_open = {key: answer for key, answer in answers.items() if answer.kind is AnswerKind.OPEN}
    cases = frozenset(name for key in still_open for name in _contenders(rows[key], still_open[key]))
    left_out = tuple(o.nodeid for o in runs[0].run.outcomes.values() if o.id not in cases)
    takes_s = _takes_s(runs[-1], cases)
    left_s = budget_s - sum(sum(each.run.spent.values()) for each in runs)
    fit = max(0, min(MOST_BLOCKS - len(runs), math.floor(left_s / max(1.0, takes_s)))) if cases else 0
    return NextRun(tuple(still_open.values()), cases, left_out, takes_s, fit)


def _contenders(row: Sequence[Record], answer: RowAnswer) -> Iterator[str]:
    """The cases that may still be the fastest, or decide that: who is surely slower is measured no more."""
    return (record["case"]["id"] for record in row if record["case"]["format"] in answer.ahead)


def _takes_s(last: SavedRun, cases: frozenset[str]) -> float:
    """JVMs take what they took; the rest of the last run goes by the number of its cases."""
    spent, measured = last.run.spent, last.records.keys()
    jvms_s = spent.get(JVMS, 0.0)
    share = len(cases & measured) / len(measured) if measured else 0.0
    return jvms_s + (sum(spent.values()) - jvms_s) * share


def _more_blocks(answer: RowAnswer) -> float:
    return math.inf if answer.answer is None or answer.answer.more_blocks is None else answer.answer.more_blocks


def _seen(lead: Lead, blocks: int, more: int) -> float:
    """The difference, as a share, whose interval would not reach one with this number of blocks more."""
    reach = (math.log(lead.high) - math.log(lead.low)) / 2
    return math.expm1(reach * math.sqrt(blocks / (blocks + more)))
