"""`otfbench report --pool`: several runs of one configuration as one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from otfbench import cli
from otfbench.errors import IncomparableError, UsageError
from otfbench.report.pooling import pooled
from otfbench.runs import file as runfile

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "quick_a.json"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No otfbench.yaml and no saved runs but those that a test makes."""
    monkeypatch.chdir(tmp_path)


def made(name: str, edit: Callable[[dict[str, Any]], Any] = lambda document: None) -> Path:
    """The recorded run as if its JVMs had been warm, and all up at once."""
    document = json.loads(RUN.read_text())
    document["otfbench"]["options"]["warmup"] = 1
    document["otfbench"]["jvms"] = "together"
    edit(document)
    path = Path(f"{name}.json")
    path.write_text(json.dumps(document))
    return path


def records(document: dict[str, Any]) -> dict[str, Any]:
    found = [each["extra_info"]["otfbench"] for each in document["benchmarks"]]
    return {each["case"]["id"]: each for each in found}


def report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["report", *map(str, arguments)], catch_exceptions=False)


def test_rounds_of_all_runs() -> None:
    """A case has the rounds of all runs, in their order, and answers rest on as many JVMs; the page says so."""
    paths = [made(name) for name in ("one", "two", "three")]
    result = report("--pool", *paths, "-o", "a.csv")
    lines = list(csv.DictReader(Path("a.csv").read_text().splitlines()))

    assert result.exit_code == 0 and "3 runs pooled" in result.output
    assert {line["run"] for line in lines} == {"one, two, three"}
    assert {line["value"] for line in lines if line["metric"] == "rounds"} == {"6"}
    alone, together = (pooled([runfile.read(path) for path in some]) for some in (paths[:1], paths))
    assert [row.answer.answer.blocks for row in together.rows if row.answer.answer] == [3] * 24
    assert sum(bool(row.answer.winner) for row in alone.rows) < sum(bool(row.answer.winner) for row in together.rows)
    assert report("--pool", *paths, "-o", "a.html").exit_code == 0
    assert "questions answered on 3 runs: " in Path("a.html").read_text()


def test_case_of_some_runs() -> None:
    """A case that one run has not counts by the others; one that failed there is no failure."""

    def without_merge(document: dict[str, Any]) -> None:
        document["benchmarks"] = [
            each for each in document["benchmarks"] if each["extra_info"]["otfbench"]["case"]["id"] != "merge[hudi]"
        ]
        for outcome in document["otfbench"]["outcomes"]:
            if outcome["id"] == "merge[hudi]":
                outcome |= {"status": "failed", "reason": "no room"}

    facts = pooled([runfile.read(made("one")), runfile.read(made("two", without_merge))])
    [merge] = [row for row in facts.rows if row.operation == "merge"]
    hudi, delta = merge.case("hudi"), merge.case("delta")

    assert hudi and len(hudi.rounds_s) == 2 and delta and len(delta.rounds_s) == 4
    assert merge.answer.answer and merge.answer.answer.blocks == 1 and not facts.failures


def test_what_differs_is_told() -> None:
    """The worst verdict counts, and counters that differ between runs are unstable."""

    def other(document: dict[str, Any]) -> None:
        scan = records(document)["scan[delta]"]
        scan["verdict"] = "unchecked"
        scan["counters"]["jobs"] += 1

    facts = pooled([runfile.read(made("one")), runfile.read(made("two", other))])
    [scan] = [each for each in facts.records if each["case"]["id"] == "scan[delta]"]
    [row] = [row for row in facts.rows if row.operation == "scan"]

    assert scan["verdict"] == "unchecked" and "jobs" in scan["unstable"]
    assert "delta" not in row.answer.ahead


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (lambda d: d["otfbench"]["environment"].update(cpu="another"), "CPU was "),
        (lambda d: d["otfbench"].update(jvms="apart"), "JVMs of the formats: together, now apart"),
        (lambda d: d["otfbench"]["options"].update(conf={"a": "b"}), "Spark setting a: none, now b"),
        (lambda d: records(d)["merge[hudi]"]["case"].update(rows=7), "merge[hudi]: other data: rows 5000, now 7"),
    ],
)
def test_other_configuration(edit: Callable[[dict[str, Any]], Any], difference: str) -> None:
    """Runs of other machines, settings or data can't be pooled: the error names both, and what differs."""
    paths = [made("one"), made("two", edit)]

    with pytest.raises(IncomparableError, match="one and two can't be pooled: ") as error:
        pooled([runfile.read(path) for path in paths])
    assert difference in str(error.value)


def test_same_run_twice() -> None:
    """A run has its JVMs once: named twice, it would seem surer than it is."""
    path = made("one")

    with pytest.raises(UsageError, match="one is named twice"):
        pooled([runfile.read(path)] * 2)
