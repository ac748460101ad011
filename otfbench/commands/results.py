"""Commands on saved runs: list, report, compare, gate, export. Knows no Spark."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench import runfile
from otfbench.commands.output import AsJson, Exit, print_json
from otfbench.errors import UsageError
from otfbench.runfile import SavedRun

if TYPE_CHECKING:
    from otfbench.configmodel import GateException

RunName = Annotated[str, typer.Argument(help="A run file, or the number of a saved run (otfbench list).")]


def compare(base: RunName, head: RunName, as_json: AsJson = False) -> None:
    """Compare two saved runs, case by case: counters, content, and what can be said of time.

    Exit codes: 1 more work, wrong content or a missing case; 2 not sure; 3 not comparable.

    Example: otfbench compare 0001 0002
    """
    from otfbench.compare import Verdict
    from otfbench.compare import compare as compared
    from otfbench.report import comparison

    found = compared(runfile.read(runfile.find(base)), runfile.read(runfile.find(head)))
    if as_json:
        print_json(comparison.as_dict(found))
    else:
        print("\n".join(comparison.lines(found)))
    verdicts = {line.verdict for line in found.lines}
    if verdicts & {Verdict.REGRESSED, Verdict.MISSING}:
        raise typer.Exit(Exit.FAILED)
    if Verdict.NOT_SURE in verdicts or any(shift.moved for shift in found.shifts):
        raise typer.Exit(Exit.INCONCLUSIVE)


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

    Exit codes: 1 red; 3 the baseline is of other data, versions or settings; 4 an exception has expired.

    Example: otfbench gate 0002 --baseline benchmarks/baselines/quick.json
    """
    from otfbench import baseline as baselines
    from otfbench import gate as gates
    from otfbench.report import gating

    if time:
        raise UsageError(gates.NO_TIME)
    exceptions = _exceptions(config)
    saved = runfile.read(runfile.find(run))
    if update:
        _update(saved, baseline)
        return
    judgement = gates.judge(baselines.read(baseline), saved.run, saved.records, exceptions)
    if as_json:
        print_json(gating.as_dict(judgement, baseline, run))
    else:
        print("\n".join(gating.lines(judgement, baseline, run)))
    if judgement.red:
        raise typer.Exit(Exit.FAILED)


def _exceptions(config: Path | None) -> list[GateException]:
    """What the YAML file lets the gate pass, checked."""
    from otfbench import configfile
    from otfbench.gate import check

    here = Path.cwd()
    found = configfile.gate_exceptions(configfile.find(str(config) if config else None, here, here))
    check(found, date.today())
    return found


def _update(saved: SavedRun, path: Path) -> None:
    """Write the run's numbers as the baseline, and tell what is another in it."""
    from otfbench import baseline as baselines

    new = baselines.made(saved.run, saved.records)
    old = baselines.read(path) if path.exists() else None
    changes = list(baselines.changes(old, new)) if old else [f"{len(new.cases)} cases, all new"]
    if changes:
        baselines.write(path, new)
    print("\n".join([*changes, f"{path}: {'written' if changes else 'nothing changed'}"]))
