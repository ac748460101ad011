"""Two runs side by side, case by case. Knows nothing of Spark, and prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from otfbench.runfile import SavedRun


class Verdict(str, Enum):
    """What two measurements of one case say."""

    SAME = "same"
    """No counter moved, and time did not move by more than these runs can see."""
    CHANGED = "changed"
    """A counter moved where more is not worse (records), or an adaptation, version or setting is another."""
    IMPROVED = "improved"
    """Counters went down, none went up."""
    REGRESSED = "regressed"
    """A counter went up, or the content is no longer right."""
    NOT_SURE = "not sure"
    """Only time moved; two separate runs can't tell a change from the machine."""
    NEW = "new"
    MISSING = "missing"
    """It has no number any more; the reason says what became of it."""
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Moved:
    """A counter with another value; `base` and `head` are None where it could not be measured."""

    name: str
    base: int | None
    head: int | None


@dataclass(frozen=True)
class Interval:
    """A ratio head / base of median wall times with its interval; all three are None where time says nothing."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """One case in both runs, or in one of them: seconds are medians of the rounds."""

    id: str
    verdict: Verdict
    reason: str
    base_s: float | None = None
    head_s: float | None = None
    time: Interval | None = None
    moved: tuple[Moved, ...] = ()
    visible: float | None = None
    """The smallest change of time that these runs could have seen here, as a share: 0.14 is 14 %."""


@dataclass(frozen=True)
class Comparison:
    """All cases of two runs, and what keeps the runs from being compared in full."""

    base: SavedRun
    head: SavedRun
    time_doubts: tuple[str, ...]
    """Why times can't be compared (other machine, cores, memory, master, Java); empty if they can."""
    counter_doubts: tuple[str, ...]
    """Why counters can't be compared (other data, rows, seed, profile, settings); empty if they can."""
    lines: tuple[Line, ...]
