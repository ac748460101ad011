"""The option --otf-gate of a pytest run: the counter gate after the last case. Has no hooks; hooks.py calls it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from otfbench.compare import baseline, gate
from otfbench.config import load as configfile
from otfbench.config.schema import GateException
from otfbench.errors import IncomparableError
from otfbench.report.gate import lines
from otfbench.runs.outcome import Run, Status
from otfbench.runs.record import Record

GREEN, RED, NOT_COMPARABLE = 0, 1, 3


@dataclass(frozen=True)
class Gate:
    """A baseline and the exceptions to it, both read and checked before the run."""

    path: Path
    baseline: baseline.Baseline
    exceptions: Sequence[GateException]

    def warn(self, run: Run) -> Iterator[str]:
        """Before the first case: why this run can't be held to the baseline, if so. It runs all the same."""
        try:
            gate.refuse_other(self.baseline, run)
        except IncomparableError as error:
            yield f"otfbench: {self.path}: {error}"

    def verdict(self, run: Run, records: Iterable[Record]) -> tuple[int, list[str]]:
        """After the last case: the exit status that the gate asks for, and what it says."""
        passed = {outcome.id for outcome in run.outcomes.values() if outcome.status is Status.PASSED}
        by_id: Mapping[str, Record] = {record["case"]["id"]: record for record in records}
        measured = {name: record for name, record in by_id.items() if name in passed}
        try:
            judgement = gate.judge_run(self.baseline, run, measured, self.exceptions)
        except IncomparableError as error:
            return NOT_COMPARABLE, [f"gate: not comparable: {error}"]
        return RED if judgement.red else GREEN, list(lines(judgement, self.path, "RUN"))


def read(path: str, folder: Path, config: Path | None) -> Gate:
    """The gate of a baseline, relative to the folder, and of the YAML file's exceptions; raises an OtfbenchError."""
    exceptions = configfile.gate_exceptions(config)
    gate.check(exceptions, date.today())
    return Gate(Path(path), baseline.read(folder / path), exceptions)
