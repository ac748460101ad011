"""The command `clean`: what runs have left on this machine, listed or removed. Knows nothing of where it may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otfbench import redaction
from otfbench.commands.output import AsJson, Exit, print_json
from otfbench.errors import OtfbenchError, UsageError
from otfbench.files import is_uri
from otfbench.units import format_size

if TYPE_CHECKING:
    from otfbench.tables.leftovers import Leftover


def clean(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Look only here: for kept tables, too.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove what is listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what runs have left on this machine, with sizes; with --yes, remove it.

    That is generated datasets in the cache folder, temporary folders of killed runs, and work folders of killed
    conversions in the current folder. With FOLDER it is what is left there, also tables that --otf-keep-tables has
    kept. What a process uses stays, and so do jars; nothing is listed that otfbench has not written. Tables below a URI
    (--otf-warehouse hdfs://...) are not looked for: they are in folders otfbench-* there.

    Example: otfbench clean /data/lake --yes
    """
    from otfbench.tables import leftovers

    for folder in folders or ():
        if is_uri(str(folder)):
            raise UsageError(
                f"{folder}: tables below a URI are removed by the tools of its file system (hdfs dfs -rm -r)."
            )
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder.")
    found = (each for folder in folders for each in leftovers.within(folder)) if folders else leftovers.everywhere()
    rows = [_row(each, yes) for each in found]
    if as_json:
        print_json(rows)
    else:
        _print(rows, yes)
    if any(row["failed"] for row in rows):
        raise typer.Exit(Exit.FAILED)


def _row(each: Leftover, yes: bool) -> dict[str, Any]:
    """What it is, and what became of it."""
    failed = None
    if yes and each.stays is None:
        try:
            each.remove()
        except OSError as error:
            failed = error.strerror or str(error)
        except OtfbenchError as error:
            failed = str(error)
    removed = yes and each.stays is None and failed is None
    about = {"what": each.what, "path": str(each.path), "bytes": each.bytes}
    return {**about, "stays": each.stays, "removed": removed, "failed": failed}


def _print(rows: list[dict[str, Any]], yes: bool) -> None:
    for row in rows:
        state = row["failed"] or row["stays"] or ("removed" if row["removed"] else "")
        print(
            redaction.redact_text(
                f"{format_size(row['bytes']):>8}  {row['what']}: {row['path']}{f' ({state})' if state else ''}"
            )
        )
    bytes_ = sum(row["bytes"] for row in rows if row["stays"] is None and row["failed"] is None)
    if not rows:
        print("Nothing of otfbench's is there.")
    elif yes:
        print(f"{format_size(bytes_)} removed.")
    else:
        print(f"{format_size(bytes_)} can be removed: the same command with --yes does it.")
