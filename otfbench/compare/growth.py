"""How a cost grows with the rows: what is there without any, what each adds, where two cross. Knows no report.

Two sizes make a line: a time is a fixed part and a part per row. Both sizes were measured in the same JVMs; that their
times scatter is known as for contenders (otfbench.compare.contenders), and carried over to the parts to first order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from otfbench.compare.contenders import Pair, Rounds, middle, pairs_of
from otfbench.compare.noise import Noise
from otfbench.compare.variance import finite_exp, quantile

LEVEL = 0.99
"""The confidence level of the intervals, each for itself."""

Sizes = Mapping[int, Sequence[Rounds]]
"""Number of rows -> the rounds with so many, in each block."""


@dataclass(frozen=True)
class Span:
    """A figure, and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Growth:
    """What a contender takes with few rows and with many, and the line through both."""

    rows: tuple[int, int]
    times_s: tuple[float, float]
    ratio: Span
    """The ratio of the times, many rows / few."""
    fixed_s: Span
    """Seconds that are there without any row; below zero where time grows faster than the rows."""
    row_s: Span
    """Seconds that each row adds."""

    @property
    def faster_than_rows(self) -> float | None:
        """How many times as fast as the rows its time grows, where that is surely more than once; else None."""
        factor = self.rows[1] / self.rows[0]
        return self.ratio.value / factor if self.ratio.low > factor else None

    def time_s(self, rows: float) -> float:
        """Seconds for this number of rows, by the line."""
        return self.fixed_s.value + rows * self.row_s.value


@dataclass(frozen=True)
class Crossover:
    """From how many rows on, about, the second is the faster of two, though it takes longer with few."""

    few: str
    many: str
    rows: float


def growths(contenders: Mapping[str, Sizes], noises: Sequence[Noise]) -> dict[str, Growth]:
    """Of each contender that was measured with more than one number of rows; `noises`: of each block."""
    questions = {
        name: {str(rows): sizes[rows] for rows in (min(sizes), max(sizes))}
        for name, sizes in contenders.items()
        if len(sizes) > 1 and all(sum(map(len, blocks)) > 1 for blocks in sizes.values())
    }
    return {name: _growth(questions[name], pairs[0]) for name, pairs in pairs_of(questions, noises).items()}


def _growth(sizes: Mapping[str, Sequence[Rounds]], pair: Pair) -> Growth:
    few, many = sizes
    log_ratio = pair.log_ratio if pair.first == few else -pair.log_ratio
    log_time = fmean(middle([math.log(wall) for wall in rounds]) for rounds in sizes[few] if rounds)
    rows, times_s = (int(few), int(many)), (finite_exp(log_time), finite_exp(log_time + log_ratio))
    reach = quantile(pair.df, (1 + LEVEL) / 2)
    deviation = math.sqrt(pair.variance / pair.blocks)
    variances = pair.variances if pair.first == few else pair.variances[::-1]
    few_s, many_s = (time_s * math.sqrt(each / pair.blocks) for time_s, each in zip(times_s, variances, strict=True))
    between = rows[1] - rows[0]
    return Growth(
        rows,
        times_s,
        Span(*(finite_exp(log_ratio + each * reach * deviation) for each in (0, -1, 1))),
        _span(
            (rows[1] * times_s[0] - rows[0] * times_s[1]) / between,
            reach * math.hypot(rows[1] * few_s, rows[0] * many_s) / between,
        ),
        _span((times_s[1] - times_s[0]) / between, reach * math.hypot(few_s, many_s) / between),
    )


def _span(value: float, reach: float) -> Span:
    return Span(value, value - reach, value + reach)


def crossovers(grown: Mapping[str, Growth]) -> list[Crossover]:
    """Each two of which one surely takes less without rows, and the other surely less per row; the nearest first.

    What grows faster than the rows has no line; lines that cross with fewer rows than were measured say nothing new.
    """
    lines = {name: growth for name, growth in grown.items() if not growth.faster_than_rows}
    found = [
        Crossover(few, many, _crossing(lines[few], lines[many]))
        for few in lines
        for many in lines
        if lines[few].fixed_s.high < lines[many].fixed_s.low and lines[many].row_s.high < lines[few].row_s.low
    ]
    return sorted((each for each in found if each.rows > lines[each.few].rows[0]), key=lambda each: each.rows)


def _crossing(few: Growth, many: Growth) -> float:
    return (many.fixed_s.value - few.fixed_s.value) / (few.row_s.value - many.row_s.value)
