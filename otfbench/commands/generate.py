"""The command `generate`: generated rows as files. Imports Spark only when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from otfbench.commands.configuration import current_config, ending_gently
from otfbench.commands.output import AsJson, console, print_json


def generate(
    dataset: Annotated[str, typer.Argument(help="trips, events or wide.")],
    folder: Annotated[Path, typer.Argument(metavar="DEST", help="Folder to be.")],
    format_: Annotated[str, typer.Option("--format", metavar="INPUT", help="Kind of the files (otfbench inputs).")],
    rows: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Other rows of the same kind.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Write generated rows as files. They are the same on any machine.

    Example: otfbench generate trips data/trips --rows 1000000 --format csv
    """
    from otfbench.convert import generate
    from otfbench.spark.progress import shown
    from otfbench.units import format_count, format_size

    bar = console(stderr=True)
    with ending_gently():
        source = generate.generate(
            dataset, rows, seed, format_, folder, current_config(), lambda spark, what: shown(spark, what, bar)
        )
    record = {"path": str(folder), "dataset": dataset, "seed": seed, "format": format_, "rows": rows, **source.size}
    if as_json:
        print_json(record)
    else:
        files = f"{format_count(source.size['files'], 'file')}, {format_size(source.size['bytes'])}"
        print(f"{folder}: {format_}, {format_count(rows, 'row')}, {files} of {dataset}")
