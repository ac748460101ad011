"""The container image and the cluster of docker-compose.yml, as their users run them: by docker or podman."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import pytest

from otfbench.runs.file import read
from otfbench.spark.jars import profile_for

PROJECT = Path(__file__).parents[2]
IMAGE = "localhost/otfbench"
# One compiler halves the work of JVMs that live for seconds, of workers and executors too. Users' images keep both.
ONE_COMPILER = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
OFFLINE = ("--network", "none", "--env", f"JAVA_TOOL_OPTIONS={ONE_COMPILER}")
RUN = ("run", "--rm", *OFFLINE)
SMALL = ("--otf-rows=500", "--otf-rounds=1", "--otf-warmup=0", "--otf-inputs=csv", "--otf-driver-memory=1g")
TWO = "--otf-formats=parquet,iceberg"
CONVERT = "-k=test_convert and not infer and not read_source"
APPEND = "-k=test_append"
Engine = Callable[..., "subprocess.CompletedProcess[str]"]


def unavailable(reason: str) -> NoReturn:
    """A skip; a failure where an engine must be there."""
    (pytest.fail if "OTFBENCH_ENGINE" in os.environ else pytest.skip)(reason)


def no_answer(program: str) -> str | None:
    """Why an engine can't be used; None if it can: a client without a daemon is none."""
    if shutil.which(program) is None:
        return f"there is no {program}"
    done = subprocess.run([program, "info"], capture_output=True, text=True, timeout=60)
    return f"{program}: {last_line(done)}" if done.returncode else None


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """The engine's own reason, which make repeats without it."""
    told = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("make")]
    return told[-1] if told else f"exit code {done.returncode}"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout."""
    return subprocess.run(["make", *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def program() -> str:
    """The engine, with the image built by it."""
    reasons = {name: no_answer(name) for name in os.environ.get("OTFBENCH_ENGINE", "docker podman").split()}
    answering = [name for name, reason in reasons.items() if reason is None]
    if not answering:
        unavailable("; ".join(filter(None, reasons.values())))
    built = make("image", f"ENGINE={answering[0]}")
    if built.returncode:
        unavailable(f"{answering[0]} builds no image here: {last_line(built)}")
    return answering[0]


@pytest.fixture(scope="module")
def engine(program: str) -> Engine:
    """Runs a command of the engine."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=600)

    return call


def mounts(folder: Path) -> list[str]:
    """Options that mount two new folders of this machine, in which any user may write."""
    for name in ("results", "warehouse"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    return [f"--volume={folder / name}:/{name}" for name in ("results", "warehouse")]


def suite(*chosen: str) -> list[str]:
    """The command that runs few cases, with tables in /warehouse."""
    return ["otfbench", "run", *SMALL, "--otf-warehouse", "/warehouse", "--benchmark-json", "run.json", *chosen]


def verdicts(results: Path) -> set[str]:
    """The different verdicts on what was measured."""
    return {record["verdict"] for record in read(results / "run.json").records.values()}


def test_is_not_root(engine: Engine) -> None:
    """The image's user is not root."""
    assert engine(*RUN, IMAGE, "id", "--user").stdout.strip() == "10001"


def test_needs_no_network(engine: Engine) -> None:
    """Java and each jar of the lock are in the image."""
    checks = {each["name"]: each for each in json.loads(engine(*RUN, IMAGE, "otfbench", "doctor", "--json").stdout)}
    packages = profile_for(version("pyspark")).packages.values()
    needed = [package for package in packages if package.jars and not package.optional]
    wanted = ["Java", *(name for name in checks if name.startswith("jars of"))]
    assert len(wanted) == len(needed) + 1 and all(checks[name]["ok"] for name in wanted), checks


def test_limits_are_told(engine: Engine) -> None:
    """What doctor tells of memory and cores are the container's limits, not the machine's."""
    done = engine(*RUN, "--memory", "1g", "--cpus", "1", IMAGE, "otfbench", "doctor", "--json")
    checks = {each["name"]: each["found"] for each in json.loads(done.stdout)}
    assert checks["cores"] == "1 core" and "1.07 GB" in checks["memory"], checks


def test_run_in_mounted_folders(engine: Engine, tmp_path: Path) -> None:
    """Within limits a run leaves its file in a mounted folder, and no table in another one."""
    limits = ("--memory", "2g", "--cpus", "2")
    done = engine(*RUN, *limits, *mounts(tmp_path), IMAGE, *suite("--otf-formats=delta", CONVERT))
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "results") == {"equal"}
    assert os.listdir(tmp_path / "warehouse") == []


