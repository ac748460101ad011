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
from otfbench.measure.bench import Bench
from otfbench.plugin import cases
from otfbench.plugin.gate import Gate
from otfbench.runs.journal import Journal
from otfbench.runs.outcome import UNSUPPORTED, Run
from otfbench.runs.record import Record
from otfbench.spark.causes import first_cause

if TYPE_CHECKING:
    from otfbench.tables.session import Session


@dataclass
class Shared:
    """What the hooks of one run share."""

    bench: Bench
    run: Run
    journal: Journal
    log: Path
    records: dict[str, Record] = field(default_factory=dict)
    """Node id -> the record of a case that has a number."""
    resumed: list[dict[str, Any]] = field(default_factory=list)
    crashed: set[str] = field(default_factory=set)
    unsaved: list[str] = field(default_factory=list)
    """Files that could not be written where they were to be, and where the results are instead; a sentence each."""


@dataclass
class Plugin:
    """What the plugin knows of one run of pytest: the options at first, the rest as it comes to it."""

    config: Config
    gate: Gate | None = None
    larger_suites: Sequence[str] = ()
    """What larger suites would add, a line each."""
    shared: Shared | None = None
    """None until a run with cases has begun."""
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
        state = shared_state(request.config)
        if session is not None and session.jvm.ended_by(error):
            error = JvmError(session.jvm.death_notice())
        if isinstance(error, JvmError):
            state.crashed.add(request.node.nodeid)
        text = str(error) if isinstance(error, OtfbenchError) else f"{first_cause(error)}\nThe whole error: {state.log}"
        with suppress(OSError), state.log.open("a") as log:  # without room for it the reason is still shown
            log.write(
                f"\n--- {cases.case_id(request.node)} failed ---\n{redaction.redact_text(traceback.format_exc())}\n"
            )
        raise pytest.fail.Exception(redaction.redact_text(text), pytrace=False) from None
