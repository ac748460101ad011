"""What all planted faults share: a run of pytest that signals itself at a named moment, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from otfbench import cli
from otfbench.runs import file
from otfbench.runs.file import SavedRun
from otfbench.spark.process import STARTED_BY
from tests.processes import from_a_terminal

MOMENTS = {
    "the datasets are written": ("otfbench.data.cache:_write", "before", 1),
    "a JVM starts": ("pyspark.java_gateway:Popen", "after", 1),
    "Spark starts": ("pyspark:SparkContext._do_init", "before", 1),
    "the session warms up": ("otfbench.plugin.fixtures:warm_up", "before", 1),
    "the first table is restored": ("otfbench.tables.table:SessionTable.restore", "before", 2),
    "the warm-up round": ("otfbench.convert.write:convert", "before", 2),
    "a later timed round": ("otfbench.convert.write:convert", "after", 7),
    "the verification": ("otfbench.measure.rounds:digest", "before", 1),
    "the journal is written": ("otfbench.runs.journal:Journal.add", "before", 2),
    "the table of the first case is removed": ("otfbench.formats.base:TableFormat.drop", "before", 9),
    "the last JVM ends": ("otfbench.measure.pool:JvmPool.close", "before", 1),
    "the run is saved": ("pytest_benchmark.session:BenchmarkSession.finish", "before", 1),
}
"""Moment -> a function, and whether the run is signalled before or after which call of it."""
PLUGIN = """
import functools, importlib, os, signal
import pytest

CALLS = []

@pytest.hookimpl(tryfirst=True)
def {hook}():
    module, _, names = {target!r}.partition(":")
    *owners, name = names.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    function = getattr(owner, name)

    @functools.wraps(function)
    def signalling(*args, **kwargs):
        CALLS.append(name)
        if len(CALLS) == {call} and {when!r} == "before":
            os.kill(os.getpid(), signal.{signal})
        result = function(*args, **kwargs)
        if len(CALLS) == {call} and {when!r} == "after":
            os.kill(os.getpid(), signal.{signal})
        return result

    setattr(owner, name, signalling)
"""
WORKLOADS = """
from otfbench.convert import write

def test_a(measure, source, target):
    measure(write.convert, source, target, expect=source.dataset)

def test_b(measure, source, target):
    measure(write.convert, source, target, expect=source.dataset)
"""
SMALL = ("--otf-inputs", "parquet", "--otf-rows", "50", "--otf-rounds", "2", "--otf-driver-memory", "600m")


@dataclass(frozen=True)
class Ended:
    """A run of pytest that has ended."""

    code: int
    printed: str
    pid: int


@dataclass(frozen=True)
class Runs:
    """Runs in one folder, whose temporary files are in a folder below it."""

    folder: Path

    @property
    def temporary(self) -> set[str]:
        """The names of what is among the temporary files."""
        return set(os.listdir(self.folder / "tmp"))

    def run(self, *arguments: str) -> Ended:
        """Run pytest here, from files that are here, and wait until its JVM has ended as well."""
        command = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", *SMALL]
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        with subprocess.Popen(
            [*command, "--benchmark-autosave", *arguments],
            cwd=self.folder,
            env=outside | {"TMPDIR": str(self.folder / "tmp"), "XDG_CACHE_HOME": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=from_a_terminal,
        ) as process:
            printed, _ = process.communicate(timeout=500)
        return Ended(process.returncode, printed, process.pid)

    def signalled(self, moment: str, by: signal.Signals, *arguments: str) -> Ended:
        """The same, with a signal at a moment."""
        target, when, call = MOMENTS[moment]
        hook = "pytest_collection_finish" if moment == "the datasets are written" else "pytest_runtestloop"
        plugin = PLUGIN.format(hook=hook, target=target, when=when, call=call, signal=by.name)
        (self.folder / "test_work.py").write_text(WORKLOADS)
        (self.folder / "conftest.py").write_text(plugin)
        ended = self.run("test_work.py", "--otf-formats", "parquet", *arguments)
        (self.folder / "conftest.py").unlink()
        return ended

    def saved(self) -> list[SavedRun]:
        """The run files that are here, as every command reads them."""
        return [file.read(path) for path in file.saved(self.folder / ".benchmarks")]

    @property
    def journal(self) -> list[str]:
        """The lines of the journal, the first one apart, which tells what was run."""
        path = self.folder / ".benchmarks" / "otfbench-journal.jsonl"
        return path.read_text().splitlines()[1:] if path.exists() else []


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """An empty folder to run in, with an empty cache."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("tmp", "cache"):
        (folder / name).mkdir()
    return Runs(folder)


def _is_of(process: psutil.Process, pid: int) -> bool:
    """Whether it is a JVM of that process, or what one has started."""
    try:
        return process.environ().get(STARTED_BY) == str(pid)
    except (psutil.Error, OSError):  # of another user, or ended
        return False


@pytest.fixture
def no_jvm_of() -> Callable[[int], bool]:
    """Whether no JVM of a process is there; that of a killed one takes a moment to notice."""

    def ended(pid: int) -> bool:
        for _ in range(600):
            if not any(_is_of(each, pid) for each in psutil.process_iter()):
                return True
            time.sleep(0.1)
        return False

    return ended


@pytest.fixture
def otfbench(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command in this process, in a folder: its exit code."""

    def call(folder: Path, *arguments: str) -> int:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return call
