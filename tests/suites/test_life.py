"""Lives of tables on real Spark: what they must hold by another way, what is caught, what a record has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from otfbench.data.generated import Trips
from otfbench.data.life import COMMITS, Life
from otfbench.spark.jvm import Jvm
from otfbench.tables.scratch import Scratch
from otfbench.tables.states import initial_rows_of
from tests.suites.workloads import Done, run

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROUNDS = 4
WORKLOADS = """
from functools import partial
import pytest
from otfbench.workloads import collect, scan, variants, where

@pytest.fixture
def meddle(table, monkeypatch):
    def change(name, how, at=3):
        real, calls = getattr(table.format, name), []
        def meddled(argument):
            calls.append(argument)
            return how(real, argument) if len(calls) == at else real(argument)
        monkeypatch.setattr(table.format, name, meddled, raising=False)
    return change

@variants("cow")
def test_alive(measure_life, table, life):
    look_up = partial(collect, table, where(life.lasting_key))
    measure_life(upkeep_every=2, scan=partial(scan, table), look_up=look_up)

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


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Exit code, output and records (name of the case -> what it carries) of a run of these workloads."""
    return run(tmp_path_factory.mktemp("life"), WORKLOADS, ROUNDS)


def test_record_of_a_life(lived: Done) -> None:
    """Each round has its commits, its actions with their times, and what the table took."""
    [record] = lived[2].values()
    assert record["verdict"] == "equal" and record["unstable"] == []
    assert [each["commits"] for each in record["life"]] == [COMMITS * number for number in range(1, ROUNDS + 1)]
    assert len(record["rounds"]) == ROUNDS
    for one, measured in zip(record["life"], record["rounds"], strict=True):
        assert [*one["actions"]][:3] == ["merge", "delete", "append"]
        assert [*one["actions"]][-2:] == ["scan", "look_up"] and one["actions"]["scan"]["planning_s"] > 0
        assert sum(action["wall_s"] for action in one["actions"].values()) <= measured["wall_s"]
    assert record["life"][-1]["size"] == record["storage"] and record["counters"]["jobs"] >= 5 * ROUNDS


def test_upkeep_when_it_is_due(lived: Done) -> None:
    """After the commits of each second round the table is compacted, and what is dead is removed."""
    [record] = lived[2].values()
    assert [[*each["actions"]][3:-2] for each in record["life"]] == [[], ["compact", "expire"]] * 2
    assert [each["size"]["dead_files"] == 0 for each in record["life"]] == [False, True] * 2


def test_faults_are_caught(lived: Done) -> None:
    """A lost commit, a row that is there twice, a deleted row that comes back: each in the middle of a life."""
    code, printed, records = lived
    assert code == 1 and "3 failed, 1 passed" in printed, printed
    assert list(records) == ["test_alive[iceberg]"]
    for fault in ("lost_commit", "row_twice", "back_from_the_dead"):
        assert f"{fault}[iceberg]: the content is not what it must be" in printed


def test_suite_holds_lives_alone() -> None:
    """`life` is a suite of its own: no other has its cases, and it has none of theirs."""
    listed = {}
    for suite in ("life", "full"):
        command = (sys.executable, "-m", "pytest", str(BENCHMARKS), "--otf-suite", suite, "--collect-only", "-q")
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        listed[suite] = [line for line in done.stdout.splitlines() if "::" in line]
    assert listed["life"] and listed["full"]
    lives = ("test_age.py::", "test_erase.py::", "test_together.py::", "test_import.py::", "::test_read_changes[")
    assert all(any(name in line for name in lives) for line in listed["life"])
    assert not any(name in line for name in lives for line in listed["full"])
