"""Saved runs are found and read; what is no run, or a damaged one, is told on one screen."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from otfbench.errors import RunFileError
from otfbench.runs import file as runfile
from otfbench.runs.outcome import SCHEMA, Status
from otfbench.runs.record import Record, RoundRecord

RUNS = Path(__file__).parents[1] / "recorded" / "runs"
DOCS = Path(__file__).parents[2] / "docs"


def refused(path: Path) -> str:
    """Why a file can't be read."""
    with pytest.raises(RunFileError) as error:
        runfile.read(path)
    assert str(error.value).startswith(f"{path} can't be read as a run: ")
    return str(error.value).removeprefix(f"{path} can't be read as a run: ")


def first(document: dict) -> dict:
    """The record of the first case."""
    return document["benchmarks"][0]["extra_info"]["otfbench"]


# Reading


def test_recorded_run_is_read_back(document):
    """A recorded run comes back: its cases by id, its options and environment, the fate of every selected case."""
    saved = runfile.read(RUNS / "parquet_a.json")
    assert set(saved.records) == {b["extra_info"]["otfbench"]["case"]["id"] for b in document["benchmarks"]}
    assert saved.run.options == document["otfbench"]["options"]
    assert saved.run.environment == document["otfbench"]["environment"]
    assert saved.run.rulers == document["otfbench"]["rulers"]
    fates = [outcome.status for outcome in saved.run.outcomes.values()]
    assert (fates.count(Status.PASSED), fates.count(Status.SKIPPED)) == (len(saved.records), 11)


def test_what_was_read_can_be_written_again(document):
    """Nothing of our part of the file is lost by reading it; what is written has the schema of today."""
    added = {"jvms": "apart", "order_seed": None, "idle": {}, "spent": {}}  # an older run was that
    assert runfile.read(RUNS / "parquet_a.json").run.as_dict() == added | document["otfbench"] | {"schema": SCHEMA}


def test_order_is_read(document, write):
    """How the contenders stood to each other in time, and what their JVMs used while others had their turn."""
    order = {"jvms": "together", "order_seed": 7, "idle": {"x": {"wall_s": 9.5, "cpu_s": 0.25}}}
    document["otfbench"] |= order
    run = runfile.read(write(document)).run
    assert {"jvms": run.jvms, "order_seed": run.order_seed, "idle": run.idle} == order


def test_older_schema():
    """A file of schema 1 is read as one of today: `unfed` is called `unreported`, and no format was asked."""
    old = json.loads((RUNS / "quick_a.json").read_text())["benchmarks"]
    told = {each["otfbench"]["case"]["id"]: each["otfbench"]["unfed"] for each in (b["extra_info"] for b in old)}
    records = runfile.read(RUNS / "quick_a.json").records
    assert {name: record["unreported"] for name, record in records.items()} == told and any(told.values())
    assert {(record["schema"], record["reported"]) for record in records.values()} == {(SCHEMA, None)}


def test_time_and_commit(document, write):
    """The moment has a time zone; commit and branch are those that pytest-benchmark found."""
    document["commit_info"] |= {"id": "0123abc", "branch": "main"}
    saved = runfile.read(write(document))
    assert (saved.commit, saved.branch) == ("0123abc", "main") and saved.at.tzinfo


def test_no_checkout():
    """What pytest-benchmark writes where there is no checkout is no commit and no branch."""
    saved = runfile.read(RUNS / "parquet_a.json")
    assert (saved.commit, saved.branch) == (None, None)


@pytest.mark.parametrize(
    ("name", "shown"), [("0012_abc_2026.json", "0012"), ("nightly.json", "nightly"), ("my_run.json", "my_run")]
)
def test_run_is_named_by_number(document, write, name, shown):
    """A run is called by the number that pytest-benchmark gave it, else by its file."""
    assert runfile.read(write(document, name)).name == shown


def test_keys_are_documented():
    """Each key of a case's record stands on the page about the run file."""
    page = (DOCS / "run-file.md").read_text()
    keys = {*Record.__annotations__, *RoundRecord.__annotations__} - {"schema"}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


# What is no run


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is no JSON, or was cut off: EOF while parsing"),
        ("[]", "it is JSON, but no run file."),
        ("{}", "it is no run file. Run: pytest benchmarks --benchmark-autosave"),
        ('{"benchmarks": []}', "it is pytest-benchmark's, of a run without otfbench."),
        ('{"otfbench": 1}', "it is no run file."),
    ],
)
def test_no_run(write, text, told):
    """A file that is no run says what it is instead."""
    assert refused(write(text)).startswith(told)


def test_no_text(tmp_path):
    """A file that is no text is no run."""
    (tmp_path / "x").write_bytes(b"{\xc3\x28}")
    assert refused(tmp_path / "x") == "it is no text."


