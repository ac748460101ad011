"""Files that are to become a table as they are: what can't be had so. Reads no row, and makes no table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otfbench.convert.request import ConversionRequest
from otfbench.data.discovery import names
from otfbench.data.inspection import OpenedFiles
from otfbench.errors import Key, Text, UsageError
from otfbench.files import is_uri
from otfbench.formats.base import TableFormat
from otfbench.formats.model import Capability
from otfbench.inputs.base import Input
from otfbench.registry import control, format_names, load_format

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_WITHOUT: Text = (" Leave ", Key("in_place"), " out: the rows are then written anew.")
"""The way out that there always is."""
_FITTING = ("partition_by", "ddl", "options", "recursive", "infer", "bad_records", "on_conflict", "new_files")
"""What fits rows, or a table, to each other."""


def check(request: ConversionRequest, target: TableFormat) -> None:
    """Raise UsageError if that can't be had of these, whatever is in the files."""
    if Capability.IMPORT not in target.capabilities:
        able = [name for name in format_names() if Capability.IMPORT in load_format(name).capabilities]
        ways = f" That is what {', '.join(able)} can." if able else ""
        raise UsageError(f"{target.name} has no {Capability.IMPORT.value}.{ways}", *_WITHOUT)
    if is_uri(request.path) or is_uri(request.folder):
        raise UsageError("Files become a table as they are in local folders alone, not behind a URI.", *_WITHOUT)
    if not os.path.isdir(request.path):
        raise UsageError(f"{request.source} is no folder, and a table is one: name the folder of the files.")
    _check_options(request)
    _check_place(request, target)


def _check_options(request: ConversionRequest) -> None:
    plain = ConversionRequest(request.source, request.format, request.folder)
    for name in _FITTING:
        if getattr(request, name) != getattr(plain, name):
            given = Key("schema" if name == "ddl" else name)
            raise UsageError(Key("in_place"), " takes the files as they are, and doesn't go with ", given, ".")


def _check_place(request: ConversionRequest, target: TableFormat) -> None:
    if target.imports_at_home and not request.in_itself:
        raise UsageError(f"{target.name} keeps what belongs to the table beside its files: leave DEST out.")
    if request.in_itself and not target.imports_at_home:
        raise UsageError(f"{target.name} keeps what belongs to the table in another folder: name it, as DEST.")
    if request.in_itself and not _takes_renames(request.path):
        raise UsageError(
            f"{request.source}: a folder can't be moved into it from beside it. Is it yours to write, and on one file"
            " system with the folder around it?"
        )


def _takes_renames(folder: str) -> bool:
    return (
        os.access(folder, os.W_OK)
        and os.stat(folder).st_dev == os.stat(os.path.dirname(os.path.abspath(folder))).st_dev
    )


def check_kind(request: ConversionRequest, source: TableFormat | Input | None) -> None:
    """Raise UsageError if the source is a table, or files of another kind than imports take."""
    if isinstance(source, TableFormat):
        raise UsageError(
            f"{request.source} is a table of {source.name}: its files are not those of another.", *_WITHOUT
        )
    if source is not None and source.name != control().name:
        raise UsageError(f"{request.source} holds {source.name} files, and imports take {control().name}.", *_WITHOUT)


def check_files(opened: OpenedFiles, target: TableFormat, key: Sequence[str]) -> None:
    """Raise UsageError if the table could not be made of these files, of all in the folder, or not as they are."""
    schema, folder = opened.rows.schema, opened.found.data.path
    if others := opened.found.listing.left_out:
        why_not = next(iter(others.values()))
        raise UsageError(f"{names(others)}: {why_not}, and an import takes a folder whole. Move away what is no data.")
    if reason := _not_alike(opened) or _not_kept(target, schema, key):
        raise UsageError(f"{folder}: {reason}.", *_WITHOUT)


def _not_alike(opened: OpenedFiles) -> str | None:
    """Why Spark would not read all of them by one schema, and by their own names."""
    parts = opened.columns.parts
    if len(parts) > 1:
        return f"{parts[0].paths[0]} and {parts[1].paths[0]} have different columns, and an import takes one schema"
    if parts or opened.source.linked:
        notes = [f"{name}: {note}" for name, note in opened.columns.notes.items()]
        return f"Spark doesn't read the files by themselves ({notes[0] if notes else 'for a name among them'})"
    return None


def _not_kept(target: TableFormat, schema: StructType, key: Sequence[str]) -> str | None:
    for change in target.adapt(schema):
        return f"{change.column} would have to be rewritten, {change.before} -> {change.after} ({change.reason})"
    return target.why_not_imported(schema, key)
