"""The counter gate: each counter, moved by one, is found and named; what can't be judged is told; baselines."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from otfbench.compare import baseline as baselines
from otfbench.compare.gate import NO_TIME, Judgement, check, judge_run
from otfbench.compare.metrics import KINDS, STORAGE, Kind
from otfbench.config.schema import GateException
from otfbench.errors import ConfigError, IncomparableError, RunFileError, UsageError
from otfbench.runs import file as runfile
from otfbench.runs.record import SPLIT

CASE = "append[parquet]"
GATED = [name for name, kind in KINDS.items() if kind in (Kind.COST, Kind.WORK)]
TODAY = date(2026, 11, 24)
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def held(document, write) -> Callable[..., Judgement]:
    """Holds the recorded run, after a change, to the baseline made of it."""

    def judged(change: Change, *exceptions: GateException, before: Change = lambda base: None) -> Judgement:
        base, now = copy.deepcopy(document), copy.deepcopy(document)
        before(base)
        change(now)
        old, new = runfile.read(write(base, "base.json")), runfile.read(write(now, "now.json"))
        stored = write(baselines.text(baselines.of_run(old.run, old.records)), "baseline.json")
        return judge_run(baselines.read(stored), new.run, new.records, exceptions)

    return judged


def record(document: dict[str, Any], case: str = CASE) -> dict[str, Any]:
    """The record of a case in a document."""
    records = (benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"])
    return next(each for each in records if each["case"]["id"] == case)


def count(name: str, by: int) -> Change:
    """Moves one figure of the case."""

    def change(document: dict[str, Any]) -> None:
        record(document)["storage" if name in STORAGE else "counters"][name] += by

    return change


def drop(document: dict[str, Any], **fate: Any) -> None:
    """Take the number of the case away; `fate`: what became of it, else it was not run."""
    document["benchmarks"] = [b for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["id"] != CASE]
    outcomes = document["otfbench"]["outcomes"]
    document["otfbench"]["outcomes"] = [
        each | fate if each["id"] == CASE else each for each in outcomes if fate or each["id"] != CASE
    ]


def excuse(counter: str | None = None, case: str = CASE, until: date = date(2027, 1, 31)) -> GateException:
    """An exception to the gate."""
    return GateException(case=case, counter=counter, reason="a known one", until=until)


# Mutations: a counter that can't fail is worth nothing


@pytest.mark.parametrize("name", GATED)
def test_one_more(held, name):
    """One more of any gated counter is red, and names case, counter and both values."""
    found = held(count(name, 1))
    assert [(each.case, each.figure, each.now - each.base) for each in found.red] == [(CASE, name, 1)]


@pytest.mark.parametrize("name", GATED)
def test_one_less(held, name):
    """One less is an improvement, which passes; of records it is other work, which doesn't."""
    found = held(lambda now: None, before=count(name, 1))
    red = KINDS[name] is Kind.WORK
    assert [each.figure for each in found.red] == [name] * red
    assert [each.figure for each in found.improved] == [name] * (not red)


def test_older_baselines_lack_the_split(held):
    """A baseline of before dead files were split is green, and what it lacks is told."""
    found = held(lambda now: None, before=lambda base: [record(base)["storage"].pop(name) for name in SPLIT])
    assert not found.red
    assert [each.figure for each in found.ungated if each.why == "is not in the baseline yet"] == list(SPLIT)


@pytest.mark.parametrize("name", [name for name in GATED if name.endswith("_bytes")])
@pytest.mark.parametrize(
    ("base", "by", "red"),
    [(100_000, 1000, False), (100_000, 1001, True), (100_000, -1000, False), (1000, 512, False), (1000, 513, True)],
)
def test_bytes_may_differ_within_tolerance(held, name, base, by, red):
    """Bytes with a tolerance may differ by its share, or by the few bytes of a path, and by no byte more."""

    def tolerant(document):
        record(document)["tolerances"][name] = 0.01
        record(document)["storage" if name in STORAGE else "counters"][name] = base

    def now(document):
        tolerant(document)
        count(name, by)(document)

    found = held(now, before=tolerant)
    assert [each.figure for each in found.red] == [name] * red and not found.improved


