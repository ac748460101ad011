"""The package as its users get it: a wheel, installed from the index into an empty environment; and an sdist of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otfbench.commands.output import Exit

PROJECT = Path(__file__).parents[2]
BUILD = """
import sys
from poetry.core.masonry import api
api.build_sdist(sys.argv[1])
api.build_wheel(sys.argv[1])
"""
SMALL = ("--otf-rows", "2000", "--otf-rounds", "1", "--otf-warmup", "0", "--otf-driver-memory", "1g")
CHOICE = ("--otf-formats", "parquet,delta")
OWN = """
from otfbench.convert.write import convert

def test_mine(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
"""
Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist and the wheel, as they are built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=PROJECT, check=True)
    return {"sdist": next(folder.glob("*.tar.gz")), "wheel": next(folder.glob("*.whl"))}


@pytest.fixture(scope="module")
def program(archives: dict[str, Path], tmp_path_factory: Any) -> Program:
    """Calls a program of an environment that holds nothing but what pip installs with the wheel."""
    home = tmp_path_factory.mktemp("wheel") / "env"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip = [home / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", f"{archives['wheel']}[report]"], cwd=home, check=True)

    def call(name: str, *arguments: str, here: Path) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PYTHON"))}
        command = [home / "bin" / name, *arguments]
        return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=900)

    return call


def test_sdist_builds_the_wheel(archives: dict[str, Path], tmp_path: Path) -> None:
    """A wheel that is built from the sdist alone holds the same files, with the same bytes, workloads included."""
    with tarfile.open(archives["sdist"]) as sdist:
        sdist.extractall(tmp_path, filter="data")
    [project] = tmp_path.iterdir()
    subprocess.run([sys.executable, "-c", BUILD, str(tmp_path)], cwd=project, check=True)
    built, wanted = contents(next(tmp_path.glob("*.whl"))), contents(archives["wheel"])
    assert "benchmarks/test_convert.py" in "\n".join(wanted) and built == wanted


def contents(wheel: Path) -> dict[str, int]:
    """File -> CRC-32 of its bytes."""
    with zipfile.ZipFile(wheel) as file:
        return {each.filename: each.CRC for each in file.infolist()}


def test_shipped_workloads(program: Program, tmp_path: Path) -> None:
    """`otfbench run` runs the shipped workloads in an empty folder, and each case holds the right rows."""
    done = program("otfbench", "run", "-k", "convert and csv", *CHOICE, *SMALL, "--benchmark-autosave", here=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cases: 4 equal" in done.stdout and "Warning" not in done.stdout + done.stderr
    shown = program("otfbench", "report", "0001", here=tmp_path)
    assert shown.returncode == Exit.FINE, shown.stdout + shown.stderr


def test_plain_pytest(program: Program, tmp_path: Path) -> None:
    """Plain `pytest` runs a workload of one's own: the plugin is found."""
    (tmp_path / "test_own.py").write_text(OWN)
    chosen = ("--otf-formats", "parquet", "--otf-inputs", "csv")
    done = program("pytest", *chosen, *SMALL, "--benchmark-autosave", here=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cases: 1 equal" in done.stdout and len(list(tmp_path.glob(".benchmarks/*/*.json"))) == 1


def test_module_runs_as_the_command(program: Program, tmp_path: Path) -> None:
    """`python -m otfbench` is the command; it knows its version."""
    done = program("python", "-m", "otfbench", "--version", here=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "otfbench")
