"""The command `compare`: two saved runs, case by case. Knows no Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from otfbench.commands.output import AsJson, Exit, print_json, print_lines
from otfbench.commands.saved import RunName
from otfbench.runs import file as runfile

if TYPE_CHECKING:
    pass


def compare(base: RunName, head: RunName, as_json: AsJson = False) -> None:
    """Compare two saved runs, case by case. Counters, content, and what can be said of time.

    Exit codes: 1 more work, wrong content or a missing case; 2 not sure; 3 not comparable.

    Example: otfbench compare 0001 0002
    """
    from otfbench.compare.compare import Verdict
    from otfbench.compare.compare import compare as compared
    from otfbench.report import comparison

    result = compared(runfile.read(runfile.find_run(base)), runfile.read(runfile.find_run(head)))
    if as_json:
        print_json(comparison.as_dict(result))
    else:
        print_lines(comparison.lines(result))
    verdicts = {line.verdict for line in result.lines}
    if verdicts & {Verdict.REGRESSED, Verdict.MISSING}:
        raise typer.Exit(Exit.FAILED)
    if Verdict.NOT_SURE in verdicts or any(shift.significant for shift in result.shifts):
        raise typer.Exit(Exit.INCONCLUSIVE)
