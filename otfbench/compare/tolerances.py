"""How far two values of a counted figure may lie apart: not at all, or by a share.

The shares are those that each format declares (`tolerances`). Knows no case and no run.
"""

from __future__ import annotations

from collections.abc import Mapping

SLACK_BYTES = 512
"""Paths, ids and times are now longer, now shorter: in a shuffle of 1,500 bytes that was 292 (docs/comparing.md)."""


def differs(name: str, one: int, other: int, tolerances: Mapping[str, float]) -> bool:
    """Whether two values of a figure lie further apart than is allowed: exactly where nothing is declared.

    What is declared is a share of the first value, and lets SLACK_BYTES pass in any case.
    """
    return abs(other - one) > (max(tolerances[name] * one, SLACK_BYTES) if name in tolerances else 0)


def widest(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The larger of two tolerances of each figure."""
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {**one, **other}}