def test_folder_is_no_run(tmp_path):
    """A folder is no run, and neither is a pipe: nobody waits until somebody writes into it."""
    os.mkfifo(tmp_path / "pipe.json")
    assert refused(tmp_path) == refused(tmp_path / "pipe.json") == "it is no file."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000, "recursion limit exceeded"),
        ('{"otfbench": "\\ud800"}', "unexpected end of hex escape"),
        ('{"otfbench": NaN}', "expected value"),
        ('{"otfbench": -Infinity}', "invalid number"),
        (f'{{"otfbench": {"9" * 5000}}}', "number out of range"),
        ('{"otfbench": "\0"}', "control character .*"),
    ],
    ids=["deep", "half a character", "NaN", "Infinity", "huge", "zero byte"],
)
def test_hostile_json(write, text, told):
    """What JSON doesn't have, or nobody can read, is no run: the reason is one line."""
    assert re.fullmatch(rf"it is no JSON, or was cut off: .*{told} at line 1 column \d+\.", refused(write(text)))


def test_cut_off(write):
    """A truncated file says so, with the place."""
    whole = (RUNS / "parquet_a.json").read_text()
    assert re.match(r"it is no JSON, or was cut off: .*line \d+", refused(write(whole[: len(whole) // 2])))


def test_newer_schema(document, write):
    """A file of a newer otfbench is not guessed at."""
    document["otfbench"]["schema"] = SCHEMA + 1
    assert refused(write(document)).endswith(f"reads up to {SCHEMA}. Upgrade otfbench.")


def test_hand_edited(document, write):
    """The first place that is not as a run file has it is told in one line, and how many more there are."""
    for number in range(5):
        del document["benchmarks"][number]["extra_info"]["otfbench"]["verdict"]
    assert refused(write(document)) == (
        "it was changed by hand, or written by another version of otfbench:"
        " benchmarks.0.extra_info.otfbench.verdict: is missing (and 4 more)."
    )


def test_hostile_place(document, write):
    """A name in a file moves no cursor and fills no screen, where it is told what is wrong with the file."""
    first(document)["counters"]["\x1b[2J\n" + "x" * 10_000] = -1
    told = refused(write(document))
    assert "counters.?[2J?xxx" in told and len(told) < 400


@pytest.mark.parametrize("value", ["1e400", '"fast"', "null", "true", "1e300", "1e-300"])
def test_no_number(document, write, value):
    """A time is a number that a clock can show."""
    first(document)["rounds"][0]["wall_s"] = "HERE"
    assert "rounds.0.wall_s" in refused(write(json.dumps(document).replace('"HERE"', value)))


@pytest.mark.parametrize("value", [0, -1.5])
def test_no_time(document, write, value):
    """A round that took no time, or less, was not measured."""
    first(document)["rounds"][0]["wall_s"] = value
    assert "rounds.0.wall_s" in refused(write(document))


@pytest.mark.parametrize(("name", "value"), [("jobs", -1), ("jobs", 1.5), ("jobs", "1")])
def test_no_count(document, write, name, value):
    """A counter is a whole number, zero or more."""
    first(document)["counters"][name] = value
    assert f"counters.{name}" in refused(write(document))


@pytest.mark.parametrize("value", [-1, 0.5, None])
def test_reported_is_a_count(document, write, value):
    """What a format reports is a whole number, zero or more; what it doesn't say is absent."""
    first(document)["reported"] = {"added_rows": 5}
    assert runfile.read(write(document)).records[first(document)["case"]["id"]]["reported"] == {"added_rows": 5}
    first(document)["reported"] = {"added_rows": value}
    assert "reported.added_rows" in refused(write(document))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("options", "datasets"), [{"name": "trips"}]),
        (("options", "datasets"), None),
        (("options", "conf"), "none"),
        (("environment", "formats"), ["delta"]),
        (("environment", "own_jars"), {"delta": "a.jar"}),
        (("environment", "replaced_jars"), {"delta": "a.jar"}),
        (("options", "catalogs"), {"iceberg": "jdbc"}),
    ],
)
def test_no_options(document, write, place, value):
    """What decides whether runs can be compared has the shape that it must have."""
    document["otfbench"][place[0]][place[1]] = value
    assert f"otfbench.{place[0]}.{place[1]}" in refused(write(document))


def test_no_ruler(document, write):
    """The time of a ruler is never zero."""
    document["otfbench"]["rulers"][0]["median_s"] = 0
    assert "otfbench.rulers.0.median_s" in refused(write(document))


def test_case_twice(document, write):
    """No case is there twice."""
    document["benchmarks"].append(document["benchmarks"][0])
    assert refused(write(document)).startswith(f"the case {first(document)['case']['id']} is there twice")


def test_two_outcomes(document, write):
    """No case has two outcomes, which may contradict each other."""
    document["otfbench"]["outcomes"].append(document["otfbench"]["outcomes"][0] | {"status": "failed"})
    assert "has two outcomes" in refused(write(document))


@pytest.mark.parametrize("change", [{"id": "other[parquet]"}, {"operation": "other"}])
def test_unknown_operation(document, write, change):
    """A case that no outcome names, or of another operation than its id says, is none of this run."""
    first(document)["case"] |= change
    assert refused(write(document)).startswith("no outcome is that of the case")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("benchmarks.0.extra_info.otfbench.rounds.0.process_cpu_s", -3600),
        ("benchmarks.0.extra_info.otfbench.counters.jobs", 2**63),
        ("benchmarks.0.extra_info.otfbench.case.rows", -1),
        ("benchmarks.0.extra_info.otfbench.verdict", "fine"),
        ("benchmarks.0.extra_info.otfbench.schema", SCHEMA + 1),
        ("otfbench.rulers.0.rounds_s.0", -1.5),
        ("otfbench.load_per_core_before", -1),
        ("otfbench.outcomes.0.status", "flying"),
        ("otfbench.environment.memory_bytes", "much"),
        ("otfbench.options.datasets", []),
        ("commit_info.branch", 5),
        ("datetime", "2026-11-24T15:04:18"),
        ("datetime", 5),
    ],
)
def test_each_part_is_checked(document, write, place, value):
    """Times are not negative, counts fit 64 bits, verdicts and states are those that there are, a moment has a zone."""
    *parents, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    part = document
    for each in parents:
        part = part[each]
    part[last] = value
    assert f": {place}: " in refused(write(document))


