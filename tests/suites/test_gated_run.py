"""Runs on real Spark that are held to a baseline: green, red by a planted shuffle, and of another kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORKLOAD = """
from otfbench.convert.write import convert

def test_convert(measure, source, target):
    rows = source.read(target.format.spark)
    measure(lambda: target.create(rows{planted}), expect=source.dataset)
"""
OPTIONS = ("--otf-rows", "500", "--otf-rounds", "2", "--otf-warmup", "0", "--otf-driver-memory", "1g")
CHOICE = ("--otf-formats", "parquet", "--otf-inputs", "csv", "-p", "otfbench.plugin", "-p", "no:cacheprovider")


def pytest_run(folder: Path, *arguments: str, planted: str = "") -> tuple[int, str]:
    """One case in a process of its own: exit code and output."""
    (folder / "test_workload.py").write_text(WORKLOAD.format(planted=planted))
    command = [sys.executable, "-m", "pytest", *CHOICE, *OPTIONS, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workload and the baseline of a run of it."""
    here = tmp_path_factory.mktemp("gated")
    (here / "pytest.ini").write_text("[pytest]\n")
    assert pytest_run(here, "--benchmark-json", "run.json")[0] == 0
    gate = ["gate", "run.json", "--baseline", "base.json", "--update"]
    program = [sys.executable, "-c", "from otfbench.cli import main; main()"]
    subprocess.run([*program, *gate], cwd=here, check=True, timeout=60)
    return here


def test_same_run_again_is_green(folder: Path) -> None:
    """The same again is green: exit code 0, and the summary says what was checked."""
    code, output = pytest_run(folder, "--otf-gate", "base.json")
    assert code == 0 and "gate: green; 15 numbers checked against base.json" in output


def test_planted_shuffle(folder: Path) -> None:
    """One repartition more is red: exit code 1, naming stages and shuffled bytes; the case itself passed."""
    code, output = pytest_run(
        folder, "--otf-gate", "base.json", "--benchmark-json", "red.json", planted=".repartition(2)"
    )
    assert code == 1 and "1 passed" in output
    assert "RED  convert[parquet-csv]: stages 1 -> 2: more work" in output
    assert "RED  convert[parquet-csv]: shuffle_write_bytes 0 B -> " in output
    assert json.loads((folder / "red.json").read_text())["benchmarks"]


def test_other_kind(folder: Path) -> None:
    """On other rows the gate says before the first case that it can't compare, and ends with exit code 3."""
    code, output = pytest_run(folder, "--otf-gate", "base.json", "--otf-rows", "400")
    assert code == 3
    assert output.index("The baseline is of another kind of run") < output.index("test_workload.py::test_convert")
    assert "gate: not comparable" in output and "'rows': 500" in output
