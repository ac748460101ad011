"""Hadoop's own file system: a name node and a data node on loopback, from which is read and to which is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from otfbench.errors import JarError
from otfbench.spark import jars
from otfbench.spark.java import find_java

CSV = "id,vendor,zip\n1,Ahorn,00501\n2,,10115\n"
CLUSTER = ["org.apache.hadoop:hadoop-client-minicluster:3.3.4", "junit:junit:4.13.2"]


class Hdfs:
    """A running cluster."""

    def __init__(self, command: list[str], port: int) -> None:
        self._command, self.uri = command, f"hdfs://127.0.0.1:{port}"

    def shell(self, *arguments: str) -> str:
        """What Hadoop's own command says."""
        command = [*self._command, "org.apache.hadoop.fs.FsShell", "-fs", self.uri, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    def paths(self) -> list[str]:
        """Each file and folder."""
        listed = self.shell("-ls", "-R", "-C", "/")
        return [line.removeprefix(self.uri) for line in listed.splitlines()]


@pytest.fixture(scope="module")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hdfs]:
    """A cluster in one JVM, with a CSV file in it."""
    folder = tmp_path_factory.mktemp("hdfs")
    spec = find_spec("pyspark")
    assert spec is not None and spec.origin is not None
    try:
        cluster = jars.user_jar_files(CLUSTER, find_java(), jars.cache_folder()).values()
    except JarError as error:
        pytest.skip(f"no HDFS to be had: {error}")
    (folder / "core-site.xml").write_text("<configuration/>")  # without one Hadoop's command does nothing
    classes = os.pathsep.join([str(folder), *map(str, cluster), f"{Path(spec.origin).parent}/jars/*"])
    options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", f"-Dtest.build.data={folder}/data", "-cp", classes]
    java = [str(find_java().executable), *options]
    details, manager = folder / "details.json", "org.apache.hadoop.test.MiniDFSClusterManager"
    wanted = ["-format", "-datanodes", "1", "-writeDetails", str(details), "-D", "dfs.permissions.enabled=false"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([*java, manager, *wanted], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        while not (details.exists() and details.read_text().endswith("}")):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        started = Hdfs(java, json.loads(details.read_text())["namenode_port"])
        (folder / "a.csv").write_text(CSV)
        started.shell("-put", str(folder / "a.csv"), "/")
        yield started
    finally:
        process.kill()
        process.wait()


def convert(folder: Path, source: str, target: str) -> subprocess.CompletedProcess[str]:
    """The command."""
    (folder / "otfbench.yaml").write_text("spark: {driver_memory: 1g}\n")
    command = [
        sys.executable,
        "-m",
        "otfbench",
        "convert",
        source,
        target,
        "--from",
        "csv",
        "--to",
        "iceberg",
        "--json",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def test_csv_becomes_a_table_there(hdfs: Hdfs, tmp_path: Path) -> None:
    """By one command, verified by the second reader; nothing is left beside the table, and the source stays."""
    result = convert(tmp_path, f"{hdfs.uri}/*.csv", f"{hdfs.uri}/lake/trips")
    assert result.returncode == 0, result.stdout + result.stderr
    told = json.loads(result.stdout)
    assert told["verdict"] == "equal" and told["table"]["rows"] == 2
    assert told["source"]["columns"]["zip"] == "string"
    paths = hdfs.paths()
    assert "/lake/trips/metadata/v1.metadata.json" in paths
    outside = [path for path in paths if not path.startswith("/lake/trips/")]
    assert sorted(outside) == ["/a.csv", "/lake", "/lake/trips"]


def test_no_name_node(tmp_path: Path) -> None:
    """An address where nothing listens is one screen, and not the minutes for which Hadoop goes on trying."""
    result = convert(tmp_path, "hdfs://127.0.0.1:9/in/*.csv", "hdfs://127.0.0.1:9/lake/trips")
    assert result.returncode == 4
    assert "hdfs://127.0.0.1:9/in" in result.stderr and "can't be reached: " in result.stderr
    assert len(result.stderr.splitlines()) < 8 and "Traceback" not in result.stderr
