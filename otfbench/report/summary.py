"""A run on the terminal: a table per family of operations, verdicts, doubts. Computes nothing: it shows Facts."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from otfbench.report.erasures import remarks as erased_remarks
from otfbench.report.facts import FATES, Case, Facts, Operation, Row
from otfbench.report.figures import ABOUT as ABOUT_FIGURES
from otfbench.report.figures import in_words
from otfbench.report.growth import ABOUT
from otfbench.report.growth import cell as growth_cell
from otfbench.report.growth import remarks
from otfbench.report.lives import remarks as lived_remarks
from otfbench.report.prices import TIMES, money, priced_rows
from otfbench.report.questions import RowAnswer, question
from otfbench.report.warnings import spread
from otfbench.report.wording import answer_reason, answered, answers_about, candidates, rows_in_words
from otfbench.runs.outcome import NO_TURN, UNSUPPORTED, Status
from otfbench.runs.record import Record, walls
from otfbench.units import WIDTH, format_seconds, format_share, format_size

_HEAD = 14
"""The width of a table's first column, in characters."""


def case_line(record: Record) -> str:
    """What a case shows when it ends: median, spread, verdict."""
    return f"{format_seconds(median(walls(record)))} (spread {format_share(spread(walls(record)))}) {record['verdict']}"


def summary(facts: Facts, color: bool, other_suites: Sequence[str] = ()) -> Iterator[str]:
    """The lines of the summary: tables, verdicts, cases without a number, what other suites would add, doubts."""
    measured = [record["case"]["operation"] for record in facts.records]
    in_turn = sorted(facts.operations, key=lambda each: measured.index(each.name))
    with_tables = [each for each in in_turn if each.has_formats]
    for family in dict.fromkeys(each.family for each in with_tables):
        operations = [each for each in with_tables if each.family == family]
        yield f"{family}: {_about(operations)}"
        yield from _render(_table(facts, operations), color)
    reads = [each for each in in_turn if not each.has_formats]
    if reads:
        yield f"files alone: {_about(reads)}"
        yield from _render(_files_table(reads), color)
    yield from _answers(facts, color)
    yield from _mixes(facts, color)
    yield from _wrapped(answers_about(facts))
    yield from _growth(facts, color)
    yield from _lives(facts)
    yield from _figures(facts, color)
    yield from _prices(facts, color)
    yield from _verdicts(facts)
    yield from _without_number(facts)
    yield from _fidelity(facts)
    for line in other_suites:
        yield from _wrapped(f"left out: {line}")
    yield from _time(facts.run.spent)
    for line in facts.doubts:
        yield from _wrapped(f"warning: {line}")


