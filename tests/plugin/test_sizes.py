"""Which cases run with which numbers of rows, by the shipped workloads' collection; nothing is run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
EVERY_SIZE = {"append", "compact", "convert", "delete_keys", "look_up", "merge", "scan"}


def collected(folder: Path, *options: str) -> set[str]:
    """The ids of the cases with more rows."""
    command = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "--rootdir", ".", "--collect-only", "-q"]
    shipped = str(PROJECT / "benchmarks")
    done = subprocess.run([*command, shipped, *options], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {each for each in re.findall(r"::test_(\S+\])", done.stdout) if re.search(r"-(200k|5k|1M)\b", each)}


def test_default_suite(tmp_path: Path) -> None:
    """Seven operations, in the first variant; conversions of CSV and Parquet."""
    ids = collected(tmp_path, "--otf-formats=parquet,delta,iceberg")
    assert {each.partition("[")[0] for each in ids} == EVERY_SIZE
    assert {"append[delta-200k]", "merge[iceberg-200k]", "convert[parquet-200k-csv]"} <= ids
    assert not [each for each in ids if "mor" in each or "json" in each or "aligned" in each]


def test_other_suites(tmp_path: Path) -> None:
    """The quick suite has one size, unless it is given more; the full one has all variants and inputs in each."""
    assert collected(tmp_path, "--otf-suite=quick") == set()
    assert "append[delta-5k]" in collected(tmp_path, "--otf-suite=quick", "--otf-rows=500,5000")
    full = collected(tmp_path, "--otf-suite=full", "--otf-formats=delta")
    assert {"merge[delta-mor-200k]", "convert[delta-aligned-200k-json]"} <= full


@pytest.mark.parametrize("rows", ["[500, 1000000]", '"500,1000000"'])
def test_rows_of_the_file(tmp_path: Path, rows: str) -> None:
    """The YAML file may have a list; an option wins over it."""
    (tmp_path / "otfbench.yaml").write_text(f"datasets: {{name: trips, rows: {rows}}}\n")
    assert "scan[delta-1M]" in collected(tmp_path, "--otf-formats=delta")
    assert collected(tmp_path, "--otf-formats=delta", "--otf-rows=700") == set()


def test_one_number(tmp_path: Path) -> None:
    """With one number of rows there is one size."""
    assert collected(tmp_path, "--otf-formats=delta", "--otf-rows=5000") == set()
