"""Commands on saved runs: list, report, compare, gate, export. Knows no Spark."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import AsJson, Exit, print_json, write_whole
from otfbench.errors import UsageError
from otfbench.runs import file as runfile
from otfbench.runs.file import SavedRun

if TYPE_CHECKING:
    from otfbench.config.schema import GateException

RunName = Annotated[str, typer.Argument(help="A run file, or the number of a saved run (otfbench list).")]


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
        print("\n".join(run_list.lines(rows, storage)))


def compare(base: RunName, head: RunName, as_json: AsJson = False) -> None:
    """Compare two saved runs, case by case. Counters, content, and what can be said of time.

    Exit codes: 1 more work, wrong content or a missing case; 2 not sure; 3 not comparable.

    Example: otfbench compare 0001 0002
    """
    from otfbench.compare.compare import Verdict
    from otfbench.compare.compare import compare as compared
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
    text = FORMS[to]([runfile.read(runfile.find(name)) for name in runs])
    if output is None:
        print(text, end="")
    else:
        write_whole(output, text)


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
    saved = runfile.read(runfile.find(run))
    if update:
        _update(saved, baseline)
        return
    judgement = gates.judge(baselines.read(baseline), saved.run, saved.records, exceptions)
    if as_json:
        print_json(gate.as_dict(judgement, baseline, run))
    else:
        print("\n".join(gate.lines(judgement, baseline, run)))
    if judgement.red:
        raise typer.Exit(Exit.FAILED)


def _exceptions(config: Path | None) -> list[GateException]:
    """What the YAML file lets the gate pass, checked."""
    from otfbench.compare.gate import check
    from otfbench.config import load as configfile

    here = Path.cwd()
    found = configfile.gate_exceptions(configfile.find(str(config) if config else None, here, here))
    check(found, date.today())
    return found


def _update(saved: SavedRun, path: Path) -> None:
    """Write the run's numbers as the baseline, and tell what is another in it."""
    from otfbench.compare import baseline as baselines

    new = baselines.made(saved.run, saved.records)
    old = baselines.read(path) if path.exists() else None
    changes = list(baselines.changes(old, new)) if old else [f"{len(new.cases)} cases, all new"]
    if changes:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, baselines.text(new))
    print("\n".join([*changes, f"{path}: {'written' if changes else 'nothing changed'}"]))
