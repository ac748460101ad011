"""What the time for several runs is spent on, by recorded runs whose times are made to differ."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from otfbench.commands.budget import NextRun, next_run
from otfbench.runs import file as runfile
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import JVMS, TIMED

RECORDED = Path(__file__).parents[1] / "recorded" / "runs" / "quick_a.json"
SPENT = {JVMS: 100.0, TIMED: 500.0}


def document(slower: dict[str, float]) -> dict[str, Any]:
    """The recorded run as if its JVMs had been warm, and all up at once, with cases that take longer by a factor."""
    content = json.loads(RECORDED.read_text())
    content["otfbench"]["options"]["warmup"] = 1
    content["otfbench"] |= {"jvms": "together", "spent": SPENT}
    for benchmark in content["benchmarks"]:
        record = benchmark["extra_info"]["otfbench"]
        for measured in record["rounds"]:
            measured["wall_s"] *= slower.get(record["case"]["id"], 1)
    return content


@pytest.fixture
def saved(tmp_path):
    """So many such runs, read from files."""

    def written(count: int = 1, **slower: float) -> list[SavedRun]:
        paths = [tmp_path / f"run-{number}.json" for number in range(count)]
        for path in paths:
            path.write_text(json.dumps(document({f"{name.replace('__', '[')}]": by for name, by in slower.items()})))
        return [runfile.read(path) for path in paths]

    return written


def of(operation: str, planned: NextRun) -> set[str]:
    return {each for each in planned.cases if each.startswith(f"{operation}[")}


def test_an_answered_question_is_left_out(saved):
    """Where one is surely the fastest nothing of it is measured on, the control and the rivals neither."""
    runs = saved(append__delta=100, append__hudi=100, append__paimon=100)
    planned = next_run(runs, 3600)
    nodes = {outcome.id: outcome.nodeid for outcome in runs[0].run.outcomes.values()}
    assert of("append", planned) == set() and of("merge", planned)
    assert {nodes[each] for each in nodes if each.startswith("append[")} <= set(planned.left_out)
    assert not {nodes[each] for each in planned.cases} & set(planned.left_out)
    assert set(planned.left_out) | {nodes[each] for each in planned.cases} == set(nodes.values())


def test_who_is_surely_slower_is_left_out(saved):
    """A contender that can't be the fastest any more is measured no more, while others are."""
    planned = next_run(saved(merge__hudi=30), 3600)
    assert "merge[hudi]" not in planned.cases and len(of("merge", planned)) > 1


@pytest.mark.parametrize("budget_s", [600, 1000, 1500, 6000, 1e9])
def test_runs_fit_into_time_left(saved, budget_s):
    """JVMs take what they took, the rest goes by cases; as many runs as fit into what is left, up to twenty in all."""
    runs = saved(2)
    planned = next_run(runs, budget_s)
    assert planned.takes_s == pytest.approx(100 + 500 * len(planned.cases) / len(runs[-1].records))
    assert planned.fit == max(0, min(18, math.floor((budget_s - 1200) / planned.takes_s)))


def test_what_is_said(saved):
    """How much is open, what a run of it takes, what it would answer and show; or that there is no time for it."""
    runs = saved()
    planned = next_run(runs, 3600)
    first, *more = planned.lines()
    assert (
        first == f"open: {len(planned.open)} questions, {len(planned.cases)} cases; a run of these takes about 8.0 min"
    )
    assert more[0].startswith(f"{planned.fit} more runs fit in, which would answer ")
    now, then = (int(each.split()[-2 if " %" in each else -1]) for each in more[1].split(" %")[:2])
    assert now > then > 0
    assert list(next_run(runs, 700).lines())[1:] == ["for which no time is left"]


def test_nothing_is_open(saved):
    """Where each question has its answer there is nothing to measure."""
    [run] = saved()
    names = {name: 1000.0 for name in run.records if "iceberg" not in name}
    planned = next_run(saved(**{name.replace("[", "__").rstrip("]"): by for name, by in names.items()}), 3600)
    assert (planned.cases, planned.fit, list(planned.lines())) == (set(), 0, ["each question has its answer"])
