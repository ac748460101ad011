"""Two runs side by side: every way in which a case, or a whole run, can be another one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otfbench.compare.compare import Comparison, Line, Verdict, compare
from otfbench.compare.metrics import KINDS, STORAGE, Kind
from otfbench.errors import IncomparableError
from otfbench.runs import file as runfile
from otfbench.runs.record import SPLIT

RUNS = Path(__file__).parents[1] / "recorded" / "runs"
CASE = "append[parquet]"
COSTS = [name for name, kind in KINDS.items() if kind is Kind.COST]
WORK = [name for name, kind in KINDS.items() if kind is Kind.WORK]
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def against(document, write) -> Callable[..., Comparison]:
    """Compares the recorded run with the same one after a change; the change may be of the base, too."""

    def compared(change: Change = lambda head: None, before: Change = lambda base: None) -> Comparison:
        base, head = copy.deepcopy(document), copy.deepcopy(document)
        before(base)
        change(head)
        return compare(runfile.read(write(base, "base.json")), runfile.read(write(head, "head.json")))

    return compared


def record(document: dict[str, Any], case: str = CASE) -> dict[str, Any]:
    """The record of a case in a document."""
    records = (benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"])
    return next(each for each in records if each["case"]["id"] == case)


def drop(document: dict[str, Any], case: str = CASE, **fate: Any) -> None:
    """Take the number of a case away; `fate`: what became of it, else it was not selected."""
    document["benchmarks"] = [
        each for each in document["benchmarks"] if each["extra_info"]["otfbench"]["case"]["id"] != case
    ]
    outcomes = document["otfbench"]["outcomes"]
    document["otfbench"]["outcomes"] = [
        each | fate if each["id"] == case else each for each in outcomes if fate or each["id"] != case
    ]


def count(name: str, by: int) -> Change:
    """Moves one figure of the case."""

    def change(document: dict[str, Any]) -> None:
        figures = record(document)["storage" if name in STORAGE else "counters"]
        figures[name] += by

    return change


def slow(factor: float, case: str = CASE) -> Change:
    """Makes a case take so many times as long."""

    def change(document: dict[str, Any]) -> None:
        for each in record(document, case)["rounds"]:
            each["wall_s"] *= factor

    return change


def line(comparison: Comparison, case: str = CASE) -> Line:
    """The line of a case."""
    return next(each for each in comparison.lines if each.id == case)


# Equal runs


def test_run_against_itself(against):
    """A run compared with itself: every case is the same, nothing moved, nothing is doubted."""
    found = against()
    assert {each.verdict for each in found.lines} == {Verdict.SAME}
    assert not any(each.changed_counters for each in found.lines) and not found.time_doubts and not found.counter_doubts


def test_two_recorded_runs():
    """Two recorded runs of the same: counters are equal in every case, and time tells no difference."""
    found = compare(runfile.read(RUNS / "parquet_a.json"), runfile.read(RUNS / "parquet_b.json"))
    assert {each.verdict for each in found.lines} == {Verdict.SAME}
    assert not any(each.changed_counters for each in found.lines) and not any(
        shift.significant for shift in found.shifts
    )


def test_by_id_not_by_position(against):
    """Cases are matched by their ids, wherever they stand in the file."""
    found = against(lambda head: head["benchmarks"].reverse())
    assert {each.verdict for each in found.lines} == {Verdict.SAME}


# Counters


@pytest.mark.parametrize("name", COSTS)
def test_more_work(against, name):
    """One more of any cost is a regression that names it."""
    found = line(against(count(name, 1)))
    assert found.verdict is Verdict.REGRESSED and found.reason == f"more work: {name}"
    assert [(each.name, each.head - each.base) for each in found.changed_counters] == [(name, 1)]


@pytest.mark.parametrize("name", COSTS)
def test_less_work(against, name):
    """One less of any cost is an improvement that names it."""
    found = line(against(before=count(name, 1)))
    assert (found.verdict, found.reason) == (Verdict.IMPROVED, f"less work: {name}")


def unsplit(document: dict[str, Any]) -> None:
    """Makes the case one of before dead files were split."""
    for name in SPLIT:
        del record(document)["storage"][name]


def test_older_runs_lack_the_split(against):
    """A run of before dead files were split is no other work than one of today."""
    assert line(against(before=unsplit)) == line(against())


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("by", [1, -1])
def test_other_work(against, name, by):
    """Another number of records is other work, neither better nor worse."""
    found = line(against(count(name, by + 10), count(name, 10)))
    assert (found.verdict, found.reason) == (Verdict.CHANGED, f"other work: {name}")


def test_failed_tasks(against):
    """Tasks that failed and ran again are a regression."""
    assert line(against(count("failed_tasks", 1))).verdict is Verdict.REGRESSED


def test_spill_is_told(against):
    """Spilling depends on the memory: it is told, and judges nothing."""
    found = line(against(count("spill_bytes", 100)))
    assert found.verdict is Verdict.SAME and [each.name for each in found.changed_counters] == ["spill_bytes"]


def test_one_up_one_down(against):
    """A counter that went up is not made good by another that went down."""
    found = line(against(count("stages", 1), count("output_bytes", 9)))
    assert found.verdict is Verdict.REGRESSED and {each.name for each in found.changed_counters} == {
        "stages",
        "output_bytes",
    }


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("write.mode", Verdict.CHANGED),
        ("path", Verdict.SAME),
        ("option.path", Verdict.SAME),
        ("current-snapshot-id", Verdict.SAME),
    ],
)
def test_other_table_properties(against, name, verdict):
    """Another table property is told, but not where the table lies, or which snapshot it is at."""
    found = line(against(lambda head: record(head)["settings"]["table_properties"].update({name: "x"})))
    assert (found.verdict, found.reason) == (verdict, f"other table properties: {name}" if found.reason else "")


@pytest.mark.parametrize(("by", "verdict"), [(1000, Verdict.SAME), (1001, Verdict.REGRESSED)])
def test_tolerated_change_is_no_difference(against, by, verdict):
    """What lies within the declared share of the base is no difference."""

    def tolerant(document):
        record(document)["tolerances"]["output_bytes"] = 0.01
        record(document)["counters"]["output_bytes"] = 100_000

    def head(document):
        tolerant(document)
        record(document)["counters"]["output_bytes"] += by

    assert line(against(head, tolerant)).verdict is verdict


def test_unstable_counter_is_not_judged(against):
    """A counter that differed between the rounds of one of the runs is not judged, and named."""

    def change(document):
        record(document)["unstable"].append("stages")
        count("stages", 1)(document)

    found = line(against(change))
    assert (found.verdict, found.changed_counters, found.unjudged) == (Verdict.SAME, (), ("stages",))


@pytest.mark.parametrize("value", [None, 3])
def test_not_measured_in_one_run(against, value):
    """A counter that only one of the runs could measure is told, and is neither better nor worse."""

    def change(to):
        return lambda document: record(document)["counters"].__setitem__("stages", to)

    found = line(against(change(value), change(3 if value is None else None)))
    assert found.verdict is Verdict.CHANGED and found.changed_counters[0].name == "stages"


# Content


def test_content_no_longer_checked(against):
    """A content that is no longer checked is told."""
    found = line(against(lambda head: record(head).update(verdict="unchecked")))
    assert (found.verdict, found.reason) == (Verdict.CHANGED, "the content is unchecked, was equal")


def test_wrong_content(against):
    """A wrong content is a regression."""
    assert line(against(lambda head: record(head).update(verdict="unequal"))).verdict is Verdict.REGRESSED


# Cases in one of the runs


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        ({}, "not selected in the head"),
        ({"status": "failed", "reason": "no space\nmore"}, "failed: no space"),
        ({"status": "crashed", "reason": "the JVM died"}, "crashed: the JVM died"),
        ({"status": "skipped", "reason": "unsupported: no jars"}, "unsupported: no jars"),
    ],
)
def test_missing_case_has_its_reason(against, fate, told):
    """A case without a number in the head is missing, and the line says what became of it; its old time is there."""
    found = line(against(lambda head: drop(head, **fate)))
    assert (found.verdict, found.reason, found.head_s) == (Verdict.MISSING, told, None) and found.base_s


def test_case_only_in_head_is_new(against):
    """A case that only the head has is new; why the base had no number of it is told."""
    assert line(against(before=lambda base: drop(base))).verdict is Verdict.NEW
    found = line(against(before=lambda base: drop(base, status="failed", reason="disk full")))
    assert (found.verdict, found.reason) == (Verdict.NEW, "failed: disk full in the base")


def test_failed_in_both(against):
    """A case that failed in both runs is listed, and is no change."""
    found = line(against(*[lambda run: drop(run, status="failed", reason="x")] * 2))
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPARABLE, "failed: x, as in the base")


def test_new_case_that_fails(against):
    """A case that the base didn't have, and that fails, is missing a number."""
    found = line(against(lambda head: drop(head, status="failed", reason="x"), lambda base: drop(base)))
    assert found.verdict is Verdict.MISSING


