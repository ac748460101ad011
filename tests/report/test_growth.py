"""How cost grows, on every kind of paper: a recorded run, with some of its cases once more, with ten times the rows."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.report.facts import facts_of_saved
from otfbench.report.summary import summary
from otfbench.runs.file import read

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "quick_a.json"
LONGER = {"append": 3.0, "convert": 60.0}
"""Operation -> how many times as long its cases take with ten times the rows."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the run, in a folder of its own; its JVMs were warm, and all up at once."""
    monkeypatch.chdir(tmp_path)
    document = json.loads(RUN.read_text())
    document["otfbench"]["options"]["warmup"] = 1
    document["otfbench"]["jvms"] = "together"
    for benchmark in list(document["benchmarks"]):
        if benchmark["extra_info"]["otfbench"]["case"]["operation"] in LONGER:
            add_larger(document, copy.deepcopy(benchmark))
    (tmp_path / "run.json").write_text(json.dumps(document))
    return tmp_path / "run.json"


def add_larger(document: dict[str, Any], benchmark: dict[str, Any]) -> None:
    """The same case with ten times the rows; the input stays the last part of its id."""
    case = benchmark["extra_info"]["otfbench"]["case"]
    before, case["rows"] = case["id"], 50_000
    head, *others = case["id"].rstrip("]").split("-")
    case["id"] = f"{'-'.join([head, '50k', *others])}]"
    [outcome] = [each for each in document["otfbench"]["outcomes"] if each["id"] == before]
    nodeid = outcome["nodeid"].replace(before, case["id"])
    document["otfbench"]["outcomes"].append({**outcome, "id": case["id"], "nodeid": nodeid})
    benchmark["fullname"] = nodeid
    factor = LONGER[case["operation"]]
    for each in benchmark["extra_info"]["otfbench"]["rounds"]:
        each["wall_s"] *= factor
    benchmark["stats"]["data"] = [each * factor for each in benchmark["stats"]["data"]]
    document["benchmarks"].append(benchmark)


def test_each_operation_with_two_sizes(run: Path) -> None:
    """Of these, and of no other, the ratio of times is there for each format; inputs are told apart."""
    growth = facts_of_saved(read(run)).growth
    assert {(each.operation, each.label) for each in growth} == {
        ("append", ""), ("convert", "csv"), ("convert", "parquet"),
    }  # fmt: skip
    assert all(each.rows == (5_000, 50_000) for each in growth)
    for each in growth:
        assert {"delta", "hudi", "iceberg", "paimon", "parquet"} == set(each.formats)
        assert all(g.ratio.value == pytest.approx(LONGER[each.operation], rel=0.01) for g in each.formats.values())


def test_terminal_shows_growth_by_operation(run: Path) -> None:
    """A table with a line per operation, then who takes ever more per row."""
    text = "\n".join(summary(facts_of_saved(read(run)), color=False))
    assert "How cost grows from 5,000 to 50,000 rows:" in text
    assert "3.00x" in text and "not told apart" in text and "more than rows" in text
    assert "convert csv: time grows faster than the rows for parquet (6.0 times as fast), delta (6.0" in text


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_pages_have_the_same_figures(run: Path, suffix: str) -> None:
    """Markdown and the page have the same figures; the page a chart of each operation."""
    result = CliRunner().invoke(cli.app, ["report", str(run), "-o", f"report.{suffix}"], catch_exceptions=False)
    text = Path(f"report.{suffix}").read_text()
    assert result.exit_code == 0 and "3.00x" in text
    assert "onvert csv: time grows faster than the rows for parquet (6.0 times as fast), delta (6.0" in text
    assert suffix == "md" or text.count('data-chart="growth"') == 3


def test_cold_jvms_tell_nothing(run: Path) -> None:
    """Without warm-up rounds it isn't known with which rows a JVM was warm: nothing is said of growth."""
    document = json.loads(run.read_text())
    document["otfbench"]["options"]["warmup"] = 0
    run.write_text(json.dumps(document))
    assert facts_of_saved(read(run)).growth == ()
