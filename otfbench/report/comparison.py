"""Two runs side by side on the terminal: doubts, a line per case, what could be seen. Judges nothing."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from otfbench.compare.compare import Comparison, CounterChange, Line, Verdict, shift_reason
from otfbench.compare.significance import ALPHA, Interval
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import Run
from otfbench.units import WIDTH, format_seconds, format_share, format_size

_INDENT = " " * 4


def lines(comparison: Comparison) -> Iterator[str]:
    """The comparison as people read it: the runs, what keeps them from being compared, cases, the sum of it."""
    yield f"base  {run_line(comparison.base)}"
    yield f"head  {run_line(comparison.head)}"
    for doubt in comparison.time_doubts:
        yield from wrapped(f"times are not compared: {doubt}")
    for doubt in comparison.counter_doubts:
        yield from wrapped(f"a counter may have changed because of this: {doubt}")
    yield ""
    wide = max((len(line.id) for line in comparison.lines), default=0)
    for line in comparison.lines:
        yield from _case(line, min(wide, 40))
    yield ""
    for shift in shift_lines(comparison):
        yield from wrapped(shift)
    yield from wrapped(verdict_counts(comparison))
    yield from intervals(comparison)
    yield from wrapped(detectable_effect(comparison))


def run_line(saved: SavedRun) -> str:
    """A run in one line: number, when, commit, suite, rows."""
    commit = f"  {saved.commit[:9]}" if saved.commit else ""
    return (
        f"{saved.name}  {saved.at:%Y-%m-%d %H:%M}{commit}  {saved.run.options.get('suite')}, {datasets_line(saved.run)}"
    )


def datasets_line(run: Run) -> str:
    """How many rows of which datasets; of the user's files, their path."""
    each = [f"{one.get('rows', 0):,} rows of {one.get('name') or one.get('path')}" for one in run.options["datasets"]]
    return ", ".join(each)


def detectable_effect(comparison: Comparison) -> str:
    """What could have been seen of time, in a sentence."""
    if comparison.time_doubts:
        return "time: not compared"
    if comparison.min_detectable_effect is None:
        return "time: not compared: too few cases and rulers to tell a change from chance"
    return (
        f"time: changes below {format_share(comparison.min_detectable_effect)} of the middle case can't be seen by"
        " these two runs; a JVM per format is one measurement, however many rounds it has"
    )


def intervals(comparison: Comparison) -> Iterator[str]:
    """The level of the intervals, in a sentence; nothing where none is shown."""
    if any(line.time for line in comparison.lines):
        yield f"intervals: {100 * (1 - ALPHA):g} %, for all cases together"


def shift_lines(comparison: Comparison) -> Iterator[str]:
    """What all cases of a JVM have in common: what changed by itself, then the others in one sentence."""
    for shift in comparison.shifts:
        if shift.significant:
            yield f"{Verdict.NOT_SURE.value.upper()}: {shift.jvm} ({shift.cases} cases): {shift_reason(shift)}"
    others = [shift for shift in comparison.shifts if not shift.significant and shift_reason(shift)]
    if others:
        ratios = ", ".join(f"{shift.jvm} x{shift.ratio:.2f}" for shift in others)
        few = others[0].min_detectable_effect is None
        why = "too few to tell a change from the machine" if few else "no more than the machine does"
        yield f"all cases of {ratios}; the rulers, the same work in both runs, x{others[0].rulers:.2f}: {why}"


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "base": str(comparison.base.path),
        "head": str(comparison.head.path),
        "time_doubts": list(comparison.time_doubts),
        "counter_doubts": list(comparison.counter_doubts),
        "min_detectable_effect": comparison.min_detectable_effect,
        "verdicts": dict(Counter(line.verdict.value for line in comparison.lines)),
        "shifts": [vars(shift) | {"reason": shift_reason(shift)} for shift in comparison.shifts],
        "cases": [_case_dict(line) for line in comparison.lines],
    }


def counter_change_text(change: CounterChange) -> str:
    """stages 3 -> 4, output_bytes 1.20 MB -> 1.31 MB (+9 %)."""
    is_bytes = change.name.endswith("_bytes")
    one, other = ("none" if v is None else format_size(v) if is_bytes else f"{v:,}" for v in (change.base, change.head))
    if is_bytes and one == other:
        one, other = (f"{value:,} B" for value in (change.base, change.head))
    ratio = ""
    if change.base and change.head is not None and is_bytes:
        ratio = f" ({100 * (change.head / change.base - 1):+.3g} %)"
    return f"{change.name} {one} -> {other}{ratio}"


def wrapped(text: str, first: str = "", rest: str = "  ") -> list[str]:
    """Lines no wider than 100 columns; a number stays with its percent sign."""
    folded = textwrap.wrap(
        text.replace(" %", "\0%"), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return [line.replace("\0%", " %") for line in folded]


def _case(line: Line, wide: int) -> Iterator[str]:
    """Verdict, case, base, head, ratio; below it the counters that changed and the reason, where there are any."""
    times = " -> ".join(format_seconds(each) if each is not None else "-" for each in (line.base_s, line.head_s))
    times = "" if line.base_s is None and line.head_s is None else times
    yield f"{line.verdict.value.upper():<14}  {line.id:<{wide}}  {times:<20}  {ratio_text(line.time)}".rstrip()[:WIDTH]
    for text in (
        ", ".join(counter_change_text(each) for each in line.changed_counters),
        line.reason,
        unjudged_line(line.unjudged),
    ):
        if text:
            yield from wrapped(text, _INDENT, _INDENT)


def ratio_text(time: Interval | None) -> str:
    """x1.12 [1.08, 1.16]; empty if there is none."""
    return f"x{time.ratio:.2f} [{_bound(time.low)}, {_bound(time.high)}]" if time else ""


def _bound(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" if ratio < 1000 else ">1000"


def unjudged_line(names: Sequence[str]) -> str:
    """Which counters say nothing, and why; empty if there are none."""
    return f"not judged, for it differed between rounds: {', '.join(names)}" if names else ""


def verdict_counts(comparison: Comparison) -> str:
    """How many cases have which verdict, the gravest first."""
    counts = Counter(line.verdict for line in comparison.lines)
    verdicts = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    both = [line for line in comparison.lines if line.base_s is not None and line.head_s is not None]
    equal = sum(not line.changed_counters for line in both)
    return f"cases: {verdicts}; counters equal, within their tolerances, in {equal} of {len(both)}"


def _case_dict(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "verdict": line.verdict.value,
        "reason": line.reason,
        "base_s": line.base_s,
        "head_s": line.head_s,
        "ratio": vars(line.time) if line.time else None,
        "min_detectable_effect": line.min_detectable_effect,
        "changed_counters": [vars(each) for each in line.changed_counters],
        "unjudged": list(line.unjudged),
    }
