"""Pairs of runs in a folder: one process per side and pair, in balanced random order. Judges nothing."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from otfbench.commands import child
from otfbench.commands.output import write_whole
from otfbench.commands.sides import Side
from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.redaction import redact_text
from otfbench.runs import file as runfile
from otfbench.runs.file import SavedRun

LOCK = "lock"
"""The file that a comparison locks while it runs."""
_PLAN = "plan.json"
_COMPLETE = (0, 1)
"""Exit codes of a run that has come to its end: all cases passed, or some failed."""
_LAST_LINES = 12
"""The lines of a failed run's log that are shown."""
_OF_A_FAILED_RUN = re.compile(r"pair-01-(base|head)\.(log|partial)")
"""Matches what a comparison leaves whose very first run fails: it can be begun anew there."""


@dataclass(frozen=True)
class Plan:
    """What is compared, where the runs are kept, and in which order they are made."""

    folder: Path
    base: Side
    head: Side
    arguments: tuple[str, ...]
    seed: int

    def side(self, name: str) -> Side:
        """The side that is called `base` or `head`."""
        return self.base if name == "base" else self.head

    def order(self, pair: int) -> tuple[str, str]:
        """Which side of a pair comes first: of two pairs base once, and head once; which, is a matter of the seed."""
        head_first = random.Random(f"{self.seed} {(pair - 1) // 2}").random() < 0.5
        return ("head", "base") if head_first == bool(pair % 2) else ("base", "head")

    def file(self, pair: int, name: str) -> Path:
        """Where the run of a side is kept."""
        return self.folder / f"pair-{pair:02}-{name}.json"


def check_folder(folder: Path, resume: bool) -> None:
    """Raise UsageError for a folder that holds something else than the comparison to go on with."""
    there = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
    if resume and _PLAN not in there:
        raise UsageError(f"{folder} has no comparison to go on with: {_PLAN} is missing.")
    if not resume and not all(each in ("sources", LOCK) or _OF_A_FAILED_RUN.fullmatch(each) for each in there):
        raise UsageError(f"{folder} isn't empty. Name another by --output; --resume goes on with what is there.")


def begin(plan: Plan, resume: bool) -> Plan:
    """Write the plan into its folder, or go on with the one that is there; raises UsageError if it is another."""
    path = plan.folder / _PLAN
    given = {
        "base": plan.base.description,
        "head": plan.head.description,
        "arguments": list(map(redact_text, plan.arguments)),
    }
    if not resume:
        write_whole(path, json.dumps({**given, "seed": plan.seed}, indent=2))
        return plan
    try:
        kept = json.loads(path.read_text())
        seed = int(kept.pop("seed"))
    except (OSError, ValueError, KeyError, AttributeError):
        raise UsageError(f"{path} is damaged: begin anew in another folder (--output).") from None
    if others := [key for key in given if kept.get(key) != given[key]]:
        raise UsageError(
            f"{plan.folder} has another comparison: {', '.join(f'{key} was {kept.get(key)}' for key in others)}."
        )
    return Plan(plan.folder, plan.base, plan.head, plan.arguments, seed)


def pair_of_runs(plan: Plan, pair: int, answered: Collection[str]) -> tuple[SavedRun, SavedRun]:
    """The runs of base and head, made now if they aren't there; cases in `answered` are left out."""
    for name in plan.order(pair):
        if not plan.file(pair, name).is_file():
            _make(plan, pair, name, answered)
    return runfile.read(plan.file(pair, "base")), runfile.read(plan.file(pair, "head"))


def _make(plan: Plan, pair: int, name: str, answered: Collection[str]) -> None:
    """A run of one side, in a process of its own; raises UsageError if it doesn't come to its end."""
    chosen, kept = plan.side(name), plan.file(pair, name)
    partial, log = kept.with_suffix(".partial"), kept.with_suffix(".log")
    print(f"pair {pair}, {name}: ", end="", flush=True)
    begin_s = time.monotonic()
    with temporary_folder("ab") as folder, log.open("w") as output:
        command = [chosen.python, child.program(folder), "run", *plan.arguments, *chosen.arguments]
        command += [f"--benchmark-json={partial}", *_left_out(plan, name, answered)]
        process = subprocess.Popen(
            command, env=chosen.environment(), cwd=chosen.checkout, stdout=output, stderr=subprocess.STDOUT
        )
        code = child.ended(process)
    print(f"{time.monotonic() - begin_s:.0f} s", flush=True)
    if code not in _COMPLETE or not partial.is_file():
        if not any(plan.folder.glob("pair-*.json")):
            (plan.folder / _PLAN).unlink()
        raise UsageError(_failure(log, name, code))
    partial.rename(kept)


def _left_out(plan: Plan, name: str, answered: Collection[str]) -> Sequence[str]:
    """The options that leave cases out, by the names that the side's first run has for them."""
    if not answered:
        return ()
    outcomes = runfile.read(plan.file(1, name)).run.outcomes.values()
    return [f"--deselect={outcome.nodeid}" for outcome in outcomes if outcome.id in answered]


def _failure(log: Path, name: str, code: int) -> str:
    with log.open(errors="replace") as file:
        last = "".join(deque(file, _LAST_LINES)).strip()
    return f"The run of {name} ended with exit code {code}; its last lines, of {log}:\n{last}"