def _about(operations: Sequence[Operation]) -> str:
    counts = {len(case.rounds_s) for operation in operations for case in operation.cases}
    rounds = str(max(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    cases = [case for operation in operations for case in operation.cases]
    return f"{rows_in_words(cases)}, median of {rounds} rounds (spread)"


def _table(facts: Facts, operations: Sequence[Operation]) -> Table:
    """Rows are operations with their inputs, variants and parameters; columns are formats."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("", max_width=_HEAD)
    measured = {case.format for operation in operations for case in operation.cases}
    formats = [each for each in facts.formats if each.name in measured]
    for each in formats:
        table.add_column(f"{each.name}\n{each.version}", no_wrap=True, min_width=14)
    for row in (row for operation in operations for row in operation.rows):
        head = [row.operation.replace("_", " "), row.label, _source_size(row.cases[0])]
        table.add_row("\n".join(part for part in head if part), *(_cell_or_gap(row, each.name) for each in formats))
        table.add_section()
    return table


def _answers(facts: Facts, color: bool) -> Iterator[str]:
    """How many questions are answered, and a line per question: which format, and how sure that is."""
    asked = [row for row in facts.rows if row.answer.kind]
    if not asked:
        return
    yield answered(facts)
    yield from _render(_answer_table({question(row.operation, row.label): row.answer for row in asked}), color)


def _mixes(facts: Facts, color: bool) -> Iterator[str]:
    """Which format suits a mix of operations: a line per mix."""
    if not facts.mixes:
        return
    yield "Which format for a mix of operations:"
    yield from _render(_answer_table({mix.description: mix.answer for mix in facts.mixes}), color)


def _answer_table(answers: Mapping[str, RowAnswer]) -> Table:
    """Rows are questions: who is the fastest, and how sure that is."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for head in ("", "fastest", "how sure"):
        table.add_column(head)
    for asked, answer in answers.items():
        table.add_row(asked, candidates(answer), answer_reason(answer))
    return table


def _growth(facts: Facts, color: bool) -> Iterator[str]:
    """How the cost of operations grows with the rows: a line per operation, a column per format."""
    if not facts.growth:
        return
    few, many = facts.growth[0].rows
    yield f"How cost grows from {few:,} to {many:,} rows:"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("", max_width=_HEAD)
    names = [each.name for each in facts.formats if any(each.name in grown.formats for grown in facts.growth)]
    for name in names:
        table.add_column(name, no_wrap=True)
    for grown in facts.growth:
        head = "\n".join(part for part in (grown.operation.replace("_", " "), grown.label) if part)
        cells = (
            "\n".join(growth_cell(grown.formats[n])).replace(" + ", "\n+ ") if n in grown.formats else "" for n in names
        )
        table.add_row(head, *cells)
        table.add_section()
    yield from _render(table, color)
    yield from _wrapped(ABOUT)
    for line in (each for grown in facts.growth for each in remarks(grown)):
        yield from _wrapped(line)


def _lives(facts: Facts) -> Iterator[str]:
    """What gets slower with each commit, when upkeep has paid, and when erased rows are gone."""
    for line in (each for life in facts.lives for each in lived_remarks(life)):
        yield from _wrapped(line)
    for line in (each for row in facts.erasures for each in erased_remarks(row)):
        yield from _wrapped(line)


def _figures(facts: Facts, color: bool) -> Iterator[str]:
    """What workloads have counted and timed themselves: a line per figure, a column per format."""
    if not facts.figures:
        return
    names = [each.name for each in facts.formats if any(each.name in row.formats for row in facts.figures)]
    yield f"What workloads have counted and timed themselves, {ABOUT_FIGURES}:"
    table = Table("", *names, box=box.SIMPLE_HEAD, padding=(0, 1))
    for row in facts.figures:
        table.add_row(question(row.operation, row.label), style="bold")
        for figure in row.names:
            table.add_row(f"  {in_words(figure)}", *(row.cell(figure, name) or "" for name in names))
        table.add_section()
    yield from _render(table, color)


def _prices(facts: Facts, color: bool) -> Iterator[str]:
    """What operations cost in money, where prices are given."""
    priced = list(priced_rows(facts))
    if not priced:
        return
    yield f"What each operation costs {TIMES:,} times; {TIMES:,} such tables for a month:"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for head in ("", *(each.name for each in facts.formats)):
        table.add_column(head)
    for each in priced:
        costs = (each.costs.get(one.name, (None, None)) for one in facts.formats)
        table.add_row(
            question(each.row.operation, each.row.label), *(f"{money(runs)}; {money(month)}" for runs, month in costs)
        )
    yield from _render(table, color)


def _files_table(operations: Sequence[Operation]) -> Table:
    """Rows are inputs, columns are operations."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("", no_wrap=True)
    for each in operations:
        table.add_column(each.name, no_wrap=True, min_width=14)
    cases = {(case.label, each.name): case for each in operations for case in each.cases}
    for label in dict.fromkeys(label for label, _ in cases):
        in_order = [cases.get((label, each.name)) for each in operations]
        size = next(_source_size(case) for case in in_order if case)
        table.add_row(f"{label}\n{size}", *(_cell(case) if case else "" for case in in_order))
        table.add_section()
    return table


def _source_size(case: Case) -> str:
    """The bytes of the files that were read; empty where none were."""
    source = case.record["source"]
    return format_size(source["bytes"]) if source else ""


def _cell_or_gap(row: Row, name: str) -> str:
    """The case of a format, or what became of it where it has no number; there may be no such case."""
    case = row.case(name)
    return _cell(case) if case else row.gaps.get(name, "-")


def _cell(case: Case) -> str:
    """Median and spread, format tax, size against the source or what was written against what was changed, verdict."""
    lines = [f"{format_seconds(case.median_s)} ({format_share(case.spread)})"]
    if case.tax is not None:
        lines.append("control" if case.record["control"] else f"tax {case.tax:.2f}x")
    if case.size is not None:
        lines.append(f"size {case.size:.2f}x")
    derived = case.record["derived"]
    written, freed = derived.get("write_amplification"), derived.get("freed_bytes")
    if written is not None:
        lines.append(f"writes {written:.1f}x" if written < 100 else f"writes {written:.0f}x")
    if freed:
        lines.append(f"frees {format_size(int(freed))}")
    return "\n".join([*lines, case.record["verdict"]])


def _verdicts(facts: Facts) -> Iterator[str]:
    """How many cases hold the right rows, what formats changed by design, and jars that no lock knows."""
    verdict_counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(facts.verdicts.items()))
    yield f"cases: {verdict_counts or 'none with a number'}"
    changes = {(name, column, before, after) for name, column, before, after, _ in facts.adaptations}
    for name, column, before, after in sorted(changes):
        yield f"adapted for {name}: {column} {before} -> {after}"
    for name, user_jars in facts.run.environment.get("own_jars", {}).items():
        yield from _wrapped(f"{name} with jars of your own, which no lock knows: {', '.join(user_jars)}")
    for name, locked in facts.run.environment.get("replaced_jars", {}).items():
        yield from _wrapped(f"{name} without locked jars that these replace: {', '.join(locked)}")
    for name, catalog in facts.run.options.get("catalogs", {}).items():
        yield f"{name} with a catalog of the type {catalog['type']}"


def _without_number(facts: Facts) -> Iterator[str]:
    """Every case that has no number: failed, not run, unsupported (one sentence per reason)."""
    waiting = [outcome.id for outcome in facts.failures if outcome.status is Status.PLANNED]
    for outcome in facts.failures:
        if outcome.status is not Status.PLANNED:
            reason = (outcome.reason or NO_TURN).splitlines()[0]
            yield from _wrapped(f"{outcome.status.value}: {outcome.id}: {reason}")
    if waiting:
        some = ", ".join(waiting[:4]) + (f" and {len(waiting) - 4} more" if len(waiting) > 4 else "")
        yield from _wrapped(f"planned: {some}: {NO_TURN}; go on with --otf-resume")
    for reason, ids in facts.unsupported.items():
        yield from _wrapped(f"{UNSUPPORTED}{reason} ({', '.join(ids)})")


def _fidelity(facts: Facts) -> Iterator[str]:
    """How many types, edge values and names each format keeps."""
    for name, counts in facts.fates.items():
        yield f"fidelity of {name}: {', '.join(f'{counts[fate]} {fate}' for fate in FATES)}"


def _time(spent: Mapping[str, float]) -> Iterator[str]:
    """Where the time of the run went; nothing of a run of which that wasn't recorded."""
    total_s = sum(spent.values())
    if total_s:
        parts = ", ".join(f"{part} {format_share(seconds / total_s)}" for part, seconds in spent.items())
        yield from _wrapped(f"time: {format_seconds(total_s)}, of it {parts}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _render(table: Table, color: bool) -> list[str]:
    output = io.StringIO()
    console = Console(
        file=output,
        width=WIDTH,
        force_terminal=color,
        color_system="auto" if color else None,
        markup=False,
        emoji=False,
    )
    console.print(table)
    return [line.rstrip() for line in output.getvalue().splitlines()]
