"""What goes wrong in a case, in its JVM or in a method of its format ends that case alone: the run goes on."""

from __future__ import annotations

from typing import Any

import pytest

from otfbench.runs.outcome import Outcome, Status

HOOKS = ["conf", "open", "adapt", "drop", "create", "live_files", "properties", "reported", "read"]
"""Methods of a format that a conversion needs, those of a new session first."""
FORMAT = '''
import re
from otfbench.formats.parquet import Parquet

ASKED = []
"""The method that is to raise, while its case runs."""

def unruly(name):
    def method(self, *args, **kwargs):
        if name in ASKED:
            raise RuntimeError(f"planted in {name}")
        return getattr(super(Unruly, self), name)(*args, **kwargs)
    return method

class Unruly(Parquet):
    name = "orc"
    def is_table(self, folder): return False

for each in %(hooks)r:
    setattr(Unruly, each, unruly(each))
'''
CONFTEST = """
import pytest, unruly
from otfbench.spark.jvm import kill

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    unruly.ASKED[:] = [item.callspec.params.get("hook")]

@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid):
    unruly.ASKED.clear()
    if "test_good" in nodeid or "killed_after" in nodeid:
        kill()
"""
WORKLOADS = """
import os, signal
from contextlib import contextmanager
import psutil, pytest
from otfbench.convert.write import convert

def test_good(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

@pytest.mark.parametrize("hook", %(hooks)r)
def test_hook(measure, source, target, hook):
    measure(convert, source, target, expect=source.dataset)

def in_round(number, act):
    calls = []
    def action(source, target):
        calls.append(target)
        if len(calls) == number:
            act()
        convert(source, target)
    return action

def die(spark):
    os.kill(int(spark._jvm.java.lang.ProcessHandle.current().pid()), signal.SIGKILL)

def test_killed_in_warm_up(measure, source, target, spark):
    measure(in_round(1, lambda: die(spark)), source, target, expect=source.dataset)

def test_killed_in_timed_round(measure, source, target, spark):
    measure(in_round(3, lambda: die(spark)), source, target, expect=source.dataset)

def test_killed_after(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

def test_memory_of_a_task(measure, source, target, spark):
    def fill():
        spark.range(1).selectExpr("length(repeat(cast(id AS string), 2000000000))").collect()
    measure(in_round(2, fill), source, target, expect=source.dataset)

def test_memory_of_the_driver(measure, source, target, spark):
    def fill():
        spark._jvm.java.util.ArrayList(2**30)
    measure(in_round(2, fill), source, target, expect=source.dataset)

def test_hangs(measure, source, target, spark):
    measure(in_round(2, lambda: spark._jvm.java.lang.Thread.sleep(10**9)), source, target, expect=source.dataset)

@contextmanager
def no_room(spark):
    jvm = psutil.Process(int(spark._jvm.java.lang.ProcessHandle.current().pid()))
    limits = jvm.rlimit(psutil.RLIMIT_FSIZE)
    jvm.rlimit(psutil.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        jvm.rlimit(psutil.RLIMIT_FSIZE, limits)

def test_no_room_in_the_warehouse(measure, source, target, spark):
    def convert_without_room(source, target):
        with no_room(spark):
            convert(source, target)
    measure(convert_without_room, source, target, expect=source.dataset)

def test_no_room_for_scratch_files(measure, source, target, spark):
    def shuffle():
        with no_room(spark):
            spark.range(10**5).repartition(7).collect()
    measure(in_round(2, shuffle), source, target, expect=source.dataset)

def test_leaks_a_view(measure, source, target, spark):
    def leak():
        spark.range(3).createOrReplaceTempView("leaked")
        spark.range(3).createOrReplaceGlobalTempView("leaked")
    measure(in_round(1, leak), source, target, expect=source.dataset)

def test_wrong_rows(measure, source, target):
    def lose(source, target):
        target.create(source.read(target.format.spark).limit(49))
    measure(lose, source, target, expect=source.dataset)

def test_zafter(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
"""
PASSED = ["good", "killed_after", "leaks_a_view", "zafter"]
LIMIT_S = 60


@pytest.fixture(scope="module")
def ended(runs: Any) -> Any:
    """One run of all of these cases, of a format that an installed package brings."""
    info = runs.folder / "unruly-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: unruly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[otfbench.formats]\norc = unruly:Unruly\n")
    (runs.folder / "unruly.py").write_text(FORMAT % {"hooks": HOOKS})
    (runs.folder / "conftest.py").write_text(CONFTEST)
    (runs.folder / "test_work.py").write_text(WORKLOADS % {"hooks": HOOKS})
    return runs.run("test_work.py", "--otf-formats", "orc", "--otf-case-timeout", str(LIMIT_S))


def test_run_goes_on(runs: Any, ended: Any, no_jvm_of: Any) -> None:
    """Every case has its turn; the exit code is 1, the file has what is right, and no process and no folder is left."""
    assert ended.code == 1 and "INTERNALERROR" not in ended.printed, ended.printed
    assert no_jvm_of(ended.pid) and runs.temporary == set() and runs.journal == []
    [run] = runs.saved()
    assert sorted(run.records) == [f"{name}[orc-parquet]" for name in PASSED]
    assert {each.status for each in run.run.outcomes.values()} == {Status.PASSED, Status.FAILED, Status.CRASHED}


@pytest.mark.parametrize("hook", HOOKS)
def test_error_of_a_method(runs: Any, ended: Any, hook: str) -> None:
    """A method that raises fails its case, with what it raised as the reason."""
    found = outcome(runs, f"hook[orc-parquet-{hook}]")
    assert (found.status, f"planted in {hook}" in found.reason) == (Status.FAILED, True), found


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("killed_in_warm_up", "The JVM died (exit code -9)"),
        ("killed_in_timed_round", "The JVM died (exit code -9)"),
        ("memory_of_a_task", "out of memory"),
        ("memory_of_the_driver", "out of memory"),
        ("hangs", f"It took longer than {LIMIT_S} s (--otf-case-timeout): its JVM was ended."),
    ],
)
def test_lost_jvm(runs: Any, ended: Any, name: str, reason: str) -> None:
    """A case that loses its JVM has crashed, and says how."""
    found = outcome(runs, f"{name}[orc-parquet]")
    assert (found.status, reason in found.reason) == (Status.CRASHED, True), found


@pytest.mark.parametrize("name", ["no_room_in_the_warehouse", "no_room_for_scratch_files"])
def test_full_disk(runs: Any, ended: Any, name: str) -> None:
    """A case for whose table, or whose temporary files, there is no room has failed, and says so."""
    found = outcome(runs, f"{name}[orc-parquet]")
    assert (found.status, "File too large" in found.reason) == (Status.FAILED, True), found


def test_threads_of_a_case_that_hangs(runs: Any, ended: Any) -> None:
    """The log tells where it hung."""
    [log] = (runs.folder / ".benchmarks").glob("otfbench-*.log")
    assert "Full thread dump" in log.read_text() and "java.lang.Thread.sleep" in log.read_text()


def test_wrong_rows(runs: Any, ended: Any) -> None:
    """A table that lacks a row is unequal."""
    found = outcome(runs, "wrong_rows[orc-parquet]")
    assert (found.status, found.verdict) == (Status.FAILED, "unequal")


def outcome(runs: Any, name: str) -> Outcome:
    """What became of a case."""
    [found] = [each for each in runs.saved()[0].run.outcomes.values() if each.id == name]
    return found
