"""A run on the terminal: a table per family of operations, verdicts, doubts. Knows no pytest, and no format by name."""

from __future__ import annotations

import io
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from otfbench.report.facts import FATES, is_unsupported, label_of
from otfbench.report.warnings import doubts, spread
from otfbench.runs.outcome import NO_TURN, UNSUPPORTED, Run, Status
from otfbench.runs.record import walls
from otfbench.units import WIDTH, format_seconds, format_share, format_size

_HEAD = 14

Record = Mapping[str, Any]


def case_line(record: Record) -> str:
    """What a case shows when it ends: median, spread, verdict."""
    return f"{format_seconds(median(walls(record)))} (spread {format_share(spread(walls(record)))}) {record['verdict']}"


def summary(run: Run, records: Sequence[Record], color: bool, left_out: Sequence[str] = ()) -> Iterator[str]:
    """The lines of the summary: tables, verdicts, cases without a number, what the suite left out, doubts."""
    others = {o.id: "unsupported" if is_unsupported(o) else o.status.value for o in run.outcomes.values()}
    tables = [record for record in records if record["case"]["format"]]
    for family in dict.fromkeys(record["case"]["family"] for record in tables):
        chosen = [record for record in tables if record["case"]["family"] == family]
        yield f"{family}: {_about(chosen)}"
        yield from _render(_table(chosen, others), color)
    files = [record for record in records if not record["case"]["format"]]
    if files:
        yield f"files alone: {_about(files)}"
        yield from _render(_files_table(files), color)
    yield from _verdicts(run, records)
    yield from _fidelity_lines(run)
    for line in left_out:
        yield from _wrapped(f"left out: {line}")
    yield from _doubt_lines(run, records)


def _about(records: Sequence[Record]) -> str:
    case = records[0]["case"]
    return f"{case['rows']:,} rows of {case['dataset']}, median of {len(records[0]['rounds'])} rounds (spread)"


def _table(records: Sequence[Record], others: Mapping[str, str]) -> Table:
    """Rows are operations with their inputs, variants and parameters; columns are formats."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("", max_width=_HEAD)
    versions = {record["case"]["format"]: record["case"]["format_version"] for record in records}
    for name, version in versions.items():
        table.add_column(f"{name}\n{version}", no_wrap=True, min_width=14)
    rows: dict[tuple[str, str], dict[str, Record]] = {}
    for record in records:
        rows.setdefault(_row(record), {})[record["case"]["format"]] = record
    for (operation, label), row in rows.items():
        control = next((record for record in row.values() if record.get("control")), None)
        source = next(iter(row.values()))["source"]
        head = [operation.replace("_", " "), label, *([format_size(source["bytes"])] if source else [])]
        cells = (_cell(row.get(name), control) or _gap(operation, label, name, others) for name in versions)
        table.add_row("\n".join(part for part in head if part), *cells)
        table.add_section()
    return table


def _files_table(records: Sequence[Record]) -> Table:
    """Rows are inputs, columns are operations."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("", no_wrap=True)
    operations = list(dict.fromkeys(record["case"]["operation"] for record in records))
    for name in operations:
        table.add_column(name, no_wrap=True, min_width=14)
    rows: dict[str, dict[str, Record]] = {}
    for record in records:
        rows.setdefault(_row(record)[1], {})[record["case"]["operation"]] = record
    for label, row in rows.items():
        taken = format_size(next(iter(row.values()))["source"]["bytes"])
        table.add_row(f"{label}\n{taken}", *(_cell(row.get(name), None) for name in operations))
        table.add_section()
    return table


def _row(record: Record) -> tuple[str, str]:
    """What a row of the table is about: the operation, and what is in the case's id beside the format."""
    case = record["case"]
    return case["operation"], label_of(case["id"], case["format"])


def _gap(operation: str, label: str, name: str, others: Mapping[str, str]) -> str:
    """What became of a case that has no number; there may be no such case."""
    return others.get(f"{operation}[{'-'.join(part for part in (name, label) if part)}]", "-")


def _cell(record: Record | None, control: Record | None) -> str:
    """Median and spread, format tax, size against the source or what was written against what was changed, verdict."""
    if record is None:
        return ""
    lines = [f"{format_seconds(median(walls(record)))} ({format_share(spread(walls(record)))})"]
    if control is not None:
        tax = median(walls(record)) / median(walls(control))
        lines.append("control" if record is control else f"tax {tax:.2f}x")
    if record["storage"] and record["source"] and record["source"]["bytes"]:
        lines.append(f"size {record['storage']['live_bytes'] / record['source']['bytes']:.2f}x")
    written = record["derived"].get("write_amplification")
    if written is not None:
        lines.append(f"writes {written:.1f}x" if written < 100 else f"writes {written:.0f}x")
    if record["derived"].get("freed_bytes"):
        lines.append(f"frees {format_size(record['derived']['freed_bytes'])}")
    return "\n".join([*lines, record["verdict"]])


def _verdicts(run: Run, records: Sequence[Record]) -> Iterator[str]:
    """How many cases hold the right rows, and every case that has no number."""
    verdicts = Counter(record["verdict"] for record in records)
    verdict_counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    yield f"cases: {verdict_counts or 'none with a number'}"
    changes = {(r["case"]["format"], c["column"], c["from"], c["to"]) for r in records for c in r["adaptations"]}
    for name, column, before, after in sorted(changes):
        yield f"adapted for {name}: {column} {before} -> {after}"
    for name, user_jars in run.environment.get("own_jars", {}).items():
        yield from _wrapped(f"{name} with jars of your own, which no lock knows: {', '.join(user_jars)}")
    for outcome in run.outcomes.values():
        if outcome.status not in (Status.PASSED, Status.PLANNED) and not is_unsupported(outcome):
            reason = (outcome.reason or NO_TURN).splitlines()[0]
            yield from _wrapped(f"{outcome.status.value}: {outcome.id}: {reason}")
    waiting = [outcome.id for outcome in run.outcomes.values() if outcome.status is Status.PLANNED]
    if waiting:
        some = ", ".join(waiting[:4]) + (f" and {len(waiting) - 4} more" if len(waiting) > 4 else "")
        yield from _wrapped(f"planned: {some}: {NO_TURN}; go on with --otf-resume")
    yield from _unsupported_lines(run)


def _unsupported_lines(run: Run) -> Iterator[str]:
    """One sentence per reason, with the cases that it is about."""
    about: dict[str, list[str]] = {}
    for outcome in run.outcomes.values():
        if is_unsupported(outcome):
            about.setdefault((outcome.reason or "").removeprefix(UNSUPPORTED), []).append(outcome.id)
    for reason, ids in about.items():
        yield from _wrapped(f"{UNSUPPORTED}{reason} ({', '.join(ids)})")


def _fidelity_lines(run: Run) -> Iterator[str]:
    """How many types, edge values and names each format keeps."""
    for name, cells in run.fidelity.items():
        counts = Counter(cell["outcome"] for cell in cells)
        outcomes = (f"{counts[outcome]} {outcome}" for outcome in FATES)
        yield f"fidelity of {name}: {', '.join(outcomes)}"


def _doubt_lines(run: Run, records: Sequence[Record]) -> Iterator[str]:
    for line in doubts(run, records):
        yield from _wrapped(f"warning: {line}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _render(table: Table, color: bool) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=WIDTH, force_terminal=color, color_system="auto" if color else None).print(table)
    return [line.rstrip() for line in output.getvalue().splitlines()]
