"""What the hooks and the fixtures of one run share. Knows no hook and no fixture."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otfbench import redaction
from otfbench.config.options import Config
from otfbench.errors import JvmError, OtfbenchError, UnsupportedError
from otfbench.measure.pool import JvmPool
from otfbench.measure.prepared import Prepared
from otfbench.plugin import cases
from otfbench.plugin.gate import Gate
from otfbench.plugin.order import Order
from otfbench.runs.journal import Journal
from otfbench.runs.outcome import UNSUPPORTED, Run
from otfbench.runs.record import Record
from otfbench.spark.causes import causes, first_cause
from otfbench.spark.jvm import kill

if TYPE_CHECKING:
    from otfbench.tables.session import Session


@dataclass
class Shared:
    """What the hooks of one run share."""

    prepared: Prepared
    jvms: JvmPool
    run: Run
    journal: Journal
    log: Path
    records: dict[str, Record] = field(default_factory=dict)
    """Node id -> the record of a case that has a number."""
    resumed: list[dict[str, Any]] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    """Files that could not be written where they were to be, and where the results are instead; a sentence each."""
    crashed: dict[str, str] = field(default_factory=dict)
    """Node id -> how the JVM of the case ended."""

    def end_overrun(self, nodeid: str) -> str:
        """End the JVM of a case that takes too long, once it has told the log what it is doing; return why."""
        limit = self.prepared.bench.config.case_timeout
        reason = (
            f"It took longer than {limit} s (--otf-case-timeout): its JVM was ended.\nWhat it was doing: {self.log}"
        )
        session = self.jvms.current
        if session:
            session.jvm.dump_threads()
        self.crashed[nodeid] = reason
        (session.jvm.kill if session else kill)()
        return reason

    def close(self, interrupted: bool = False) -> None:
        """End the JVMs, one of which may be in a job after an interrupt; remove all but tables that are to be kept."""
        try:
            self.jvms.close(interrupted)
        finally:
            self.prepared.bench.close()

    def note(self, what: str) -> None:
        """Write the error that is being handled to the log, whole."""
        with suppress(OSError), self.log.open("a") as log:  # the disk may be full
            log.write(f"\n--- {what} ---\n{redaction.redact_text(traceback.format_exc())}\n")

    def keep_finished(self) -> None:
        """Leave out the records of cases that were measured, and failed or were interrupted afterwards."""
        for nodeid in self.run.unsuccessful():
            self.records.pop(nodeid, None)


@dataclass
class Plugin:
    """What the plugin knows of one run of pytest: the options at first, the rest as it comes to it."""

    config: Config
    gate: Gate | None = None
    order: Order = Order()
    other_suites: Sequence[str] = ()
    """What other suites would add, a line each."""
    left_out: Sequence[str] = ()
    """The operations that have no place in a run about a table of the user's."""
    shared: Shared | None = None
    """None until a run with cases has begun."""
    interrupted_early: bool = False
    """Whether the run was interrupted before its first case."""
    gate_lines: Sequence[str] = ()
    """What the gate has to say at the end."""


PLUGIN = pytest.StashKey[Plugin]()


def shared_state_or_none(config: pytest.Config) -> Shared | None:
    """What the hooks share, once a run with cases has begun."""
    plugin = config.stash.get(PLUGIN, None)
    return plugin.shared if plugin else None


def shared_state(config: pytest.Config) -> Shared:
    """The same, for the fixtures of a case: the run has begun."""
    state = shared_state_or_none(config)
    assert state is not None
    return state


@contextmanager
def failures(request: pytest.FixtureRequest, session: Session | None = None) -> Iterator[None]:
    """A failed case shows one screen: the first cause. The whole error goes to the log."""
    try:
        yield
    except UnsupportedError as error:
        pytest.skip(redaction.redact_text(f"{UNSUPPORTED}{error}"))
    except Exception as error:
        state, nodeid = shared_state(request.config), request.node.nodeid
        crash = state.crashed.get(nodeid) or _crash(error, session)  # the last lines of the log are those of the JVM
        state.note(f"{cases.case_id(request.node)} failed")
        if crash:
            state.crashed[nodeid] = crash
        text = str(error) if isinstance(error, OtfbenchError) else f"{first_cause(error)}\nThe whole error: {state.log}"
        raise pytest.fail.Exception(redaction.redact_text(crash or text), pytrace=False) from None


def _crash(error: Exception, session: Session | None) -> str | None:
    """How the JVM ended by which the error came; None if it did not end."""
    if isinstance(error, JvmError):
        return str(error)
    if session is None:
        return None
    if session.jvm.ended_by(error):
        return session.jvm.death_notice()
    if any("java.lang.OutOfMemoryError" in each for each in causes(error)):
        session.jvm.kill()  # what still works in it is a matter of luck
        return f"The JVM ran out of memory (--otf-driver-memory gives it more): {first_cause(error)}"
    return None
