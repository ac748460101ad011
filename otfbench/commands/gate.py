"""The command `gate`: the counters of a saved run, held to a baseline. Knows no Spark."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import AsJson, Exit, print_json, print_lines, write_whole
from otfbench.commands.saved import RunName
from otfbench.errors import UsageError
from otfbench.runs import file as runfile
from otfbench.runs.file import SavedRun
from otfbench.units import format_count

if TYPE_CHECKING:
    from otfbench.config.schema import GateException


def gate(
    run: RunName,
    baseline: Annotated[Path, typer.Option(help="The baseline: a file of numbers, kept in version control.")],
    update: Annotated[
        bool, typer.Option("--update", help="Take the run as the new baseline, and tell what changed.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="The YAML file with exceptions (default: otfbench.yaml).")] = None,
    as_json: AsJson = False,
    time: Annotated[bool, typer.Option("--time", hidden=True)] = False,
) -> None:
    """Hold the counters of a saved run to a baseline. Time is not gated: it differs from machine to machine.

    Exit codes: 1 red; 3 the baseline is of other data, versions or threads; 4 an exception has expired.

    Example: otfbench gate 0002 --baseline benchmarks/baselines/quick.json
    """
    from otfbench.compare import baseline as baselines
    from otfbench.compare import gate as gates
    from otfbench.report import gate

    if time:
        raise UsageError(gates.NO_TIME)
    exceptions = _exceptions(config)
    saved = runfile.read(runfile.find_run(run))
    if update:
        _update(saved, baseline)
        return
    judgement = gates.judge_run(baselines.read(baseline), saved.run, saved.records, exceptions)
    if as_json:
        print_json(gate.as_dict(judgement, baseline, run))
    else:
        print_lines(gate.lines(judgement, baseline, run))
    if judgement.red:
        raise typer.Exit(Exit.FAILED)


def _exceptions(config: Path | None) -> list[GateException]:
    """What the YAML file lets the gate pass, checked."""
    from otfbench.compare.gate import check
    from otfbench.config import load as configfile

    here = Path.cwd()
    exceptions = configfile.gate_exceptions(configfile.find_config_file(str(config) if config else None, here, here))
    check(exceptions, date.today())
    return exceptions


def _update(saved: SavedRun, path: Path) -> None:
    """Write the run's numbers as the baseline, and tell what differs in it."""
    from otfbench.compare import baseline as baselines

    new = baselines.of_run(saved.run, saved.records)
    old = baselines.read(path) if path.exists() else None
    changes = list(baselines.diff(old, new)) if old else [f"{format_count(len(new.cases), 'case')}, all new"]
    if changes:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, baselines.text(new))
    print_lines([*changes, f"{path}: {'written' if changes else 'nothing changed'}"])
