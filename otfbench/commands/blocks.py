"""`otfbench run --blocks N`: runs of one configuration, each with JVMs of its own, pooled. Knows no Spark."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from otfbench.commands import child
from otfbench.commands.output import Exit, print_lines
from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.spark import interrupts

_DEFAULT = "run.json"
_SAVING = ("--benchmark-autosave", "--benchmark-save", "--otf-gate")
_GO_ON = "otfbench: there are fewer runs than asked for; --otf-resume goes on with them"
_COMPLETE = (Exit.FINE, Exit.FAILED)


def run_blocks(count: int, arguments: Sequence[str]) -> int:
    """Make so many runs, each in a file of its own, say after each what all answer, and show all as one at the end.

    The files are called as that of --benchmark-json, with a number. With --otf-resume those that are there are taken,
    and the one that was interrupted is gone on with. Returns the exit code of the first run that isn't 0; one that
    doesn't come to its end is the last. Raises UsageError before the first run.
    """
    files, rest, resume = _understood(count, arguments)
    codes: list[int] = []
    interrupts.listen(None)
    try:
        for number, file in enumerate(files, 1):
            if not file.is_file():
                print(f"otfbench: run {number} of {count}: {file}", flush=True)
                codes.append(_make(file, rest, resume))
                if codes[-1] not in _COMPLETE:
                    print(_GO_ON, file=sys.stderr)
                    return codes[-1]
            print_lines([f"after {number} of {count} runs: {_answered(files[:number])}"])
    except KeyboardInterrupt:
        print(_GO_ON, file=sys.stderr)
        return interrupts.exit_status() or 130
    finally:
        interrupts.forget()
    _show(files)
    return next((code for code in codes if code), Exit.FINE)


def _understood(count: int, arguments: Sequence[str]) -> tuple[list[Path], list[str], bool]:
    """The files of the runs, the arguments that each is given, and whether to go on with runs that are there."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--benchmark-json", default=_DEFAULT)
    parser.add_argument("--otf-resume", action="store_true")
    known, rest = parser.parse_known_args(arguments)
    into = Path(known.benchmark_json).absolute()
    if count < 2:
        raise UsageError(f"--blocks {count}: one run is no block of several. Leave it out.")
    if not into.parent.is_dir():
        raise UsageError(f"--benchmark-json {into}: there is no folder {into.parent}.")
    if forbidden := [each for each in rest if each.split("=")[0] in _SAVING]:
        raise UsageError(f"{' '.join(forbidden)}: several runs are kept in files beside --benchmark-json FILE.")
    files = [into.with_name(f"{into.stem}-{number}{into.suffix}") for number in range(1, count + 1)]
    if not known.otf_resume and (there := next((each for each in files if each.exists()), None)):
        raise UsageError(
            f"{there} is there already: --otf-resume goes on with it; or name another by --benchmark-json."
        )
    return files, rest, known.otf_resume


def _make(file: Path, arguments: Sequence[str], resume: bool) -> int:
    """One run, in a process of its own; its file is there only if it has come to its end."""
    begun, partial = file.with_suffix(".begun"), file.with_suffix(".partial")
    go_on = ["--otf-resume"] if resume and begun.exists() else []
    begun.touch()
    with temporary_folder("blocks") as folder:
        command = [sys.executable, child.program(folder), "run", *arguments, *go_on, f"--benchmark-json={partial}"]
        code = child.ended(subprocess.Popen(command))
    if code in _COMPLETE and partial.is_file():
        partial.rename(file)
        begun.unlink()
    return code


def _answered(files: Sequence[Path]) -> str:
    from otfbench.report.pooling import pooled
    from otfbench.report.wording import answered
    from otfbench.runs.file import read

    return answered(pooled(list(map(read, files)))) or "no question was asked."


def _show(files: Sequence[Path]) -> None:
    """All runs as one, and how to make a page of that."""
    from otfbench.report.pooling import pooled
    from otfbench.report.summary import summary
    from otfbench.runs.file import read

    print_lines(summary(pooled(list(map(read, files))), color=False))
    print_lines([f"a page of all: otfbench report --pool {' '.join(str(each) for each in files)}"])
