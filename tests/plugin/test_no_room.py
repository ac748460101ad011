"""Where results can't be written a run doesn't begin; where they can't any longer they are kept elsewhere, and told."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from otfbench.plugin import pytest_benchmark
from tests.folders import read_only

WORKLOAD = """
from otfbench.convert.write import convert

def test_convert(measure, source, table):
    measure(convert, source, table, expect=source.dataset)
"""


@contextmanager
def files_up_to(length: int) -> Iterator[None]:
    """Files of this process can't become longer, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# Before the run


def began(folder: Path) -> subprocess.CompletedProcess[str]:
    """A run with saving on, as it is started there."""
    (folder / "test_own.py").write_text(WORKLOAD)
    options = ("-p", "otfbench.plugin", "-p", "no:cacheprovider", "--otf-formats", "parquet", "--otf-inputs", "csv")
    command = [sys.executable, "-m", "pytest", *options, "--benchmark-autosave"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def refused(folder: Path) -> str:
    """Why a run there does not begin: one line and exit code 4."""
    done = began(folder)
    assert done.returncode == 4 and "Traceback" not in done.stdout + done.stderr
    return next(line for line in (done.stdout + done.stderr).splitlines() if "Results can't be kept" in line)


def test_file_in_place_of_the_folder(tmp_path):
    """A file in place of the folder for results is told before anything is measured."""
    (tmp_path / ".benchmarks").write_text("mine")
    assert "File exists. Make room there, or name another folder: --benchmark-storage" in refused(tmp_path)
    assert (tmp_path / ".benchmarks").read_text() == "mine"


def test_read_only(tmp_path):
    """A folder that may not be written is told before anything is measured."""
    with read_only(tmp_path / ".benchmarks"):
        assert re.search(r"kept in .*: (Read-only file system|Permission denied)\. Make room", refused(tmp_path))


def test_no_room(tmp_path):
    """A full disk is told before anything is measured, and nothing is left of the attempt."""
    with files_up_to(10_000):
        assert "File too large" in refused(tmp_path)
    assert list((tmp_path / ".benchmarks").iterdir()) == []


# At its end


def save(path: Path, length: int) -> None:
    """As pytest-benchmark does."""
    with path.open("wb") as file:
        file.write(bytes(length))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def rescued(path: Path, output: dict[str, Any], length: int) -> list[str]:
    """What is told where a file of this length was to be written."""
    told: list[str] = []
    pytest_benchmark._save_or_rescue(partial(save, path, length), path, output, told)
    return told


def test_file_that_can_be_written(tmp_path, elsewhere):
    """What can be written is, and nothing is told."""
    assert rescued(tmp_path / "0001_a.json", {}, 10) == [] and list(elsewhere.iterdir()) == []
    assert (tmp_path / "0001_a.json").stat().st_size == 10


def test_run_is_kept_elsewhere(tmp_path, elsewhere):
    """A file that can't be filled is gone, and the run is in a folder for temporary files, under its name."""
    with files_up_to(1000):
        [told] = rescued(tmp_path / "0001_a.json", {"otfbench": 1}, 2000)
    [path] = elsewhere.glob("*/*")
    assert json.loads(path.read_text()) == {"otfbench": 1} and path.name == "0001_a.json"
    assert told == (
        f"{tmp_path}/0001_a.json could not be written: File too large. The run is in {path}: move it to where there is"
        " room."
    )
    assert not (tmp_path / "0001_a.json").exists()


def test_no_folder_any_more(tmp_path, elsewhere):
    """So it is where the folder has become a file."""
    (tmp_path / "runs").write_text("mine")
    [told] = rescued(tmp_path / "runs" / "0001_a.json", {}, 10)
    assert "could not be written: Not a directory. The run is in " in told
    assert (tmp_path / "runs").read_text() == "mine"


def test_file_that_may_not_be_opened_stays(tmp_path, elsewhere):
    """What could not even be opened is somebody's, and stays as it is."""
    (tmp_path / "run.json").mkdir()
    [told] = rescued(tmp_path / "run.json", {}, 10)
    assert "could not be written: Is a directory" in told and (tmp_path / "run.json").is_dir()


def test_room_nowhere(tmp_path, elsewhere):
    """Where there is no room at all that is told, and no half of a file is left."""
    with files_up_to(10):
        [told] = rescued(tmp_path / "0001_a.json", {"otfbench": "x" * 100}, 2000)
    assert told.endswith(f"nor can anything in {elsewhere}: File too large.")
    assert list(elsewhere.iterdir()) == [] and not (tmp_path / "0001_a.json").exists()
