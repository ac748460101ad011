"""A run that is interrupted at ten random moments, spread over all of it: each time it ends as at named ones."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from otfbench.runs.outcome import Status
from tests.faults.moments import STAGES_S, at_random

SEED, MOMENTS = at_random()
BY = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", range(len(STAGES_S)))
def test_random_interrupt(runs: Any, no_jvm_of: Callable[[int], bool], otfbench: Any, number: int) -> None:
    """Whenever Control-C or SIGTERM comes: the exit code, what had finished in a readable file, nothing else left."""
    (stage, delay_s), by, before = MOMENTS[number], BY[number % 2], len(runs.saved())
    moment = f"{by.name} {delay_s:.3f} s after: {stage} (seed {SEED})"

    ended = replace(runs, cases="abcd").signalled(stage, by, delay_s=delay_s)  # none ends before its signal

    assert ended.code == (2 if by is signal.SIGINT else 128 + by), (moment, ended.printed)
    assert "Traceback" not in ended.printed and "INTERNALERROR" not in ended.printed, (moment, ended.printed)
    assert no_jvm_of(ended.pid) and runs.temporary == set(), moment
    if "interrupted before the first case" in ended.printed:
        assert len(runs.saved()) == before, moment
        return
    assert len(runs.saved()) == before + 1, (moment, ended.printed)
    run = runs.saved()[-1]
    statuses = [each.status for each in run.run.outcomes.values()]
    assert len(run.records) == statuses.count(Status.PASSED) >= len(runs.journal), (moment, statuses)
    assert {Status.FAILED, Status.CRASHED, Status.SKIPPED}.isdisjoint(statuses), (moment, ended.printed)
    assert otfbench(runs.folder, "report", str(run.path), "-o", "report.md") == 0, moment