def test_failed_tasks(held):
    """A task that failed and ran again is red, whatever the baseline holds."""
    found = held(count("failed_tasks", 1), before=count("failed_tasks", 1))
    assert [(each.figure, each.base, each.now) for each in found.red] == [("failed_tasks", 0, 1)]


def test_spill_is_not_gated(held):
    """Spilling depends on the machine's memory: it is not gated."""
    assert held(count("spill_bytes", 10**9)).red == ()


# Cases


def test_run_passes_its_own_baseline(held, document):
    """A run is green against its own baseline, and every number of it was checked."""
    found = held(lambda now: None)
    assert not (found.red or found.improved or found.new or found.unused)
    numbers = len(document["benchmarks"]) * len([n for n in GATED if n not in STORAGE])
    assert found.checked >= numbers - 1  # one counter of the recorded run is unstable


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        ({}, "it was not run"),
        ({"status": "failed", "reason": "wrong content\nmore"}, "failed: wrong content"),
        ({"status": "skipped", "reason": "unsupported: no jars"}, "unsupported: no jars"),
    ],
)
def test_missing_case(held, fate, told):
    """A case of the baseline that has no number is red, and says what became of it."""
    [found] = held(lambda now: drop(now, **fate)).red
    assert (found.case, found.figure) == (CASE, None) and found.why.startswith(told)


def test_wrong_content(held):
    """A case with a wrong content is red."""
    [found] = held(lambda now: record(now).update(verdict="unequal")).red
    assert found.why == "it holds other rows than it must"


def test_new_case(held):
    """A case that is not in the baseline is told, and passes."""
    found = held(lambda now: None, before=drop)
    assert found.new == (CASE,) and not found.red


def test_new_case_that_fails(held):
    """One that failed is told, too."""
    found = held(lambda now: drop(now, status="failed", reason="x"), before=drop)
    assert [(each.case, each.why) for each in found.ungated if each.case == CASE] == [(CASE, "failed: x")]


def test_red_finding_has_its_command(held):
    """Each red finding has the command that runs the case alone, as it was run."""
    [found] = held(count("jobs", 1)).red
    node = "'benchmarks/test_change.py::test_append[parquet]'"
    assert found.reproduce == f"otfbench run {node} --otf-suite quick --otf-dataset trips --otf-rows 5000 --otf-seed 42"


def test_reproduce_wide(held):
    """Rows of a wide dataset are one in fifty of those that are asked for."""

    def wide(document):
        document["otfbench"]["options"]["datasets"] = [{"name": "wide", "rows": 100, "seed": 1}]

    def now(document):
        wide(document)
        count("jobs", 1)(document)

    assert held(now, before=wide).red[0].reproduce.endswith("--otf-dataset wide --otf-rows 5000 --otf-seed 1")


# What is not judged


def test_unstable_counter_is_not_gated(held):
    """A counter that differed between rounds is not gated, and told: in the run, and in the baseline."""

    def unstable(document):
        record(document)["unstable"].append("stages")
        count("stages", 5)(document)

    for found in (held(unstable), held(count("stages", 1), before=unstable)):
        assert not found.red
        assert [each.figure for each in found.ungated if each.case == CASE] == ["stages"]


def test_not_measured(held):
    """A counter that could not be measured is not gated, and the reason is told."""

    def unreported(document):
        record(document)["counters"]["output_bytes"] = None
        record(document)["unfed"]["output_bytes"] = "Spark does not see it"

    found = held(unreported)
    assert not found.red
    assert [(each.figure, each.why) for each in found.ungated if each.case == CASE] == [
        ("output_bytes", "Spark does not see it")
    ]


# Other kinds of runs


