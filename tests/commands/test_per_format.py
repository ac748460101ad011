"""What `otfbench run --per-format` submits; here the command that would be run is only shown."""

from __future__ import annotations

import shlex
import zipfile

import pytest
from typer.testing import CliRunner

from otfbench import cli, registry
from otfbench.errors import UsageError


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
    [line] = [each for each in submitted("--benchmark-json=run.json").splitlines() if "iceberg: " in each]
    words = shlex.split(line)
    jars = words[words.index("--jars") + 1].split(",")
    assert str(tmp_path / "mine-1.0.jar") in jars
    locked = {each.file_name for each in registry.profile().packages["iceberg"].jars}
    assert locked and not locked & {each.rpartition("/")[2] for each in jars}
    assert "--otf-formats=iceberg" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "needs --benchmark-json FILE"), (["--benchmark-json=x.json"], "No run left a file")],
)
def test_nothing_to_merge(tmp_path, monkeypatch, arguments, words):
    """Without a file to write, or one that was left, there is an error in words."""
    monkeypatch.chdir(tmp_path)
    assert words in submitted("--otf-formats=parquet", *arguments)
