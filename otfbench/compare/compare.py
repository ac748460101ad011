"""Two runs side by side, case by case. Knows nothing of Spark, and prints nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import Any

from otfbench.compare import provenance, significance
from otfbench.compare.metrics import KINDS, Kind, figures, unstable
from otfbench.compare.significance import Interval
from otfbench.compare.tolerances import differs, widest
from otfbench.errors import IncomparableError
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import Outcome, Status
from otfbench.runs.record import SPLIT, Record, walls
from otfbench.units import format_share

_BROKEN = (Status.FAILED, Status.CRASHED, Status.PLANNED, Status.RUNNING)
_GUESTS = "convert_table"
"""The operation whose cases have a JVM of their own, beside that of their format."""
_CANNOT_TELL = "two separate runs can't tell a change from the machine"


class Verdict(str, Enum):
    """What two measurements of one case say."""

    REGRESSED = "regressed"
    """A counter went up, or the content is no longer right."""
    MISSING = "missing"
    """It has no number in the head; the reason says what became of it."""
    NOT_SURE = "not sure"
    """Only time changed, or time went up where counters went down; two separate runs can't tell it from the machine."""
    NOT_COMPARABLE = "not comparable"
    CHANGED = "changed"
    """A counter changed where more is not worse (records), or an adaptation, version or setting is another."""
    IMPROVED = "improved"
    """Counters went down, none went up."""
    NEW = "new"
    SAME = "same"
    """No counter changed, and time did not change by more than these runs can see."""


@dataclass(frozen=True)
class CounterChange:
    """A counter with another value; `base` and `head` are None where it could not be measured."""

    name: str
    base: int | None
    head: int | None


@dataclass(frozen=True)
class Line:
    """One case in both runs, or in one of them: seconds are medians of the rounds."""

    id: str
    verdict: Verdict
    reason: str
    base_s: float | None = None
    head_s: float | None = None
    time: Interval | None = None
    """None where time says nothing."""
    changed_counters: tuple[CounterChange, ...] = ()
    unjudged: tuple[str, ...] = ()
    """Counters that differed between the rounds of one of the runs."""
    min_detectable_effect: float | None = None
    """The smallest change of time that these runs could have seen here, as a share: 0.14 is 14 %."""


@dataclass(frozen=True)
class Comparison:
    """All cases of two runs, and what keeps the runs from being compared in full."""

    base: SavedRun
    head: SavedRun
    time_doubts: tuple[str, ...]
    """Why times can't be compared (other machine, cores, memory, master, Java, warm-up); empty if they can."""
    counter_doubts: tuple[str, ...]
    """What else is another (profile, versions, settings, threads): a counter that changed may be due to it."""
    lines: tuple[Line, ...]
    """The gravest verdicts first; within one in the order of the runs."""
    shifts: tuple[significance.Shift, ...] = ()
    """What all cases of one JVM have in common; empty where times can't be compared."""

    @property
    def min_detectable_effect(self) -> float | None:
        """The smallest change of time that half of the cases could have shown."""
        effects = [line.min_detectable_effect for line in self.lines if line.min_detectable_effect is not None]
        return median(effects) if effects else None


def compare(base: SavedRun, head: SavedRun) -> Comparison:
    """Both runs by case id; raises IncomparableError if they have no case, or no data, in common."""
    time_doubts = tuple(provenance.of_machines(base.run, head.run))
    common = [name for name in base.records if name in head.records]
    others = {name: provenance.of_data(base.records[name], head.records[name]) for name in common}
    alike = [name for name in common if others[name] is None]
    _refuse_without_common(base, head, common, others)
    times = significance.Times({}, [])
    if not time_doubts:
        times = significance.compare_times(_pairs(base, head, alike), _rulers(base, head))
    lines = [
        *(_judged(base.records[name], head.records[name], times.estimates.get(name)) for name in alike),
        *(Line(name, Verdict.NOT_COMPARABLE, why) for name, why in others.items() if why),
        *_in_one(base, head),
    ]
    gravity, order = list(Verdict), {name: number for number, name in enumerate([*base.records, *head.records])}
    lines.sort(key=lambda line: (gravity.index(line.verdict), order.get(line.id, len(order))))
    doubts = tuple(provenance.of_settings(base.run, head.run))
    return Comparison(base, head, time_doubts, doubts, tuple(lines), tuple(times.shifts))


