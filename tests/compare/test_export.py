"""Other tools' forms: valid by their schema or reader's rules, with the numbers and units of the run file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from otfbench.compare.export import FORMS, bmf, otava, smaller_is_better
from otfbench.errors import IncomparableError, UsageError
from otfbench.runs import file as runfile

jsonschema = pytest.importorskip("jsonschema", reason="comes with check-jsonschema, in the environment of make check")

RUNS = Path(__file__).parents[1] / "recorded" / "runs"
CASE = "append[parquet]"
# What Bencher documents of its format (https://bencher.dev/docs/reference/bencher-metric-format/).
METRIC = {
    "type": "object",
    "properties": {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")},
    "required": ["value"],
    "additionalProperties": False,
}
BMF = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 1024},
    "additionalProperties": {
        "type": "object",
        "propertyNames": {"minLength": 1, "maxLength": 64, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "additionalProperties": METRIC,
        "minProperties": 1,
    },
    "minProperties": 1,
}
# What github-action-benchmark reads of a custom tool (its README, "customSmallerIsBetter").
SMALLER = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "unit": {"type": "string", "minLength": 1},
            "value": {"type": "number"},
            "range": {"type": "string"},
            "extra": {"type": "string"},
        },
        "required": ["name", "unit", "value"],
        "additionalProperties": False,
    },
}


@pytest.fixture
def run(document, write):
    """The recorded run, with three known rounds of one case."""
    record = next(
        b["extra_info"]["otfbench"] for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["id"] == CASE
    )
    record["rounds"] = [{**record["rounds"][0], "wall_s": seconds} for seconds in (0.5, 0.25, 1.0)]
    record["unstable"] = ["tasks"]
    return runfile.read(write(document))


def strict(text: str) -> object:
    """JSON without NaN and infinity, which no reader takes."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_bmf_latency_is_in_nanoseconds(run):
    """Bencher's form: a case is a benchmark, wall time is latency in nanoseconds with the fastest and slowest round."""
    found = strict(bmf([run]))
    jsonschema.validate(found, BMF)
    assert set(found) == set(run.records)
    assert found[CASE]["latency"] == {"value": 5e8, "lower_value": 2.5e8, "upper_value": 1e9}
    assert found[CASE]["output-records"] == {"value": 50} and found[CASE]["live-bytes"]["value"] > 0


def test_smaller_is_better(run):
    """github-action-benchmark's form: a row per case and figure, but for records, of which fewer are not better."""
    rows = strict(smaller_is_better([run]))
    jsonschema.validate(rows, SMALLER)
    of_case = {row["name"].removeprefix(f"{CASE} "): row for row in rows if row["name"].startswith(CASE)}
    assert of_case["wall_s"] == {"name": f"{CASE} wall_s", "unit": "s", "value": 0.5, "range": "0.25 to 1"}
    assert of_case["live_bytes"]["unit"] == "bytes" and of_case["stages"]["unit"] == "count"
    assert "output_records" not in of_case


def test_otava_has_runs_in_time_order(run, document, write):
    """Otava's form: a row per run in the order of time, and no cell that is no number where it reads numbers."""
    document["datetime"] = "2026-11-23T00:00:00+00:00"
    document["commit_info"] |= {"id": "c0ffee", "branch": "main"}
    before = runfile.read(write(document, "before.json"))
    rows = list(csv.DictReader(otava([run, before]).splitlines()))
    assert [row["time"][:10] for row in rows] == ["2026-11-23", "2026-11-24"]
    assert [(row["commit"], row["branch"]) for row in rows] == [("c0ffee", "main"), ("", "")]
    assert all(float(row[name]) >= 0 for row in rows for name in row if name not in ("time", "commit", "branch"))
    assert rows[1][f"{CASE} wall_s"] == "0.5"


def test_otava_leaves_out_what_one_run_lacks(run, document, write):
    """A case that one of the runs lacks has no column."""
    document["benchmarks"] = document["benchmarks"][:3]
    header = otava([run, runfile.read(write(document, "few.json"))]).splitlines()[0].split(",")
    cases = {name.split(" ")[0] for name in header[3:]}
    assert cases == {b["extra_info"]["otfbench"]["case"]["id"] for b in document["benchmarks"]}


def test_otava_without_a_common_figure(run, document, write):
    """Runs without a figure in common make no table."""
    document["benchmarks"] = []
    with pytest.raises(IncomparableError, match="no figure in common"):
        otava([run, runfile.read(write(document, "none.json"))])


@pytest.mark.parametrize("form", ["bmf", "smaller-is-better"])
def test_run_without_a_number(document, write, form):
    """A run in which no case has a number is an error, not an empty file."""
    document["benchmarks"] = []
    with pytest.raises(IncomparableError, match="none.json has no case with a number: there is nothing to export"):
        FORMS[form]([runfile.read(write(document, "none.json"))])


@pytest.mark.parametrize("form", FORMS)
def test_unknown_is_no_zero(run, form):
    """A counter that differed between rounds, or could not be measured, is left out."""
    text = FORMS[form]([run])
    mine = [part for part in text.splitlines()[0].split(",") if CASE in part] if form == "otava" else text
    assert f"{CASE} tasks" not in mine
    assert form != "bmf" or "tasks" not in json.loads(text)[CASE]


@pytest.mark.parametrize("form", ["bmf", "smaller-is-better"])
@pytest.mark.parametrize("count", [0, 2])
def test_one_run(run, form, count):
    """Forms of one run take one."""
    with pytest.raises(UsageError, match=f"holds one run, and {count} were named"):
        FORMS[form]([run] * count)


def test_longest_name(document, write, name_cases):
    """A case whose name Bencher doesn't take is an error, not a file that it refuses."""
    name_cases(document, lambda _, name: f"{name}[{'x' * 1025}"[:1025])
    with pytest.raises(UsageError, match="up to 1024 characters; this case's has 1025"):
        bmf([runfile.read(write(document))])
