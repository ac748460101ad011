"""The page about type fidelity, generated from a run file. Knows no format by name, and nothing of how it was found.

python -m otfbench.fidelity.docs RUN.json docs/spark-based-data/fidelity.md
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from otfbench.errors import UsageError
from otfbench.fidelity.cells import GROUPS

_TABLES = re.compile(r"(?<=<!-- fidelity -->\n\n).*?(?=\n<!-- end of fidelity -->)", re.DOTALL)

CellsByFormat = dict[str, dict[str, dict[str, Any]]]


def page(text: str, run: dict[str, Any]) -> str:
    """The page with what stands between its two marks made anew; what else it says is written by hand.

    `run` is what a run file holds. Raises UsageError if fidelity wasn't part of the run.
    """
    fidelity = run.get("otfbench", {}).get("fidelity")
    if not fidelity:
        command = "pytest benchmarks/test_fidelity.py --otf-suite full"
        raise UsageError(f"The run file has no fidelity: make one with `{command}`.")
    cells_by_format = {name: {cell["cell"]: cell for cell in cells} for name, cells in fidelity.items()}
    versions = run["otfbench"]["environment"]["formats"]
    lines = [*_counts(cells_by_format, versions), *_tables(cells_by_format), *_reasons(cells_by_format)]
    return _TABLES.sub(lambda _: "\n".join(lines) + "\n", text)


def code(name: str) -> str:
    """The name as Markdown's code, in a table too."""
    fence = "``" if "`" in name else "`"
    return f"{fence}{name}{fence}".replace("|", "\\|")


def _counts(cells_by_format: CellsByFormat, versions: dict[str, Any]) -> Iterator[str]:
    yield from _head("", [f"{name} {versions[name]}" for name in cells_by_format])
    for outcome in ("kept", "changed", "refused", "corrupted"):
        counts = [sum(cell["outcome"] == outcome for cell in cells.values()) for cells in cells_by_format.values()]
        yield f"| {outcome} | {' | '.join(map(str, counts))} |"


def _tables(cells_by_format: CellsByFormat) -> Iterator[str]:
    for group, cells in GROUPS.items():
        yield from ("", f"### {group}", "")
        yield from _head("", list(cells_by_format))
        for cell in cells:
            texts = (_cell_text(cells.get(cell.name)) for cells in cells_by_format.values())
            yield f"| {code(cell.name)} | {' | '.join(texts)} |"


def _head(first: str, names: list[str]) -> list[str]:
    return [f"| {first} | {' | '.join(names)} |", "| --- " * (len(names) + 1) + "|"]


def _cell_text(cell: dict[str, Any] | None) -> str:
    """Outcome, and what becomes of the column by its adaptation."""
    if cell is None:
        return "not tested"
    adapted = f", adapted: {code(cell['adapted'])}" if cell["adapted"] else ""
    return ("kept" if cell["outcome"] == "kept" else f"**{cell['outcome']}**") + adapted


def _reasons(cells_by_format: CellsByFormat) -> Iterator[str]:
    for name, cells in cells_by_format.items():
        yield from ("", f"### What {name} changes, refuses and corrupts", "")
        details: dict[tuple[str, str], list[str]] = {}
        for cell in cells.values():
            if cell["outcome"] != "kept":
                details.setdefault((cell["outcome"], cell["detail"]), []).append(cell["cell"])
        for (outcome, detail), names in details.items():
            yield f"- {', '.join(map(code, names))}: {outcome}: {code(detail)}"


def write(run: Path, path: Path) -> None:
    """Renew the page by the run file."""
    text = path.read_text(encoding="utf-8")
    path.write_text(page(text, json.loads(run.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
