"""What an A/B comparison says, as lines. Judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from otfbench.compare.ab import CPU, WALL, AbVerdict
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.report.comparison import counter_change_text, ratio_text, wrapped
from otfbench.units import format_share

INTERVALS = "A ratio of 1.10: head takes 1.10 times as long as base; in brackets its 95 % interval, each for itself"


def lines(comparison: AbComparison) -> Iterator[str]:
    """The comparison as people read it: sides, a line per case, the sum of it."""
    yield f"base  {comparison.base}"
    yield f"head  {comparison.head}"
    yield ""
    wide = max((len(case.id) for case in comparison.cases), default=0)
    yield f"{'':<14}{'':<{min(wide, 36)}}  {WALL:<22}  {CPU:<22}  pairs"
    for case in comparison.cases:
        estimates = case.answer.estimates if case.answer else {}
        both = "  ".join(f"{ratio_text(estimates.get(measure)):<22}" for measure in (WALL, CPU))
        pairs = case.answer.pairs if case.answer else ""
        yield f"{case.verdict.value:<14}{case.id:<{min(wide, 36)}}  {both}  {pairs:>5}".rstrip()
        for text in notes(case):
            yield from wrapped(text, " " * 14, " " * 14)
    yield ""
    yield from wrapped(f"{summary(comparison)}. {INTERVALS}.")


def notes(case: AbCase) -> Iterator[str]:
    """What explains a verdict that isn't `pass`: the reason, and counters that changed."""
    if case.verdict is AbVerdict.PASS:
        return
    if case.answer and case.verdict in (AbVerdict.REGRESSED, AbVerdict.IMPROVED):
        yield f"by {case.answer.measure}"
    elif case.answer:
        effect = case.answer.estimates[case.answer.measure].min_detectable_effect
        yield f"{case.reason}; what these pairs could show: {_effect_text(effect)}"
    elif case.reason:
        yield case.reason
    if case.changed_counters:
        yield ", ".join(counter_change_text(each) for each in case.changed_counters)


def summary(comparison: AbComparison) -> str:
    """How many cases have which verdict, and what could be seen."""
    counts = Counter(case.verdict for case in comparison.cases)
    verdicts = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in AbVerdict if counts[verdict])
    return f"{comparison.pairs} pairs of runs: {verdicts or 'no case'}; {_detectable(comparison)}"


def _detectable(comparison: AbComparison) -> str:
    effects = [
        min(each.min_detectable_effect for each in case.answer.estimates.values())
        for case in comparison.cases
        if case.answer
    ]
    if not effects:
        return "nothing could be compared"
    return f"of the middle case a change of {_effect_text(median(effects))} would have been seen"


def _effect_text(effect: float) -> str:
    return "more than 1,000 %" if effect > 10 else format_share(effect)