def test_unsupported_in_both(against):
    """What no format can do in either run is no line."""
    assert "merge[parquet]" not in {each.id for each in against().lines}


# Runs that differ


@pytest.mark.parametrize(("key", "value"), [("cpu", "Z80"), ("cores", 64), ("memory_bytes", 2**40), ("java", "21.0.1")])
def test_other_machine(against, key, value):
    """On another machine counters are compared, times are not, and the reason is told."""

    def change(head):
        head["otfbench"]["environment"][key] = value
        count("stages", 1)(head)

    found = against(change)
    assert len(found.time_doubts) == 1 and line(found).verdict is Verdict.REGRESSED
    assert all(each.time is None and each.min_detectable_effect is None for each in found.lines) and not found.shifts


def test_a_little_memory(against):
    """What a kernel keeps for itself is no other memory."""
    found = against(lambda head: head["otfbench"]["environment"].update(memory_bytes=25_276_514_303))
    assert not found.time_doubts


@pytest.mark.parametrize(
    ("key", "value"), [("master", "local[4]"), ("driver_memory", "8g"), ("warmup", 3), ("file_system", "hdfs")]
)
def test_other_options(against, key, value):
    """With another master, heap, warm-up or file system times are not compared."""
    found = against(lambda head: head["otfbench"]["options"].update({key: value}))
    assert any(str(value) in doubt for doubt in found.time_doubts)


