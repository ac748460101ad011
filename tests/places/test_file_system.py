"""Tables on another file system than this machine's: a mount table of Hadoop's viewfs, whose URIs only Hadoop reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
YAML = """
spark:
  conf:
    spark.hadoop.fs.viewfs.mounttable.lake.link./mounted: {mounted}
storage: {{warehouse: "viewfs://lake/mounted/{place}"}}
suite: quick
formats: [delta, iceberg]
rounds: 1
warmup: 0
datasets: {{name: trips, rows: 300}}
operations: [convert, append, merge]
inputs: [csv]
"""


def run(folder: Path, place: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run with its tables in a folder of the mount."""
    (folder / "mounted").mkdir(exist_ok=True)
    (folder / "otfbench.yaml").write_text(YAML.format(mounted=(folder / "mounted").as_uri(), place=place))
    command = [sys.executable, "-m", "pytest", str(BENCHMARKS), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of two formats that is through: one in Spark's catalog, one in a catalog of its own."""
    folder = tmp_path_factory.mktemp("mount")
    return folder, run(folder, "lake", "--benchmark-json=run.json")


def test_content_is_right_there(there: Any) -> None:
    """What is converted, appended and merged there is equal."""
    folder, result = there
    assert result.returncode == 0, result.stdout + result.stderr
    document = json.loads((folder / "run.json").read_text())
    outcomes = {each["id"]: each["verdict"] for each in document["otfbench"]["outcomes"]}
    ran = [name for name, verdict in outcomes.items() if verdict == "equal"]
    assert len(ran) == 2 * 3
    assert document["otfbench"]["options"]["file_system"] == "viewfs"


def test_files_are_counted_there(there: Any) -> None:
    """Live, dead and metadata files are those of that file system."""
    document = json.loads((there[0] / "run.json").read_text())
    sizes = {each["name"]: each["extra_info"]["otfbench"]["storage"] for each in document["benchmarks"]}
    merges = [size for name, size in sizes.items() if name.startswith("test_merge[")]
    assert len(merges) == 2
    assert all(each["live_files"] and each["live_bytes"] and each["metadata_files"] for each in merges)


def test_nothing_is_left_there(there: Any) -> None:
    """The run's own folder is gone; those above it stay."""
    assert [path.relative_to(there[0]) for path in (there[0] / "mounted").rglob("*")] == [Path("mounted/lake")]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    """A folder that can't be made ends the run before any case, on one screen."""
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "file").write_text("")
    result = run(tmp_path, "file/below", "--otf-formats", "parquet")
    assert result.returncode == 4
    assert "Folder for tables viewfs://lake/mounted/file/below/otfbench-" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr + result.stdout
