"""What becomes of tables in many commits, by format: what grows with each, and whether upkeep pays. Knows no page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median, stdev

from otfbench.compare.growth import Span
from otfbench.compare.slope import LEVEL, degradation_rate, slope
from otfbench.compare.variance import quantile
from otfbench.report.questions import proven_parts
from otfbench.runs.record import COMPACT, UPKEEP, LivedRecord, Record, StorageRecord
from otfbench.units import format_seconds, format_share, format_size

ABOUT = (
    "median of the first third of the rounds \u2192 of the last;"
    f" what each commit adds ({format_share(LEVEL)} interval), ~0 where nothing surely does"
)
"""What a cell of the table says."""
PAYBACK_LEVEL = 0.95
"""The level of the interval of a payback, each for itself. Chosen lower than that of slopes: compactions are few."""
_AROUND = 3
"""The number of rounds that are compared on each side of a compaction (docs/measuring.md)."""
_SIZES: dict[str, Callable[[StorageRecord], int]] = {
    "metadata bytes": lambda size: size["metadata_bytes"],
    "files": lambda size: size["live_files"] + size["dead_files"] + size["metadata_files"],
    "bytes": lambda size: size["live_bytes"] + size["dead_bytes"] + size["metadata_bytes"],
}


@dataclass(frozen=True)
class Trend:
    """A figure of a life, over its commits."""

    unit: str
    """`s`, `B`, or nothing for a number."""
    points: Sequence[tuple[int, float]]
    """Commits and value, round by round."""

    @property
    def values(self) -> list[float]:
        """Round by round."""
        return [value for _, value in self.points]

    @property
    def ends(self) -> tuple[float, float]:
        """The medians of the first third of the rounds, and of the last."""
        third = max(1, len(self.points) // 3)
        return median(self.values[:third]), median(self.values[-third:])

    @cached_property
    def slope(self) -> Span | None:
        """What each commit adds; None of too few rounds."""
        return slope([commits for commits, _ in self.points], self.values)

    @property
    def degradation(self) -> float | None:
        """See otfbench.compare.slope.degradation_rate."""
        return degradation_rate(self.values)


@dataclass(frozen=True)
class Payback:
    """How many reads after a compaction have saved what it took, and between what that lies."""

    cost_s: float
    saved_s: float
    """Seconds that each read saves."""
    reads: float
    least: float
    most: float


@dataclass(frozen=True)
class LivedRow:
    """The lives of one row: the same rounds, each with another format."""

    operation: str
    label: str
    trends: Mapping[str, Mapping[str, Trend]]
    """Figure -> format -> how it went."""
    paybacks: Mapping[str, Mapping[str, Payback | None]]
    """Read -> format -> when upkeep has paid; None where reads are not surely faster after them."""


def lives(records: Iterable[Record]) -> Iterator[LivedRow]:
    """The lives of each row of cases that are some, whose contents were proven equal."""
    for (operation, label), formats in proven_parts(records, lambda record: record.get("life")).items():
        trends: dict[str, dict[str, Trend]] = {}
        for name, of_format in formats.items():
            for figure, trend in _trends(of_format).items():
                trends.setdefault(figure, {})[name] = trend
        yield LivedRow(operation, label, trends, _paybacks(formats))


def _trends(rounds: Sequence[LivedRecord]) -> dict[str, Trend]:
    """Figure -> how it went; of actions that are in each round."""
    names = [name for name in rounds[0]["actions"] if all(name in each["actions"] for each in rounds)]
    trends = {
        name: Trend("s", [(each["commits"], each["actions"][name]["wall_s"]) for each in rounds]) for name in names
    }
    for name in names:
        planning = [(each["commits"], each["actions"][name]["planning_s"]) for each in rounds]
        known = [(commits, seconds) for commits, seconds in planning if seconds is not None]
        if known:
            trends[f"{name}: planning"] = Trend("s", known)
    for figure, size in _SIZES.items():
        unit = "" if figure == "files" else "B"
        trends[figure] = Trend(unit, [(each["commits"], size(each["size"])) for each in rounds])
    return trends


def _paybacks(formats: Mapping[str, Sequence[LivedRecord]]) -> dict[str, dict[str, Payback | None]]:
    paybacks: dict[str, dict[str, Payback | None]] = {}
    for name, rounds in formats.items():
        compacted = [number for number, each in enumerate(rounds) if COMPACT in each["actions"]]
        reads = [each for each, action in rounds[0]["actions"].items() if action["planning_s"] is not None]
        for read in reads if len(compacted) > 1 else ():
            paybacks.setdefault(read, {})[name] = payback(rounds, compacted, read)
    return paybacks


def payback(rounds: Sequence[LivedRecord], compacted: Sequence[int], read: str) -> Payback | None:
    """After how many reads the compactions of these rounds have paid; None where reads are not surely faster.

    The read of a round comes after its compaction, and what expires with it, which both count as its cost. What it
    saves is the mean of the three reads before less the mean of the three from it on (fewer, where compactions are
    nearer to each other), by which time the table has aged again: at least that. The interval is Student's.
    """
    walls = [each["actions"][read]["wall_s"] for each in rounds]
    width = min(_AROUND, *(later - earlier for earlier, later in pairwise(compacted)))
    whole = [at for at in compacted if width <= at <= len(rounds) - width]
    saved = [fmean(walls[at - width : at]) - fmean(walls[at : at + width]) for at in whole]
    cost_s = fmean(sum(_wall(rounds[at], name) for name in UPKEEP) for at in compacted)
    if len(saved) < 2:
        return None
    try:
        reach = quantile(len(saved) - 1, (1 + PAYBACK_LEVEL) / 2) * stdev(saved) / math.sqrt(len(saved))
    except ModuleNotFoundError:  # scipy: the summary of a run is there without it, too
        return None
    saving = fmean(saved)
    if saving - reach <= 0:
        return None
    return Payback(cost_s, saving, cost_s / saving, cost_s / (saving + reach), cost_s / (saving - reach))


def _wall(lived: LivedRecord, action: str) -> float:
    taken = lived["actions"].get(action)
    return taken["wall_s"] if taken else 0.0


def cell(trend: Trend) -> tuple[str, str]:
    """The first and the last value, and what each commit adds."""
    first, last = (_figure(value, trend.unit) for value in trend.ends)
    return f"{first} \u2192 {last}", _each(trend)


def _each(trend: Trend) -> str:
    added = trend.slope
    if added is None:
        return "too few rounds"
    if added.low <= 0 <= added.high:
        return "~0"
    low, high = (_small(each, trend.unit) for each in (added.low, added.high))
    return f"{_small(added.value, trend.unit)} [{low}, {high}]"


def remarks(life: LivedRow) -> Iterator[str]:
    """What gets slower with each commit, and when upkeep has paid."""
    about = f"{life.operation.replace('_', ' ')} {life.label}".strip()
    for figure, formats in life.trends.items():
        growing = [
            f"{name} by {_each(trend)}"
            for name, trend in formats.items()
            if trend.unit == "s" and trend.slope and trend.slope.low > 0
        ]
        if growing:
            longer = f"takes longer with each commit ({format_share(LEVEL)} interval)"
            yield f"{about}: {figure.replace('_', ' ')} {longer}: {', '.join(growing)}"
    for read, paybacks in life.paybacks.items():
        for name, paid in paybacks.items():
            yield f"{about}: {_paid(name, read.replace('_', ' '), paid)}"


def _paid(name: str, read: str, paid: Payback | None) -> str:
    if paid is None:
        return f"{name}: no {read} is surely faster after a compaction"
    return (
        f"{name}: upkeep takes {format_seconds(paid.cost_s)} and saves {format_seconds(paid.saved_s)} of each"
        f" {read}: it has paid after {paid.reads:,.0f} [{paid.least:,.0f}, {paid.most:,.0f}]"
        f" ({format_share(PAYBACK_LEVEL)} interval)"
    )


def _figure(value: float, unit: str) -> str:
    if unit == "s":
        return format_seconds(value)
    return format_size(round(value)) if unit == "B" else f"{value:,.0f}"


def _small(value: float, unit: str) -> str:
    """The value with a sign and two digits: what a commit adds is small beside what is there."""
    scaled, name = (value * 1000, "ms") if unit == "s" else (value, unit)
    if name == "B" and abs(scaled) >= 1000:
        scaled, name = scaled / 1000, "kB"
    digits = max(0, 1 - math.floor(math.log10(abs(scaled)))) if scaled else 0
    return f"{scaled:+,.{digits}f} {name}".strip()