def test_other_settings_are_told(against):
    """Settings and versions that may have moved a counter are told; the counters are compared."""

    def change(head):
        head["otfbench"]["environment"]["formats"]["parquet"] = "9.9"
        head["otfbench"]["options"]["conf"] = {"spark.sql.shuffle.partitions": "7"}
        head["otfbench"]["options"]["catalogs"] = {"parquet": {"type": "hive"}}
        head["otfbench"]["environment"]["replaced_jars"] = {"parquet": ["b.jar"]}
        record(head)["case"]["format_version"] = "9.9"
        count("stages", 1)(head)

    found = against(change)
    assert found.counter_doubts == (
        "version of parquet: 3.5.9, now 9.9",
        "replaced jars of parquet: none, now b.jar",
        "Spark setting spark.sql.shuffle.partitions: none, now 7",
        "catalog of parquet, type: none, now hive",
    )
    assert line(found).verdict is Verdict.REGRESSED and "version 3.5.9, now 9.9" in line(found).reason


@pytest.mark.parametrize(("key", "value"), [("rows", 7), ("seed", 7), ("dataset", "wide"), ("detail", {"ago": "3"})])
def test_case_of_other_data(against, key, value):
    """A case of other data is not compared, and says so; the others are."""
    found = against(lambda head: record(head)["case"].update({key: value}))
    assert line(found).verdict is Verdict.NOT_COMPARABLE and line(found).reason.startswith(f"other data: {key} ")
    assert sum(each.verdict is Verdict.SAME for each in found.lines) == len(found.lines) - 1