def shift_reason(shift: significance.Shift) -> str | None:
    """What a whole JVM's shift means, in a sentence; None if there is nothing to say."""
    if shift.rulers is None or abs(math.log(shift.ratio)) <= math.log1p(significance.MINIMUM):
        return None
    description = f"all of it took x{shift.ratio:.2f}, the rulers, which are the same work, x{shift.rulers:.2f}"
    if shift.significant:
        return f"{description}: a change of all these cases, or their JVM; {_CANNOT_TELL}"
    if shift.min_detectable_effect is None:
        return f"{description}: too few rulers to tell a change from the machine"
    detectable = format_share(shift.min_detectable_effect)
    return f"{description}: no more than the machine does (what could be seen beyond it: {detectable})"


def _refuse_without_common(
    base: SavedRun, head: SavedRun, common: Sequence[str], others: Mapping[str, str | None]
) -> None:
    for run in (base, head):
        if not run.records and not run.run.outcomes:
            raise IncomparableError(f"{run.path} is an empty run: it has no case.")
    known = {outcome.id for outcome in head.run.outcomes.values()} | set(head.records)
    if not known & set(base.records):
        ids = ", ".join([*base.records][:3]) or "none with a number"
        raise IncomparableError(f"{base.path} and {head.path} have no case in common: the first has {ids}.")
    whys = sorted({why for why in others.values() if why})
    if common and len([why for why in others.values() if why]) == len(common):
        raise IncomparableError(
            f"Nothing of {base.path} and {head.path} can be compared: {'; '.join(whys[:3])}.\n"
            "Run both on the same data (--otf-dataset, --otf-rows, --otf-seed)."
        )


# Cases in both runs


def _judged(base: Record, head: Record, time: significance.Estimate | None) -> Line:
    """A case that has a number in both runs, of the same data."""
    unjudged = tuple(sorted({*unstable(base), *unstable(head)}, key=list(KINDS).index))
    changed_counters = tuple(_changed_counters(base, head, unjudged))
    verdict, reasons = _verdict(base, head, changed_counters, time)
    return Line(
        id=base["case"]["id"],
        verdict=verdict,
        reason="; ".join([*reasons, *provenance.of_cases(base, head)]),
        base_s=median(walls(base)),
        head_s=median(walls(head)),
        time=Interval(time.ratio, time.low, time.high) if time else None,
        changed_counters=changed_counters,
        unjudged=unjudged,
        min_detectable_effect=time.min_detectable_effect if time else None,
    )


def _changed_counters(base: Record, head: Record, unjudged: Sequence[str]) -> Iterator[CounterChange]:
    before, now = figures(base), figures(head)
    tolerances = widest(base["tolerances"], head["tolerances"])
    for name in KINDS:
        one, other = before[name], now[name]
        if name in unjudged or one == other or (name in SPLIT and None in (one, other)):
            continue
        if one is None or other is None or differs(name, one, other, tolerances):
            yield CounterChange(name, one, other)


