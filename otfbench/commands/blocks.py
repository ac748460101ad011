"""`otfbench run --blocks N`, `--budget TIME`: runs of one configuration, each with JVMs of its own. Knows no Spark."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from otfbench.commands import child
from otfbench.commands.budget import next_run
from otfbench.commands.output import Exit, budget_seconds, print_lines
from otfbench.compare.winners import MOST_BLOCKS
from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.report.pooling import pooled
from otfbench.report.summary import summary
from otfbench.report.wording import answered
from otfbench.runs.file import SavedRun, read
from otfbench.runs.journal import JOURNAL
from otfbench.spark import interrupts
from otfbench.units import format_count

_DEFAULT = "run.json"
_FORBIDDEN = ("--benchmark-autosave", "--benchmark-save", "--benchmark-storage", "--otf-gate")
_COMPLETE = (Exit.FINE, Exit.FAILED)
_GO_ON = "otfbench: there are fewer runs than asked for; --otf-resume goes on with them"


def run_blocks(count: int | None, budget: str | None, arguments: Sequence[str]) -> int:
    """Make several runs, each in a file of its own; say after each what all answer, and show all as one at the end.

    With a budget runs are made as long as there is time: the first of all cases, the next of those whose question is
    open then; `count` is the most of them.

    The files are called as that of --benchmark-json, with a number; beside each is a folder with its log, and with its
    journal until it has ended. With --otf-resume runs that are there are taken, and the one that was interrupted is
    gone on with. Returns 1 if a case of any run has failed; or what a run ends with that doesn't come to its end, which
    is the last. Raises UsageError before the first run.
    """
    budget_s = budget_seconds(budget)
    files, rest, resume = _understood(MOST_BLOCKS if count is None else count, arguments)
    interrupts.listen(None)
    try:
        runs, code = _make_all(files, rest, resume, budget_s)
    except KeyboardInterrupt:
        runs, code = [], interrupts.exit_status() or 130
    finally:
        interrupts.forget()
    if code is not None:
        print(_GO_ON, file=sys.stderr)
        return code
    facts = pooled(runs)
    print_lines(summary(facts, color=False))
    print_lines([f"a page of all: {shlex.join(['otfbench', 'report', '--pool', *(str(each.path) for each in runs)])}"])
    return Exit.FAILED if facts.failures else Exit.FINE


def _make_all(
    files: Sequence[Path], arguments: Sequence[str], resume: bool, budget_s: float | None
) -> tuple[list[SavedRun], int | None]:
    """The runs, made if they are not there; and what the last ended with, if it didn't come to its end."""
    runs: list[SavedRun] = []
    of = f" of {len(files)}" if budget_s is None else ""
    for number, file in enumerate(files, 1):
        if not file.is_file():
            options = _as_first(runs, arguments)
            if runs and budget_s is not None:
                planned = next_run(runs, budget_s)
                print_lines(f"budget: {line}" for line in planned.lines())
                if not planned.fit:
                    break
                options += [f"--deselect={node}" for node in planned.left_out]
            print(f"otfbench: run {number}{of}: {file}", flush=True)
            code = _make(file, [*arguments, *options], resume)
            if code is not None:
                return runs, code
        runs.append(read(file))
        after = f"{number}{of} runs" if of else format_count(number, "run")
        print_lines([f"after {after}: {answered(pooled(runs))}"])
    return runs, None


def _understood(count: int, arguments: Sequence[str]) -> tuple[list[Path], list[str], bool]:
    """The files of the runs, the arguments that each is given, and whether to go on with runs that are there."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--benchmark-json", default=_DEFAULT)
    parser.add_argument("--otf-resume", action="store_true")
    known, rest = parser.parse_known_args(arguments)
    into = Path(known.benchmark_json).absolute()
    if count < 2:
        raise UsageError(f"--blocks {count}: must be 2 at least; one run is one without it.")
    if not into.parent.is_dir():
        raise UsageError(f"--benchmark-json {into}: there is no folder {into.parent}.")
    if forbidden := [each for each in rest if each.split("=")[0] in _FORBIDDEN]:
        raise UsageError(f"{' '.join(forbidden)}: several runs are kept in files beside --benchmark-json FILE.")
    files = [into.with_name(f"{into.stem}-{number}.json") for number in range(1, count + 1)]
    if not known.otf_resume and (there := next((each for each in files if each.exists()), None)):
        raise UsageError(
            f"{there} is there already: --otf-resume goes on with it; or name another by --benchmark-json."
        )
    return files, rest, known.otf_resume


def _as_first(runs: Sequence[SavedRun], arguments: Sequence[str]) -> list[str]:
    """How the JVMs of the first run stood to each other: what memory is free may be another now."""
    named = any(each.split("=")[0] == "--otf-jvms" for each in arguments)
    return [f"--otf-jvms={runs[0].run.jvms}"] if runs and not named else []


def _make(file: Path, arguments: Sequence[str], resume: bool) -> int | None:
    """One run, in a process of its own; what it ends with if it doesn't come to its end, and leaves no file."""
    folder, partial = file.with_suffix(""), file.with_suffix(".partial")
    partial.unlink(missing_ok=True)  # of a run that was interrupted: what it had is in the journal, too
    options = [f"--benchmark-storage={folder}", f"--benchmark-json={partial}"]
    options += ["--otf-resume"] if resume and (folder / JOURNAL).is_file() else []
    with temporary_folder("blocks") as scratch:
        command = [sys.executable, child.program(scratch), "run", *arguments, *options]
        code = child.ended(subprocess.Popen(command))
    if code not in _COMPLETE:
        return code
    if not partial.is_file():
        raise UsageError(f"The run left no file {partial}: its exit code was {code}.")
    partial.rename(file)
    return None
