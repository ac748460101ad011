"""Runs of workloads that tests write, on real Spark, with one format on few rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

Done = tuple[int, str, dict[str, Any]]
"""Exit code, output, and records: name of the case -> what it carries."""


def run(folder: Path, workloads: str, rounds: int = 1) -> Done:
    """Run these workloads, the text of a test file, cold and with so many rounds."""
    (folder / "test_workloads.py").write_text(workloads)
    few = ("--otf-driver-memory", "1g", "--otf-rows", "600", "--otf-rounds", str(rounds), "--otf-warmup", "0")
    command = (sys.executable, "-m", "pytest", "test_workloads.py", "--otf-formats", "iceberg", *few)
    done = subprocess.run(
        (*command, "--benchmark-json", "run.json", "-q"), cwd=folder, capture_output=True, text=True, timeout=900
    )
    document = json.loads((folder / "run.json").read_text())
    records = {each["name"]: each["extra_info"]["otfbench"] for each in document["benchmarks"]}
    return done.returncode, done.stdout + done.stderr, records
