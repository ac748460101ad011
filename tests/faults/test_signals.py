"""A run that is interrupted, by whichever signal and at whichever moment, keeps what it has and leaves nothing else."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from otfbench.runs.outcome import Status

PASSED, RUNNING, PLANNED = Status.PASSED, Status.RUNNING, Status.PLANNED
INTERRUPTS = [
    ("a JVM starts", signal.SIGTERM, [RUNNING, PLANNED]),
    ("Spark starts", signal.SIGINT, [RUNNING, PLANNED]),
    ("the session warms up", signal.SIGHUP, [RUNNING, PLANNED]),
    ("the first table is restored", signal.SIGINT, [RUNNING, PLANNED]),
    ("the warm-up round", signal.SIGTERM, [RUNNING, PLANNED]),
    ("the verification", signal.SIGTERM, [RUNNING, PLANNED]),
    ("the table of the first case is removed", signal.SIGINT, [PASSED, PLANNED]),
    ("a later timed round", signal.SIGINT, [PASSED, RUNNING]),
    ("the last JVM ends", signal.SIGTERM, [PASSED, PASSED]),
    ("the run is saved", signal.SIGINT, [PASSED, PASSED]),
]


def test_interrupt_before_the_first_case(runs, no_jvm_of: Callable[[int], bool]) -> None:
    """A run that is interrupted while its datasets are written leaves nothing at all, and no half of a dataset."""
    ended = runs.signalled("the datasets are written", signal.SIGTERM)
    assert ended.code == 128 + signal.SIGTERM and "Traceback" not in ended.printed, ended.printed
    assert "interrupted before the first case: nothing was measured, and no file is written" in ended.printed
    assert no_jvm_of(ended.pid) and runs.temporary == set() and runs.saved() == []
    assert not [path for path in (runs.folder / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("moment", "by", "expected"), INTERRUPTS)
def test_interrupt_saves_run_and_cleans_up(
    runs, no_jvm_of: Callable[[int], bool], otfbench, moment: str, by: signal.Signals, expected: list[Status]
) -> None:
    """It ends with the signal's exit code, a summary and a file that every command reads; no process, no folder."""
    before = len(runs.saved())
    ended = runs.signalled(moment, by)

    assert ended.code == (2 if by is signal.SIGINT else 128 + by), ended.printed
    assert "Traceback" not in ended.printed and "INTERNALERROR" not in ended.printed, ended.printed
    assert no_jvm_of(ended.pid) and runs.temporary == set()
    assert len(runs.saved()) == before + 1, ended.printed
    run = runs.saved()[-1]
    assert [each.status for each in run.run.outcomes.values()] == expected, ended.printed
    assert len(run.records) == expected.count(PASSED)
    assert ("running: " in ended.printed) == (RUNNING in expected) == ("was interrupted in it" in ended.printed)
    if run.records:
        assert f"cases: {len(run.records)} equal" in ended.printed
    for arguments in (("list",), ("report", str(run.path), "-o", "report.md"), ("compare", run.name, run.name)):
        assert otfbench(runs.folder, *arguments) in (0, 3), arguments
    assert bool(runs.journal) == (
        RUNNING in expected and PASSED in expected or PLANNED in expected and PASSED in expected
    )


def test_a_run_below_nohup_is_not_interrupted(runs) -> None:
    """SIGHUP that the process ignores stays ignored."""
    (runs.folder / "below_nohup.py").write_text("import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n")
    ended = runs.signalled("a later timed round", signal.SIGHUP, "-p", "below_nohup")
    assert ended.code == 0 and "cases: 2 equal" in ended.printed, ended.printed
