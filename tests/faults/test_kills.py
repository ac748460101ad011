"""A run that is killed at ten random moments, and goes on after each: nothing that was finished is lost."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.faults.moments import at_random


@dataclass(frozen=True)
class Killed:
    """What a killed run has left, once its JVM has ended."""

    moment: str
    ended: Any
    journal: list[str]
    temporary: set[str]
    listed: set[str]
    """The names of temporary folders that `otfbench clean` lists."""


@pytest.fixture(scope="module")
def runs(runs: Any) -> Any:
    """With more cases than all stages before the last one's end can finish, however fast the machine is."""
    return replace(runs, cases="abcdefgh")


@pytest.fixture(scope="module")
def killed(runs: Any, no_jvm_of: Any) -> list[Killed]:
    """One run, killed at a random moment of each of its stages, and gone on with by the next."""
    found: list[Killed] = []
    seed, moments = at_random()
    for stage, delay_s in moments:
        resumed = ["--otf-resume"] if runs.can_go_on else []
        ended = runs.signalled(stage, signal.SIGKILL, *resumed, delay_s=delay_s)
        assert no_jvm_of(ended.pid), "its JVM goes on"
        moment = f"{delay_s:.3f} s after: {stage} (seed {seed})"
        found.append(Killed(moment, ended, runs.journal, runs.temporary, runs.listed()))
    return found


def test_it_is_killed_at_ten_moments(killed: list[Killed]) -> None:
    """Each of them ends at once, and is killed before it has ended by itself."""
    assert len(killed) >= 10
    for each in killed:
        assert each.ended.code == -signal.SIGKILL, (each.moment, each.ended.printed)


def test_no_finished_case_is_lost(killed: list[Killed]) -> None:
    """What is in the journal once is there after each later kill."""
    for before, after in zip(killed, killed[1:], strict=False):
        assert after.journal[: len(before.journal)] == before.journal, after.moment
    assert "test_a" in killed[-1].journal[0]


def test_what_is_left_is_listed(killed: list[Killed]) -> None:
    """`otfbench clean` names all that a killed run has left among the temporary files."""
    for each in killed:
        assert each.temporary == each.listed, each.moment
    assert any(each.temporary for each in killed)


def test_what_is_left_is_removed(killed: list[Killed]) -> None:
    """The next run removes it."""
    for before, after in zip(killed, killed[1:], strict=False):
        assert not before.temporary & after.temporary, after.moment


def test_the_last_run_finishes(runs: Any, killed: list[Killed]) -> None:
    """What is left runs, the file has all of it, and nothing else is left."""
    ended = runs.run("test_work.py", "--otf-formats", "parquet", "--otf-resume")
    assert ended.code == 0, (ended.printed, [each.moment for each in killed])
    run = runs.saved()[-1]
    assert [each.status.value for each in run.run.outcomes.values()] == ["passed"] * len(runs.cases)
    assert len(run.records) == len(runs.cases) and runs.journal == []
    assert runs.temporary == runs.listed() == set()
