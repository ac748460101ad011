"""What a report says in sentences and figures, on any kind of paper. Knows no markup."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from otfbench.compare.compare import Comparison, Line, Verdict
from otfbench.compare.least import Least, least
from otfbench.compare.significance import Interval
from otfbench.compare.winners import ALPHA, MOST_BLOCKS, AnswerKind, Lead
from otfbench.report.comparison import (
    counter_change_text,
    detectable_effect,
    intervals,
    shift_lines,
    unjudged_line,
    verdict_counts,
)
from otfbench.report.facts import Case, Facts, Operation, Row
from otfbench.report.questions import RowAnswer
from otfbench.runs.outcome import NO_TURN
from otfbench.runs.record import Record
from otfbench.units import format_count, format_seconds, format_share, format_size

NOTHING = "\u2013"
INTERVAL_LEVEL = f"{100 * (1 - ALPHA):g} %"
"""The family-wise level of the intervals of answers."""
NEEDS: dict[str, tuple[Callable[[Case], float | None], float]] = {
    "smallest": (lambda case: _live_bytes(case.record), 0.02),
    "fewest bytes written": (lambda case: case.record["derived"].get("write_amplification"), 0.02),
    "least memory": (lambda case: case.peak("peak_rss_bytes"), 0.1),
}
"""What is asked for beside time: of each case a figure, and by which share equal ones differ."""


def headline(facts: Facts) -> str:
    """The answer in one or two sentences."""
    checked = ", ".join(f"{count} {verdict}" for verdict, count in sorted(facts.verdicts.items()))
    without = [(len(facts.failures), "failed or not run"), (sum(map(len, facts.unsupported.values())), "unsupported")]
    suffix = "".join(f", {count} {what}" for count, what in without if count)
    contents = f"Contents: {checked or 'no case has a number'}{suffix}."
    return " ".join(part for part in (answered(facts), contents) if part)


def answered(facts: Facts) -> str:
    """How many questions have an answer, and which; empty without any question."""
    asked = [row.answer for row in facts.rows if row.answer.kind]
    if not asked:
        return ""
    won = Counter(answer.winner for answer in asked if answer.winner)
    ties = sum(answer.kind is AnswerKind.TIE for answer in asked)
    if not won and not ties:
        return f"None of {_count(len(asked), 'question')} is answered."
    winners = ", ".join(f"{name} {count}" for name, count in won.most_common())
    parts = [f"{_count(sum(won.values()), 'winner')} ({winners})"] if won else []
    parts += [_count(ties, "tie")] if ties else []
    on = f" on {facts.blocks} runs" if facts.blocks > 1 else ""
    return f"{sum(won.values()) + ties} of {_count(len(asked), 'question')} answered{on}: {' and '.join(parts)}."


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def subtitle(facts: Facts) -> str:
    """What was measured, on what."""
    run, cases = facts.run, [case for operation in facts.operations for case in operation.cases]
    env = run.environment
    sets = dict.fromkeys(f"{c.record['case']['rows']:,} rows of {c.record['case']['dataset']}" for c in cases)
    parts = [*list(sets)[:3], *(["more"] if len(sets) > 3 else [])]
    parts += [f"{max(len(case.rounds_s) for case in cases)} rounds"] if cases else []
    parts += [f"{env['profile']} with Java {env['java']}"] if {"profile", "java"} <= env.keys() else []
    parts += [f"{run.options['master']}"] if "master" in run.options else []
    parts += [f"{env['cores']} cores of {env['cpu']}"] if {"cores", "cpu"} <= env.keys() else []
    return " \u00b7 ".join(parts)


def answer_reason(answer: RowAnswer) -> str:
    """How sure an answer is: what the rival takes longer, with its interval; what keeps a question open."""
    by_times, lead = answer.answer, answer.lead
    if by_times is None:
        return answer.reason
    parts = [_longer(lead)] if lead else []
    if answer.kind is AnswerKind.TIE:
        parts.insert(0, f"at most {format_share(by_times.apart or 0)} apart")
    if answer.kind is AnswerKind.OPEN:
        more = by_times.more_blocks
        parts.append(f"{_count(more, 'more run')} would tell" if more else f"{MOST_BLOCKS} more runs would not tell")
    if by_times.blocks > 1:
        parts.append(f"on {by_times.blocks} runs")
    if answer.fixed and answer.kind is not AnswerKind.OPEN:
        shares = ", ".join(f"{format_share(share)} of {name}" for name, share in answer.fixed.items())
        parts.append(f"at {answer.rows:,} rows (fixed cost: {shares})")
    return "; ".join(parts)


def answers_about(facts: Facts) -> str:
    """The level of the intervals of answers; empty where none is shown."""
    answers = [*(row.answer for row in facts.rows), *(mix.answer for mix in facts.mixes)]
    if not any(answer.lead for answer in answers):
        return ""
    return f"intervals: {INTERVAL_LEVEL}, for all questions together{', and for all mixes' if facts.mixes else ''}"


def _longer(lead: Lead) -> str:
    """x takes 1.31x as long (1.12x to 1.53x)."""
    return f"{lead.rival} takes {ratio(lead.ratio)} as long ({ratio(lead.low)} to {ratio(lead.high)})"


def candidates(answer: RowAnswer) -> str:
    """Who wins; who ties: tie of a, b and c; who may be the fastest: open, a or b."""
    *others, last = answer.ahead or (NOTHING,)
    if not others:
        return last
    if answer.kind is AnswerKind.TIE:
        return f"tie of {', '.join(others)} and {last}"
    return f"open, {', '.join(others)} or {last}"


def answer_word(answer: RowAnswer) -> str:
    """winner, tie, open; a dash if there is nobody to compare with."""
    return answer.kind.value if answer.kind else NOTHING


def needs(row: Row) -> list[str]:
    """Who needs the least of what is not time, in the order of NEEDS; a dash if that is unknown."""
    ranked = [case for case in row.cases if case.format in row.answer.ranked]
    found = [least({case.format or "": figure(case) for case in ranked}, margin) for figure, margin in NEEDS.values()]
    return [*map(_least, found), _of_cpu(row.cpu)]


def _live_bytes(record: Record) -> int | None:
    """The live bytes of a table that the case made or changed; None for others."""
    stored = record["storage"] if "space_amplification" in record["derived"] else None
    return stored["live_bytes"] if stored else None


def _least(found: Least | None) -> str:
    if found is None:
        return NOTHING
    next_one = f" ({found.rival} {ratio(found.ratio)})" if found.ratio else ""
    return f"{', '.join(found.names)}{next_one}"


def _of_cpu(answer: RowAnswer) -> str:
    if answer.answer is None:
        return NOTHING
    next_one = f" ({answer.lead.rival} {ratio(answer.lead.ratio)})" if answer.winner and answer.lead else ""
    return f"{candidates(answer)}{next_one}"


def summed_up(operation: Operation) -> str:
    """What an operation has to show before it is opened."""
    cases = operation.cases
    parts = [format_count(len(cases), "case"), rows_in_words(cases)]
    asked = [row.answer for row in operation.rows if row.answer.kind]
    won = dict.fromkeys(candidates(answer) for answer in asked if answer.kind is not AnswerKind.OPEN)
    if asked:
        parts.append(f"fastest: {'; '.join(won)}" if won else "fastest: open")
    return " \u00b7 ".join(parts)


def rows_in_words(cases: Iterable[Case]) -> str:
    """20,000 and 200,000 rows of trips, for the first dataset among the cases."""
    about = [case.record["case"] for case in cases]
    counts = sorted({each["rows"] for each in about if each["dataset"] == about[0]["dataset"]})
    return f"{' and '.join(f'{count:,}' for count in counts)} rows of {about[0]['dataset']}"


def unreported(cases: Iterable[Case]) -> dict[tuple[str, str], None]:
    """Counters that are null, each with its reason, once."""
    return {(name, reason): None for case in cases for name, reason in case.record["unreported"].items()}


def differing_and_same(comparison: Comparison) -> tuple[list[Line], list[Line]]:
    """The cases that have something to tell, the gravest first; and those that are the same."""
    differing = [line for line in comparison.lines if line.verdict is not Verdict.SAME]
    return differing, [line for line in comparison.lines if line.verdict is Verdict.SAME]


def findings(comparison: Comparison) -> list[str]:
    """What there is to say of a comparison as a whole."""
    return [
        verdict_counts(comparison),
        *(f"times are not compared: {doubt}" for doubt in comparison.time_doubts),
        *(f"a counter may have changed because of this: {doubt}" for doubt in comparison.counter_doubts),
        *shift_lines(comparison),
        *intervals(comparison),
        detectable_effect(comparison),
    ]


def verdict_reason(line: Line) -> str:
    """What changed in a case, and why it has its verdict."""
    parts = (", ".join(map(counter_change_text, line.changed_counters)), line.reason, unjudged_line(line.unjudged))
    return "; ".join(part for part in parts if part)


def interval(time: Interval | None) -> str:
    """A ratio of times with its interval."""
    return f"{ratio(time.ratio)} ({ratio(time.low)} to {ratio(time.high)})" if time else NOTHING


def figure(value: float | None, unit: str) -> str:
    """A number with its unit, as people read it; None is a dash."""
    if value is None:
        return NOTHING
    if unit == "s":
        return format_seconds(value)
    if unit == "B":
        return f"-{format_size(int(-value))}" if value < 0 else format_size(int(value))
    if unit == "share":
        return format_share(value)
    if unit == "ratio":
        return ratio(value)
    return f"{value:,.0f}"


def ratio(value: float) -> str:
    """1.28x, 16.5x, 201x."""
    return f"{value:.2f}x" if value < 9.995 else f"{value:.1f}x" if value < 99.95 else f"{value:.0f}x"


def name_in_words(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def first_line(text: str | None) -> str:
    """The first line of a reason; a case without one did not get its turn."""
    return (text or NO_TURN).splitlines()[0]


def date_time(at: datetime | None) -> str:
    """24 Nov 2026, 14:33 UTC; None is a dash."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC" if at else NOTHING


def value_text(value: Any) -> str:
    """Any value of a run file: lists with commas, mappings as JSON."""
    if value is None:
        return NOTHING
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
