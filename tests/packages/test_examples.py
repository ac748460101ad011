"""The examples of plugins as their authors would use them: built, installed beside otfbench, proved and measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
EXAMPLES = ("otfbench-orc", "otfbench-fixed-width")
SMALL = ("--otf-rows", "500", "--otf-rounds", "1", "--otf-warmup", "0", "--otf-driver-memory", "1g")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed the examples, each from a wheel built of a copy of it."""
    home = tmp_path_factory.mktemp("examples")
    shutil.copytree(PROJECT / "examples", home / "examples")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    for name in EXAMPLES:
        offline = ["--no-index", "--no-deps"]
        build = [*pip, "wheel", *offline, "--no-build-isolation", "-w", home / "wheels", home / "examples" / name]
        subprocess.run(build, check=True)
    subprocess.run([*pip, "install", *offline, "--target", home / "site", *(home / "wheels").glob("*.whl")], check=True)
    return home / "site"


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Run:
    """Runs a module of Python in an empty folder, with the examples installed beside otfbench."""
    environment = os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", *map(str, command)]
        return subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)

    return run


def verdicts(folder: Path) -> dict[str, str]:
    """The verdict of each case in the one run that was saved."""
    document = json.loads((folder / "run.json").read_text())
    return {
        each["extra_info"]["otfbench"]["case"]["id"]: each["extra_info"]["otfbench"]["verdict"]
        for each in document["benchmarks"]
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_contract_suite_passes(run: Run, tmp_path: Path, name: str) -> None:
    """The contract suite of each example passes."""
    shutil.copytree(PROJECT / "examples" / name / "tests", tmp_path / "tests")
    done = run("pytest", "-q", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("choice", "case"),
    [
        (("--otf-formats", "orc", "--otf-inputs", "csv"), "convert[orc-csv]"),
        (("--otf-formats", "parquet", "--otf-inputs", "fixed-width"), "convert[parquet-fixed-width]"),
    ],
)
def test_benchmark_case(run: Run, tmp_path: Path, choice: tuple[str, ...], case: str) -> None:
    """A case of each example is measured, without jars of its own, and holds the right rows."""
    workloads = PROJECT / "benchmarks" / "test_convert.py"
    done = run("pytest", f"{workloads}::test_{case}", *choice, *SMALL, "--benchmark-json=run.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path) == {case: "equal"}


def test_own_workload_is_measured(run: Run, tmp_path: Path) -> None:
    """The workload of its own with a fixture of its own is measured, and returns the right rows."""
    shutil.copy(PROJECT / "examples" / "workload" / "test_newest.py", tmp_path)
    done = run("pytest", "test_newest.py", "--otf-formats", "parquet", *SMALL, "--benchmark-json=run.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path) == {"newest[10-parquet]": "equal", "newest[100-parquet]": "equal"}


def test_plugins_are_listed_with_their_package(run: Run) -> None:
    """Both are listed with the package that brings them, beside the built-in ones; the control stays what it is."""
    formats = {each["name"]: each for each in json.loads(run("otfbench", "formats", "--json").stdout)["formats"]}
    assert (formats["orc"]["version"], formats["orc"]["package"]) == ("1.0.0", "otfbench-orc 1.0.0")
    assert [name for name, each in formats.items() if each["control"]] == ["parquet"]
    inputs = {each["name"]: each for each in json.loads(run("otfbench", "inputs", "--json").stdout)["inputs"]}
    assert inputs["fixed-width"]["package"] == "otfbench-fixed-width 1.0.0"
