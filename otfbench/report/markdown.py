"""A report as Markdown, for a pull request or a job summary: short, whatever the run. Counts nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from otfbench.compare.ab import CPU, WALL, AbVerdict
from otfbench.compare.compare import Comparison, Line
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.report import ab
from otfbench.report.erasures import ABOUT as ABOUT_ERASURES
from otfbench.report.erasures import cell as erased_cell
from otfbench.report.facts import FATES, Facts, Row
from otfbench.report.figures import ABOUT as ABOUT_FIGURES
from otfbench.report.figures import in_words
from otfbench.report.growth import ABOUT, cell, remarks
from otfbench.report.lives import ABOUT as ABOUT_LIVES
from otfbench.report.lives import cell as lived_cell
from otfbench.report.lives import remarks as lived_remarks
from otfbench.report.output import MARK
from otfbench.report.prices import TIMES, money, priced_rows
from otfbench.report.questions import question
from otfbench.report.wording import (
    NEEDS,
    NOTHING,
    answer_reason,
    answers_about,
    candidates,
    capital,
    date_time,
    differing_and_same,
    figure,
    findings,
    first_line,
    headline,
    interval,
    needs,
    ratio,
    subtitle,
    verdict_reason,
)

LIMIT_BYTES = 60_000
"""What GitHub takes as a comment is 65,536 characters."""
_LINKING = re.compile(r"@|#(?=\d)|\b(https?|ftp):(?=//)|\bwww(?=\.)", re.IGNORECASE)
"""What makes a mention or a link of the text behind it, without any markup."""


def markdown(facts: Facts, comparisons: Sequence[Comparison] = ()) -> str:
    """The report of a run, and of what it was compared with, in less than LIMIT_BYTES."""
    sections = [
        list(each(facts))
        for each in (_answers, _needs, _mixes, _growth, _lives, _erasures, _figures, _prices, _doubts, _without_number)
    ]
    limit_bytes = LIMIT_BYTES // (2 + sum(map(bool, sections)))
    parts = [
        [MARK, f"## otfbench: run {_text(facts.name)} of {date_time(facts.at)}", ""],
        [_text(headline(facts)), "", _text(subtitle(facts)), ""],
        *(_fitting(_comparison(each), limit_bytes // len(comparisons)) for each in comparisons),
        *(_fitting(each, limit_bytes) for each in sections),
        list(_fidelity(facts)),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def ab_markdown(comparison: AbComparison) -> str:
    """An A/B comparison: what isn't `pass` in a table, the rest in a sentence; in less than LIMIT_BYTES."""
    not_passed = [case for case in comparison.cases if case.verdict is not AbVerdict.PASS]
    parts = [
        [MARK, f"## otfbench: {_text(comparison.head)} against {_text(comparison.base)}", ""],
        [_text(f"{ab.summary(comparison)}. {ab.INTERVALS}."), ""],
        _fitting(
            [*_head(["verdict", "case", WALL, CPU, "why"]), *map(_ab_row, not_passed)] if not_passed else [],
            LIMIT_BYTES // 2,
        ),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _ab_row(case: AbCase) -> str:
    estimates = case.answer.estimates if case.answer else {}
    times = [interval(estimates.get(measure)) for measure in (WALL, CPU)]
    return _row([case.verdict.value, _code(case.id), *times, _text("; ".join(ab.notes(case)))])


def _fitting(lines: Iterable[str], limit_bytes: int) -> list[str]:
    """The lines that fit, and how many do not."""
    listed, taken = list(lines), 0
    kept: list[str] = []
    for line in listed:
        taken += len(line.encode()) + 1
        if taken > limit_bytes - 100:
            return [*kept, "", f"{len(listed) - len(kept)} more lines are left out: the page (.html) has all.", ""]
        kept.append(line)
    return kept


def _comparison(comparison: Comparison) -> Iterator[str]:
    yield from (f"### Against run {_text(comparison.base.name)}", "")
    yield from (*(f"- {_text(line)}" for line in findings(comparison)), "")
    differing, _ = differing_and_same(comparison)
    if differing:
        yield from _head(["case", "verdict", "base", "head", "ratio (interval)", "what changed, and why"])
        yield from (_row(_line(line)) for line in differing)
        yield ""


def _line(line: Line) -> list[str]:
    times = [figure(line.base_s, "s"), figure(line.head_s, "s"), interval(line.time)]
    return [_code(line.id), line.verdict.value, *times, _text(verdict_reason(line))]


def _answers(facts: Facts) -> Iterator[str]:
    if not facts.rows:
        return
    yield from ("### Which format for which operation", "")
    heads = [f"{each.name}{' (control)' if each.control else ''}" for each in facts.formats]
    yield from _head(["median", *map(_text, heads), "answer"])
    yield from (_row(_answer(row, facts)) for row in facts.rows)
    about = answers_about(facts)
    sentences = ["**Bold**: the winner; ~: tied, or it may be the fastest; x: times the control", capital(about)]
    yield from ("", " ".join(f"{each}." for each in sentences if each), "")


def _needs(facts: Facts) -> Iterator[str]:
    if not facts.rows:
        return
    yield from ("### What else each operation needs least", "", *_head(["", *NEEDS, "cheapest CPU"]))
    for row in facts.rows:
        yield _row(map(_text, [question(row.operation, row.label), *needs(row)]))
    yield from ("", "In brackets: the next one, times the least. Bytes written: per byte that was changed.", "")


def _mixes(facts: Facts) -> Iterator[str]:
    if facts.mixes:
        yield from ("### Which format for a mix of operations", "", *_head(["", "fastest", "how sure"]))
        for mix in facts.mixes:
            yield _row(map(_text, [mix.description, candidates(mix.answer), answer_reason(mix.answer)]))
        yield ""


def _growth(facts: Facts) -> Iterator[str]:
    if not facts.growth:
        return
    few, many = facts.growth[0].rows
    names = [each.name for each in facts.formats if any(each.name in grown.formats for grown in facts.growth)]
    yield from (f"### How cost grows from {few:,} to {many:,} rows", "", *_head(["", *map(_text, names)]))
    for grown in facts.growth:
        cells = ("; ".join(cell(grown.formats[n])) if n in grown.formats else NOTHING for n in names)
        yield _row(map(_text, [question(grown.operation, grown.label), *cells]))
    yield from ("", f"{capital(ABOUT)}.", "")
    if lines := [line for grown in facts.growth for line in remarks(grown)]:
        yield from (*(f"- {_text(capital(line))}" for line in lines), "")


def _lives(facts: Facts) -> Iterator[str]:
    if not facts.lives:
        return
    yield from ("### What many commits do to a table", "")
    for life in facts.lives:
        names = [each.name for each in facts.formats if any(each.name in trends for trends in life.trends.values())]
        yield from _head([_text(question(life.operation, life.label)), *map(_text, names)])
        for measured, trends in life.trends.items():
            cells = ("; ".join(lived_cell(trends[name])) if name in trends else NOTHING for name in names)
            yield _row(map(_text, [measured.replace("_", " "), *cells]))
        yield ""
    yield from (f"{capital(ABOUT_LIVES)}.", "")
    if lines := [line for life in facts.lives for line in lived_remarks(life)]:
        yield from (*(f"- {_text(capital(line))}" for line in lines), "")


def _erasures(facts: Facts) -> Iterator[str]:
    if not facts.erasures:
        return
    names = [each.name for each in facts.formats if any(each.name in row.formats for row in facts.erasures)]
    yield from ("### Where erased rows still are", "", *_head(["", *map(_text, names)]))
    for row in facts.erasures:
        for number, step in enumerate(row.steps):
            cells = (erased_cell(row.formats[name][number]) if name in row.formats else NOTHING for name in names)
            yield _row(map(_text, [f"{question(row.operation, row.label)}: after {step}", *cells]))
    yield from ("", f"{capital(ABOUT_ERASURES)}.", "")


def _figures(facts: Facts) -> Iterator[str]:
    if not facts.figures:
        return
    names = [each.name for each in facts.formats if any(each.name in row.formats for row in facts.figures)]
    yield from ("### What workloads have counted and timed themselves", "", *_head(["", "", *map(_text, names)]))
    for row in facts.figures:
        for counted in row.names:
            cells = (row.cell(counted, name) or NOTHING for name in names)
            yield _row(map(_text, [question(row.operation, row.label), in_words(counted), *cells]))
    yield from ("", f"{capital(ABOUT_FIGURES)}.", "")


def _prices(facts: Facts) -> Iterator[str]:
    priced = list(priced_rows(facts))
    if not priced:
        return
    names = [each.name for each in facts.formats]
    yield from (
        f"### What each operation costs {TIMES:,} times; {TIMES:,} such tables for a month",
        "",
        *_head(["", *map(_text, names)]),
    )
    for each in priced:
        costs = (each.costs.get(name, (None, None)) for name in names)
        cells = [f"{money(runs)}; {money(month)}" for runs, month in costs]
        yield _row(map(_text, [question(each.row.operation, each.row.label), *cells]))
    yield ""


def _answer(row: Row, facts: Facts) -> list[str]:
    cells = []
    for each in facts.formats:
        case = row.case(each.name)
        if case is None:
            cells.append(_text(row.gaps.get(each.name, NOTHING)))
            continue
        text = figure(case.median_s, "s")
        text += f" ({ratio(case.tax)})" if case.tax and not each.control else ""
        ahead = each.name in row.answer.ahead
        cells.append(f"**{text}**" if each.name == row.answer.winner else f"~ {text}" if ahead else text)
    which = _text(candidates(row.answer))
    which = f"**{which}**" if row.answer.winner else which
    return [
        _text(question(row.operation, row.label)),
        *cells,
        f"{which}; {_text(answer_reason(row.answer))}",
    ]


def _doubts(facts: Facts) -> Iterator[str]:
    if facts.doubts:
        yield from ("### Doubts", "", *(f"- {_text(line)}" for line in facts.doubts), "")


def _without_number(facts: Facts) -> Iterator[str]:
    if facts.failures:
        yield from ("### Failed", "")
        for outcome in facts.failures:
            yield f"- {_code(outcome.id)} {outcome.status.value}: {_text(first_line(outcome.reason))}"
        yield ""
    if facts.unsupported:
        yield from ("### Unsupported", "")
        for reason, ids in facts.unsupported.items():
            shown = ", ".join(map(_code, ids[:4])) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")
            yield f"- {_text(reason)}: {shown}"
        yield ""


def _fidelity(facts: Facts) -> Iterator[str]:
    if facts.fates:
        yield from ("### What each format keeps", "", *_head(["", *map(_text, facts.fates)]))
        for fate in FATES:
            yield _row([fate, *(str(counts[fate]) for counts in facts.fates.values())])
        yield ""


def _head(names: list[str]) -> list[str]:
    return [_row(names), "| --- " * len(names) + "|"]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that stays text: no markup, no line break, no entity, no mention of anybody, no link."""
    plain = re.sub(r"([\\`*_\[\]<>|#~&])", r"\\\1", " ".join(text.split()))
    return _LINKING.sub("\\g<0>\u200b", plain)[:500]


def _code(text: str) -> str:
    """A name as code, in a table too."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|").replace("\n", " ")
