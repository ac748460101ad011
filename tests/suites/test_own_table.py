"""Operations on a copy of a table of one's own, on real Spark: what is measured, and that the table stays as it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyiceberg.expressions import In

from otfbench.data.column_hashes import evidence
from otfbench.data.evidence import Digest
from otfbench.registry import load_format
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.testing.fixtures import started
from tests.pyiceberg_tables import InMemory

PROJECT = Path(__file__).parents[2]
OPERATIONS = "[commit, compact, expire, scan, update, time_travel]"
MEASURED = {"compact", "expire", "scan", "update", "time_travel-6"}


class Run(NamedTuple):
    """What is known of a table before a run about it, and what the run left."""

    format: str
    folder: Path
    before: dict[str, str]
    after: dict[str, str]
    content: Digest
    done: subprocess.CompletedProcess[str]
    saved: dict[str, Any]
    left: list[Path]

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """Operation, with the workload's own parameter -> record."""
        named = {}
        for benchmark in self.saved["benchmarks"]:
            record = benchmark["extra_info"]["otfbench"]
            named["-".join([record["case"]["operation"], *record["case"]["detail"].values()])] = record
        return named


def hashes(folder: Path) -> dict[str, str]:
    """Each file, by what is in it."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(first: int, last: int) -> pa.Table:
    """Rows with these keys."""
    ids = range(first, last)
    columns = {"id": ids, "vendor": [f"v{n % 3}" for n in ids], "amount": [n / 4 for n in ids]}
    return pa.table({name: pa.array(list(values)) for name, values in columns.items()})


def make_delta(folder: Path, work: Path) -> None:
    """Seven commits by deltalake, and by Delta itself one that marks deleted rows beside their files."""
    for part in PARTS:
        write_deltalake(folder, part, mode="append")
    delta = load_format("delta")
    files = jars.fetch(profile().packages["delta"].jars, find_java(), jars.cache_folder())
    with started(work, delta.conf(str(work / "warehouse")), files) as jvm:
        table = f"delta.`{folder}`"
        jvm.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
        jvm.spark.sql(f"DELETE FROM {table} WHERE id % 10 = 3")
    assert list(folder.rglob("deletion_vector_*"))


def make_iceberg(folder: Path, work: Path) -> None:
    """Eight commits by pyiceberg, in a catalog of its own."""
    table = InMemory(work).create_table(("n", "t"), PARTS[0].schema, str(folder))
    for part in PARTS:
        table.append(part)
    table.delete(In("id", [n for n in range(320) if n % 10 == 3]))


PARTS = [rows(0, 200), *(rows(first, first + 20) for first in range(200, 320, 20))]
MAKE = {"delta": make_delta, "iceberg": make_iceberg}


@pytest.fixture(scope="module", params=[*MAKE])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run about such a table."""
    work = tmp_path_factory.mktemp(request.param)
    here = work / "here"
    (here / "tmp").mkdir(parents=True)
    MAKE[request.param](work / "mine", work)
    everything = pa.concat_tables(PARTS)
    kept = everything.filter(pa.array([n % 10 != 3 for n in range(320)]))
    content = evidence(kept.to_batches()).digest
    (here / "otfbench.yaml").write_text(
        f"datasets: {{path: ../mine, format: {request.param}, key: [id]}}\n"
        f"operations: {OPERATIONS}\nrounds: 1\nwarmup: 0\nspark: {{driver_memory: 1g}}\n"
    )
    before = hashes(work / "mine")
    python = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(
        [*python, str(PROJECT / "benchmarks"), "--benchmark-autosave", "-k", "not delta-1 and not iceberg-1"],
        cwd=here, env=os.environ | {"TMPDIR": str(here / "tmp"), "COLUMNS": "100"}, capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    saved = json.loads(next(here.glob(".benchmarks/*/*.json")).read_text())
    return Run(request.param, here, before, hashes(work / "mine"), content, done, saved, list((here / "tmp").iterdir()))


def test_operations_on_old_rows_are_measured(run: Run) -> None:
    """Each operation that needs no new rows has a number, and left what it must; that of new rows says why not."""
    assert run.records.keys() == MEASURED
    assert {record["verdict"] for record in run.records.values()} == {"equal"}
    assert {(record["case"]["format"], record["case"]["variant"]) for record in run.records.values()} == {
        (run.format, "own")
    }
    [skipped] = [each for each in run.saved["otfbench"]["outcomes"] if each["status"] != "passed"]
    assert skipped["id"] == f"commit[{run.format}]" and skipped["status"] == "skipped"
    assert "it needs new rows" in skipped["reason"]


def test_the_table_is_only_read(run: Run) -> None:
    """Each file of it is what it was, none is new, and nothing else is left."""
    assert run.before == run.after and run.left == []


def test_what_is_expected_is_what_it_holds(run: Run) -> None:
    """The digest of a compaction, an expiry and a scan is that of the rows of which the table was made."""
    expected = {"rows": run.content.rows, "digest": run.content.hex}
    for operation in ("compact", "expire", "scan"):
        assert run.records[operation]["expected"] == run.records[operation]["actual"] == expected
    [identity] = run.saved["otfbench"]["options"]["datasets"]
    assert (identity["path"], identity["table"], identity["rows"]) == ("../mine", True, run.content.rows)
    assert run.records["time_travel-6"]["expected"] != expected


def test_it_is_as_aged_as_the_table(run: Run) -> None:
    """A compaction leaves fewer live files than the table has, an expiry after one no dead one."""
    compact = run.records["compact"]
    assert compact["storage"]["live_files"] < compact["storage_before"]["live_files"]
    assert compact["storage_before"]["live_files"] > 6
    expire = run.records["expire"]
    assert expire["storage"]["dead_files"] == 0 < expire["storage_before"]["dead_files"]


@pytest.mark.parametrize("run", ["delta"], indirect=True)
def test_deleted_rows_stay_deleted(run: Run) -> None:
    """Rows that are marked beside their files are not in a table of another format that is made of this one."""
    command = [sys.executable, "-m", "otfbench", "convert", "../mine", "copy", "--to", "iceberg", "--json"]
    done = subprocess.run(command, cwd=run.folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["verdict"], told["table"]["rows"]) == ("equal", run.content.rows)