def test_run_as_any_user(engine: Engine, tmp_path: Path) -> None:
    """A user without a name or a right, on a disk that can't be written to, needs no more than a folder /tmp."""
    (tmp_path / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")  # podman would add the user to the image's own
    user = ("--user", "12345:12345", f"--volume={tmp_path / 'passwd'}:/etc/passwd:ro", "--cap-drop", "all")
    disk = ("--read-only", "--tmpfs", "/tmp:exec,mode=1777")
    done = engine(*RUN, *user, *disk, *mounts(tmp_path), IMAGE, *suite("--otf-formats=parquet", CONVERT))
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "results") == {"equal"}


def test_stopped_container_keeps_finished_cases(engine: Engine, tmp_path: Path) -> None:
    """A container that is stopped during a run leaves a file of the cases that ended, and no table."""
    journal = tmp_path / "results" / ".benchmarks" / "otfbench-journal.jsonl"
    started = engine("run", "--detach", *OFFLINE, *mounts(tmp_path), IMAGE, *suite("--otf-formats=parquet"))
    container = started.stdout.strip()
    try:
        wait_for(lambda: journal.exists() and journal.read_text().count("outcome") > 0)
        engine("stop", "--time", "60", container)
        logs = engine("logs", container)
    finally:
        engine("rm", "--force", "--volumes", container)
    assert 0 < len(read(tmp_path / "results" / "run.json").records), logs.stdout + logs.stderr
    assert os.listdir(tmp_path / "warehouse") == []
    reported = engine(*RUN, f"--volume={tmp_path / 'results'}:/results", IMAGE, "otfbench", "report", "run.json")
    assert reported.returncode == 0, reported.stderr


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 180
    while not what():
        assert time.monotonic() < end
        time.sleep(0.5)


# The cluster of docker-compose.yml


@pytest.fixture(scope="module")
def compose(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """What a command of compose prints, on a project of its own; its volumes are removed at the end."""
    services = ("master", "worker1", "worker2", "runner", "history")
    one_compiler = {name: {"environment": {"JAVA_TOOL_OPTIONS": ONE_COMPILER}} for name in services}
    override = tmp_path_factory.mktemp("compose") / "override.yml"
    override.write_text(json.dumps({"services": one_compiler}))  # JSON is YAML
    command = ["docker", "compose"] if program == "docker" else [str(Path(sys.executable).with_name("podman-compose"))]

    def call(*arguments: str) -> str:
        whole = [*command, "--profile", "history", *arguments]
        return subprocess.run(whole, cwd=PROJECT, capture_output=True, text=True, timeout=300).stdout

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPOSE_PROJECT_NAME", f"otfbench-test-{os.getpid()}")
        patch.setenv("COMPOSE_FILE", f"docker-compose.yml{os.pathsep}{override}")
        yield call
        call("down", "--volumes")


@pytest.fixture(scope="module")
def cluster(program: str, compose: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `make compose` has left a run of few cases."""
    folder = tmp_path_factory.mktemp("cluster")
    done = make("compose", f"ENGINE={program}", f"RESULTS={folder}", f"ARGS={shlex.join([*SMALL, TWO, APPEND])}")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_compose_leaves_run_and_page(cluster: Path) -> None:
    """`make compose` leaves the run file and its page."""
    assert verdicts(cluster) == {"equal"}
    assert "append" in (cluster / "report.html").read_text()


def test_history_server(cluster: Path, compose: Callable[..., str]) -> None:
    """The history server shows the run's sessions, and that both workers had tasks."""
    compose("up", "--detach", "history")
    wait_for(lambda: "attempts" in history(compose, ""))
    sessions = [each["id"] for each in json.loads(history(compose, ""))]
    assert len(sessions) == 3  # to look at the cluster, and for each format
    executors = [each for session in sessions for each in json.loads(history(compose, f"/{session}/allexecutors"))]
    worked = {each["hostPort"].partition(":")[0] for each in executors if each["totalTasks"] > 0}
    assert len(worked) == 2


def history(compose: Callable[..., str], path: str) -> str:
    """What the history server's API says."""
    url = f"http://localhost:18080/api/v1/applications{path}"
    code = f"import urllib.request as r; print(r.urlopen('{url}').read().decode())"
    return compose("exec", "-T", "history", "python3", "-c", code)
