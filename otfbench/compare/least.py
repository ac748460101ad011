"""Who needs the least of what repeats from round to round: bytes, memory. Needs no statistics, and knows no report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Least:
    """Who needs the least."""

    names: tuple[str, ...]
    """One, or those that lie within the margin of it."""
    value: float
    rival: str | None = None
    """The nearest that is not among them."""
    ratio: float | None = None
    """What it needs, times the least."""


def least(values: Mapping[str, float | None], margin: float) -> Least | None:
    """The contenders that need the least, and the next one; None of fewer than two that are known.

    `margin`: the share by which equal ones differ. What needs nothing leaves nothing to divide by.
    """
    known = sorted((value, name) for name, value in values.items() if value is not None)
    if len(known) < 2:
        return None
    smallest = known[0][0]
    names = tuple(name for value, name in known if value <= smallest * (1 + margin))
    others = known[len(names) :]
    if not others:
        return Least(names, smallest)
    value, rival = others[0]
    return Least(names, smallest, rival, value / smallest if smallest else None)
