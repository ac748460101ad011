"""The pages for authors of plugins, followed word by word in an empty environment: installed, proved and measured."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packages.conftest import PROJECT, Program

PAGES = PROJECT / "docs" / "spark-based-data" / "plugins"
SMALL = ("--otf-rows", "500", "--otf-rounds", "1", "--otf-warmup", "0", "--otf-driver-memory", "1g")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the examples that the pages are about; each can be found as the pages name it."""
    home = tmp_path_factory.mktemp("home")
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(PROJECT / "examples", home / "examples", ignore=ignored)
    for name in ("otfbench-orc", "otfbench-fixed-width"):
        (home / name).symlink_to(home / "examples" / name)
    return home


@pytest.fixture(scope="module")
def run(archives: dict[str, Path], new_environment: Callable[..., Program], home: Path) -> Run:
    """Types a command where the examples are, in an environment that holds otfbench and them.

    The wheel of otfbench is installed first, since the index has none; then what the pages tell to install.
    """
    program = new_environment(home / "env", str(archives["wheel"]))

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        name, *arguments = command
        found = [str(archives["wheel"]), "--find-links", str(archives["wheel"].parent)] if name == "pip" else []
        return program(name, *arguments, *found, here=home)

    for page in ("format.md", "input.md"):
        for command in commands(PAGES / page):
            if command[0] == "pip":
                done = run(*command)
                assert done.returncode == 0, done.stdout + done.stderr
    return run


def commands(page: Path) -> list[list[str]]:
    """The commands of a page, as they are typed."""
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [shlex.split(line, comments=True) for line in "".join(blocks).splitlines()]


def verdicts(folder: Path) -> dict[str, str]:
    """The verdict of each case in the one run that was saved."""
    document = json.loads((folder / "run.json").read_text())
    return {
        each["extra_info"]["otfbench"]["case"]["id"]: each["extra_info"]["otfbench"]["verdict"]
        for each in document["benchmarks"]
    }


@pytest.mark.parametrize("page", ["format.md", "input.md", "workload.md"])
def test_page_is_followed(run: Run, page: str) -> None:
    """Each command does what the page says: it succeeds, and each case that it runs is equal."""
    typed = [command for command in commands(PAGES / page) if command[0] != "pip"]
    assert any(command[:2] == ["otfbench", "run"] for command in typed)
    for command in typed:
        done = run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        if command[:2] == ["otfbench", "run"]:
            assert re.search(r"^cases: \d+ equal$", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("name", ["otfbench-orc", "otfbench-fixed-width"])
def test_contract_suite_of_the_example_passes(run: Run, home: Path, name: str) -> None:
    """The command of the example's own page: its contract suite passes."""
    [command] = [each for each in commands(home / "examples" / name / "README.md") if each[0] == "pytest"]
    done = run(*command)
    assert done.returncode == 0 and "passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("choice", "case"),
    [
        (("--otf-formats", "orc", "--otf-inputs", "csv"), "convert[orc-csv]"),
        (("--otf-formats", "parquet", "--otf-inputs", "fixed-width"), "convert[parquet-fixed-width]"),
    ],
)
def test_case_is_measured_without_jars(run: Run, home: Path, choice: tuple[str, ...], case: str) -> None:
    """A case of each example is measured, without jars of its own, and holds the right rows."""
    workloads = PROJECT / "benchmarks" / "test_convert.py"
    done = run("pytest", f"{workloads}::test_{case}", *choice, *SMALL, "--benchmark-json=run.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(home) == {case: "equal"}


def test_plugins_are_listed_with_their_package(run: Run) -> None:
    """Both are listed with the package that brings them, beside the built-in ones; the control stays what it is."""
    formats = {each["name"]: each for each in json.loads(run("otfbench", "formats", "--json").stdout)["formats"]}
    assert (formats["orc"]["version"], formats["orc"]["package"]) == ("1.0.0", "otfbench-orc 1.0.0")
    assert [name for name, each in formats.items() if each["control"]] == ["parquet"]
    inputs = {each["name"]: each for each in json.loads(run("otfbench", "inputs", "--json").stdout)["inputs"]}
    assert inputs["fixed-width"]["package"] == "otfbench-fixed-width 1.0.0"
