"""Saved runs, a line each. Knows nothing of what is in their cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from otfbench.errors import RunFileError
from otfbench.report.comparison import datasets_line
from otfbench.runs.file import SavedRun, read


def row(path: Path) -> dict[str, Any]:
    """What a file is; one that is no run has `unreadable`, the reason, instead."""
    try:
        return _about(read(path))
    except RunFileError as error:
        why = " ".join(str(error).removeprefix(f"{path} can't be read as a run: ").split())
        return {"path": str(path), "unreadable": why}


def lines(rows: Sequence[Mapping[str, Any]], storage: Path) -> Iterator[str]:
    """A table as wide as its words, then what can't be read."""
    runs = [each for each in rows if "unreadable" not in each]
    table = [("run", "when", "commit", "data", "profile", "cases"), *map(_cells, runs)]
    widths = [max(len(cells[column]) for cells in table) for column in range(5)]
    if runs:
        for cells in table:
            padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
            yield "  ".join([*padded, cells[-1]]).rstrip()
    for each in rows:
        if "unreadable" in each:
            yield f"can't be read: {each['path']}: {each['unreadable']}"
    if not rows:
        yield f"no runs in {storage}. They are saved by: pytest benchmarks --benchmark-autosave"


def _about(saved: SavedRun) -> dict[str, Any]:
    verdicts = Counter(record["verdict"] for record in saved.records.values())
    fates = Counter(outcome.status.value for outcome in saved.run.outcomes.values())
    return {
        "run": saved.name,
        "path": str(saved.path),
        "at": saved.at.isoformat(timespec="minutes"),
        "commit": saved.commit,
        "suite": saved.run.options.get("suite"),
        "data": datasets_line(saved.run),
        "profile": saved.run.environment.get("profile"),
        "cases": len(saved.records),
        "verdicts": dict(sorted(verdicts.items())),
        "without_number": {name: count for name, count in sorted(fates.items()) if name != "passed"},
    }


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [f"{count} {verdict}" for verdict, count in (row["verdicts"] | row["without_number"]).items()]
    when, commit = row["at"].replace("T", " ")[:16], (row["commit"] or "")[:9]
    return row["run"], when, commit, f"{row['suite']}, {row['data']}", row["profile"] or "", ", ".join(counts) or "none"
