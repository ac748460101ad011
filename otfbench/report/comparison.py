"""Two runs side by side on the terminal: doubts, a line per case, what could be seen. Judges nothing."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from otfbench.compare import Comparison, Line, Moved, Verdict, shift_reason
from otfbench.runfile import SavedRun
from otfbench.units import seconds, share, size

WIDTH = 100
_INDENT = " " * 4


def lines(comparison: Comparison) -> Iterator[str]:
    """The comparison as people read it: the runs, what keeps them from being compared, cases, the sum of it."""
    yield f"base  {about(comparison.base)}"
    yield f"head  {about(comparison.head)}"
    for doubt in comparison.time_doubts:
        yield from _wrapped(f"times are not compared: {doubt}")
    for doubt in comparison.counter_doubts:
        yield from _wrapped(f"a counter may have moved for this: {doubt}")
    yield ""
    wide = max((len(line.id) for line in comparison.lines), default=0)
    for line in comparison.lines:
        yield from _case(line, min(wide, 40))
    yield ""
    for shift in comparison.shifts:
        reason = shift_reason(shift)
        if reason:
            head = f"{Verdict.NOT_SURE.value.upper()}: " if shift.moved else ""
            yield from _wrapped(f"{head}{shift.jvm} ({shift.cases} cases): {reason}")
    yield from _wrapped(total(comparison))
    yield from _wrapped(visible(comparison))


def about(saved: SavedRun) -> str:
    """A run in one line: number, when, commit, suite, rows."""
    data = ", ".join(f"{each.get('rows', 0):,} rows of {each.get('name')}" for each in saved.run.options["datasets"])
    commit = f"  {saved.commit[:9]}" if saved.commit else ""
    return f"{saved.name}  {saved.at:%Y-%m-%d %H:%M}{commit}  {saved.run.options.get('suite', '')}, {data}"


def visible(comparison: Comparison) -> str:
    """What could have been seen of time, in a sentence."""
    if comparison.time_doubts:
        return "time: not compared"
    if comparison.visible is None:
        return "time: not compared: too few cases and rulers to tell a change from chance"
    return (
        f"time: changes below {share(comparison.visible)} of a case can't be seen by these two runs (the middle case;"
        " --json has each); a JVM per format is one measurement, however many rounds it has"
    )


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "base": str(comparison.base.path),
        "head": str(comparison.head.path),
        "time_doubts": list(comparison.time_doubts),
        "counter_doubts": list(comparison.counter_doubts),
        "visible": comparison.visible,
        "verdicts": dict(Counter(line.verdict.value for line in comparison.lines)),
        "shifts": [vars(shift) | {"reason": shift_reason(shift)} for shift in comparison.shifts],
        "cases": [_case_dict(line) for line in comparison.lines],
    }


def moved_text(moved: Moved) -> str:
    """stages 3 -> 4, output_bytes 1.20 MB -> 1.31 MB (+9 %)."""
    is_bytes = moved.name.endswith("_bytes")
    one, other = ("none" if v is None else size(v) if is_bytes else f"{v:,}" for v in (moved.base, moved.head))
    if is_bytes and one == other:
        one, other = (f"{value:,} B" for value in (moved.base, moved.head))
    ratio = ""
    if moved.base and moved.head is not None and is_bytes:
        ratio = f" ({100 * (moved.head / moved.base - 1):+.3g} %)"
    return f"{moved.name} {one} -> {other}{ratio}"


def _case(line: Line, wide: int) -> Iterator[str]:
    """Verdict, case, base, head, ratio; below it the counters that moved and the reason, where there are any."""
    times = " -> ".join(seconds(each) if each is not None else "-" for each in (line.base_s, line.head_s))
    times = "" if line.base_s is None and line.head_s is None else times
    ratio = f"x{line.time.ratio:.2f} [{line.time.low:.2f}, {line.time.high:.2f}]" if line.time else ""
    yield f"{line.verdict.value.upper():<14}  {line.id:<{wide}}  {times:<20}  {ratio}".rstrip()[:WIDTH]
    for told in (", ".join(moved_text(each) for each in line.moved), line.reason, unjudged(line.unjudged)):
        if told:
            yield from textwrap.wrap(
                told, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
            )


def unjudged(names: Sequence[str]) -> str:
    """Which counters say nothing, and why; empty if there are none."""
    return f"not judged, for it differed between rounds: {', '.join(names)}" if names else ""


def total(comparison: Comparison) -> str:
    """How many cases have which verdict, the gravest first."""
    counts = Counter(line.verdict for line in comparison.lines)
    told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    both = [line for line in comparison.lines if line.base_s is not None and line.head_s is not None]
    equal = sum(not line.moved for line in both)
    return f"cases: {told}; counters equal, within their tolerances, in {equal} of {len(both)}"


def _case_dict(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "verdict": line.verdict.value,
        "reason": line.reason,
        "base_s": line.base_s,
        "head_s": line.head_s,
        "ratio": vars(line.time) if line.time else None,
        "visible": line.visible,
        "moved": [vars(each) for each in line.moved],
        "unjudged": list(line.unjudged),
    }


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
