"""Which counted figures of a case are compared between runs, and which way is worse. Knows no run and no baseline."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from otfbench.runs.record import SPLIT, Record


class Kind(str, Enum):
    """What a difference in this metric means."""

    COST = "cost"
    """How the work was done: more is worse, less is better."""
    WORK = "work"
    """What was done: either way it is other work, neither better nor worse."""
    FAULT = "fault"
    """Anything but zero is wrong: the other counters of such a round count work that was done twice."""
    NOTE = "note"
    """It depends on the machine's memory: shown, never judged."""


KINDS: Mapping[str, Kind] = {
    "jobs": Kind.COST,
    "stages": Kind.COST,
    "tasks": Kind.COST,
    "failed_tasks": Kind.FAULT,
    "input_records": Kind.WORK,
    "input_bytes": Kind.COST,
    "output_records": Kind.WORK,
    "output_bytes": Kind.COST,
    "shuffle_write_records": Kind.COST,  # whether rows are shuffled at all is a matter of how
    "shuffle_write_bytes": Kind.COST,
    "spill_bytes": Kind.NOTE,
    "live_files": Kind.COST,
    "live_bytes": Kind.COST,
    "dead_files": Kind.COST,
    "dead_bytes": Kind.COST,
    "time_travel_files": Kind.COST,
    "time_travel_bytes": Kind.COST,
    "orphan_files": Kind.COST,
    "orphan_bytes": Kind.COST,
    "metadata_files": Kind.COST,
    "metadata_bytes": Kind.COST,
}
"""Every counter of Spark and figure of storage, in the order in which they are shown."""
GATED = (Kind.COST, Kind.WORK)
"""What a baseline holds; faults are red whatever it holds."""
STORAGE = (
    *("live_files", "live_bytes", "dead_files", "dead_bytes"),
    *SPLIT,
    *("metadata_files", "metadata_bytes"),
)


def figures(record: Record) -> dict[str, int | None]:
    """Counters and storage of a case; None where one could not be measured, or no table was made."""
    stored: Mapping[str, object] = record["storage"] or {}
    known = {**record["counters"], **{name: stored.get(name) for name in STORAGE}}
    return {name: value if isinstance(value := known.get(name), int) else None for name in KINDS}


def unstable(record: Record) -> list[str]:
    """Figures of a case that differed between its rounds: they say nothing."""
    return [name for name in record["unstable"] if name in KINDS]