@pytest.mark.parametrize(
    ("where", "key", "value", "told"),
    [
        ("environment", "profile", "spark-4.1", "profile: spark-3.5, now spark-4.1"),
        ("environment", "spark", "4.1.4", "Spark: 3.5.9, now 4.1.4"),
        ("environment", "formats", {"parquet": "9"}, "version of parquet: 3.5.9, now 9"),
        ("options", "master", "local[8]", "parallelism: 2 cores, now 8 cores"),
        ("environment", "own_jars", {"parquet": {"a.jar": "00"}}, "jar a.jar of parquet: none, now 00"),
        ("environment", "replaced_jars", {"parquet": ["b.jar"]}, "replaced jars of parquet: none, now b.jar"),
        ("options", "datasets", [{"name": "trips", "rows": 7, "seed": 42}], "'rows': 5000"),
        ("options", "datasets", [{"name": "trips", "rows": 5000, "seed": 7}], "'seed': 7"),
    ],
)
def test_not_comparable(held, where, key, value, told):
    """A baseline of another kind of run is not gated against: what differs is told, and what to do."""
    with pytest.raises(IncomparableError) as error:
        held(lambda now: now["otfbench"][where].update({key: value}))
    assert told in str(error.value) and "--update" in str(error.value)


CLUSTER = {"count": 2, "cores": 2, "default_parallelism": 2, "shuffle_partitions": 2, "listing_parallelism": 2}


def on_cluster(document, **settings):
    """The run as a cluster of two cores would have left it, with these settings."""
    document["otfbench"]["options"]["master"] = "spark://host:7077"
    document["otfbench"]["environment"]["executors"] = {**CLUSTER, **settings}


def test_cluster_is_held_to_a_local_baseline(held):
    """A cluster with as many partitions as cores splits work as a local master with these cores does."""
    assert not held(on_cluster).red


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"cores": 4}, "now 4 cores, default_parallelism 2"),
        ({"shuffle_partitions": 200}, "parallelism: 2 cores, now 2 cores, shuffle_partitions 200"),
    ],
)
def test_cluster_that_splits_otherwise(held, settings, told):
    """Other cores, or other numbers of partitions, make other counters: that is said before they are compared."""
    with pytest.raises(IncomparableError) as error:
        held(lambda now: on_cluster(now, **settings))
    assert told in str(error.value)


@pytest.mark.parametrize(("key", "value"), [("cpu", "Z80"), ("cores", 64), ("memory_bytes", 1), ("java", "21")])
def test_any_machine(held, key, value):
    """Counters don't depend on the machine: any will do."""
    assert not held(lambda now: now["otfbench"]["environment"].update({key: value})).red


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("conf", {"a": "b"}, "Spark setting a: none, now b"),
        ("properties", {"parquet": {"a": "b"}}, "property a of parquet: none, now b"),
        ("catalogs", {"parquet": {"type": "hive"}}, "catalog of parquet, type: none, now hive"),
    ],
)
def test_other_settings(held, key, value, told):
    """A setting of the YAML file may be the change that is gated: it is told, and counters are judged."""

    def now(document):
        document["otfbench"]["options"][key] = value
        count("stages", 1)(document)

    found = held(now)
    assert found.settings == (told,) and [each.figure for each in found.red] == ["stages"]


def test_all_cores(held):
    """local[*] is as many threads as there are cores."""
    assert not held(lambda now: now["otfbench"]["options"].update(master="local[*]")).red


def test_fewer_formats(held):
    """A run without a format of the baseline is comparable: its cases are missing, one by one."""
    found = held(lambda now: now["otfbench"]["environment"].update(formats={}))
    assert not found.red


# Exceptions


@pytest.mark.parametrize("counter", ["stages", None])
def test_exception_lets_a_counter_pass(held, counter):
    """An exception lets a counter, or all of a case, pass; it is told."""
    found = held(count("stages", 1), excuse(counter))
    assert not found.red and [(each.figure, why.reason) for each, why in found.excused] == [("stages", "a known one")]


