"""What operations and tables cost in money, by the prices that the user gives. Knows no currency, and no page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from otfbench.report.facts import Case, Facts, Row
from otfbench.runs.outcome import Run

TIMES = 1_000
"""How often an operation is priced, and how many tables: of one the figures are too small to be read."""


@dataclass(frozen=True)
class PricedRow:
    """A row of the answers, and what its formats cost."""

    row: Row
    costs: Mapping[str, tuple[float | None, float | None]]
    """Format -> the operation TIMES times, and TIMES such tables for a month.

    None where the price isn't given, or the case leaves no table.
    """


def priced_rows(facts: Facts) -> Iterator[PricedRow]:
    """What each operation costs with each format; nothing of a run without prices.

    A run of an operation holds all cores of its session for its wall time: that is what a cluster is paid for.
    """
    prices: Mapping[str, float] = facts.run.options.get("prices", {})
    core_hour, gb_month, held = prices.get("core_hour"), prices.get("gb_month"), cores(facts.run)
    for row in facts.rows if prices else ():
        yield PricedRow(
            row,
            {
                case.format
                or "": (
                    TIMES * case.median_s * held * core_hour / 3600 if core_hour and held else None,
                    TIMES * size * gb_month / 1e9 if gb_month and (size := _stored_bytes(case)) is not None else None,
                )
                for case in row.cases
            },
        )


def cores(run: Run) -> int | None:
    """The cores of a session: those of a cluster's executors, or the threads of a local master; None if unknown."""
    executors = run.environment.get("executors")
    if executors:
        return int(executors["cores"])
    local = re.fullmatch(r"local(?:\[(\d+|\*)(?:,\d+)?\])?", str(run.options.get("master")))
    if not local:
        return None
    return int(run.environment.get("cores", 1)) if local[1] == "*" else int(local[1] or 1)


def money(value: float | None) -> str:
    """Three digits, or all before the point and two behind it, in the currency of the prices; a dash for unknown."""
    return "\u2013" if value is None else f"{value:,.2f}" if value >= 10 else f"{value:.3g}"


def _stored_bytes(case: Case) -> int | None:
    """All that is on disk, of a table that the case made or changed: what is dead is paid for, too."""
    stored = case.record["storage"] if "space_amplification" in case.record["derived"] else None
    return stored["live_bytes"] + stored["dead_bytes"] + stored["metadata_bytes"] if stored else None
