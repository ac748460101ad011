"""After which step erased rows are in no file any more, by format. Knows no page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from otfbench.report.questions import proven_parts
from otfbench.runs.record import Record, SearchedRecord
from otfbench.units import format_count

ABOUT = "files in which a text of an erased row was found after each step: of data, and of metadata"
"""What a cell of the table says."""


@dataclass(frozen=True)
class ErasedRow:
    """The same erasure with each format."""

    operation: str
    label: str
    formats: Mapping[str, Sequence[SearchedRecord]]
    """Format -> what was found, step by step."""

    @property
    def steps(self) -> list[str]:
        """The steps, in their order."""
        return [each["after"] for each in next(iter(self.formats.values()))]


def erasures(records: Iterable[Record]) -> Iterator[ErasedRow]:
    """The erasures of each row of cases; only of cases whose content was proven equal in the end."""
    for (operation, label), formats in proven_parts(records, lambda record: record.get("searched")).items():
        yield ErasedRow(operation, label, formats)


def cell(found: SearchedRecord) -> str:
    """What a step has left: `none`, `2 data, 1 metadata`; and what nobody could look into."""
    counts = {"data": found["data_files"], "metadata": found["metadata_files"]}
    held = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    unread = f" ({found['unread_files']} unread)" if found["unread_files"] else ""
    return f"{held or 'none'}{unread}"


def remarks(row: ErasedRow) -> Iterator[str]:
    """For each format, when its rows were gone, or where they still are."""
    about = f"{row.operation.replace('_', ' ')} {row.label}".strip()
    for name, steps in row.formats.items():
        yield f"{about}: {name}: {_fate(steps)}"


def _fate(steps: Sequence[SearchedRecord]) -> str:
    last = steps[-1]
    held = [number for number, each in enumerate(steps) if each["data_files"] + each["metadata_files"]]
    if held and held[-1] == len(steps) - 1:
        kinds = {"data": last["data_files"], "metadata": last["metadata_files"]}
        where = " and ".join(f"{count} of {kind}" for kind, count in kinds.items() if count)
        return f"after {last['after']} erased rows are still in files: {where}"
    gone = steps[held[-1] + 1 if held else 0]
    unread = f", but for {format_count(gone['unread_files'], 'file')} that nobody could look into"
    return f"erased rows are in no file any more after {gone['after']}{unread if gone['unread_files'] else ''}"