def _verdict(
    base: Record, head: Record, changes: Sequence[CounterChange], time: significance.Estimate | None
) -> tuple[Verdict, list[str]]:
    reasons = [f"the content is {head['verdict']}, was {base['verdict']}"] if base["verdict"] != head["verdict"] else []
    if head["verdict"] == "unequal":
        return Verdict.REGRESSED, reasons
    up = [each for each in changes if _judgeable(each) and (each.head or 0) > (each.base or 0)]
    down = [each for each in changes if _judgeable(each) and (each.head or 0) < (each.base or 0)]
    slower = bool(time and time.significant and time.ratio > 1)
    if up:
        return Verdict.REGRESSED, [*reasons, "more work: " + ", ".join(each.name for each in up)]
    if time and time.significant and (slower or not down):
        what = (
            "counters went down, but it is slower"
            if down
            else f"only time changed{' (other counters)' * bool(changes)}"
        )
        return Verdict.NOT_SURE, [*reasons, f"{what}; {_CANNOT_TELL}"]
    if down:
        return Verdict.IMPROVED, [*reasons, "less work: " + ", ".join(each.name for each in down)]
    other = [each.name for each in changes if KINDS[each.name] is not Kind.NOTE]
    if other or reasons or any(provenance.of_cases(base, head)):
        return Verdict.CHANGED, reasons + (["other work: " + ", ".join(other)] if other else [])
    if time and not time.low <= 1 <= time.high:
        return Verdict.SAME, ["it changed with all cases of its JVM"]
    return Verdict.SAME, []


def _judgeable(change: CounterChange) -> bool:
    """Whether more of the counter is worse, and both values are known."""
    known = change.base is not None and change.head is not None
    return known and KINDS[change.name] in (Kind.COST, Kind.FAULT)


# Times


def _pairs(base: SavedRun, head: SavedRun, names: Sequence[str]) -> list[significance.CasePair]:
    """Cases without a table run in the control's JVM."""
    control = next((record["case"]["format"] for record in base.records.values() if record["control"]), None)
    pairs = []
    for name in names:
        case = base.records[name]["case"]
        jvm = (case["format"] or control or "no table") + (", with guests" if case["operation"] == _GUESTS else "")
        pairs.append(significance.CasePair(name, jvm, walls(base.records[name]), walls(head.records[name])))
    return pairs


def _rulers(base: SavedRun, head: SavedRun) -> list[float]:
    """Log ratios of the rulers that were taken at the same moment of the same JVM."""
    before, now = _medians(base), _medians(head)
    return [math.log(now[moment] / before[moment]) for moment in before if moment in now]


def _medians(run: SavedRun) -> dict[tuple[Any, ...], float]:
    medians: dict[tuple[Any, ...], float] = {}
    for number, ruler in enumerate(run.run.rulers):
        if ruler["median_s"]:
            moment = (ruler["format"], ruler["when"], ruler["rows"])
            medians[(*moment, sum(key[:3] == moment for key in medians))] = ruler["median_s"]
    return medians


# Cases in one of the runs


def _in_one(base: SavedRun, head: SavedRun) -> Iterator[Line]:
    """Cases that lack a number in one of the runs, or in both."""
    before, now = _outcomes(base), _outcomes(head)
    for name in dict.fromkeys([*base.records, *head.records, *before, *now]):
        if name in base.records and name in head.records:
            continue
        there = head.records.get(name) or base.records.get(name)
        seconds = median(walls(there)) if there else None
        if name in base.records:
            yield Line(
                name, Verdict.MISSING, now[name].fate if name in now else "not selected in the head", base_s=seconds
            )
        elif name in head.records:
            why = f"{before[name].fate} in the base" if name in before else "not in the base"
            yield Line(name, Verdict.NEW, why, head_s=seconds)
        elif name in now and now[name].status in _BROKEN:
            known = name in before and before[name].status in _BROKEN
            why = f"{now[name].fate}{', as in the base' if known else ''}"
            yield Line(name, Verdict.NOT_COMPARABLE if known else Verdict.MISSING, why)
        elif name in before and before[name].status in _BROKEN:
            yield Line(name, Verdict.NOT_COMPARABLE, f"{before[name].fate} in the base, now without a number")


def _outcomes(run: SavedRun) -> dict[str, Outcome]:
    return {outcome.id: outcome for outcome in run.run.outcomes.values()}
