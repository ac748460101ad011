"""Run files of one run that was made format by format become one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otfbench.errors import RunFileError
from otfbench.runs.file import read
from otfbench.runs.merging import merged

Write = Callable[..., Path]


@pytest.fixture
def other(document: dict[str, Any]) -> dict[str, Any]:
    """The recorded run as one of another format, of which the cases without a format are the same."""
    text = json.dumps(document).replace("[parquet]", "[iceberg]").replace("[parquet-", "[iceberg-")
    other = json.loads(text)
    other["otfbench"]["options"]["formats"] = ["iceberg"]
    other["otfbench"]["environment"]["formats"] = {"iceberg": "1.12.0"}
    other["otfbench"]["environment"]["jars"] = {"iceberg.jar": "0" * 64}
    return other


def test_cases_of_both(document: dict[str, Any], other: dict[str, Any], write: Write, tmp_path: Path) -> None:
    """Cases, outcomes, versions and jars of both are there, and what has no format is there once."""
    parts = [write(document, "one.json"), write(other, "two.json")]
    one, two = map(read, parts)

    both = read(write(merged(parts), "both.json"))

    assert both.records.keys() == one.records.keys() | two.records.keys()
    assert both.run.outcomes.keys() == one.run.outcomes.keys() | two.run.outcomes.keys()
    assert both.run.options["formats"] == ["parquet", "iceberg"]
    assert both.run.environment["formats"].keys() == {*one.run.environment["formats"], "iceberg"}


def test_another_run(document: dict[str, Any], other: dict[str, Any], write: Write) -> None:
    """What was run otherwise is no part of it."""
    other["otfbench"]["options"]["rounds"] = 7
    with pytest.raises(RunFileError, match="two.json is of another run: rounds is 7, and 2 in the one before"):
        merged([write(document, "one.json"), write(other, "two.json")])


def test_no_run(document: dict[str, Any], write: Write) -> None:
    """A file that is none is named."""
    with pytest.raises(RunFileError, match="two.json"):
        merged([write(document, "one.json"), write({"benchmarks": []}, "two.json")])
