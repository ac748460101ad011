"""The command `list`: saved runs, a line each. Knows no Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import AsJson, print_json, print_lines
from otfbench.errors import UsageError
from otfbench.runs import file as runfile

if TYPE_CHECKING:
    pass


def list_runs(
    storage: Annotated[Path, typer.Option(help="The folder that runs are saved in.")] = runfile.STORAGE,
    as_json: AsJson = False,
) -> None:
    """List saved runs. A file that can't be read is listed with the reason.

    Example: otfbench list --storage .benchmarks
    """
    from otfbench.report import run_list

    if not storage.is_dir():
        raise UsageError(f"{storage} is no folder. Runs are saved by: pytest benchmarks --benchmark-autosave")
    rows = [run_list.row(path) for path in runfile.saved(storage)]
    if as_json:
        print_json(rows)
    else:
        print_lines(run_list.lines(rows, storage))
