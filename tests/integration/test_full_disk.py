"""A run whose folder for results is full, or gone, before its end: nothing that was measured is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from otfbench.runs import file as runfile

WORKLOADS = """
import os
from otfbench.convert.write import convert

def test_a(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

def test_b(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
    if os.path.ismount(".benchmarks"):
        with open(".benchmarks/ballast", "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
    else:
        os.rename(".benchmarks", "moved")
        open(".benchmarks", "w").close()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose `.benchmarks` is a file system of 4 MB, where that may be mounted."""
    results = tmp_path / ".benchmarks"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(results)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield tmp_path
    if mounted:
        subprocess.run(["umount", str(results)], check=True)


def test_results_are_kept_elsewhere(folder: Path) -> None:
    """The summary is shown, the run file is whole in the folder for temporary files, and the journal has case a."""
    (folder / "test_own.py").write_text(WORKLOADS)
    (folder / "tmp").mkdir()
    small = "--otf-formats parquet --otf-inputs csv --otf-rows 200 --otf-rounds 1 --otf-warmup 0 --otf-driver-memory 1g"
    command = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", *small.split()]
    done = subprocess.run(
        [*command, "--benchmark-autosave"],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder / "tmp")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 1 and "INTERNALERROR" not in output and "Traceback" not in output, output
    assert "2 passed" in output and "cases: 2 equal" in output
    assert re.search(r"otfbench-journal\.jsonl could not be written: (No space left on device|Not a directory)", output)
    [path] = (folder / "tmp").glob("otfbench-*/*.json")
    assert f"The run is in {path}" in output and set(runfile.read(path).records) == {"a[parquet-csv]", "b[parquet-csv]"}
    assert not list(folder.glob(".benchmarks/*/*.json"))
    [journal] = folder.glob("*/otfbench-journal.jsonl")
    assert journal.read_text().count("\n") == 2
