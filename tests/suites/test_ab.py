"""An A/B comparison of real runs: what they leave is what the comparison reads."""

from __future__ import annotations

import json
import subprocess
import sys


def test_real_pair(tmp_path):
    """Two environments' runs of one case make a pair, from which nothing is concluded yet."""
    (tmp_path / "otfbench.yaml").write_text("spark: {driver_memory: 1g}\n")
    sides = ("--base", sys.prefix, "--head", "otfbench.yaml", "--budget", "1s")
    small = ("--otf-formats=parquet", "--otf-rows=500", "--otf-rounds=2", "--otf-warmup=0", "-k", "append or compact")
    command = [sys.executable, "-m", "otfbench", "ab", *sides, *small]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    answers = json.loads((tmp_path / "ab" / "answers.json").read_text())
    assert [(each["id"], each["verdict"], each["reason"]) for each in answers["cases"]] == [
        ("append[parquet]", "inconclusive", "too few pairs")
    ]
    assert len(answers["cases"][0]["ratios"]["wall"]) == answers["pairs"] == 1
