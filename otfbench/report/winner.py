"""Which format is the fastest at something, and how sure that is. Knows nothing of files, pages or terminals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from otfbench.report.warnings import FIXED, RULERS, spread
from otfbench.runs.record import Record, walls
from otfbench.units import format_share

_UNRANKED = ("unequal", "unchecked")
"""The verdicts on contents of which nobody knows that they are right."""


@dataclass(frozen=True)
class Answer:
    """What the cases of one row say: who is ahead, by how much, and what speaks against it."""

    ahead: tuple[str, ...] = ()
    """The format with the smallest median, and those whose times don't differ clearly from its."""
    rival: str | None = None
    """The nearest of these, or else the second; None if there is nobody to compare with."""
    lead: float | None = None
    """By what share the rival took longer than the first: 0.5 is 50 %."""
    reasons: tuple[str, ...] = ()
    """Why nobody is the winner; empty if somebody is."""

    @property
    def winner(self) -> str | None:
        """The fastest format, if nothing speaks against it."""
        return self.ahead[0] if self.ahead and not self.reasons else None


def answer(records: Sequence[Record], fixed: Mapping[str, float], rulers_apart: float | None) -> Answer:
    """The answer of one row: records of the same operation on the same input, one per format.

    Only contents that were proven equal are ranked; the control is the yardstick, not a contender.
    `fixed`: case id -> share of its time that is there without any data. `rulers_apart`: how far the machine moved
    between formats, as a share; None if that was not measured.
    """
    contenders = sorted((r for r in records if r["verdict"] not in _UNRANKED and not r["control"]), key=_median)
    if len(contenders) < 2:
        return _alone(records, contenders)
    first = contenders[0]
    doubts = {_name(other): list(_doubts(first, other, rulers_apart)) for other in contenders[1:]}
    near = [name for name, reasons in doubts.items() if reasons]
    rival = next(r for r in contenders[1:] if not near or _name(r) == near[0])
    reasons = [*doubts[_name(rival)], *_fixed_cost((first, rival), fixed)]
    return Answer((_name(first), *near), _name(rival), _behind(first, rival), tuple(reasons))


def _alone(records: Sequence[Record], contenders: Sequence[Record]) -> Answer:
    """The answer where there is nobody to compare with."""
    unverified = any(record["verdict"] in _UNRANKED for record in records if not record["control"])
    why = "the content of others was not verified" if unverified else "no other format has a number"
    if not contenders:
        why = "no content was verified" if unverified else "no table format has a number"
    return Answer(tuple(map(_name, contenders)), reasons=(why,))


def _doubts(first: Record, other: Record, rulers_apart: float | None) -> Iterator[str]:
    """What may explain the difference between two cases, other than their formats."""
    lead = _behind(first, other)
    apart = max(spread(walls(first)), spread(walls(other)))
    if min(len(first["rounds"]), len(other["rounds"])) < 2:
        yield "one round does not tell how far rounds spread"
    elif lead <= apart:
        yield f"rounds spread by {format_share(apart)}"
    if rulers_apart is None:
        yield "without rulers nobody knows how far the machine moved"
    elif lead <= rulers_apart:
        yield f"the machine moved by {format_share(rulers_apart)}"
    elif lead <= RULERS:
        yield f"two JVMs differ by {format_share(RULERS)} though nothing changed"


def _fixed_cost(pair: Sequence[Record], fixed: Mapping[str, float]) -> list[str]:
    parts = {_name(record): fixed.get(record["case"]["id"], 0.0) for record in pair}
    small = [f"{format_share(part)} of {name}" for name, part in parts.items() if part > FIXED]
    return [f"fixed cost is {' and '.join(small)}"] if small else []


def _behind(first: Record, other: Record) -> float:
    return _median(other) / _median(first) - 1


def _median(record: Record) -> float:
    return median(walls(record))


def _name(record: Record) -> str:
    return record["case"]["format"] or ""
