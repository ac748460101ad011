"""The JSON Schema of run files in the docs: that of the code, and one that tells a run file from what is none."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from otfbench.runs import docs

PROJECT = Path(__file__).parents[2]


def current() -> Any:
    """A recorded run as this version writes it: the schema of its cases was 1."""
    run = json.loads((PROJECT / "tests" / "recorded" / "runs" / "parquet_b.json").read_text())
    for each in run["benchmarks"]:
        record = each["extra_info"]["otfbench"]
        record |= {"schema": 2, "unreported": record.pop("unfed"), "reported": None}
    return run


RUN = current()


def test_committed_schema_is_generated() -> None:
    """python -m otfbench.runs.docs docs/run-file.schema.json"""
    assert (PROJECT / "docs" / "run-file.schema.json").read_text() == docs.text()


def faulty() -> dict[str, Any]:
    """A name of each fault -> a run file that has it."""
    faults = {}
    for name, change in {
        "a time below zero": lambda run, case: case["rounds"][0].update(wall_s=-1),
        "a counter that is a text": lambda run, case: case["counters"].update(jobs="two"),
        "no verdict": lambda run, case: case.pop("verdict"),
        "an unknown status": lambda run, case: run["otfbench"]["outcomes"][0].update(status="fine"),
        "no outcomes": lambda run, case: run["otfbench"].pop("outcomes"),
    }.items():
        run = copy.deepcopy(RUN)
        change(run, run["benchmarks"][0]["extra_info"]["otfbench"])
        faults[name] = run
    return faults


def test_run_file_fits() -> None:
    """A recorded run is what the schema says."""
    jsonschema.validate(RUN, docs.schema())


@pytest.mark.parametrize("fault", faulty())
def test_fault_does_not_fit(fault: str) -> None:
    """What otfbench refuses, the schema refuses."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(faulty()[fault], docs.schema())
