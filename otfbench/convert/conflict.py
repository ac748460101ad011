"""Where a table goes, and what lies there already: refused, replaced, or appended to. Knows no source."""

from __future__ import annotations

from pathlib import Path

from otfbench.convert.request import ConversionRequest
from otfbench.errors import Key, UsageError
from otfbench.formats.base import TableFormat
from otfbench.registry.detection import detect_table
from otfbench.tables.destination import Destination
from otfbench.tables.folder_of_files import FolderOfFiles
from otfbench.tables.remote_destination import RemoteDestination


def destination_of(request: ConversionRequest) -> Destination | RemoteDestination:
    """The folder that the table goes to, to be closed at the end; behind a URI a session opens it."""
    if isinstance(request.folder, str):
        return RemoteDestination(request.folder)
    return (FolderOfFiles if request.in_itself else Destination)(request.folder)


def appends(request: ConversionRequest, target: TableFormat, destination: Destination | RemoteDestination) -> bool:
    """Whether the rows are added to a table that is there; raises UsageError if what is there is in the way."""
    folder = destination.folder
    if not destination.exists or isinstance(destination, FolderOfFiles):
        return False
    there, empty = _what_lies_in(folder)
    if request.on_conflict == "fail":
        ways = "replace or append" if there else "replace"
        way_out = f", or give --on-conflict {ways}" if there or empty else ", for it holds no table"
        raise UsageError(f"{folder} is there already: name another folder{way_out}.")
    if there is None and not (empty and request.on_conflict == "replace"):
        raise UsageError(f"{folder} holds something else than a table: remove it, or name another folder.")
    if request.on_conflict == "replace":
        return False
    assert there is not None  # who appends to an empty folder has been refused
    if there.name != target.name:
        raise UsageError(f"{folder} is a table of {there.name}, to which nothing can be appended as {target.name}.")
    if request.partition_by and not request.new_files:  # where the same command has made the table
        raise UsageError(f"{folder} is partitioned as it is: leave ", Key("partition_by"), " out.")
    return True


def _what_lies_in(folder: Path | str) -> tuple[TableFormat | None, bool]:
    """The format of the table that is there, if one is; and whether it is a folder without anything in it."""
    if isinstance(folder, str):
        return detect_table(folder), False
    return (detect_table(folder), not any(folder.iterdir())) if folder.is_dir() else (None, False)
