"""Whatever is done to a run file: each command reads it, or says in one line why it doesn't."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.compare import baseline as baselines
from otfbench.compare.compare import compare
from otfbench.compare.export import FORMS
from otfbench.compare.gate import judge_run
from otfbench.config.schema import GateException
from otfbench.errors import OtfbenchError, RunFileError, TemplateError
from otfbench.report import comparison, gate, run_list
from otfbench.report.csv import sheet
from otfbench.report.facts import facts_of_saved
from otfbench.report.history import history
from otfbench.report.html.page import history_page, page
from otfbench.report.markdown import markdown
from otfbench.report.summary import summary
from otfbench.runs import file as runfile
from otfbench.runs.file import SavedRun

RUNS = Path(__file__).parents[1] / "recorded" / "runs"
CASES = ("append[", "commit[", "scan[", "merge[")
Changes = list[tuple[tuple[Any, ...], Any]]
PLAUSIBLE = [None, True, 0, 1, -1, 2**63 - 1, 1e-9, 1e9, 1e30, "", "parquet", "append[parquet]", "local[", [], {}, [{}]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def small_run() -> dict[str, Any]:
    """A real run of few cases, with something in each part that a run file may have."""
    document = json.loads((RUNS / "quick_a.json").read_text())
    record = "extra_info", "otfbench", "case", "id"
    document["benchmarks"] = [each for each in document["benchmarks"] if of(each, *record).startswith(CASES)][::3]
    kept = {of(each, *record) for each in document["benchmarks"]}
    ours = document["otfbench"]
    without_number = [each for each in ours["outcomes"] if each["status"] != "passed"][:2]
    ours["outcomes"] = [each for each in ours["outcomes"] if each["id"] in kept] + without_number
    ours["fidelity"] = {"delta": [{"cell": "void", "outcome": "changed", "detail": "string", "adapted": "string"}]}
    ours["options"] |= {"conf": {"spark.a": "b"}, "properties": {"delta": {"a": "b"}}, "file_system": "hdfs"}
    ours["environment"]["own_jars"] = {"delta": {"a.jar": "00"}}
    del document["machine_info"]
    return document


def of(value: Any, *keys: Any) -> Any:
    """A part of a document."""
    for key in keys:
        value = value[key]
    return value


def places(value: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a document, the parts of parts among them."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*before, key)
        if isinstance(part, dict | list):
            yield from places(part, *before, key)


RUN = small_run()
PLACES = list(places(RUN))


GONE = object()


def changes_of(parts: list[tuple[Any, ...]]) -> st.SearchStrategy[Changes]:
    """One to three parts of a document that are gone, or have another value."""
    values = st.just(GONE) | st.sampled_from(PLAUSIBLE) | JSON
    return st.lists(st.tuples(st.sampled_from(parts), values), min_size=1, max_size=3)


def damaged(changes: Changes, whole: dict[str, Any]) -> dict[str, Any]:
    """The document with these changes."""
    document = copy.deepcopy(whole)
    for (*parents, last), value in changes:
        try:
            parent = of(document, *parents)
            if value is GONE:
                del parent[last]
            else:
                parent[last] = value
        except (KeyError, IndexError, TypeError):
            pass  # an earlier change took it away
    return document


def read_by_all(path: Path, whole: SavedRun) -> Iterator[Callable[[], Any]]:
    """What list, compare, gate, export and report do with a run file."""
    run = runfile.read(path)
    facts = facts_of_saved(run)
    kept = baselines.of_run(whole.run, whole.records)
    exceptions = [GateException(case="append[delta]", reason="known", until=date(2100, 1, 1))]

    def held(base: baselines.Baseline, now: SavedRun) -> None:
        judgement = judge_run(base, now.run, now.records, exceptions)
        json.dumps(gate.as_dict(judgement, path, "1"), allow_nan=False)
        list(gate.lines(judgement, path, "1"))

    def updated() -> None:
        path.with_name("baseline").write_text(baselines.text(baselines.of_run(run.run, run.records)))
        held(baselines.read(path.with_name("baseline")), run)

    def compared(base: SavedRun, head: SavedRun) -> None:
        found = compare(base, head)
        json.dumps(comparison.as_dict(found), allow_nan=False)
        list(comparison.lines(found))
        markdown(facts_of_saved(head), [found])

    def listed() -> None:
        rows = [run_list.row(path)]
        json.dumps(rows, allow_nan=False)
        list(run_list.lines(rows, path.parent))

    yield listed
    yield lambda: compared(run, whole)
    yield lambda: compared(whole, run)
    yield lambda: held(kept, run)
    yield updated
    for form in FORMS.values():
        yield lambda form=form: form([run])
    yield lambda: FORMS["otava"]([run, whole])
    yield lambda: sheet([facts])
    yield lambda: list(summary(facts, color=False))


def shown_by_all(path: Path, whole: SavedRun) -> Iterator[Callable[[], Any]]:
    """The pages that report makes of a run file."""
    run = runfile.read(path)
    yield lambda: page(facts_of_saved(run), ["1"], [compare(whole, run)])
    yield lambda: history_page(history([run, whole]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """The run before anything was done to it."""
    path = tmp_path_factory.mktemp("whole") / "0001_a.json"
    path.write_text(json.dumps(RUN))
    return runfile.read(path)


def test_undamaged_run_is_read_by_all(whole):
    """Nothing is refused of the run that the others are made of."""
    for read in (*read_by_all(whole.path, whole), *shown_by_all(whole.path, whole)):
        read()


def read_or_refused(path: Path, changes: Changes, reads: Callable[[], Iterator[Callable[[], Any]]]) -> None:
    """Fails where anything but an error in words is raised; a template that can't show a run is no such error."""
    path.write_text(json.dumps(damaged(changes, RUN)))
    try:
        ways = list(reads())
    except RunFileError as error:
        assert len(str(error).splitlines()) == 1
        return
    for read in ways:
        try:
            read()
        except TemplateError:
            raise
        except OtfbenchError:
            pass


@given(changes=changes_of(PLACES))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_run_is_read_or_refused(whole, tmp_path, changes):
    """Of a run file with other parts each command makes something, or says in a line what is wrong with the file."""
    path = tmp_path / "0002_b.json"
    read_or_refused(path, changes, lambda: read_by_all(path, whole))


@given(changes=changes_of(PLACES))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_run_is_shown_or_refused(whole, tmp_path, changes):
    """So do the pages."""
    path = tmp_path / "0002_b.json"
    read_or_refused(path, changes, lambda: shown_by_all(path, whole))


@given(data=st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_baseline_is_read_or_refused(whole, tmp_path, data):
    """A baseline with other parts is held against the run, or refused in words; green it is for its numbers alone."""
    kept = json.loads(baselines.text(baselines.of_run(whole.run, whole.records)))
    changes = data.draw(changes_of(list(places(kept))))
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(damaged(changes, kept)))
    try:
        read = baselines.read(path)
        judgement = judge_run(read, whole.run, whole.records)
    except OtfbenchError:
        return
    assert judgement.red or judgement.checked
    json.dumps(gate.as_dict(judgement, path, "1"), allow_nan=False)
    list(baselines.diff(read, baselines.of_run(whole.run, whole.records)))
