"""What makes the numbers of a run doubtful, in sentences that say what to try. Knows nothing of terminals or pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from otfbench.formats.model import CUSTOM, SHIPPED
from otfbench.runs.outcome import Run
from otfbench.runs.record import Record, walls
from otfbench.units import format_share

SPREAD = 0.10
"""The spread of a case's rounds, as a share of their median, above which more rounds are advised.

Chosen: rounds in which nothing changed scatter by 6 % (otfbench.compare.noise.ROUNDS).
"""
RULERS = 0.10
"""The share by which rulers, the same work, may lie apart before the machine counts as moved (docs/measuring.md)."""
_FIRST = 0.25
"""The share by which the first round may be slower than the median of the rest; more is missing warm-up.

Chosen: a cold first round takes 2 to 5 times as long as the third.
"""
_FALLING = 0.05
"""The spread above which rounds that fall one by one are still getting faster.

Chosen: below it, three rounds may be in this order by chance.
"""
LOAD_PER_CORE = 0.5
"""The load average per core before a run, above which the machine is busy. Chosen: half of its cores are taken."""
FIXED = 0.5
"""The share of fixed cost above which data is too small to rank formats by speed (docs/measuring.md)."""
IDLE = 0.05
"""The share of a core that a JVM may use while cases of others run, before it is reported.

Chosen: a twentieth of a core, since no JVM is quite idle.
"""
_COMMIT = "commit"


def spread(values: Sequence[float]) -> float:
    """(slowest - fastest) / median."""
    return (max(values) - min(values)) / median(values)


def doubts(run: Run, records: Iterable[Record]) -> list[str]:
    """One sentence per kind of doubt, with the cases it is about; the most far-reaching first."""
    listed = list(records)
    kinds = [
        *_machine(run),
        *_times(run, listed),
        _about(
            listed,
            lambda r: bool(r["unstable"]),
            "counters that differ between rounds",
            "don't gate on these",
            _unstable,
        ),
        _about(
            listed,
            lambda r: bool(r["counters"]["spill_bytes"]),
            "spilled to disk",
            "try more memory (--otf-driver-memory)",
        ),
        _about(
            listed, lambda r: bool(r["counters"]["failed_tasks"]), "tasks failed and ran again", "look into the log"
        ),
    ]
    return [line for line in [*kinds, _too_small(listed)] if line]


def _times(run: Run, records: Sequence[Record]) -> list[str | None]:
    if records and run.options.get("warmup") == 0:
        return ["there was no warm-up: times are of cold JVMs, and rank nothing; try --otf-warmup 1"]
    more = "try more warm-up (--otf-warmup)"
    records = [record for record in records if "life" not in record]  # whose rounds are no repetitions
    return [
        _about(
            records, lambda r: spread(walls(r)) > SPREAD, "spread over 10 %", "try more rounds (--otf-rounds)", _worst
        ),
        _about(records, _slow_first, "first timed round much slower than the rest", more),
        _about(records, _falling, "rounds still getting faster", more),
    ]


def fixed_shares(records: Iterable[Record]) -> dict[str, float]:
    """Case id -> how much of its median would be there without any data: what its format takes to commit one row."""
    listed = list(records)
    commits = {record["case"]["format"]: median(walls(record)) for record in listed if _is(record, _COMMIT)}
    changing = [record for record in listed if record["storage"] is not None and record["case"]["format"] in commits]
    return {
        record["case"]["id"]: min(1.0, commits[record["case"]["format"]] / median(walls(record)))
        for record in changing
        if not _is(record, _COMMIT) and _commits(record["derived"])
    }


def _commits(derived: Mapping[str, float | None]) -> bool:
    """Whether the case created or changed a table."""
    return "space_amplification" in derived and derived.get("metadata_bytes_added") != 0


def _is(record: Record, operation: str) -> bool:
    return bool(record["case"]["operation"] == operation and record["case"]["variant"] in (SHIPPED, CUSTOM))


def _too_small(records: Sequence[Record]) -> str | None:
    shares = fixed_shares(records)
    hit = [f"{name} ({format_share(part)})" for name, part in shares.items() if part > FIXED]
    if not hit:
        return None
    shown = ", ".join(hit[:4]) + (f" and {len(hit) - 4} more" if len(hit) > 4 else "")
    return (
        f"fixed cost, which is what committing one row takes, is more than half of {len(hit)} of {len(shares)} cases:"
        f" {shown}; with more rows the order may be another: try them (--otf-rows)"
    )


def _machine(run: Run) -> list[str]:
    """Load, and rulers apart: rulers are compared at the same moment of a JVM's life, for a warm one is faster."""
    lines = []
    if run.load_per_core is not None and run.load_per_core > LOAD_PER_CORE:
        waiting = f"{run.load_per_core:.2f} waiting processes per core"
        lines.append(f"the machine was busy before the run ({waiting}): end what else runs")
    busy = [
        f"{name} ({format_share(used['cpu_s'] / used['wall_s'])} of a core)"
        for name, used in run.idle.items()
        if used["cpu_s"] > IDLE * used["wall_s"]
    ]
    if busy:
        lines.append(
            f"JVMs that worked while cases of others ran: {', '.join(busy)}; try one after the other (--otf-jvms apart)"
        )
    failed = [
        f"{ruler['format']} {ruler['when']} its cases ({ruler['failed']})" for ruler in run.rulers if ruler["failed"]
    ]
    if failed:
        lines.append(f"no ruler for {', '.join(failed)}: how far the machine moved there is unknown")
    apart = ruler_spread(run.rulers)
    if apart > RULERS:
        lines.append(
            f"the machine moved between formats by {format_share(apart)} (the same plain-Parquet write and read took"
            " that much longer in one JVM than in another): answers allow for it, medians do not"
        )
    return lines


def ruler_spread(rulers: Iterable[dict[str, Any]]) -> float:
    """How far rulers taken at the same moment lie apart: slowest / fastest - 1, the larger of before and after."""
    moments: dict[str, list[float]] = {}
    for ruler in rulers:
        if ruler["median_s"] is not None:
            moments.setdefault(ruler["when"], []).append(ruler["median_s"])
    return max((max(medians) / min(medians) - 1 for medians in moments.values()), default=0.0)


def _about(
    records: Sequence[Record],
    is_so: Callable[[Record], bool],
    what: str,
    advice: str,
    detail: Callable[[Record], str] | None = None,
) -> str | None:
    hit = [record for record in records if is_so(record)]
    if not hit:
        return None
    names = [record["case"]["id"] + (f" ({detail(record)})" if detail else "") for record in hit]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return f"{what}: {shown}; {advice}"


def _worst(record: Record) -> str:
    return format_share(spread(walls(record)))


def _unstable(record: Record) -> str:
    return ", ".join(record["unstable"])


def _slow_first(record: Record) -> bool:
    first, *rest = walls(record)
    return len(rest) > 1 and first > (1 + _FIRST) * median(rest)


def _falling(record: Record) -> bool:
    times = walls(record)
    ordered = all(later < earlier for earlier, later in zip(times, times[1:], strict=False))
    return len(times) > 2 and ordered and spread(times) > _FALLING
