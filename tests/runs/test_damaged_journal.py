"""A journal that was damaged, or can't be written: what is whole in it is gone on with, and the rest is told."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.errors import UsageError
from otfbench.runs.journal import Journal
from otfbench.runs.outcome import SCHEMA, Run, Status

CASES = ["commit[parquet]", "append[parquet]", "group[parquet]"]
Line = dict[str, Any]


def run() -> Run:
    """The run whose journal it is."""
    return Run({"java": "17"}, {"rows": 5000})


@pytest.fixture
def journal(tmp_path: Path, finished) -> Journal:
    """A journal of three cases, as the killed run left it."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.begin(run())
    for case in CASES:
        journal.add(*finished(case))
    return journal


def edit(journal: Journal, number: int, change: Callable[[bytes], bytes]) -> None:
    """Write another line in place of this one, 0 being the first."""
    lines = journal._path.read_bytes().splitlines()
    lines[number] = change(lines[number])
    journal._path.write_bytes(b"\n".join(lines) + b"\n")


def put(*place: Any, value: Any) -> Callable[[bytes], bytes]:
    """A line with another value at a place."""

    def changed(line: bytes) -> bytes:
        record = part = json.loads(line)
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = value
        return json.dumps(record).encode()

    return changed


def resumed(journal: Journal) -> list[str]:
    """The ids of the cases that are gone on with."""
    return [outcome.id for outcome, _, _ in journal.resume(run())]


RECORD = ("benchmark", "extra_info", "otfbench")
DAMAGE = {
    "cut off": (lambda line: line[:100], "it is no JSON, or was cut off"),
    "zero bytes": (lambda line: b"\0" * len(line), "it is no JSON, or was cut off"),
    "no text": (lambda line: b"\xff\xfe" + line, "it is no text"),
    "half a character": (put("outcome", "reason", value="\ud800"), "it is no JSON, or was cut off"),
    "deep": (lambda line: b"[" * 100_000, "recursion limit exceeded"),
    "huge number": (put(*RECORD, "counters", "jobs", value=10**400), "jobs: must be"),
    "too many digits": (lambda line: b"9" * 5000, "number out of range"),
    "a list": (lambda line: b"[]", "must be a mapping"),
    "an unknown status": (put("outcome", "status", value="flying"), "outcome.status: 'flying' is not a valid Status"),
    "no status": (put("outcome", value={"id": "a"}), "outcome.nodeid: is missing"),
    "an endless time": (put(*RECORD, "rounds", 0, "wall_s", value=1e300), "wall_s: must be less than"),
    "another schema": (put(*RECORD, "schema", value=SCHEMA + 1), f"schema: must be {SCHEMA}"),
    "another case": (put("benchmark", "fullname", value="test_x.py::test_y"), "it is about "),
}


@pytest.mark.parametrize(("change", "told"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_line_hides_no_other(journal, change, told):
    """A damaged line is told with its number and the reason; the cases before and after it are gone on with."""
    edit(journal, 2, change)
    assert resumed(journal) == [CASES[0], CASES[2]]
    [line] = journal.damaged()
    assert line.startswith(f"{journal._path}, line 3 is left out: ") and told in line and len(line) < 600


@pytest.mark.parametrize(("change", "_"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_journal_keeps_its_lines(journal, finished, change, _):
    """Going on with a damaged journal removes no line of it, and what is added later is there for the next time."""
    edit(journal, 3, change)
    before = journal._path.read_bytes()
    journal.resume(run())
    assert journal._path.read_bytes() == before
    journal.add(*finished("scan[parquet]"))
    assert resumed(journal) == [*CASES[:2], "scan[parquet]"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda line: b"\0" * len(line), "its first line is damaged: it is no JSON"),
        (lambda line: b"[" * 100_000, "its first line is damaged: it is no JSON"),
        (lambda line: b"\xff" + line, "its first line is damaged: it is no text"),
        (lambda line: b"5", "its first line is damaged"),
        (put("options", value=None), "its first line is damaged: options"),
        (put("schema", value=SCHEMA + 1), "was written by another version of otfbench"),
    ],
)
def test_damaged_first_line(journal, change, told):
    """Without what identifies the run nothing is gone on with, and nothing is changed."""
    edit(journal, 0, change)
    before = journal._path.read_bytes()
    with pytest.raises(UsageError, match=told):
        journal.resume(run())
    assert journal._path.read_bytes() == before


def test_last_word_counts(journal, finished):
    """A case that is there twice is there once, as it was at last; a contradiction is no pass."""
    outcome, benchmark, rulers = finished(CASES[0])
    journal.add(outcome, benchmark, rulers)
    assert resumed(journal) == [*CASES[1:], CASES[0]]
    outcome.status = Status.FAILED
    journal.add(outcome, None, rulers)
    assert [each[0].status.value for each in journal.resume(run())] == ["passed", "passed", "failed"]


def test_two_runs_in_one_journal(journal):
    """What follows the first line of another run is none of this one's; the same first line again is only damage."""
    first = journal._path.read_bytes().splitlines()[0]
    edit(journal, 1, lambda line: first)
    assert resumed(journal) == CASES[1:] and "line 2 is left out" in journal.damaged()[0]
    edit(journal, 2, lambda line: put("options", "rows", value=7)(first))
    assert resumed(journal) == [] and journal.damaged()[-1].endswith("line 3 begins another run: that one is left out")


@given(data=st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_told(journal, data):
    """Whatever bytes are another, what is read is whole, or the journal is refused in words."""
    content = bytearray(journal._path.read_bytes())
    whole = bytes(content)
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=20))
    journal._path.write_bytes(content)
    try:
        journal.resume(run())
        journal.damaged()
    except UsageError:
        pass
    journal._path.write_bytes(whole)


# A journal that is not gone on with


def test_an_earlier_journal_is_kept(journal):
    """A run that starts over keeps what the one before has finished, and it can be gone on with under its name."""
    before = journal._path.read_bytes()
    told = journal.set_aside()
    journal.begin(run())
    kept = journal._path.with_name("journal.previous.jsonl")
    assert told is not None and "ended after 3 cases" in told and str(kept) in told
    assert kept.read_bytes() == before and resumed(journal) == []
    kept.replace(journal._path)
    assert resumed(journal) == CASES


def test_a_journal_without_a_case_is_not_kept(tmp_path):
    """Of a run that has finished nothing, nothing is kept."""
    journal = Journal(tmp_path / "journal.jsonl")
    assert journal.set_aside() is None
    journal.begin(run())
    assert journal.set_aside() is None and len(list(tmp_path.iterdir())) == 1


# A journal that can't be written


@pytest.fixture
def no_room(journal) -> Iterator[None]:
    """Files of this process can't become longer than the journal is, and a bit of the next line."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal._path.stat().st_size + 100, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_room_for_a_case(journal, finished, no_room):
    """A case that can't be written is told and ends nothing; no half of a line is left, and the others stay."""
    before = journal._path.read_bytes()
    journal.add(*finished("scan[parquet]"))
    assert journal.fault == f"{journal._path} could not be written: File too large"
    assert journal._path.read_bytes() == before and resumed(journal) == CASES


def test_folder_in_place_of_the_journal(tmp_path):
    """A folder is no journal."""
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        Journal(tmp_path).require()
