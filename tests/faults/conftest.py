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
from otfbench.tables import leftovers
from tests.faults.moments import MOMENTS, PLUGIN
from tests.processes import from_a_terminal

CASE = """
def test_{name}(measure, source, target):
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
    cases: str = "ab"
    """A letter for each of them."""

    @property
    def temporary(self) -> set[str]:
        """The names of what is among the temporary files."""
        return set(os.listdir(self.folder / "tmp"))

    def run(self, *arguments: str) -> Ended:
        """Run pytest here, from files that are here, and wait until its JVM has ended as well."""
        command = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", *SMALL]
        with subprocess.Popen(
            [*command, "--benchmark-autosave", *arguments],
            cwd=self.folder,
            env=os.environ | {"TMPDIR": str(self.folder / "tmp"), "XDG_CACHE_HOME": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=from_a_terminal,
        ) as process:
            printed, _ = process.communicate(timeout=500)
        return Ended(process.returncode, printed, process.pid)

    def signalled(self, moment: str, by: signal.Signals, *arguments: str, delay_s: float = 0) -> Ended:
        """The same, with a signal at a moment, or so many seconds after it."""
        target, when, call = MOMENTS[moment]
        hook = "pytest_collection_finish" if moment == "the datasets are written" else "pytest_runtestloop"
        plugin = PLUGIN.format(hook=hook, target=target, when=when, call=call, signal=by.name, delay_s=delay_s)
        workloads = "from otfbench.convert import write\n" + "".join(CASE.format(name=each) for each in self.cases)
        (self.folder / "test_work.py").write_text(workloads)
        (self.folder / "conftest.py").write_text(plugin)
        ended = self.run("test_work.py", "--otf-formats", "parquet", *arguments)
        (self.folder / "conftest.py").unlink()
        return ended

    def saved(self) -> list[SavedRun]:
        """The run files that are here, as every command reads them."""
        return [file.read(path) for path in file.saved(self.folder / ".benchmarks")]

    def listed(self) -> set[str]:
        """The names of the temporary folders that `otfbench clean` lists, once nothing is in use any more.

        A process that is ending has no environment any more by which it is told, and its locks for a moment yet.
        """
        for _ in range(100):
            if (names := self._listed()) == self.temporary:
                break
            time.sleep(0.1)
        return names

    def _listed(self) -> set[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(self.folder / "cache"))
            patch.setattr("tempfile.tempdir", str(self.folder / "tmp"))
            patch.chdir(self.folder)
            found = list(leftovers.everywhere())
        assert {each.what for each in found} <= {"temporary folder", "generated dataset"}
        return {each.path.name for each in found if each.path.parent == self.folder / "tmp"}

    @property
    def can_go_on(self) -> bool:
        """Whether the journal tells of which run it is."""
        path = self.folder / ".benchmarks" / "otfbench-journal.jsonl"
        return path.exists() and path.stat().st_size > 0

    @property
    def journal(self) -> list[str]:
        """The whole lines of the journal, the first one apart, which tells what was run."""
        path = self.folder / ".benchmarks" / "otfbench-journal.jsonl"
        return path.read_text().split("\n")[1:-1] if path.exists() else []


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


@pytest.fixture(scope="session")
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
