"""What a report shows of one run, saved or not: cases in rows, answers, all that explains them. Prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from otfbench.fidelity.cells import GROUPS
from otfbench.report.erasures import ErasedRow, erasures
from otfbench.report.figures import FiguresRow, workload_figures
from otfbench.report.growth import OperationGrowth, operation_growths
from otfbench.report.lives import LivedRow, lives
from otfbench.report.mixes import MixAnswer, run_mixes
from otfbench.report.questions import Block, RowAnswer, cpu, key_of, row_answers, rows_of
from otfbench.report.settings import Settings, shared_settings
from otfbench.report.warnings import doubts, fixed_shares, spread
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import UNSUPPORTED, Outcome, Run, Status
from otfbench.runs.record import Record, walls

FATES = ("kept", "changed", "refused", "corrupted")


@dataclass(frozen=True)
class Format:
    """A column of the report."""

    name: str
    version: str | None
    control: bool


@dataclass(frozen=True)
class Case:
    """A case with a number, and what it is beside the others of its row."""

    record: Record
    label: str
    tax: float | None
    """Median / median of the control; None without one."""
    fixed: float | None
    """The share of its time that is there without any data; None where nothing is committed."""

    @property
    def id(self) -> str:
        """The case's id."""
        return self.record["case"]["id"]

    @property
    def format(self) -> str | None:
        """The name of its format; None where no table is created."""
        return self.record["case"]["format"]

    @property
    def name(self) -> str:
        """What tells it from the other cases of its operation."""
        return " \u00b7 ".join(part for part in (self.label, self.format) if part) or self.id

    @property
    def rounds_s(self) -> list[float]:
        """Wall seconds of the timed rounds, in order."""
        return walls(self.record)

    @property
    def median_s(self) -> float:
        """Median wall seconds of the rounds."""
        return median(self.rounds_s)

    @property
    def spread(self) -> float:
        """(slowest - fastest) / median."""
        return spread(self.rounds_s)

    def typical(self, figure: str) -> float | None:
        """The median of a figure of the rounds; None if one of them has none."""
        return median(values) if (values := self._values(figure)) else None

    def peak(self, figure: str) -> int | None:
        """The largest value of a figure of the rounds; None if one of them has none."""
        return max(values) if (values := self._values(figure)) else None

    def _values(self, figure: str) -> list[Any]:
        values = [entry.get(figure) for entry in self.record["rounds"]]  # rounds recorded before it was have none
        return [] if None in values else values

    @property
    def size(self) -> float | None:
        """Live bytes / bytes of the source; None where nothing was converted."""
        stored, source = self.record["storage"], self.record["source"]
        return stored["live_bytes"] / source["bytes"] if stored and source and source["bytes"] else None


@dataclass(frozen=True)
class Row:
    """The same operation on the same input, or with the same variant: what can be compared."""

    operation: str
    label: str
    cases: tuple[Case, ...]
    gaps: Mapping[str, str]
    """Format -> what became of a case that has no number."""
    answer: RowAnswer
    cpu: RowAnswer
    """The answer by CPU, as `answer` is the one by time."""

    def case(self, name: str) -> Case | None:
        """The case of a format."""
        return next((case for case in self.cases if case.format == name), None)


@dataclass(frozen=True)
class Operation:
    """All rows of an operation."""

    name: str
    family: str
    rows: tuple[Row, ...]

    @property
    def cases(self) -> list[Case]:
        """The cases of all rows."""
        return [case for row in self.rows for case in row.cases]

    @property
    def has_formats(self) -> bool:
        """Whether it is about tables; else it reads files alone."""
        return any(case.format for case in self.cases)


@dataclass(frozen=True)
class Facts:
    """Everything that a report shows of a run."""

    run: Run
    records: tuple[Record, ...]
    """The cases that have a number, in the order in which they ended."""
    formats: tuple[Format, ...]
    operations: tuple[Operation, ...]
    verdicts: Mapping[str, int]
    failures: tuple[Outcome, ...]
    unsupported: Mapping[str, Sequence[str]]
    """Reason -> ids of cases."""
    adaptations: Mapping[tuple[str, str, str, str, str], int]
    """Format, column, from, to, reason -> number of cases."""
    settings: tuple[Settings, ...]
    doubts: tuple[str, ...]
    fidelity: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str | None]]]]
    """Group -> cell -> format -> outcome, detail, adapted."""
    growth: tuple[OperationGrowth, ...] = ()
    mixes: tuple[MixAnswer, ...] = ()
    lives: tuple[LivedRow, ...] = ()
    erasures: tuple[ErasedRow, ...] = ()
    figures: tuple[FiguresRow, ...] = ()
    name: str = ""
    """The saved run's number, or its file's name; empty if it isn't saved."""
    at: datetime | None = None
    """When it was saved."""
    blocks: int = 1
    """The number of runs that it is made of, each with JVMs of its own."""

    @property
    def rows(self) -> list[Row]:
        """The rows that ask which format is the fastest."""
        return [row for operation in self.operations if operation.has_formats for row in operation.rows]

    @property
    def fates(self) -> dict[str, Counter[str]]:
        """Format -> how many types, edge values and names it keeps, changes, refuses, corrupts."""
        return {name: Counter(cell["outcome"] or "" for cell in cells) for name, cells in self.run.fidelity.items()}


