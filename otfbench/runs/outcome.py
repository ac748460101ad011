"""Run, outcome of each case, status. Knows nothing of how anything was measured, or where it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from otfbench import redaction
from otfbench.errors import StatusError

SCHEMA = 2
UNSUPPORTED = "unsupported: "
"""How the reason of a skipped case begins that its format, input or rows can't do."""


NO_TURN = "it did not get its turn"
TIMED, WARM_UP, TABLES, VERIFICATION, JVMS, REST = PARTS = (
    "timed rounds",
    "warm-up rounds",
    "tables made and restored",
    "verification",
    "JVMs",
    "rest",
)
"""The parts of a run that its time goes into."""


class Status(str, Enum):
    """Where a case is."""

    PLANNED = "planned"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CRASHED = "crashed"


_NEXT = {
    Status.PLANNED: {Status.RUNNING, Status.SKIPPED},
    Status.RUNNING: {Status.PASSED, Status.FAILED, Status.SKIPPED, Status.CRASHED},
}


@dataclass
class Outcome:
    """What became of one selected case: its status, and the reason where it is not `passed`."""

    id: str
    nodeid: str
    status: Status = Status.PLANNED
    reason: str | None = None
    verdict: str = "unchecked"

    def advance(self, status: Status, reason: str | None = None) -> None:
        """Take the next step; raises StatusError if the status doesn't allow it."""
        if status not in _NEXT.get(self.status, ()):
            raise StatusError(f"Case {self.id} is {self.status.value} and can't become {status.value}.")
        whole = (reason or "").encode(errors="replace").decode()  # a file's name may have half a character
        self.status, self.reason = status, redaction.redact_text(whole) or None

    @property
    def fate(self) -> str:
        """What became of a case that has no number, in one line."""
        if self.status is Status.PASSED:
            return "it passed, but the file holds no number of it"
        reason = (self.reason or NO_TURN).splitlines()[0]
        return reason if reason.startswith(UNSUPPORTED) else f"{self.status.value}: {reason}"

    def as_dict(self) -> dict[str, Any]:
        """The outcome as the run file has it."""
        return {
            "id": self.id,
            "nodeid": self.nodeid,
            "status": self.status.value,
            "reason": self.reason,
            "verdict": self.verdict,
        }


@dataclass
class Run:
    """Everything that one invocation measured, but for what pytest-benchmark itself keeps."""

    environment: dict[str, Any]
    options: dict[str, Any]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    rulers: list[dict[str, Any]] = field(default_factory=list)
    jvms: str = "apart"
    """Whether the JVMs of all formats were up `together`, or `apart`, one after the other."""
    order_seed: int | None = None
    """What the formats of each operation were shuffled by; None where they weren't."""
    idle: dict[str, dict[str, float]] = field(default_factory=dict)
    """Format -> what its JVM used while cases of others ran: `cpu_s` in `wall_s`."""
    spent: dict[str, float] = field(default_factory=dict)
    """Part (one of PARTS) -> seconds of the run that went into it."""
    load_per_core: float | None = None
    fidelity: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    """Format -> what becomes of each cell of otfbench.fidelity.cells."""

    def unfinished(self) -> list[Outcome]:
        """The cases that have not ended: the one that an interrupted run was in, and those that had no turn."""
        return [each for each in self.outcomes.values() if each.status in _NEXT]

    def unsuccessful(self) -> set[str]:
        """The node ids of the cases that did not pass."""
        return {each.nodeid for each in self.outcomes.values() if each.status is not Status.PASSED}

    def as_dict(self) -> dict[str, Any]:
        """The top-level key `otfbench` of a run file."""
        record = {
            "schema": SCHEMA,
            "environment": self.environment,
            "options": self.options,
            "load_per_core_before": self.load_per_core,
            "jvms": self.jvms,
            "order_seed": self.order_seed,
            "idle": self.idle,
            "spent": self.spent,
            "rulers": self.rulers,
            "fidelity": self.fidelity,
            "outcomes": [outcome.as_dict() for outcome in self.outcomes.values()],
        }
        return dict(redaction.redact_json(record))
