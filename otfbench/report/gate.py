"""What the counter gate says, as lines and as JSON: findings, what was not judged, the way on. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from otfbench.compare.compare import CounterChange
from otfbench.compare.gate import Finding, Judgement
from otfbench.report.comparison import counter_change_text, wrapped
from otfbench.units import format_count


def lines(judgement: Judgement, baseline: Path, run: str) -> Iterator[str]:
    """The verdict as people read it, the gravest last; `run`: how the command names the run."""
    yield from _asides(judgement)
    for each in judgement.improved:
        yield from wrapped(f"improved  {each.case}: {_finding_text(each)}")
    for each, exception in judgement.excused:
        yield from wrapped(f"excused until {exception.until}  {each.case}: {_finding_text(each)} ({exception.reason})")
    for why, absent in _by_reason(each for each in judgement.red if each.figure is None).items():
        yield from wrapped(f"RED  {_listed(absent)}: {why}")
    for case, findings in _by_case(each for each in judgement.red if each.figure).items():
        for each in findings:
            yield from wrapped(f"RED  {case}: {_finding_text(each)}")
        if findings[0].reproduce:
            yield f"  reproduce: {findings[0].reproduce}"  # never wrapped: it is to be copied
    cases = len({each.case for each in judgement.red})
    verdict = (
        f"red: {format_count(len(judgement.red), 'finding')} in {format_count(cases, 'case')}"
        if judgement.red
        else "green"
    )
    yield f"gate: {verdict}; {format_count(judgement.checked, 'number')} checked against {baseline}"
    if judgement.red or judgement.improved or judgement.new:
        yield f"  accept what is meant: {accept(baseline, run)}"


def _asides(judgement: Judgement) -> Iterator[str]:
    """What passes, why nothing was judged there, and what may have changed counters."""
    for each in judgement.settings:
        yield from wrapped(f"other than in the baseline: {each}")
    if judgement.new:
        yield from wrapped(f"new, not in the baseline yet: {_listed(judgement.new)}")
    for why, about in _by_reason(judgement.ungated).items():
        yield from wrapped(f"not gated, {why}: {_listed(about)}")
    for exception in judgement.unused:
        what = f"{exception.case}, {exception.counter or 'all of it'}"
        yield from wrapped(f"this exception excuses nothing, leave it out: {what} ({exception.reason})")


def accept(baseline: Path, run: str) -> str:
    """The command that takes a run as the new baseline."""
    return f"otfbench gate {run} --baseline {baseline} --update"


def as_dict(judgement: Judgement, baseline: Path, run: str) -> dict[str, Any]:
    """The verdict for programs."""
    return {
        "verdict": "red" if judgement.red else "green",
        "baseline": str(baseline),
        "checked": judgement.checked,
        "red": [vars(each) for each in judgement.red],
        "excused": [vars(each) | {"until": str(why.until), "reason": why.reason} for each, why in judgement.excused],
        "improved": [vars(each) for each in judgement.improved],
        "new": list(judgement.new),
        "settings": list(judgement.settings),
        "ungated": [vars(each) for each in judgement.ungated],
        "unused_exceptions": [each.model_dump(mode="json") for each in judgement.unused],
        "accept": accept(baseline, run),
    }


def _finding_text(finding: Finding) -> str:
    if finding.figure is None:
        return finding.why
    return f"{counter_change_text(CounterChange(finding.figure, finding.base, finding.now))}: {finding.why}"


def _by_case(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    by_case: dict[str, list[Finding]] = {}
    for each in findings:
        by_case.setdefault(each.case, []).append(each)
    return by_case


def _by_reason(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Reason -> `case (figure)`; one sentence for all cases that it is about."""
    by_reason: dict[str, list[str]] = {}
    for each in findings:
        by_reason.setdefault(each.why, []).append(each.case + (f" ({each.figure})" if each.figure else ""))
    return by_reason


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
