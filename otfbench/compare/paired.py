"""Pairs of runs of two sides, case by case: ratios of times, what broke, which counters changed. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from otfbench.compare.ab import ALL, CPU, WALL, AbAnswer, AbVerdict, all_cases
from otfbench.compare.compare import CounterChange, Line, compare
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import Status
from otfbench.runs.record import Record, walls

RunPair = tuple[SavedRun, SavedRun]
"""The run of base, and that of head."""
_LEAST_CPU_S = 0.05
"""The least executor CPU, in seconds, whose ratio is taken. Chosen: of less, a few milliseconds are a large share."""
_BROKEN = (Status.FAILED, Status.CRASHED)


@dataclass(frozen=True)
class AbCase:
    """A case in all pairs that it was measured in; `ratios`: head / base by measure, a number per pair."""

    id: str
    verdict: AbVerdict
    reason: str
    answer: AbAnswer | None
    """None where it has no numbers to compare."""
    ratios: Mapping[str, Sequence[float]]
    changed_counters: tuple[CounterChange, ...] = ()
    """Counters that differ between the sides in the first pair."""


@dataclass(frozen=True)
class AbComparison:
    """Two sides, in words; how many pairs of runs they were measured in; what is said of each case."""

    base: str
    head: str
    pairs: int
    cases: Sequence[AbCase]


def log_ratios(pairs: Sequence[RunPair]) -> dict[str, dict[str, list[float]]]:
    """Case -> measure -> log(head / base) of the medians of rounds; of cases that both sides have right.

    Also that of the middle of all cases. Executor CPU is left out for a case that hardly has any.
    """
    found: dict[str, dict[str, list[float]]] = {}
    little_cpu = set()
    for base, head in pairs:
        faults = _faults(base, head)
        for case in (each for each in base.records if each in head.records and each not in faults):
            cpu = [_cpu_s(base.records[case]), _cpu_s(head.records[case])]
            by_measure = found.setdefault(case, {WALL: [], CPU: []})
            by_measure[WALL].append(math.log(_wall_s(head.records[case]) / _wall_s(base.records[case])))
            if min(cpu) < _LEAST_CPU_S:
                little_cpu.add(case)
            else:
                by_measure[CPU].append(math.log(cpu[1] / cpu[0]))
    ratios = {case: {WALL: each[WALL]} if case in little_cpu else each for case, each in found.items()}
    together = all_cases(ratios)
    return {**ratios, ALL: together} if together else ratios


def paired_cases(pairs: Sequence[RunPair], answers: Mapping[str, AbAnswer]) -> list[AbCase]:
    """What all pairs say, the gravest verdicts first; raises IncomparableError if the sides have nothing in common."""
    ratios = log_ratios(pairs)
    broken = broken_cases(pairs)
    lines = {line.id: line for line in compare(*pairs[0]).lines} if ratios or not broken else {}
    cases = [
        _case(case, answers.get(case), ratios.get(case, {}), lines.get(case)) for case in ratios if case not in broken
    ]
    cases += [AbCase(case, *fault, None, {}) for case, fault in broken.items()]
    gravity = list(AbVerdict)
    return sorted(cases, key=lambda case: (gravity.index(case.verdict), case.id != ALL))


def broken_cases(pairs: Sequence[RunPair]) -> dict[str, tuple[AbVerdict, str]]:
    """Cases that lack a right result in any pair, with the verdict on them and the reason."""
    return dict(fault for pair in reversed(pairs) for fault in _faults(*pair).items())


def _case(case: str, answer: AbAnswer | None, ratios: Mapping[str, Sequence[float]], line: Line | None) -> AbCase:
    plain = {measure: [math.exp(value) for value in values] for measure, values in ratios.items()}
    verdict, reason = (answer.verdict, answer.reason) if answer else (AbVerdict.INCONCLUSIVE, "too few pairs")
    return AbCase(case, verdict, reason, answer, plain, line.changed_counters if line else ())


def _faults(base: SavedRun, head: SavedRun) -> dict[str, tuple[AbVerdict, str]]:
    """Cases without a right result on one of the sides: regressed where it is head's alone."""
    return dict(_fault(base, head))


def _fault(base: SavedRun, head: SavedRun) -> Iterator[tuple[str, tuple[AbVerdict, str]]]:
    before, now = _wrong(base), _wrong(head)
    for case in dict.fromkeys([*now, *before]):
        if case in now and case not in before:
            known = case in base.records
            yield case, (AbVerdict.REGRESSED if known else AbVerdict.INCONCLUSIVE, f"head: {now[case]}")
        else:
            yield case, (AbVerdict.INCONCLUSIVE, f"base: {before[case]}")


def _wrong(run: SavedRun) -> dict[str, str]:
    """Case -> why it has no right result."""
    broken = {each.id: each.fate for each in run.run.outcomes.values() if each.status in _BROKEN}
    unequal = {case: "the content is unequal" for case, record in run.records.items() if record["verdict"] == "unequal"}
    return {**broken, **unequal}


def _wall_s(record: Record) -> float:
    return median(walls(record))


def _cpu_s(record: Record) -> float:
    return median(each["executor_cpu_s"] for each in record["rounds"])
