"""The fingerprint of a run: what it tells, and what it never tells."""

import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from otfbench.measure import environment
from otfbench.measure.environment import fingerprint
from otfbench.spark.jars import profile_for
from otfbench.spark.java import Java

JAVA = Java(Path("/home/somebody/jdk"), "17.0.15", "JAVA_HOME")
PROFILE = profile_for(version("pyspark"))
KEYS = {
    "os",
    "cpu",
    "cores",
    "memory_bytes",
    "java",
    "python",
    "spark",
    "spark_defaults",
    "otfbench",
    "pytest_benchmark",
    "profile",
    "formats",
    "inputs",
    "jars",
    "git_commit",
}
needs_git = pytest.mark.skipif(not shutil.which("git"), reason="no git on the path")


def git(folder: Path, *arguments: str) -> str:
    """Run git there, as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def no_git_variables(monkeypatch):
    """A git hook, from which tests may be run, names its own checkout by variables."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one commit."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_allow_list(tmp_path):
    """The fingerprint has exactly these keys: a new one is a decision."""
    assert set(fingerprint(JAVA, PROFILE, ["delta"], [], tmp_path)) == KEYS


def test_survives_json(tmp_path):
    """The fingerprint survives JSON unchanged: a journal is compared with it."""
    found = fingerprint(JAVA, PROFILE, ["delta"], [], tmp_path)
    assert json.loads(json.dumps(found)) == found


def test_no_secrets(tmp_path, monkeypatch):
    """No environment variable's value, no user's and no host's name, and no path are in it."""
    secrets = {
        "AWS_SECRET_ACCESS_KEY": "s3cr3t-1",
        "SPARK_CONF_DIR": "s3cr3t-2",
        "USER": "s3cr3t-3",
        "JAVA_HOME": "s3cr3t-4",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(platform, "node", lambda: "s3cr3t-host")
    text = json.dumps(fingerprint(JAVA, PROFILE, ["delta"], [], tmp_path))
    assert "s3cr3t" not in text and "somebody" not in text and str(tmp_path) not in text


def test_versions_are_those_installed(tmp_path):
    """Versions are those of what is installed and was found."""
    found = fingerprint(JAVA, PROFILE, [], [], tmp_path)
    assert (found["java"], found["spark"], found["profile"]) == ("17.0.15", version("pyspark"), PROFILE.name)
    assert (found["otfbench"], found["pytest_benchmark"]) == (version("otfbench"), version("pytest-benchmark"))


def test_machine_has_cpu_cores_and_memory(tmp_path):
    """The machine is told by its processor, its cores and its memory."""
    found = fingerprint(JAVA, PROFILE, [], [], tmp_path)
    assert found["cpu"] and found["cores"] == os.cpu_count() and found["memory_bytes"] > 2**20


def test_formats_that_are_measured(tmp_path):
    """Versions and jars are those of the measured formats only, each jar with its hash."""
    found = fingerprint(JAVA, PROFILE, ["delta", "parquet"], [], tmp_path)
    assert found["formats"] == {name: PROFILE.packages[name].version for name in ("delta", "parquet")}
    assert found["jars"] == {jar.file_name: jar.sha256 for jar in PROFILE.packages["delta"].jars}


def test_format_outside_of_the_profile(tmp_path):
    """A format without jars in the profile is no part of the environment."""
    assert fingerprint(JAVA, PROFILE, ["acme"], [], tmp_path)["formats"] == {}


def test_no_checkout(tmp_path):
    """Outside of a checkout there is no commit, and so where there is no folder."""
    for folder in (tmp_path, tmp_path / "none"):
        assert fingerprint(JAVA, PROFILE, [], [], folder)["git_commit"] is None


def test_no_git(tmp_path, monkeypatch):
    """Without git there is no commit."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fingerprint(JAVA, PROFILE, [], [], tmp_path)["git_commit"] is None


@needs_git
def test_commit_is_the_checked_out_one(checkout):
    """In a checkout the commit is the one that is checked out; a folder within it is asked like the whole."""
    (checkout / "sub").mkdir()
    for folder in (checkout, checkout / "sub"):
        assert fingerprint(JAVA, PROFILE, [], [], folder)["git_commit"] == git(checkout, "rev-parse", "HEAD")


@needs_git
@pytest.mark.parametrize("changed", ["file", "new file"])
def test_uncommitted_files_are_told(checkout, changed):
    """Files that differ from the commit, or are not in it, are told."""
    (checkout / changed).write_text("2")
    assert fingerprint(JAVA, PROFILE, [], [], checkout)["git_commit"] == git(checkout, "rev-parse", "HEAD") + "+changes"


@needs_git
def test_checkout_without_a_commit(tmp_path):
    """A checkout without a commit has none."""
    git(tmp_path, "init", "--quiet")
    assert fingerprint(JAVA, PROFILE, [], [], tmp_path)["git_commit"] is None


def test_other_system(monkeypatch):
    """Where there is no /proc/cpuinfo, Python's own word for the processor is taken."""
    monkeypatch.setattr(environment, "Path", lambda name: Path("/no/such/file"))
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert environment._cpu() == "arm64"
