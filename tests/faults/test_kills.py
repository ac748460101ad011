"""A run that is killed at one moment after the other, and goes on after each: nothing that was finished is lost."""

from __future__ import annotations

import random
import signal

import pytest

EARLY = ["Spark starts", "the first table is restored", "the session warms up", "the verification", "the warm-up round"]
"""Moments before a case has finished."""


@pytest.fixture(scope="module")
def killed(runs):
    """What runs left that were killed, each gone on with by the next: exit codes, processes, lines of the journal."""
    moments = [*random.Random(15).sample(EARLY, 2), "the journal is written"]
    ended = [runs.signalled(each, signal.SIGKILL, *["--otf-resume"][:number]) for number, each in enumerate(moments)]
    return ended, runs.journal, runs.temporary


def test_a_killed_run_leaves_its_journal(killed, no_jvm_of) -> None:
    """It ends at once, its JVM a moment later; the journal has the case that had finished."""
    ended, journal, _ = killed
    assert [each.code for each in ended] == [-signal.SIGKILL] * 3, ended
    assert all(no_jvm_of(each.pid) for each in ended)
    assert len(journal) == 1 and "test_a" in journal[0]


def test_the_last_run_finishes(runs, killed) -> None:
    """What is left runs once, the file has all of it, and the run itself leaves nothing."""
    ended = runs.run("test_work.py", "--otf-formats", "parquet", "--otf-resume")
    assert ended.code == 0 and "1 passed" in ended.printed, ended.printed
    [run] = runs.saved()
    assert [each.status.value for each in run.run.outcomes.values()] == ["passed", "passed"]
    assert len(run.records) == 2 and runs.journal == []
    assert runs.temporary <= killed[2]