def test_other_content_is_expected(against):
    """Files of one's own that changed are other data, though rows and name are the same."""
    found = line(against(lambda head: record(head)["expected"].update(digest="0" * 16)))
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPARABLE, "other data: another content is expected")


def test_all_of_other_data(against):
    """Where nothing is of the same data, nothing is compared, and the error says why and what to do."""

    def change(head):
        for benchmark in head["benchmarks"]:
            benchmark["extra_info"]["otfbench"]["case"]["rows"] = 7

    with pytest.raises(IncomparableError, match=r"other data: rows 5000, now 7\.\nRun both on the same data"):
        against(change)


def test_no_common_case(against, name_cases):
    """Runs without a common case can't be compared."""
    with pytest.raises(IncomparableError, match="have no case in common: the first has commit"):
        against(lambda head: name_cases(head, lambda _, name: f"{name}x"))


def test_empty_run(against):
    """An empty run can't be compared."""
    with pytest.raises(IncomparableError, match="is an empty run"):
        against(lambda head: (head["benchmarks"].clear(), head["otfbench"]["outcomes"].clear()))


def test_everything_failed(against):
    """A head in which all cases failed is comparable: all of them are missing."""

    def change(head):
        head["benchmarks"] = []
        for outcome in head["otfbench"]["outcomes"]:
            outcome.update(status="failed", reason="x")

    found = against(change)
    assert {each.verdict for each in found.lines} == {Verdict.MISSING}


# Times


def test_only_time(against):
    """A case that takes fifty times as long and counts the same is not sure: two JVMs can't tell why."""
    found = line(against(slow(50)))
    assert (found.verdict, found.time.ratio) == (Verdict.NOT_SURE, pytest.approx(50))
    assert found.reason == "only time changed; two separate runs can't tell a change from the machine"


def test_slower_with_less_work(against):
    """Less work in more time is not sure."""

    def change(head):
        slow(50)(head)

    assert line(against(change, count("stages", 1))).verdict is Verdict.NOT_SURE


def test_slower_with_more_work(against):
    """More work is a regression, whatever the time."""

    def change(head):
        slow(50)(head)
        count("stages", 1)(head)

    assert line(against(change)).verdict is Verdict.REGRESSED


def test_gravest_verdicts_come_first(against):
    """The gravest verdicts come first."""

    def change(head):
        slow(50)(head)
        drop(head, "scan[parquet]")
        record(head, "group[parquet]")["counters"]["jobs"] += 1

    verdicts = [each.verdict for each in against(change).lines]
    assert verdicts[:4] == [Verdict.REGRESSED, Verdict.MISSING, Verdict.NOT_SURE, Verdict.SAME]


def many(document: dict[str, Any], cases: int) -> None:
    """Copies of the recorded cases until there are so many."""
    recorded = document["benchmarks"]
    document["benchmarks"] = [copy.deepcopy(recorded[number % len(recorded)]) for number in range(cases)]


def test_two_thousand_cases(document, write, name_cases):
    """Of 2,000 cases the one that has one more stage is found."""
    many(document, 2_000)
    name_cases(document, lambda number, name: f"{name}-{number}")
    head = copy.deepcopy(document)
    record(head, "append[parquet]-1601")["counters"]["stages"] += 1
    found = compare(runfile.read(write(document, "base.json")), runfile.read(write(head, "head.json")))
    assert len(found.lines) == 2_000
    assert [each.id for each in found.lines if each.verdict is not Verdict.SAME] == ["append[parquet]-1601"]
