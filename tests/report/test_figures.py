"""What a report says of figures that workloads have counted themselves."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from otfbench.report.facts import facts_of_saved
from otfbench.report.figures import cell, in_words
from otfbench.report.html.page import page
from otfbench.report.markdown import markdown
from otfbench.report.summary import summary
from otfbench.runs import file

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"


@pytest.mark.parametrize(
    ("name", "words", "values", "shown"),
    [
        ("latency_s", "latency", [0.5, 1.5, 1.0], "1.00 s (500 ms to 1.50 s)"),
        ("conflicts", "conflicts", [3, 3], "3"),
        ("commits_per_min", "commits per min", [40.25], "40.2"),
        ("waiting_rows_per_s", "waiting rows per s", [1234.5], "1,234"),
        ("log_bytes", "log", [2_000_000], "2.00 MB"),
    ],
)
def test_figures_in_words(name: str, words: str, values: list[float], shown: str) -> None:
    """The end of a name is the unit; rounds that differ are shown from the least to the most."""
    assert (in_words(name), cell(name, values)) == (words, shown)


def test_report_has_figures(tmp_path: Path) -> None:
    """Page, Markdown and terminal have the figures of cases that were proven equal, and of no other."""
    document = json.loads(RUN.read_text())
    append = next(b for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["operation"] == "append")
    for name, verdict in (("delta", "equal"), ("hudi", "unequal")):
        benchmark = copy.deepcopy(append) | {"fullname": f"benchmarks/test_together.py::test_meet[{name}-2]"}
        record = benchmark["extra_info"]["otfbench"]
        record["case"] |= {"id": f"meet[{name}-2]", "operation": "meet", "family": "together", "format": name}
        record |= {"verdict": verdict, "figures": {"conflicts": [1, 3], "latency_s": [0.5, 0.5]}}
        document["benchmarks"].append(benchmark)
        outcome = {"id": f"meet[{name}-2]", "nodeid": benchmark["fullname"], "verdict": verdict}
        document["otfbench"]["outcomes"].append(document["otfbench"]["outcomes"][0] | outcome)
    path = tmp_path / "0001_figures.json"
    path.write_text(json.dumps(document))
    facts = facts_of_saved(file.read(path))
    assert [list(row.formats) for row in facts.figures] == [["delta"]]
    assert "| meet 2 | conflicts | 2 (1 to 3) |" in markdown(facts)
    assert "conflicts 2 (1 to 3)" in " ".join("\n".join(summary(facts, False)).split())
    assert "meet <small>2</small>: latency" in page(facts, ["0001"]) and "<td>500 ms" in page(facts, ["0001"])