def test_excused_missing_case(held):
    """An exception for a whole case lets it be missing."""
    assert not held(drop, excuse()).red and held(drop, excuse("stages")).red


@pytest.mark.parametrize("exception", [excuse("tasks"), excuse(case="scan[parquet]")])
def test_excuses_only_what_it_says(held, exception):
    """An exception for another counter, or another case, excuses nothing, and is told to be useless."""
    found = held(count("stages", 1), exception)
    assert [each.figure for each in found.red] == ["stages"] and found.unused == (exception,)


def test_nothing_is_held(held):
    """Where no number could be compared, and nothing is red, the gate isn't green, but an error."""

    def unknown(document: dict[str, Any]) -> None:
        for each in (benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"]):
            each["counters"] = dict.fromkeys(each["counters"])
            each["storage"] = None

    with pytest.raises(IncomparableError, match="No number of the run could be held to the baseline"):
        held(unknown)


def test_only_what_was_compared_is_counted(held):
    """A number that could not be measured in the run was not checked."""

    def unknown(document: dict[str, Any]) -> None:
        record(document)["counters"]["jobs"] = None

    assert held(unknown).checked == held(lambda now: None).checked - 1


def test_last_day():
    """An exception holds on its last day, and is an error that names it from the next one on."""
    check([excuse("stages", until=TODAY)], TODAY)
    with pytest.raises(ConfigError) as error:
        check([excuse("tasks"), excuse("stages", until=date(2026, 11, 23))], TODAY)
    assert str(error.value).startswith(
        "gate.exceptions[1] (append[parquet], stages) has expired on 2026-11-23 (a known one)"
    )


@pytest.mark.parametrize("name", ["wall_s", "median", "executor_cpu_s"])
def test_no_time(name):
    """Who asks for times is told why there are none."""
    with pytest.raises(ConfigError) as error:
        check([excuse(name)], TODAY)
    assert NO_TIME in str(error.value)


def test_unknown_counter():
    """A counter that nobody gates is an error with a hint."""
    with pytest.raises(ConfigError, match=r"nobody gates that\. Did you mean 'stages'\?"):
        check([excuse("stage")], TODAY)


# The baseline


def test_baseline_is_read_as_made(document, write):
    """A baseline is read as it was made, has a line per group of numbers, and cases in the order of their names."""
    saved = runfile.read(write(document))
    made = baselines.of_run(saved.run, saved.records)
    text = baselines.text(made)
    assert baselines.read(write(text, "b.json")) == made and list(made.cases) == sorted(made.cases)
    assert json.loads(text)["kind"]["profile"] == "spark-3.5"
    assert max(map(len, text.splitlines())) < 250


def test_small_diffs(document, write):
    """One counter that moves is one line of the file."""
    saved = runfile.read(write(document))
    before = baselines.text(baselines.of_run(saved.run, saved.records)).splitlines()
    count("stages", 1)(document)
    saved = runfile.read(write(document))
    after = baselines.text(baselines.of_run(saved.run, saved.records)).splitlines()
    assert len(before) == len(after) and sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_order_of_the_run_means_nothing(document, write):
    """The same cases in another order make the same file."""
    saved = runfile.read(write(document))
    document["benchmarks"].reverse()
    turned = runfile.read(write(document))
    assert baselines.text(baselines.of_run(saved.run, saved.records)) == baselines.text(
        baselines.of_run(turned.run, turned.records)
    )


def test_changes_of_a_baseline_are_told(document, write):
    """What is another in a new baseline is told: numbers, cases, settings."""
    saved = runfile.read(write(document))
    old = baselines.of_run(saved.run, saved.records)
    count("stages", 1)(document)
    document["otfbench"]["environment"]["spark"] = "3.5.10"
    saved = runfile.read(write(document))
    new = baselines.of_run(saved.run, saved.records)
    assert list(baselines.diff(old, new)) == ["Spark: 3.5.9, now 3.5.10", "append[parquet]: stages 1 -> 2"]
    fewer = replace(new, cases={k: v for k, v in new.cases.items() if k != CASE})
    assert list(baselines.diff(new, fewer)) == [f"{CASE}: removed"]
    assert list(baselines.diff(fewer, new)) == [f"{CASE}: new"]


def test_no_baseline_of_a_failed_run(document, write):
    """A run in which a case failed makes no baseline, nor does one without numbers."""
    document["otfbench"]["outcomes"][0].update(status="failed", reason="x")
    saved = runfile.read(write(document))
    with pytest.raises(UsageError, match=r"in which no case failed\. Here failed: commit\[parquet\]\."):
        baselines.of_run(saved.run, saved.records)
    document["otfbench"]["outcomes"], document["benchmarks"] = [], []
    saved = runfile.read(write(document))
    with pytest.raises(UsageError, match="has none"):
        baselines.of_run(saved.run, saved.records)


def test_no_baseline_without_numbers(document, write):
    """A run of which no counter can be gated makes no baseline, which could be green over anything."""
    for each in (benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"]):
        each["counters"] = dict.fromkeys(each["counters"])
        each["storage"] = None
    saved = runfile.read(write(document))
    with pytest.raises(UsageError, match="No counter of this run can be gated"):
        baselines.of_run(saved.run, saved.records)


NOTHING: dict[str, Any] = {"counters": {}, "storage": {}, "tolerances": {}}


def tolerant(text: str, share: str, of: str = "live_bytes") -> str:
    """A baseline in which the first case takes another value of this figure for the same."""
    return text.replace('"tolerances": {}', f'"tolerances": {{"{of}": {share}}}', 1)


def emptied(text: str, cases: dict[str, Any]) -> str:
    """A baseline with these cases in place of its own."""
    return json.dumps(json.loads(text) | {"cases": cases})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[:-20], "it is no JSON, or was cut off"),
        (lambda text: "[]", "it is JSON, but no baseline"),
        (lambda text: "{}", "at schema: is missing"),
        (lambda text: text.replace('"schema": 1', '"schema": 2'), "its schema is 2, and this otfbench reads up to 1"),
        (lambda text: text.replace('"jobs": 1', '"jobs": "one"', 1), "at cases."),
        (lambda text: text.replace('"jobs"', '"jobz"', 1), "nobody measures jobz"),
        (lambda text: '{"benchmarks": []}', "it is a run file"),
        (lambda text: "[" * 100_000, "recursion limit exceeded"),
        (lambda text: text.replace('"jobs": 1', '"jobs": -1', 1), "jobs: must be greater than or equal to 0"),
        (lambda text: tolerant(text, "NaN"), "it is no JSON"),
        (lambda text: tolerant(text, "1e308"), "tolerances.live_bytes: must be less than 1"),
        (lambda text: tolerant(text, "1e400"), "tolerances.live_bytes: must be less than 1"),
        (lambda text: tolerant(text, "-0.1"), "tolerances.live_bytes: must be greater than or equal to 0"),
        (lambda text: tolerant(text, "0.1", of="jobs"), "only bytes have a tolerance, not jobs"),
        (lambda text: emptied(text, {}), "it holds no number that a run could be held to"),
        (lambda text: emptied(text, {"append[parquet]": NOTHING}), "it holds no number that a run could be held to"),
    ],
)
def test_damaged_baseline(document, write, change, told):
    """A file that is no baseline, or a damaged one, is told."""
    saved = runfile.read(write(document))
    path = write(change(baselines.text(baselines.of_run(saved.run, saved.records))), "b.json")
    with pytest.raises(RunFileError, match="can't be read as a baseline: ") as error:
        baselines.read(path)
    assert told in str(error.value)


def test_no_file(tmp_path):
    """Where there is no baseline, the error says how to make the first one."""
    with pytest.raises(RunFileError, match=r"No such file.*otfbench gate RUN --baseline .*b\.json --update"):
        baselines.read(tmp_path / "b.json")
