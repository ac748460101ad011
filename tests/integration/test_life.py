"""Lives of tables on real Spark: what they must hold by another way, what is caught, what a record has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otfbench.data.generated import Trips
from otfbench.data.life import COMMITS, Life
from otfbench.spark.jvm import Jvm
from otfbench.tables.scratch import Scratch
from otfbench.tables.states import initial_rows_of

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROUNDS = 10
WORKLOADS = """
from functools import partial
import pytest
from otfbench.workloads import scan, variants

@pytest.fixture
def meddle(table, monkeypatch):
    def change(name, how, at=5):
        real, calls = getattr(table.format, name), []
        def meddled(argument):
            calls.append(argument)
            return how(real, argument) if len(calls) == at else real(argument)
        monkeypatch.setattr(table.format, name, meddled, raising=False)
    return change

@variants("cow")
def test_lost_commit(measure_life, table, meddle):
    meddle("append", lambda real, rows: None)
    measure_life(scan=partial(scan, table))

@variants("cow")
def test_row_twice(measure_life, table, meddle):
    meddle("append", lambda real, rows: (real(rows), real(rows.limit(1))))
    measure_life(scan=partial(scan, table))

@variants("cow")
def test_back_from_the_dead(measure_life, table, meddle):
    def resurrect(real, where):
        gone = table.read().where(where).localCheckpoint()
        real(where)
        table.format.append(gone.limit(1))
    meddle("delete", resurrect)
    measure_life(scan=partial(scan, table))
"""


def test_content_by_another_way(jvm: Jvm, tmp_path: Path) -> None:
    """The flat query has what the commits make of the rows one after the other, applied in Python."""
    spark = jvm.spark
    initial = initial_rows_of(spark, Trips(600, 7), (), Scratch(spark, str(tmp_path / "scratch")).materialize)
    life = Life(initial, ROUNDS)
    [key] = initial.key
    rows = {row[key]: row for row in initial.rows.collect()}
    for number in range(1, ROUNDS + 1):
        changes = life.round(number)
        merged, appended = changes.merged.collect(), changes.appended.collect()
        assert merged and appended and all(row[key] in rows and rows[row[key]] != row for row in merged)
        rows |= {row[key]: row for row in merged}
        gone = spark.createDataFrame(list(rows.values()), initial.rows.schema).where(changes.deleted).collect()
        assert gone
        rows = {name: row for name, row in rows.items() if row not in gone}
        assert not any(row[key] in rows for row in appended)
        rows |= {row[key]: row for row in appended}
        assert sorted(life.after(number).collect()) == sorted(rows.values())
    assert initial.rows.where(life.lasting_key).count() == life.after(ROUNDS).where(life.lasting_key).count() == 1


def run(folder: Path, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Exit code, output and records of a small run: name of the case -> what it carries."""
    command = (sys.executable, "-m", "pytest", *arguments, "--otf-driver-memory", "1g", "--otf-rows", "600")
    done = subprocess.run(
        (*command, "--otf-rounds", str(ROUNDS), "--benchmark-json", "run.json", "-q"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    document = json.loads((folder / "run.json").read_text()) if (folder / "run.json").exists() else {"benchmarks": []}
    records = {each["name"]: each["extra_info"]["otfbench"] for each in document["benchmarks"]}
    return done.returncode, done.stdout + done.stderr, records


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, dict[str, Any]]:
    """The suite of lives, short, on one format and the control."""
    folder = tmp_path_factory.mktemp("life")
    return run(folder, str(BENCHMARKS), "--otf-suite", "life", "--otf-formats", "delta,parquet", "-k", "not mor")


def test_suite_of_lives(suite: tuple[int, str, dict[str, Any]]) -> None:
    """It has lives, and nothing else; what can't live is unsupported, and all that lives is equal."""
    code, printed, records = suite
    assert code == 0, printed
    assert records.keys() == {"test_age[delta-no_upkeep]", "test_age[delta-upkeep]"}
    assert {record["verdict"] for record in records.values()} == {"equal"}
    assert "parquet has no merge" in printed


def test_record_of_a_life(suite: tuple[int, str, dict[str, Any]]) -> None:
    """Each round has its commits, its actions with their times, and what the table took; upkeep is where it was due."""
    record = suite[2]["test_age[delta-no_upkeep]"]
    assert [each["commits"] for each in record["life"]] == [COMMITS * number for number in range(1, ROUNDS + 1)]
    assert all(list(each["actions"]) == ["merge", "delete", "append", "scan", "look_up"] for each in record["life"])
    files = [each["size"]["live_files"] + each["size"]["dead_files"] for each in record["life"]]
    assert files == sorted(files) and len(set(files)) == ROUNDS
    assert len(record["rounds"]) == ROUNDS and record["unstable"] == []
    for lived, measured in zip(record["life"], record["rounds"], strict=True):
        assert sum(action["wall_s"] for action in lived["actions"].values()) <= measured["wall_s"]


def test_upkeep_when_it_is_due(suite: tuple[int, str, dict[str, Any]]) -> None:
    """After the commits of ten rounds the table is compacted, and what is dead is removed."""
    *others, tenth = suite[2]["test_age[delta-upkeep]"]["life"]
    assert list(tenth["actions"])[3:5] == ["compact", "expire"]
    assert not any("compact" in each["actions"] for each in others)
    assert tenth["size"]["dead_files"] == 0 < others[-1]["size"]["dead_files"]


def test_faults_are_caught(tmp_path: Path) -> None:
    """A lost commit, a row that is there twice, a deleted row that comes back: each in the middle of a life."""
    (tmp_path / "test_faults.py").write_text(WORKLOADS)
    code, printed, _ = run(tmp_path, "test_faults.py", "--otf-formats", "delta")
    assert code == 1 and "3 failed" in printed, printed
    assert printed.count("the content is not what it must be") >= 3
    assert "1 row" in printed
