"""What workloads have counted and timed themselves, by format. Knows no page, and no workload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from otfbench.report.questions import proven_parts
from otfbench.runs.record import Record
from otfbench.units import format_seconds, format_size

ABOUT = "median of the rounds (least to most, where they differ)"
"""What a cell of the table says."""
_UNITS = {"_per_s": "per s", "_per_min": "per min", "_s": "", "_bytes": ""}
"""What the name of a figure may end in -> what stands in its place: the value itself has a unit, or it has none."""


@dataclass(frozen=True)
class FiguresRow:
    """The figures of the same case with each format."""

    operation: str
    label: str
    formats: Mapping[str, Mapping[str, Sequence[float]]]
    """Format -> name of the figure -> its values, round by round."""

    @property
    def names(self) -> list[str]:
        """The names of the figures."""
        return list(dict.fromkeys(name for figures in self.formats.values() for name in figures))

    def cell(self, name: str, table_format: str) -> str | None:
        """A figure of a format; None if it has none."""
        values = self.formats.get(table_format, {}).get(name)
        return cell(name, values) if values else None


def workload_figures(records: Iterable[Record]) -> Iterator[FiguresRow]:
    """The figures of each row of cases that have some; only of cases whose content was proven equal."""
    for (operation, label), formats in proven_parts(records, lambda record: record.get("figures")).items():
        yield FiguresRow(operation, label, formats)


def in_words(name: str) -> str:
    """`waiting rows per s` for `waiting_rows_per_s`, `latency` for `latency_s`."""
    ending = next((each for each in _UNITS if name.endswith(each)), "")
    return f"{name.removesuffix(ending)} {_UNITS.get(ending, '')}".replace("_", " ").strip()


def cell(name: str, values: Sequence[float]) -> str:
    """`1.2 s (900 ms to 1.5 s)`."""
    least, typical, most = (_value(name, each) for each in (min(values), median(values), max(values)))
    return typical if least == most else f"{typical} ({least} to {most})"


def _value(name: str, value: float) -> str:
    if name.endswith("_s") and not name.endswith("_per_s"):
        return format_seconds(value)
    if name.endswith("_bytes"):
        return format_size(round(value))
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.1f}"
