"""How the cost of each operation grows with the rows, by format, and what that says in words. Knows no page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otfbench.compare.growth import Crossover, Growth, Span, crossovers, growths
from otfbench.compare.noise import Noise
from otfbench.report.questions import UNRANKED, Block, comparable_blocks, key_of, question
from otfbench.runs.record import Record, walls
from otfbench.units import format_seconds

MILLION = 1_000_000
ABOUT = "time with many rows / with few; fixed cost + cost of a million rows (~0: may be none)"
"""What a cell of the table says."""
_NONE = "~0"
_POINTS = 24
"""The points of a drawn line: so many that it is smooth where both axes are logarithmic."""
_Key = tuple[Any, ...]


@dataclass(frozen=True)
class OperationGrowth:
    """An operation with few rows and with many."""

    operation: str
    label: str
    """Input or variant."""
    rows: tuple[int, int]
    formats: Mapping[str, Growth]
    crossovers: Sequence[Crossover]


def operation_growths(blocks: Sequence[Block]) -> Iterator[OperationGrowth]:
    """The growth of each operation that was measured with several numbers of rows, whose contents were proven equal.

    Nothing of runs without warm-up rounds: with which rows a JVM was warm, nobody knows.
    """
    known, _ = comparable_blocks(blocks)
    times: dict[_Key, dict[str, dict[int, list[list[float]]]]] = {}
    labels: dict[_Key, dict[int, str]] = {}
    for number, (_, records) in enumerate(known):
        for record in records:
            case = record["case"]
            if case["format"] and record["verdict"] not in UNRANKED:
                sizes = times.setdefault(_key(record), {}).setdefault(case["format"], {})
                sizes.setdefault(case["rows"], [[] for _ in known])[number] = walls(record)
                labels.setdefault(_key(record), {})[case["rows"]] = key_of(record)[1]
    found = {key: _grown(contenders, [noise for noise, _ in known]) for key, contenders in times.items()}
    ranges = Counter(growth.rows for each in found.values() for growth in each.values())
    for key, each in found.items():
        # What was measured with other numbers of rows, since a case failed, stands in no table with the rest.
        grown = {name: growth for name, growth in each.items() if growth.rows == ranges.most_common(1)[0][0]}
        if grown:
            label = labels[key][min(labels[key])]  # the others say how many rows, too
            yield OperationGrowth(key[0], label, next(iter(grown.values())).rows, grown, crossovers(grown))


def _grown(
    contenders: Mapping[str, Mapping[int, Sequence[Sequence[float]]]], noises: Sequence[Noise]
) -> dict[str, Growth]:
    several = {name: sizes for name, sizes in contenders.items() if len(sizes) > 1}
    if not several:
        return {}
    try:
        return growths(several, noises)
    except ModuleNotFoundError:  # scipy: the summary of a run is there without it, too
        return {}


def _key(record: Record) -> _Key:
    """What the cases of an operation share that differ in nothing but format and size."""
    case = record["case"]
    return case["operation"], case["dataset"], case["input"], case["variant"], *sorted(case["detail"].items())


def cell(growth: Growth) -> tuple[str, str]:
    """How many times as long many rows take; the fixed cost, and that of a million rows."""
    ratio = f"{growth.ratio.value:.2f}x"
    if growth.faster_than_rows:
        return ratio, "more than rows"
    fixed, million = (_known(growth.fixed_s), _known(growth.row_s, MILLION))
    return ratio, "not told apart" if fixed == million == _NONE else f"{fixed} + {million}"


def line(growth: Growth) -> Iterator[tuple[float, float, bool]]:
    """Points from few rows to many: how many rows, seconds, and whether they were measured."""
    few, many = growth.rows
    for number in range(_POINTS + 1):
        rows = few * (many / few) ** (number / _POINTS)
        yield rows, growth.time_s(rows), number in (0, _POINTS)


def _known(span: Span, factor: int = 1) -> str:
    return format_seconds(factor * span.value) if span.low > 0 else _NONE


def remarks(grown: OperationGrowth) -> Iterator[str]:
    """Who takes ever more per row, and who is overtaken by whom."""
    subject = question(grown.operation, grown.label)
    factors = {name: growth.faster_than_rows for name, growth in grown.formats.items()}
    if faster := [f"{name} ({factor:.1f} times as fast)" for name, factor in factors.items() if factor]:
        yield f"{subject}: time grows faster than the rows for {', '.join(faster)}"
    for each in grown.crossovers:
        beyond = "" if grown.rows[0] <= each.rows <= grown.rows[1] else ", which was not measured"
        yield f"{subject}: {each.many} overtakes {each.few} at about {_rounded(each.rows)} rows{beyond}"


def _rounded(rows: float) -> str:
    """Two digits: a line through two sizes tells no more."""
    digits = 1 - math.floor(math.log10(max(1.0, rows)))
    return f"{round(rows, digits):,.0f}"
