"""The page about fidelity names every cell, and is what a run file says."""

import json
from pathlib import Path

import pytest

from otfbench.errors import UsageError
from otfbench.fidelity.cells import CELLS
from otfbench.fidelity.docs import code, page, write
from otfbench.registry import format_names

PAGE = Path(__file__).parents[2] / "docs" / "spark-based-data" / "fidelity.md"
EMPTY = "by hand\n<!-- fidelity -->\n\nstale\n<!-- end of fidelity -->\nmore\n"


def run(**cells: tuple[str, str, str | None]) -> dict:
    """A run file of one format with these cells."""
    told = [
        {"cell": name, "outcome": outcome, "detail": detail, "adapted": adapted}
        for name, (outcome, detail, adapted) in cells.items()
    ]
    return {"otfbench": {"environment": {"formats": {"alpha": "1.2"}}, "fidelity": {"alpha": told}}}


def test_committed_page_names_every_cell():
    """Each cell has a line in a table of the committed page, tested in every format."""
    lines = PAGE.read_text().splitlines()
    rows = {name: [line for line in lines if line.startswith(f"| {code(name)} | ")] for name in CELLS}
    assert [name for name, found in rows.items() if len(found) != 1] == []
    assert "not tested" not in PAGE.read_text()
    assert all(len(found[0].split(" | ")) == len(format_names()) + 1 for found in rows.values())


def test_committed_page_names_no_machine():
    """The page holds no path of the machine that it was made on."""
    assert not any(part in PAGE.read_text() for part in ("/tmp", "/home", "/root", str(Path.home())))


def test_page_tells_each_reason_once():
    """Counts, a line for each cell with its adaptation, and the reasons, each once."""
    told = {"void": ("refused", "no | such type", "string"), "int": ("kept", "", None), "date": ("refused", "x", None)}
    text = page(EMPTY, run(**told, string=("refused", "x", None)))
    assert text.startswith("by hand\n") and text.endswith("\nmore\n") and "stale" not in text
    lines = text.splitlines()
    assert {"|  | alpha 1.2 |", "| kept | 1 |", "| changed | 0 |", "| refused | 3 |"} <= set(lines)
    assert {"| `void` | **refused**, adapted: `string` |", "| `int` | kept |", "| `bigint` | not tested |"} <= set(
        lines
    )
    assert lines[-5:-2] == ["- `void`: refused: `no \\| such type`", "- `date`, `string`: refused: `x`", ""]


def test_run_without_fidelity():
    """A run without the matrix is refused, with what to do."""
    with pytest.raises(UsageError, match="pytest benchmarks/test_fidelity.py"):
        page(EMPTY, {"otfbench": {"fidelity": {}}})


def test_page_is_renewed_in_place(tmp_path):
    """The page is renewed in its place."""
    (tmp_path / "page.md").write_text(EMPTY)
    (tmp_path / "run.json").write_text(json.dumps(run(int=("kept", "", None))))
    write(tmp_path / "run.json", tmp_path / "page.md")
    assert "| `int` | kept |" in (tmp_path / "page.md").read_text()
