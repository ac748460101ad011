"""The fingerprint of a run: machine, versions, jars. An allow-list: no environment variable, no user or host name."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from otfbench.redaction import redact_settings
from otfbench.spark import machine
from otfbench.spark.installation import defaults
from otfbench.spark.jars import Profile
from otfbench.spark.java import Java


def fingerprint(java: Java, profile: Profile, formats: list[str], inputs: list[str], folder: Path) -> dict[str, object]:
    """The machine and the versions; `folder` is where the workloads are, for the git commit (None: no checkout).

    `inputs` are names of packages: only inputs that Spark doesn't bring have one.
    """
    used = {name: profile.packages[name] for name in formats if name in profile.packages}
    read = {name: profile.packages[name] for name in inputs if name in profile.packages}
    return {
        "os": f"{platform.system()} {platform.release()}",
        "cpu": _cpu(),
        "cores": machine.cores(),
        "memory_bytes": machine.memory_bytes(),
        "java": java.version,
        "python": platform.python_version(),
        "spark": version("pyspark"),
        "spark_defaults": redact_settings(defaults()),
        "otfbench": version("otfbench"),
        "pytest_benchmark": version("pytest-benchmark"),
        "profile": profile.name,
        "formats": {name: package.version for name, package in used.items()},
        "inputs": {name: package.version for name, package in read.items()},
        "jars": {jar.file_name: jar.sha256 for package in (used | read).values() for jar in package.jars},
        "git_commit": _commit(folder),
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _commit(folder: Path) -> str | None:
    """The commit that is checked out there, with "+changes" if files differ from it."""
    try:
        git = ["git", "-C", str(folder)]
        done = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10)
        dirty = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() + ("+changes" if dirty.stdout.strip() else "")