@pytest.mark.parametrize("cell", [{}, {"outcome": "kept", "detail": None}, {"cell": "a", "outcome": "eaten"}])
def test_fidelity_is_checked(document, write, cell):
    """What becomes of a type in a format names the type, and is one of four outcomes."""
    document["otfbench"]["fidelity"] = {"parquet": [{"cell": "void", "outcome": "kept", "detail": None}, cell]}
    assert ": otfbench.fidelity.parquet.1." in refused(write(document))


def test_no_rounds(document, write):
    """A case without a round has nothing to say."""
    first(document)["rounds"] = []
    assert "benchmarks.0.extra_info.otfbench.rounds: " in refused(write(document))


def test_no_counter(document, write):
    """A case has all counters, those that could not be measured as null."""
    del first(document)["counters"]["spill_bytes"]
    assert f"{first(document)['case']['id']} has no spill_bytes" in refused(write(document))


def test_empty_run(document, write):
    """A run in which no case had a number can be read: it says what became of them."""
    document["benchmarks"] = []
    saved = runfile.read(write(document))
    assert saved.records == {} and saved.run.outcomes


def test_tests_that_are_no_cases(document, write):
    """What pytest-benchmark has timed in the same session, and is no case, is left out."""
    cases = len(document["benchmarks"])
    plain = {"fullname": "test_own.py::test_sort", "name": "test_sort", "extra_info": {}, "stats": {"data": [1.0]}}
    document["benchmarks"].insert(1, plain)
    assert len(runfile.read(write(document)).records) == cases


def test_case_without_its_record(document, write):
    """A case that has lost what we know of it is no such test: the file was changed."""
    document["benchmarks"][1]["extra_info"] = {}
    assert "benchmarks.1.extra_info.otfbench: is missing" in refused(write(document))


# Finding


@pytest.fixture
def storage(document, tmp_path, write):
    """A folder of saved runs of two machines."""
    for name in (
        "Linux-CPython-3.11-64bit/0001_a",
        "Linux-CPython-3.11-64bit/0002_b",
        "Linux-CPython-3.12-64bit/0002_c",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(document, f"{name}.json")
    return tmp_path


def test_saved_runs_are_in_number_order(storage):
    """All runs of a folder, of all machines, in the order of their numbers; a folder that isn't there has none."""
    assert [path.stem for path in runfile.saved(storage)] == ["0001_a", "0002_b", "0002_c"]
    assert not runfile.saved(storage / "nothing")


@pytest.mark.parametrize("name", ["0001", "1", "0001_a"])
def test_find_by_number(storage, name):
    """A saved run is found by its number, with or without zeros, and by its name."""
    assert runfile.find_run(name, storage).stem == "0001_a"


def test_find_by_path(storage):
    """A path needs no storage."""
    path = storage / "Linux-CPython-3.12-64bit" / "0002_c.json"
    assert runfile.find_run(str(path), storage / "nothing") == path


def test_ambiguous_number_names_both_files(storage):
    """A number that two machines gave is told with both files."""
    with pytest.raises(RunFileError, match=r"More than one saved run is '2': .*0002_b.*0002_c.*Name the file\."):
        runfile.find_run("2", storage)


def test_name_that_no_file_can_have(storage):
    """A name longer than any file's is that of no run."""
    with pytest.raises(RunFileError, match="There is no run 'xxx"):
        runfile.find_run("x" * 5000, storage)


def test_unknown_run_lists_the_known(storage):
    """A run that isn't there is told with those that are."""
    with pytest.raises(RunFileError, match=r"There is no run '9': .* are: 0001, 0002, 0002\."):
        runfile.find_run("9", storage)
