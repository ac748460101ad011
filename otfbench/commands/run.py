"""The command `run`: pytest on workloads, inside of a checkout and out of it. Knows no workload."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from otfbench.errors import UsageError

_HERE = Path(__file__).parents[1]
_OURS = ["-p", "otfbench.plugin", "--import-mode=importlib", "--strict-markers"]
"""What a checkout's pytest.ini says, which an installed package doesn't have; the plugin also where none is loaded."""
_USAGE, _INTERRUPTED = 4, 130


PerFormat = Annotated[
    str | None,
    typer.Option(
        "--per-format",
        metavar="COMMAND",
        help="Submit a run for each format by this command, such as 'spark-submit --deploy-mode cluster {}', and merge"
        " them into the file of --benchmark-json.",
    ),
]


Blocks = Annotated[
    int | None,
    typer.Option(
        "--blocks",
        metavar="N",
        help="Make N runs, each with JVMs of its own, and pool them: what one run leaves open, more may tell.",
    ),
]

Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Make such runs for so long (30m, 2h): the first of all cases, the next of those whose question is open.",
    ),
]


def run(context: typer.Context, per_format: PerFormat = None, blocks: Blocks = None, budget: Budget = None) -> None:
    """Run workloads by pytest, the shipped ones or your own.

    Options are pytest's own, pytest-benchmark's and otfbench's (pytest --help shows them all). In a checkout the
    workloads are those of its folder benchmarks.

    Example: otfbench run -k "convert and csv" --otf-rows 1000000 --benchmark-autosave
    """
    several = "--blocks" if blocks is not None else "--budget" if budget is not None else None
    if per_format is not None and several:
        raise UsageError(f"--per-format makes one run of several; {several} makes several: leave one of them out.")
    if several:
        from otfbench.commands.blocks import run_blocks

        raise typer.Exit(run_blocks(blocks, budget, context.args))
    if per_format is None:
        raise typer.Exit(run_pytest(context.args))
    from otfbench.commands.per_format import submit_each

    raise typer.Exit(submit_each(per_format, context.args))


def run_pytest(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments in this process, in the current folder; return an exit code of the command.

    A case of the shipped workloads may be named as results name it: `test_convert.py::test_convert[parquet-csv]`.
    """
    import pytest

    root = ("--rootdir", "-c", "--config-file")
    given = [] if any(each.split("=")[0] in root for each in arguments) else [f"--rootdir={Path.cwd()}"]
    default = ["-o", f"testpaths={shlex.quote(str(workloads()))}"]  # what pytest takes if no file or folder is named
    # Before pytest knows a plugin's options it takes their values for files; where none exists, it would load the
    # conftest.py of the current folder and of each folder test* in it.
    located = list(map(_located, arguments))
    named = "--pyargs" in arguments or any(os.path.exists(each.partition("::")[0]) for each in located)
    return _meaning(pytest.main([*_OURS, *given, *default, *([] if named else [str(workloads())]), *located]))


def workloads() -> Path:
    """The folder of the workloads that are shipped: in the package, or beside it in a checkout."""
    return next(each for each in (_HERE / "benchmarks", _HERE.parent / "benchmarks") if each.is_dir())


def _located(argument: str) -> str:
    """A file of the shipped workloads, or a case in it, by its whole path; anything else as it is."""
    file = argument.partition("::")[0]
    shipped = workloads() / file
    named = file.endswith(".py") and not Path(file).exists() and shipped.is_file()
    return f"{workloads()}/{argument}" if named else argument


def _meaning(code: int) -> int:
    """pytest's exit code in our words: 2 is Control-C, 5 nothing to run; 3 is what --otf-gate ends with, too."""
    return {2: _INTERRUPTED, 5: _USAGE}.get(int(code), int(code))
