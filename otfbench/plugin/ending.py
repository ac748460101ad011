"""What happens after the last case: the JVM ends, the run is held to its baseline and saved. Has no hook."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator

import pytest

from otfbench.plugin import pytest_benchmark
from otfbench.plugin.state import PLUGIN, Shared, shared_state_or_none
from otfbench.runs.outcome import Status
from otfbench.spark import interrupts
from otfbench.spark.jvm import kill

_TEAR_DOWN_S = 30


def end(session: pytest.Session) -> Generator[None, None, None]:
    """Before pytest-benchmark saves: end the JVM, see that there is a file in any case. After it: nothing to resume.

    A run that was interrupted is saved first: whoever ended it may not wait for the JVM. No signal cuts into any of it.
    """
    interrupts.hold()
    try:
        if state := shared_state_or_none(session.config):
            yield from _end_run(session, state)
        else:
            yield
        session.exitstatus = _exit_status(session)
    finally:
        interrupts.forget()


def _end_run(session: pytest.Session, state: Shared) -> Generator[None, None, None]:
    interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
    if interrupted:
        _tear_down(session, state)
    else:
        state.close()
    state.run.spent = state.prepared.bench.spent.seconds()
    session.exitstatus = _exit_status(session)
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:  # the killed run had finished all
        session.exitstatus = pytest.ExitCode.OK
    for outcome in state.run.unfinished():
        if outcome.status is Status.RUNNING:
            outcome.reason = "the run was interrupted in it"
    state.keep_finished()
    pytest_benchmark.keep_finished(session.config, state.run.unsuccessful())
    pytest_benchmark.save_without_benchmarks(session.config)
    _pass_gate(session, state)
    try:
        yield
    finally:
        if interrupted:
            state.close(interrupted=True)
    if state.unsaved:
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
    if state.unsaved or state.run.unfinished():
        state.journal.close()
    else:
        state.journal.end()


def _tear_down(session: pytest.Session, state: Shared) -> None:
    """End the fixtures of the case that was interrupted, whose JVM may be gone: what they raise is for the log only."""
    too_long = threading.Timer(_TEAR_DOWN_S, kill)
    too_long.start()
    try:
        session._setupstate.teardown_exact(None)  # pytest has no public way to what it does a moment later
    except Exception:
        state.note("after the interrupt")
    finally:
        too_long.cancel()


def _pass_gate(session: pytest.Session, state: Shared) -> None:
    """Hold the run to the baseline, if there is one; a run that failed by itself keeps its own exit status."""
    plugin = session.config.stash[PLUGIN]
    if plugin.gate is None:
        return
    status, plugin.gate_lines = plugin.gate.verdict(state.run, state.records.values())
    session.exitstatus = session.exitstatus or status


def _exit_status(session: pytest.Session) -> int:
    """That of the signal that has come, if any; Control-C has one of pytest's own."""
    status = interrupts.exit_status()
    return pytest.ExitCode.INTERRUPTED if status == 128 + signal.SIGINT else status or session.exitstatus
