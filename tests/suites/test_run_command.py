"""`otfbench run` out of a checkout: the wheel is installed into a folder, and run from an empty one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otfbench.commands.output import Exit

PROJECT = Path(__file__).parents[2]
SMALL = ("--otf-formats", "parquet", "--otf-driver-memory", "1g", "--otf-rows", "500", "--otf-rounds", "1")
OWN = """
import pytest
from otfbench.convert.write import convert
from otfbench.workloads import variants

@variants("shipped")
def test_mine(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

def test_no_case():
    assert not {fails}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as its wheel installs it."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder / "dist", PROJECT], check=True)
    [wheel] = (folder / "dist").iterdir()
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def run(installed: Path, here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`otfbench run` of that package, in that folder."""
    code = "import otfbench, sys; print(otfbench.__file__); from otfbench.cli import main; main()"
    command = [sys.executable, "-c", code, "run", *arguments]
    environment = os.environ | {"PYTHONPATH": str(installed), "TMPDIR": str(here)}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=600)
    assert done.stdout.startswith(f"{installed}/otfbench/__init__.py\n")
    return done


def test_all_workloads_are_shipped(installed: Path, tmp_path: Path) -> None:
    """Out of a checkout pytest collects what it does in there, and nothing is unknown to it."""
    files = set()
    for suite in ("full", "life"):
        done = run(installed, tmp_path, "--collect-only", "-q", "--otf-suite", suite, "-p", "no:cacheprovider")
        assert done.returncode == Exit.FINE, done.stdout + done.stderr
        files |= {line.split("::")[0].rsplit("/", 1)[-1] for line in done.stdout.splitlines() if "::" in line}
        assert "warning" not in done.stdout.lower() and os.listdir(tmp_path) in ([], [".benchmarks"])
    assert files == {path.name for path in (PROJECT / "benchmarks").glob("test_*.py")}


def test_case_by_its_name(installed: Path, tmp_path: Path) -> None:
    """A shipped case is run by the name that results give it, which is how the gate says to reproduce it."""
    name = "test_convert.py::test_convert[parquet-csv]"
    done = run(installed, tmp_path, name, "--collect-only", "-q", "-p", "no:cacheprovider")
    assert done.returncode == Exit.FINE, done.stdout + done.stderr
    assert "test_convert[parquet-csv]" in done.stdout and "1 test collected" in done.stdout


def test_tests_of_the_current_folder_are_left_alone(installed: Path, tmp_path: Path) -> None:
    """Where other tests are, with a conftest.py that can't be loaded, the shipped workloads run all the same."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("import a_package_that_is_not_there\n")
    for name, arguments in {"all": (), "one": ("test_convert.py::test_convert[parquet-csv]",)}.items():
        done = run(installed, tmp_path, "--collect-only", "-q", "--otf-formats", "parquet", *arguments)
        assert done.returncode == Exit.FINE, done.stdout + done.stderr
        assert "test_convert[parquet-csv]" in done.stdout and ("test_scan" in done.stdout) == (name == "all")


def test_run_is_saved_in_current_folder(installed: Path, tmp_path: Path) -> None:
    """Cases run, with the YAML file of the current folder, and the run is saved there."""
    (tmp_path / "otfbench.yaml").write_text("warmup: 0\ninputs: [csv]\n")
    done = run(installed, tmp_path, *SMALL, "-k", "test_convert", "--benchmark-autosave")
    assert done.returncode == Exit.FINE, done.stdout + done.stderr
    assert "cases: 3 equal" in done.stdout and len(list(tmp_path.glob(".benchmarks/*/*.json"))) == 1


@pytest.mark.parametrize(("fails", "code"), [(False, Exit.FINE), (True, Exit.FAILED)])
def test_own_workloads(installed: Path, tmp_path: Path, fails: bool, code: Exit) -> None:
    """A folder of one's own is run instead; a test that fails is exit code 1."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_own.py").write_text(OWN.format(fails=fails))
    chosen = ("-k", "no_case") if fails else ("--otf-inputs", "csv", "--otf-warmup", "0")
    done = run(installed, tmp_path, "mine", *SMALL, *chosen)
    assert done.returncode == code, done.stdout + done.stderr
    assert fails or "cases: 1 equal" in done.stdout


def test_interrupt_exits_with_130(installed: Path, tmp_path: Path) -> None:
    """Control-C is exit code 130, as of any command."""
    (tmp_path / "test_own.py").write_text("def test_interrupted():\n    raise KeyboardInterrupt\n")
    assert run(installed, tmp_path, "test_own.py", "-p", "no:cacheprovider").returncode == 130


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--otf-rowz", "5"), "unrecognized arguments: --otf-rowz"),
        (("--otf-rows", "0"), "--otf-rows 0: must be greater than or equal to 1"),
        (("--otf-formats", "detla"), "Unknown table format 'detla'. Did you mean 'delta'?"),
        (("nowhere",), "file or directory not found: nowhere"),
        (("-k", "nothing_of_that_name"), "deselected"),
    ],
)
def test_usage_error_exits_with_4(installed: Path, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """What can't be done as asked, or selects nothing, is exit code 4."""
    done = run(installed, tmp_path, "-p", "no:cacheprovider", *arguments)
    assert (done.returncode, told in done.stdout + done.stderr) == (Exit.USAGE, True), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
