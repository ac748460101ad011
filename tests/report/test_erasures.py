"""What a report says of erased rows: when they were gone, where they still are, what nobody could look into."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from otfbench.report.erasures import ErasedRow, remarks
from otfbench.report.facts import facts_of_saved
from otfbench.report.html.page import page
from otfbench.report.markdown import markdown
from otfbench.report.summary import summary
from otfbench.runs import file

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"
STEPS = ("delete", "compact", "expire")


def steps(*counts: tuple[int, int, int]) -> list[Any]:
    """Files of data, of metadata, and unread ones after each step."""
    keys = ("data_files", "metadata_files", "unread_files")
    return [{"after": step, **dict(zip(keys, each, strict=True))} for step, each in zip(STEPS, counts, strict=True)]


@pytest.mark.parametrize(
    ("counts", "fate"),
    [
        (((2, 1, 0), (2, 1, 0), (0, 0, 0)), "erased rows are in no file any more after expire"),
        (((0, 0, 0), (0, 0, 0), (0, 0, 0)), "erased rows are in no file any more after delete"),
        (((2, 1, 0), (0, 0, 0), (0, 0, 0)), "erased rows are in no file any more after compact"),
        (((2, 1, 0), (2, 3, 0), (0, 3, 0)), "after expire erased rows are still in files: 3 of metadata"),
        (((2, 1, 0), (0, 0, 0), (1, 0, 0)), "after expire erased rows are still in files: 1 of data"),
        (
            ((2, 0, 2), (2, 0, 2), (0, 0, 2)),
            "erased rows are in no file any more after expire, but for 2 files that nobody could look into",
        ),
    ],
)
def test_fate_of_rows(counts: tuple[tuple[int, int, int], ...], fate: str) -> None:
    """Gone is what is in no file from a step on; what nobody could look into is said with it."""
    assert list(remarks(ErasedRow("erase", "", {"delta": steps(*counts)}))) == [f"erase: delta: {fate}"]


def test_report_has_erasures(tmp_path: Path) -> None:
    """Page, Markdown and terminal say where rows still are."""
    document = json.loads(RUN.read_text())
    append = next(b for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["operation"] == "append")
    benchmark = copy.deepcopy(append) | {"fullname": "benchmarks/test_erase.py::test_erase[delta]"}
    record = benchmark["extra_info"]["otfbench"]
    record["case"] |= {"id": "erase[delta]", "operation": "erase", "family": "erase", "format": "delta"}
    record["searched"] = steps((2, 1, 0), (2, 3, 0), (0, 3, 1))
    document["benchmarks"].append(benchmark)
    outcome = {"id": "erase[delta]", "nodeid": benchmark["fullname"], "verdict": "equal"}
    document["otfbench"]["outcomes"].append(document["otfbench"]["outcomes"][0] | outcome)
    path = tmp_path / "0001_erased.json"
    path.write_text(json.dumps(document))
    facts = facts_of_saved(file.read(path))
    assert "| erase: after compact | 2 data, 3 metadata |" in markdown(facts)
    fate = "erase: delta: after expire erased rows are still in files: 3 of metadata"
    assert fate in " ".join("\n".join(summary(facts, False)).split())
    assert fate.capitalize() in page(facts, ["0001"]) and "3 metadata (1 unread)" in page(facts, ["0001"])
