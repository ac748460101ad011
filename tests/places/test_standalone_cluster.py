"""Cases of the quick suite on a standalone cluster of two one-core workers, held to the baseline of one machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyspark
import pytest

from otfbench.spark.java import find_java

PROJECT = Path(__file__).parents[2]
HOME = Path(pyspark.__file__).parent
BASELINE = PROJECT / "benchmarks" / "baselines" / "quick.json"
STARTED, SUBMITTED = ["hudi", "iceberg", "paimon"], ["delta", "parquet"]
"""Formats whose JVMs are started by otfbench, and by spark-submit: each once."""
SUITE = ("--otf-suite=quick", "-k=test_append")
CONFIG = """
spark:
  master: {master}
  conf:
    spark.driver.host: 127.0.0.1
    spark.executor.memory: 1g
    spark.executor.extraJavaOptions: -XX:TieredStopAtLevel=1
    spark.default.parallelism: 2
    spark.sql.shuffle.partitions: 2
    spark.sql.sources.parallelPartitionDiscovery.parallelism: 2
"""


def free_port() -> int:
    """One at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which master, workers and executors keep their logs."""
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def master(logs: Path) -> Iterator[str]:
    """The address of a master that has two workers of one core."""
    address = f"spark://127.0.0.1:{(port := free_port())}"
    variables = {"JAVA_HOME": str(find_java().home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}

    def start(name: str, *arguments: str) -> None:
        command = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
        with (logs / f"{name}.log").open("ab") as log:
            daemon = subprocess.Popen(
                [*command, "--webui-port", "0"], stdout=log, stderr=log, env=os.environ | variables
            )
        stack.callback(daemon.wait, 60)
        stack.callback(daemon.send_signal, signal.SIGTERM)

    with ExitStack() as stack:
        start("master.Master", "--host", "127.0.0.1", "--port", str(port))
        for number in range(2):
            start("worker.Worker", "--cores", "1", "--memory", "1g", "--work-dir", str(logs / str(number)), address)
        end = time.monotonic() + 180
        while (logs / "worker.Worker.log").read_text().count("Successfully registered") < 2:
            assert time.monotonic() < end
            time.sleep(0.2)
        yield address


def run(folder: Path, master: str, *arguments: str, conf: str = "") -> subprocess.CompletedProcess[str]:
    """The command, in a folder whose configuration has the master, and one more setting."""
    (folder / "otfbench.yaml").write_text(CONFIG.format(master=master) + conf)
    command = [sys.executable, "-c", "from otfbench.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def records(folder: Path) -> list[dict[str, Any]]:
    """Of the cases in its run file, which are right and were run by both workers."""
    document = json.loads((folder / "run.json").read_text())
    each = [benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"]]
    assert {record["verdict"] for record in each} == {"equal"}
    assert document["otfbench"]["environment"]["executors"]["count"] == 2
    return each


def baseline(folder: Path, formats: Iterable[str]) -> str:
    """The stored baseline of one machine, but for the cases that are not run here."""
    stored = json.loads(BASELINE.read_text())
    names = {f"append[{name}]" for name in formats}
    (folder / "baseline.json").write_text(
        json.dumps(stored | {"cases": {name: stored["cases"][name] for name in names}})
    )
    return "baseline.json"


def test_local_baseline_gates_a_cluster(master: str, tmp_path: Path) -> None:
    """Cores and partitions are the same: so is the work, number by number."""
    gate = f"--otf-gate={baseline(tmp_path, STARTED)}"
    done = run(tmp_path, master, "run", *SUITE, f"--otf-formats={','.join(STARTED)}", gate, "--benchmark-json=run.json")
    assert done.returncode == 0 and "gate: green" in done.stdout, done.stdout + done.stderr
    assert [record["case"]["format"] for record in records(tmp_path)] == STARTED


def test_runs_that_are_submitted(master: str, tmp_path: Path) -> None:
    """Each format in a JVM of spark-submit: one run file, of the same numbers."""
    submit = ["--per-format", f"{HOME}/bin/spark-submit {{}}", f"--otf-formats={','.join(SUBMITTED)}"]
    done = run(tmp_path, master, "run", *submit, *SUITE, "--benchmark-json=run.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {record["case"]["format"] for record in records(tmp_path)} == set(SUBMITTED)
    gated = run(tmp_path, master, "gate", "--baseline", baseline(tmp_path, SUBMITTED), "run.json")
    assert gated.returncode == 0, gated.stdout + gated.stderr


def test_disks_that_are_not_shared(master: str, logs: Path, tmp_path: Path) -> None:
    """With tables below a URI executors read generated rows there, too: no worker sees the driver's cache folder."""
    before = set(logs.glob("?/*/*/stderr"))
    (tmp_path / "lake").mkdir()
    mount = f"    spark.hadoop.fs.viewfs.mounttable.lake.link./mounted: {(tmp_path / 'lake').as_uri()}\n"
    lake = "--otf-warehouse=viewfs://lake/mounted"
    choice = ("--otf-formats=parquet", "--otf-inputs=csv", "-k=test_convert and not infer", "--otf-rows=500")
    done = run(tmp_path, master, "run", lake, *choice, "--otf-rounds=1", "--benchmark-json=run.json", conf=mount)
    assert done.returncode == 0 and len(records(tmp_path)) == 2, done.stdout + done.stderr
    read = {line for log in {*logs.glob("?/*/*/stderr")} - before for line in log.read_text().splitlines()}
    paths = {line.partition("path: ")[2] for line in read if "Reading File path" in line and ".csv" in line}
    assert paths and all(path.startswith("viewfs://lake/mounted/otfbench-") for path in paths)
    assert list((tmp_path / "lake").iterdir()) == []
