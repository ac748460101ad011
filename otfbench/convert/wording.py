"""What people are told of a conversion, in lines of 100 columns. Prints nothing, and knows no command."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from otfbench.convert.new_table import INCOMPLETE, ConversionResult
from otfbench.convert.request import ConversionRequest
from otfbench.convert.source_info import SourceInfo
from otfbench.formats.adaptation import Adaptation
from otfbench.units import WIDTH, format_count, format_seconds, format_size

_LINES = 4
"""The most lines that columns take."""
_NOTES = 8
"""The most notes on columns that are shown."""
_TYPE = 40
"""The most characters of a type that are shown."""
_INDENT = "  "
_NOT_COMPARED = "their values were not compared"
"""What is said of the records that are kept where no second reader reads them."""


def source_lines(request: ConversionRequest, info: SourceInfo, warnings: Iterable[str]) -> Iterator[str]:
    """What the source is, its columns, and what has to change before the format can hold them; warnings in words."""
    source = info.source
    yield f"{request.source}: {source['format']}, {_held(source['files'], source['bytes'])}"
    yield from column_lines(source.get("columns", {}))
    notes = [f"{name}: {note}" for name, note in source.get("notes", {}).items()]
    yield from _wrapped(notes[:_NOTES])
    if len(notes) > _NOTES:
        yield f"(and {format_count(len(notes) - _NOTES, 'more column')} of which there is something to say: --json)"
    for line in (*(f"warning: {text}" for text in warnings), *adaptation_lines(request.format, info.adaptations)):
        yield from _wrapped([line])
    yield from _wrapped(bad_record_lines(source.get("bad_records"), info.aside))


def table_lines(request: ConversionRequest, info: SourceInfo, result: ConversionResult) -> Iterator[str]:
    """What the table is, and what the verdict on it rests on."""
    rows = f"{format_count(result.rows, 'row')}, " if result.rows is not None else ""
    held = f"{rows}{_held(result.files, result.bytes)}, in {format_seconds(result.seconds)}"
    yield from _wrapped([_proof(request, info, result)])
    if request.in_place:
        yield from _wrapped([_as_they_were(request, info)])
    if isinstance(result.second, str):
        yield from _wrapped([f"warning: {request.folder}: {result.second}"])
    elif result.second:
        yield f"{request.folder}: {result.second.reader} reads the same"
    yield from _wrapped(f"warning: {warning}" for warning in result.warnings)
    yield f"{request.folder}: {request.format}, {held}: {result.verdict}"


def _held(files: int, size: int) -> str:
    return f"{format_count(files, 'file')}, {format_size(size)}"


def column_lines(columns: Mapping[str, str]) -> Iterator[str]:
    """Names and types, in a few lines."""
    if not columns:
        return
    each = [f"{name} {kind if len(kind) <= _TYPE else kind[:_TYPE] + '...'}" for name, kind in columns.items()]
    count = len(each)
    while True:
        rest = f", and {len(each) - count:,} more (--json has all)" if count < len(each) else ""
        lines = list(_wrapped([f"{format_count(len(each), 'column')}: {', '.join(each[:count])}{rest}"]))
        if len(lines) <= _LINES or count <= 1:
            yield from lines
            return
        count = min(count - 1, 60)


def adaptation_lines(format: str, adaptations: Sequence[Adaptation]) -> Iterator[str]:
    """One line for all columns that change alike."""
    groups: dict[tuple[str, str, str, bool], list[Adaptation]] = {}
    for change in adaptations:
        alike = ("", "", change.reason, True) if change.renames else (change.before, change.after, change.reason, False)
        groups.setdefault(alike, []).append(change)
    for (before, after, reason, renames), changes in groups.items():
        if renames:
            named = [f"{change.before!r} -> {change.after!r}" for change in changes]
            what = named[0] if len(changes) == 1 else f"{format_count(len(changes), 'name')}, {_some(named)}"
        else:
            named = [change.column for change in changes]
            many = f"{format_count(len(changes), 'column')}, {_some(named)}:"
            what = f"{named[0] if len(changes) == 1 else many} {before} -> {after}"
        yield f"adapted for {format}: {what} ({reason})"


def bad_record_lines(bad: Mapping[str, Any] | None, aside: str | None) -> Iterator[str]:
    """How many records don't fit, what became of them, and some of them."""
    if not bad or not bad["count"]:
        return
    fate = f"kept aside, in {aside}" if aside else "read as nulls, or left out, as the option mode has it"
    yield f"{format_count(bad['count'], 'bad record')} {fate}"
    yield from (f"{_INDENT}{example!r}" for example in bad["examples"])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f", ... ({len(names) - 3:,} more: --json)" if len(names) > 3 else "")


def _proof(request: ConversionRequest, info: SourceInfo, result: ConversionResult) -> str:
    second = info.source.get("second_reader")
    if result.verdict == "unchecked":
        return f"Values were not compared (--verify {request.verify})."
    if result.verdict == INCOMPLETE:
        proved = f"of these {second['reader']} reads the same" if isinstance(second, Mapping) else _NOT_COMPARED
        return f"Only records that could be read are in {request.folder}; {proved}."
    if isinstance(second, Mapping):
        return f"{second['reader']} read the source, {result.reader} the table: every value is the same."
    why = f" ({second})" if second else ""
    return f"No other reader read the source{why}: the table holds what Spark read."


def _as_they_were(request: ConversionRequest, info: SourceInfo) -> str:
    """What became of files that were not written anew."""
    files = f"{format_count(info.source['files'], 'file')} of {request.source}"
    told = f"{files} stayed as they were (SHA-256)."
    return told if request.in_itself else f"{told} {request.folder} needs them: don't move or remove them."


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from textwrap.wrap(
            line, WIDTH, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
        ) or [line]