def facts_of_saved(saved: SavedRun) -> Facts:
    """What a report shows of a run file."""
    return facts(saved.run, list(saved.records.values()), saved.name, saved.at)


def facts(
    run: Run,
    records: Sequence[Record],
    name: str = "",
    at: datetime | None = None,
    blocks: Sequence[Block] | None = None,
) -> Facts:
    """What a report shows of a run: of its outcomes, and of the records of the cases that have a number.

    `blocks`: the runs of which it was made, if it was made of several.
    """
    return Facts(
        run=run,
        records=tuple(records),
        formats=_formats(records),
        operations=tuple(_operations(run, records, blocks or [(run, records)])),
        verdicts=Counter(record["verdict"] for record in records),
        failures=tuple(o for o in run.outcomes.values() if o.status is not Status.PASSED and not is_unsupported(o)),
        unsupported=_unsupported(run.outcomes.values()),
        adaptations=Counter(
            (r["case"]["format"] or "", c["column"], c["from"], c["to"], c["reason"])
            for r in records
            for c in r["adaptations"]
        ),
        settings=tuple(shared_settings(records)),
        doubts=tuple(doubts(run, records)),
        fidelity=_fidelity(run.fidelity),
        growth=tuple(operation_growths(blocks or [(run, records)])),
        lives=tuple(lives(records)) if len(blocks or [run]) == 1 else (),
        erasures=tuple(erasures(records)),
        figures=tuple(workload_figures(records)),
        mixes=run_mixes(rows_of(records), blocks or [(run, records)]),
        name=name,
        at=at,
        blocks=len(blocks or [run]),
    )


def is_unsupported(outcome: Outcome) -> bool:
    """Whether a case has no number because its format, its input or its rows can't do it."""
    return outcome.status is Status.SKIPPED and (outcome.reason or "").startswith(UNSUPPORTED)


def tax(record: Record, others: Iterable[Record]) -> float | None:
    """Median / median of the control in the same row, where it is among the others; else None."""

    row = key_of(record)
    control = next((other for other in others if other["control"] and key_of(other) == row), None)
    return median(walls(record)) / median(walls(control)) if control else None


def _formats(records: Iterable[Record]) -> tuple[Format, ...]:
    """The formats of the run, the control first."""
    formats = {
        name: Format(name, record["case"]["format_version"], record["control"])
        for record in records
        if (name := record["case"]["format"])
    }
    return tuple(sorted(formats.values(), key=lambda each: not each.control))


def _operations(run: Run, records: Sequence[Record], blocks: Sequence[Block]) -> Iterator[Operation]:
    fixed = fixed_shares(records)
    gaps = {o.id: "unsupported" if is_unsupported(o) else o.status.value for o in run.outcomes.values()}
    names = [each.name for each in _formats(records)]
    rows = rows_of(records)
    answered, of_cpu = row_answers(rows, blocks, fixed), row_answers(rows, blocks, {}, cpu)
    planned = list(dict.fromkeys(outcome.id.partition("[")[0] for outcome in run.outcomes.values()))
    for operation in sorted(dict.fromkeys(operation for operation, _ in rows), key=planned.index):
        of_it = {label: row for (each, label), row in rows.items() if each == operation}
        yield Operation(
            operation,
            next(iter(of_it.values()))[0]["case"]["family"],
            tuple(
                Row(
                    operation,
                    label,
                    tuple(_cases(row, label, fixed, names)),
                    {name: gaps[full] for name in names if (full := _id(operation, name, label)) in gaps},
                    answered[operation, label],
                    of_cpu[operation, label],
                )
                for label, row in of_it.items()
            ),
        )


def _id(operation: str, name: str, label: str) -> str:
    return f"{operation}[{'-'.join(part for part in (name, label) if part)}]"


def _cases(row: Iterable[Record], label: str, fixed: Mapping[str, float], names: Sequence[str]) -> Iterator[Case]:
    """The cases of a row, in the order of the formats."""
    listed = sorted(row, key=lambda r: names.index(r["case"]["format"]) if r["case"]["format"] else -1)
    for record in listed:
        yield Case(record, label, tax(record, listed), fixed.get(record["case"]["id"]))


def _unsupported(outcomes: Iterable[Outcome]) -> dict[str, list[str]]:
    about: dict[str, list[str]] = {}
    for outcome in filter(is_unsupported, outcomes):
        about.setdefault((outcome.reason or "").removeprefix(UNSUPPORTED), []).append(outcome.id)
    return about


def _fidelity(fidelity: Mapping[str, Iterable[Mapping[str, str | None]]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The matrix: by group and cell, what becomes of it in each format."""
    by_format = {name: {cell["cell"]: cell for cell in cells} for name, cells in fidelity.items()}
    return {
        group: {cell.name: {name: by_format[name].get(cell.name) for name in by_format} for cell in cells}
        for group, cells in (GROUPS if by_format else {}).items()
    }
