"""The package as its users get it: a wheel, installed from the index into an empty environment; and an sdist of it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from otfbench.commands.output import Exit
from tests.packages.conftest import BUILD, Program

PROJECT = Path(__file__).parents[2]
SMALL = ("--otf-rows", "2000", "--otf-rounds", "1", "--otf-warmup", "0", "--otf-driver-memory", "1g")
FEW = "-k 'test_merge or test_overwrite' --otf-rounds=1 --otf-warmup=0"
OWN = """
from otfbench.convert.write import convert

def test_mine(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
"""


@pytest.fixture(scope="module")
def program(
    archives: dict[str, Path], new_environment: Callable[..., Program], tmp_path_factory: pytest.TempPathFactory
) -> Program:
    """Calls a program of an environment that holds nothing but what pip installs with the wheel."""
    return new_environment(tmp_path_factory.mktemp("wheel") / "env", f"{archives['wheel']}[report]")


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


def blocks(page: str, title: str) -> list[tuple[str, str]]:
    """Language and text of each block of code below a heading of a page of the documentation."""
    text = (PROJECT / "docs" / page).read_text()
    [section] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```(\w*)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def test_pull_request_page(program: Program, tmp_path: Path) -> None:
    """From an empty folder to a green gate, and to a red one: the page's own commands and files, word by word."""

    def typed(title: str) -> list[subprocess.CompletedProcess[str]]:
        """What the commands of a section do, one after the other."""
        lines = "".join(text for language, text in blocks("pull-requests.md", title) if not language).splitlines()
        commands = [shlex.split(line) for line in lines if line.startswith("otfbench ")]
        return [program(*command, here=tmp_path, PYTEST_ADDOPTS=FEW) for command in commands]

    def config(title: str) -> str:
        return next(text for language, text in blocks("pull-requests.md", title) if language == "yaml")

    (tmp_path / "data").mkdir()
    orders = "".join(f"{number},item {number % 7},{number % 100}.50\n" for number in range(1000))
    (tmp_path / "data" / "orders.csv").write_text(f"id,item,price\n{orders}")
    assert [done.returncode for done in typed("2. Say what is measured")] == [Exit.FINE]
    settings, formats = tmp_path / "otfbench.yaml", "formats: [delta, iceberg]\n"
    settings.write_text(settings.read_text() + config("2. Say what is measured"))
    assert program("otfbench", "config", "check", here=tmp_path).returncode == Exit.FINE
    run, update, gate = typed("3. Make the baseline")
    assert run.returncode == 0 and "Warning" not in run.stdout + run.stderr, run.stdout + run.stderr
    assert (update.returncode, gate.returncode) == (Exit.FINE, Exit.FINE), gate.stdout + gate.stderr
    assert formats in settings.read_text()
    settings.write_text(settings.read_text().replace(formats, config("5. A pull request that does more work")))
    run, gate = typed("5. A pull request that does more work")
    assert (run.returncode, gate.returncode) == (0, Exit.FAILED), gate.stdout + gate.stderr
    assert "property delta.enableChangeDataFeed of delta: none, now true" in gate.stdout
    assert "RED  merge[delta]: output_bytes" in gate.stdout and "[iceberg" not in gate.stdout


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
