"""An A/B comparison as a file: what is written, and what is checked when it is read. Knows no run; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter
from typing_extensions import TypedDict

from otfbench.compare.ab import CPU, WALL, AbAnswer, AbEstimate, AbVerdict
from otfbench.compare.compare import CounterChange
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.errors import RunFileError
from otfbench.runs import document
from otfbench.runs.record import Count

ANSWERS = "answers.json"
"""The file's name in the folder of a comparison."""
_MOST_PAIRS = 10_000
"""The most pairs that a file may claim. Chosen: far more than the last look, for files that were made by hand."""


def _verdict(value: object) -> object:
    return AbVerdict(value) if isinstance(value, str) else value


_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Measure = Annotated[str, Field(pattern=f"^({WALL}|{CPU})$")]


class _EstimateRecord(TypedDict):
    ratio: _Positive
    low: _Positive
    high: _Positive
    min_detectable_effect: _Positive


class _CounterChangeRecord(TypedDict):
    name: str
    base: Count | None
    head: Count | None


class _CaseRecord(TypedDict):
    id: str
    verdict: Annotated[AbVerdict, BeforeValidator(_verdict)]
    reason: str
    pairs: Annotated[int, Field(ge=0, le=_MOST_PAIRS)]
    measure: _Measure | None
    estimates: dict[_Measure, _EstimateRecord]
    ratios: dict[_Measure, list[_Positive]]
    changed_counters: list[_CounterChangeRecord]


class _ComparisonRecord(TypedDict):
    base: str
    head: str
    pairs: Annotated[int, Field(ge=1, le=_MOST_PAIRS)]
    cases: list[_CaseRecord]


_FILE = TypeAdapter(_ComparisonRecord)


def as_dict(comparison: AbComparison) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "base": comparison.base,
        "head": comparison.head,
        "pairs": comparison.pairs,
        "cases": [
            {
                "id": case.id,
                "verdict": case.verdict.value,
                "reason": case.reason,
                "pairs": case.answer.pairs if case.answer else 0,
                "measure": case.answer.measure if case.answer else None,
                "estimates": {name: vars(each) for name, each in case.answer.estimates.items()} if case.answer else {},
                "ratios": dict(case.ratios),
                "changed_counters": [vars(each) for each in case.changed_counters],
            }
            for case in comparison.cases
        ],
    }


def is_comparison(path: Path) -> bool:
    """Whether a file is one, or is called as one."""
    if path.name == ANSWERS:
        return True
    try:
        return _ComparisonRecord.__annotations__.keys() <= document.load(path, "comparison").keys()
    except (OSError, ValueError):
        return False


def read(path: Path) -> AbComparison:
    """The comparison that a file holds, checked whole; raises RunFileError with the cause in one line."""
    try:
        content = document.load(path, "comparison")
        checked = document.check(_FILE, content)
        for fault in _contradictions(checked):
            raise ValueError(f"{document.shown(fault)}: it was changed by hand")
    except OSError as error:
        raise RunFileError(f"{path} can't be read as a comparison: {error.strerror}.") from None
    except ValueError as error:
        raise RunFileError(f"{path} can't be read as a comparison: {error}.") from None
    return AbComparison(checked["base"], checked["head"], checked["pairs"], list(map(_case, checked["cases"])))


def _contradictions(checked: _ComparisonRecord) -> Iterator[str]:
    """What no comparison writes, though each part has its type."""
    for name, count in Counter(case["id"] for case in checked["cases"]).items():
        if count > 1:
            yield f"the case {name} is there twice"
    for case in checked["cases"]:
        if (case["measure"] is None) == bool(case["estimates"]):
            yield f"{case['id']} has a measure and no estimate, or the other way round"
        if case["measure"] is not None and case["measure"] not in case["estimates"]:
            yield f"{case['id']} rests on {case['measure']}, of which it has no estimate"
        if lacking := case["estimates"].keys() - case["ratios"].keys():
            yield f"{case['id']} has an estimate of {', '.join(sorted(lacking))}, and no pairs"
        if max([case["pairs"], *map(len, case["ratios"].values())]) > checked["pairs"]:
            yield f"{case['id']} has more pairs than there are"


def _case(record: _CaseRecord) -> AbCase:
    verdict, measure, reason = record["verdict"], record["measure"], record["reason"]
    answer = None
    if measure is not None:
        estimates = {name: AbEstimate(**each) for name, each in record["estimates"].items()}
        answer = AbAnswer(verdict, measure, estimates, record["pairs"], reason)
    changed_counters = tuple(CounterChange(**each) for each in record["changed_counters"])
    return AbCase(record["id"], verdict, reason, answer, record["ratios"], changed_counters)
