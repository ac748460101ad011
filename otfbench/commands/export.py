"""The command `export`: saved runs in the forms of other tools. Knows no Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import write_whole
from otfbench.errors import UsageError
from otfbench.runs import file as runfile

if TYPE_CHECKING:
    pass


def export(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Run files, or numbers of saved runs.")],
    to: Annotated[str, typer.Option(help="bmf (Bencher), smaller-is-better (github-action-benchmark) or otava (CSV).")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file that is not there yet.")] = None,
) -> None:
    """Write a saved run in the form of another tool. Of several runs, a row each (otava).

    Example: otfbench export 0002 --to bmf -o bmf.json
    """
    from otfbench.compare.export import FORMS

    if to not in FORMS:
        raise UsageError(f"--to {to}: no such form. There are: {', '.join(FORMS)}.")
    if output is not None and output.exists():
        raise UsageError(f"{output} is there already, and is left as it is: name another file, or remove it.")
    text = FORMS[to]([runfile.read(runfile.find_run(name)) for name in runs])
    if output is None:
        print(text, end="")
    else:
        write_whole(output, text)
