"""Runs over time: which cases share a line, and what is marked as changed between two of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from otfbench.cli import app
from otfbench.report.history import METRICS, History, RunChange, history
from otfbench.runs import file as runfile

Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture
def made(document: dict[str, Any], write: Callable[..., Path]) -> Callable[..., History]:
    """The history of a recorded run and copies of it, a day apart, each with an edit of its own."""

    def of(*edits: Edit) -> History:
        runs = []
        for number, edit in enumerate(edits):
            changed = copy.deepcopy(document)
            changed["datetime"] = f"2026-01-{number + 1:02d}T00:00:00+00:00"
            edit(changed)
            runs.append(runfile.read(write(changed, f"{number + 1:04d}_a.json")))
        return history(reversed(runs))

    return of


def as_it_was(document: dict[str, Any]) -> None:
    pass


def version(place: str, name: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        document["otfbench"][place][name] = value

    return edit


def test_same_runs(made: Callable[..., History]) -> None:
    """Runs of the same stand in the order of their times; each case has a point in each run; nothing is marked."""
    found = made(as_it_was, as_it_was)

    assert list(found.runs) == ["0001", "0002"] and found.changes == ()
    assert all([row[0] for row in group.rows] == ["0001", "0002"] for group in found.groups)
    assert sum(len(group.rows) for group in found.groups) == 2 * len(found.runs["0001"].records)


def test_point_has_a_value_per_metric(made: Callable[..., History]) -> None:
    """A point has a value per metric; what can't be measured is none, and a metric that says nothing has no chart."""
    [append] = [group for group in made(as_it_was).groups if group.operation == "append"]
    values = dict(zip(METRICS, append.rows[0][2:], strict=True))

    assert values["wall_s"] > 0 and values["tasks"] > 0 and isinstance(values["disk_bytes"], int)
    assert "wall_s" in append.metrics and all(values[name] for name in append.metrics)


@pytest.mark.parametrize(
    ("place", "name", "value", "told"),
    [
        ("environment", "spark", "3.5.10", "spark 3.5.9 \u2192 3.5.10"),
        ("environment", "formats", {"parquet": "4.0"}, "parquet 3.5.9 \u2192 4.0"),
        ("environment", "cores", 64, "cores 2 \u2192 64"),
        ("environment", "own_jars", {"parquet": {"a.jar": "0f"}}, "parquet's own jars none \u2192 a.jar"),
        ("options", "master", "local[4]", "master local[2] \u2192 local[4]"),
    ],
)
def test_change_is_marked(made: Callable[..., History], place: str, name: str, value: Any, told: str) -> None:
    """A version, the machine or an option that is another is marked at its first run, and only there."""
    found = made(as_it_was, version(place, name, value), version(place, name, value))

    assert found.changes == (RunChange("A", "0002", (told,)),)


def test_left_out_format_is_no_change(made: Callable[..., History]) -> None:
    """A format that a run left out has not changed."""
    assert made(as_it_was, version("environment", "formats", {})).changes == ()


def test_aa_follows_z(made: Callable[..., History]) -> None:
    """After Z comes AA."""
    found = made(*(version("environment", "java", str(number)) for number in range(28)))

    assert [change.letter for change in found.changes][-3:] == ["Y", "Z", "AA"]


def test_other_rows_have_a_line_of_their_own(made: Callable[..., History]) -> None:
    """The same case on more rows is another thing: it shares no line with the first."""

    def more_rows(document: dict[str, Any]) -> None:
        for benchmark in document["benchmarks"]:
            benchmark["extra_info"]["otfbench"]["case"]["rows"] *= 10

    found = made(as_it_was, more_rows)
    assert len(found.groups) == 2 * len(made(as_it_was).groups)
    assert all(len({row[0] for row in group.rows}) == 1 for group in found.groups)


def test_same_number_of_two_machines(document: dict[str, Any], tmp_path: Path) -> None:
    """Runs of two machines may have the same number: each has a name of its own."""
    runs = []
    for machine in ("Linux", "Darwin"):
        (tmp_path / machine).mkdir()
        (tmp_path / machine / "0001_a.json").write_text(json.dumps(document))
        runs.append(runfile.read(tmp_path / machine / "0001_a.json"))

    assert list(history(runs).runs) == ["0001 (1)", "0001 (2)"]


def test_files_that_are_no_runs(document: dict[str, Any], tmp_path: Path) -> None:
    """What can't be read is left out, and told on the page."""
    (tmp_path / "0001_a.json").write_text(json.dumps(document))
    (tmp_path / "0002_b.json").write_text("{}")

    result = CliRunner().invoke(app, ["report", "--history", str(tmp_path), "-o", str(tmp_path / "h.html")])
    assert result.exit_code == 0 and "0002_b.json" in (tmp_path / "h.html").read_text()
