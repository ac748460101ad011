"""A run on the terminal: a table per operation, verdicts, doubts. Knows nothing of pytest, and no format by name."""

from __future__ import annotations

import io
import textwrap
from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from otfbench.report.doubts import doubts, spread, walls
from otfbench.results import Run, Status
from otfbench.units import seconds, share, size

WIDTH = 100
_ALONE = "no table"

Record = dict[str, Any]


def case_line(record: Record) -> str:
    """What a case shows when it ends: median, spread, verdict."""
    return f"{seconds(median(walls(record)))} (spread {share(spread(walls(record)))}) {record['verdict']}"


def summary(run: Run, records: list[Record], color: bool) -> Iterator[str]:
    """The lines of the summary: tables, verdicts, cases without a number, doubts."""
    for operation in dict.fromkeys(record["case"]["operation"] for record in records):
        chosen = [record for record in records if record["case"]["operation"] == operation]
        first = chosen[0]
        yield f"{operation}: {first['case']['rows']:,} rows, median of {len(first['rounds'])} rounds (spread)"
        yield from _render(_operation_table(chosen), color)
    yield from _verdicts(run, records)
    yield from _fidelity_lines(run)
    yield from _doubt_lines(run, records)


def _operation_table(records: list[Record]) -> Table:
    """Rows are inputs, columns are formats."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("input", no_wrap=True)
    formats = dict.fromkeys(record["case"]["format"] for record in records)
    versions = {record["case"]["format"]: record["case"]["format_version"] for record in records}
    for name in formats:
        table.add_column(f"{name}\n{versions[name]}" if name else _ALONE, no_wrap=True, min_width=14)
    for source in dict.fromkeys(record["case"]["input"] for record in records):
        row = {record["case"]["format"]: record for record in records if record["case"]["input"] == source}
        taken = size(next(iter(row.values()))["source"]["bytes"])
        control = next((record for record in row.values() if record.get("control")), None)
        table.add_row(f"{source}\n{taken}", *(_cell(row.get(name), control) for name in formats))
        table.add_section()
    return table


def _cell(record: Record | None, control: Record | None) -> str:
    """Median and spread, format tax, live size against the source, verdict."""
    if record is None:
        return "-"
    lines = [f"{seconds(median(walls(record)))} ({share(spread(walls(record)))})"]
    if control is not None:
        tax = median(walls(record)) / median(walls(control))
        lines.append("control" if record is control else f"tax {tax:.2f}x")
    if record["storage"]:
        lines.append(f"size {record['storage']['live_bytes'] / record['source']['bytes']:.2f}x")
    return "\n".join([*lines, record["verdict"]])


def _verdicts(run: Run, records: list[Record]) -> Iterator[str]:
    """How many cases hold the right rows, and every case that has no number."""
    verdicts = Counter(record["verdict"] for record in records)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    yield f"cases: {told or 'none with a number'}"
    changes = {(r["case"]["format"], c["column"], c["from"], c["to"]) for r in records for c in r["adaptations"]}
    for name, column, before, after in sorted(changes):
        yield f"adapted for {name}: {column} {before} -> {after}"
    for outcome in run.outcomes.values():
        if outcome.status is not Status.PASSED:
            reason = (outcome.reason or "it did not get its turn").splitlines()[0]
            yield from _wrapped(f"{outcome.status.value}: {outcome.id}: {reason}")


def _fidelity_lines(run: Run) -> Iterator[str]:
    """How many types, edge values and names each format keeps."""
    for name, cells in run.fidelity.items():
        counts = Counter(cell["outcome"] for cell in cells)
        told = (f"{counts[outcome]} {outcome}" for outcome in ("kept", "changed", "refused", "corrupted"))
        yield f"fidelity of {name}: {', '.join(told)}"


def _doubt_lines(run: Run, records: list[Record]) -> Iterator[str]:
    for line in doubts(run, records):
        yield from _wrapped(f"warning: {line}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _render(table: Table, color: bool) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=WIDTH, force_terminal=color, color_system="auto" if color else None).print(table)
    return [line.rstrip() for line in output.getvalue().splitlines()]
