"""What a report says of lives: trends, and whether upkeep has paid. From records with known times."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from otfbench.report.facts import Facts, facts_of_saved
from otfbench.report.html.page import page
from otfbench.report.lives import lives, payback
from otfbench.report.markdown import markdown
from otfbench.report.summary import summary
from otfbench.runs import file

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"
SIZE = {
    "live_files": 3,
    "live_bytes": 1000,
    "dead_files": 1,
    "dead_bytes": 500,
    "metadata_files": 2,
    "metadata_bytes": 100,
}


def lived(rounds: int, look_up_ms: float, upkeep_every: int = 0, aged_ms: float = 0) -> list[dict[str, Any]]:
    """A life in which a look-up takes 100 ms, more with each commit, and more with each round since a compaction."""
    life, since = [], 0
    for number in range(1, rounds + 1):
        compacted = upkeep_every and number % upkeep_every == 0
        since = 0 if compacted else since + 1
        actions: dict[str, Any] = {"merge": {"wall_s": 0.5, "planning_s": None}}
        if compacted:
            actions["compact"] = {"wall_s": 2.0, "planning_s": None}
        wall_s = 0.1 + look_up_ms * 3 * number / 1000 + aged_ms * since / 1000
        actions["look_up"] = {"wall_s": wall_s, "planning_s": 0.01}
        size = SIZE | {"metadata_bytes": 100 + 2000 * number}
        life.append({"commits": 3 * number, "actions": actions, "size": size})
    return life


def facts_of(tmp_path: Path, lives_of: dict[str, list[dict[str, Any]]]) -> Facts:
    """A run with these lives; its other cases are those of a recorded run."""
    document = json.loads(RUN.read_text())
    template = next(b for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["operation"] == "append")
    for name, life in lives_of.items():
        benchmark = copy.deepcopy(template)
        record = benchmark["extra_info"]["otfbench"]
        record["case"] |= {"id": f"age[{name}-upkeep]", "operation": "age", "family": "age", "format": name}
        record["life"] = life
        benchmark["fullname"] = f"benchmarks/test_age.py::test_age[{name}-upkeep]"
        document["benchmarks"].append(benchmark)
        outcome = dict(document["otfbench"]["outcomes"][0])
        document["otfbench"]["outcomes"].append(
            outcome | {"id": record["case"]["id"], "nodeid": benchmark["fullname"], "verdict": "equal"}
        )
    path = tmp_path / "0001_lives.json"
    path.write_text(json.dumps(document))
    return facts_of_saved(file.read(path))


def test_slope_of_each_figure(tmp_path: Path) -> None:
    """Each format has the slope that its times were made with; what doesn't grow has none."""
    [row] = facts_of(tmp_path, {"delta": lived(30, 0.4), "iceberg": lived(30, 0)}).lives
    assert row.trends["look_up"]["delta"].slope.value == pytest.approx(0.0004)  # type: ignore[union-attr]
    still = row.trends["look_up"]["iceberg"].slope
    assert still is not None and still.low <= 0 <= still.high
    assert row.trends["metadata bytes"]["iceberg"].slope.value == pytest.approx(2000 / 3)  # type: ignore[union-attr]
    assert row.trends["bytes"]["delta"].values[0] == 1000 + 500 + 2100


def test_compaction_pays_after_so_many_reads() -> None:
    """Two seconds for a compaction; reads of 7, 8 and 9 rounds later take 70 ms longer than those of 0, 1 and 2."""
    rounds: Any = lived(42, 0, upkeep_every=10, aged_ms=10)
    found = payback(rounds, [9, 19, 29, 39], "look_up")
    assert found is not None and found.cost_s == pytest.approx(2)
    assert found.saved_s == pytest.approx(0.07) and found.reads == pytest.approx(2 / 0.07)


def test_upkeep_that_saves_nothing_has_not_paid() -> None:
    """Reads that are as fast as before are no reason for one."""
    rounds: Any = lived(40, 0.4, upkeep_every=10)
    assert payback(rounds, [9, 19, 29, 39], "look_up") is None


def test_report_has_lives(tmp_path: Path) -> None:
    """Page, Markdown and terminal say what grows, with an interval."""
    facts = facts_of(tmp_path, {"delta": lived(30, 0.4), "iceberg": lived(30, 0)})
    said = "look up takes longer with each commit (99 % interval): delta by +0.40 ms"
    assert said in markdown(facts).replace("\\", "") and said in " ".join("\n".join(summary(facts, False)).split())
    shown = page(facts, ["0001"])
    assert said in shown and 'data-chart="life-look_up_s"' in shown


def test_unproven_life_is_not_shown(tmp_path: Path) -> None:
    """What a table holds that lost a commit is no cost of a commit."""
    facts = facts_of(tmp_path, {"delta": lived(30, 0.4)})
    records: Any = [record | {"verdict": "unequal"} for record in facts.records]
    assert not list(lives(records))
