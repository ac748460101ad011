"""What `otfbench run --per-format` submits; here the command that would be run is only shown."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.errors import UsageError
from otfbench.registry.packages import profile


def submitted(*arguments: str) -> str:
    """What is printed where the command leaves no run file."""
    result = CliRunner().invoke(cli.app, ["run", "--per-format", "true {}", *arguments])
    assert isinstance(result.exception, UsageError)
    return result.output + str(result.exception)


def test_jars_that_replace_the_locked_ones(tmp_path, monkeypatch):
    """They alone are submitted, beside those of inputs."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(tmp_path / "mine-1.0.jar", "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    (tmp_path / "otfbench.yaml").write_text("formats: {iceberg: {jars: {replace: [mine-1.0.jar]}}}\n")
    [line] = [each for each in submitted("--benchmark-json=run.json").splitlines() if "--otf-formats=iceberg" in each]
    words = shlex.split(line)
    jars = words[words.index("--jars") + 1].split(",")
    assert str(tmp_path / "mine-1.0.jar") in jars
    locked = {each.file_name for each in profile().packages["iceberg"].jars}
    assert locked and not locked & {each.rpartition("/")[2] for each in jars}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "needs --benchmark-json FILE"), (["--benchmark-json=x.json"], "No run left a file")],
)
def test_nothing_to_merge(tmp_path, monkeypatch, arguments, words):
    """Without a file to write, or one that was left, there is an error in words."""
    monkeypatch.chdir(tmp_path)
    assert words in submitted("--otf-formats=parquet", *arguments)


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("submit '{}", [], "No closing quotation"),
        ("true", [], "must have one {}"),
        ("true {}", ["--otf-formats=icebreg"], "Unknown table format 'icebreg'. Did you mean"),
        ("true {}", ["--benchmark-json=nowhere/run.json"], "there is no folder"),
        ("true {}", ["--otf-resume"], "leave one of them out"),
        ("true {}", ["--otf-gate=baseline.json"], "gate the merged file"),
        ("true {}", ["--otf-gate", "baseline.json"], "gate the merged file"),
        ("false {}", [], "Exit codes of the command: 1."),
        ("sh -c 'kill -9 $$; false' {}", [], "Exit codes of the command: 137."),
    ],
)
def test_what_can_not_be_submitted(tmp_path, monkeypatch, command, arguments, words):
    """It is one sentence, and said before anything is submitted."""
    monkeypatch.chdir(tmp_path)
    given = ["run", "--per-format", command, "--otf-formats=parquet", "--benchmark-json=run.json", *arguments]
    result = CliRunner().invoke(cli.app, given)
    assert isinstance(result.exception, UsageError) and words in str(result.exception)
    assert ("otfbench_run.py" in result.output) == ("false" in command)
    assert list(tmp_path.iterdir()) == []


def test_secrets_of_the_command(tmp_path, monkeypatch):
    """The command is shown without them."""
    monkeypatch.chdir(tmp_path)
    command = "true --conf spark.hadoop.fs.s3a.secret.key=hunter2 {}"
    given = ["run", "--per-format", command, "--otf-formats=parquet", "--benchmark-json=run.json"]
    shown = CliRunner().invoke(cli.app, given).output
    assert "secret.key=(hidden)" in shown and "hunter2" not in shown


SUBMIT = """
import json, signal, sys, time
[into] = [each.partition("=")[2] for each in sys.argv if each.startswith("--benchmark-json=")]
[name] = [each.partition("=")[2] for each in sys.argv if each.startswith("--otf-formats=")]
if name == "delta":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    open("waits", "w").close()
    time.sleep(60)
open(into, "w").write({text!r})
"""


def test_interrupt_merges_what_was_made(tmp_path, document):
    """The signal reaches the command; what was made before it is merged, and a file of another is left alone."""
    (tmp_path / "submit.py").write_text(SUBMIT.format(text=json.dumps(document)))
    (tmp_path / "run.parquet.json").write_text("mine")
    command = [sys.executable, "-c", "from otfbench.cli import main; main()", "run"]
    command += ["--per-format", f"{sys.executable} submit.py {{}}"]
    command += ["--otf-formats=parquet,delta,iceberg", "--benchmark-json=run.json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "waits").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 143 and "interrupted" in errors and "--otf-formats=iceberg" not in shown
    assert json.loads((tmp_path / "run.json").read_text()) == document
    assert {each.name for each in tmp_path.iterdir()} == {"submit.py", "waits", "run.json", "run.parquet.json"}
