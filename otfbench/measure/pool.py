"""The JVMs of a run, one per format: several are up at once, or each replaces the one before. Knows no pytest."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import monotonic
from typing import Any

from otfbench.data.dataset import Source
from otfbench.errors import JvmError, Text
from otfbench.formats.base import TableFormat
from otfbench.measure.bench import Bench
from otfbench.measure.ruler import time_ruler
from otfbench.registry import control, load_format
from otfbench.runs.outcome import JVMS
from otfbench.spark.causes import first_cause
from otfbench.spark.jvm import kill
from otfbench.tables.session import Session
from otfbench.tables.warehouse import WAREHOUSE


class JvmPool:
    """Starts the JVM of each format when its first case comes, measures it by rulers, and ends it."""

    def __init__(self, bench: Bench, ruler: Source, at_once: int = 1) -> None:
        """`at_once`: how many may be up beside each other; one more ends that which was not asked for the longest."""
        self._bench, self._ruler, self._at_once = bench, ruler, at_once
        self.rulers: list[dict[str, Any]] = []
        self.idle: dict[str, dict[str, float]] = {}
        """Format -> what its JVM used while another's cases ran: `cpu_s` in `wall_s`."""
        self.current: Session | None = None
        """The one whose case runs."""
        self._sessions: list[Session] = []
        """Those that are up; the one that was asked for last is the last."""
        self._idle_since: dict[Session, tuple[float, float]] = {}
        """Session -> moment and CPU seconds when another's cases began."""
        self._unstartable: dict[tuple[str, tuple[str, ...]], Text] = {}
        """Format and guests -> why their JVM didn't start: it isn't tried again for each case."""

    def session(self, name: str | None, guests: tuple[str, ...], warm_up: Callable[[Session], None]) -> Session:
        """The session of a format, or of the control for cases without one; started and warmed if it isn't up.

        pyspark's calls go to it from then on.

        `guests`: formats whose tables it can read by their paths. `warm_up` runs the operations that the session's
        cases will use, on small data.
        """
        wanted = self._bench.launcher.with_catalog(load_format(name) if name else control())
        up = next((each for each in self._sessions if (each.format.name, each.guests) == (wanted.name, guests)), None)
        if up and up is self.current and up.jvm.alive:
            return up
        self._leave()
        if up and up.jvm.alive:
            self._go_on(up)
            return up
        if up:
            self._bench.say(f"the JVM of {wanted.name} died: starting another")
            self._end(up)
        with self._bench.spent.on(JVMS):
            return self._new(wanted, guests, warm_up)

    def _new(self, wanted: TableFormat, guests: tuple[str, ...], warm_up: Callable[[Session], None]) -> Session:
        while len(self._sessions) >= self._at_once:
            self._end(self._sessions[0])
        session = self.current = self._started(wanted, guests)
        self._sessions.append(session)
        self._record_ruler(session, "before")
        if session.jvm.alive:
            warm_up(session)
        if not session.jvm.alive:
            raise JvmError(session.jvm.death_notice())
        return session

    def _leave(self) -> None:
        """Cases of another begin: from now on the current one is idle."""
        session, self.current = self.current, None
        if session and session.jvm.alive:
            self._idle_since[session] = (monotonic(), session.meter.cpu_s())

    def _go_on(self, session: Session) -> None:
        """Its cases go on: it was idle until now."""
        self._sessions.remove(session)
        self._sessions.append(session)
        self.current = session
        session.jvm.use()
        since, cpu_s = self._idle_since.pop(session)
        idle = self.idle.setdefault(session.format.name, {"wall_s": 0.0, "cpu_s": 0.0})
        idle["wall_s"] += monotonic() - since
        idle["cpu_s"] += max(0.0, session.meter.cpu_s() - cpu_s)

    def _started(self, wanted: TableFormat, guests: tuple[str, ...]) -> Session:
        if (wanted.name, guests) in self._unstartable:
            raise JvmError(*self._unstartable[wanted.name, guests])
        try:
            return self._bench.launcher.new_session(wanted, guests)
        except JvmError as error:
            self._unstartable[wanted.name, guests] = error.args
            raise

    def close(self, interrupted: bool = False) -> None:
        """End the JVMs that are up; the last removes tables below a URI, which takes one.

        After an interrupt a job may still be running, for which a ruler would wait.
        """
        try:
            with self._bench.spent.on(JVMS):
                while self._sessions:
                    self._end(self._sessions[0], last=len(self._sessions) == 1, interrupted=interrupted)
        finally:
            if interrupted:
                kill()  # whatever was being started

    def _end(self, session: Session, last: bool = False, interrupted: bool = False) -> None:
        self._sessions.remove(session)
        self.current = None
        session.jvm.use()
        try:
            if session.jvm.alive:
                if not interrupted:
                    self._record_ruler(session, "after")
                self._close(session)
                if last:
                    self._bench.warehouse.remove(session.spark)
        finally:
            session.jvm.stop()

    def _close(self, session: Session) -> None:
        """Leave nothing of ours in a catalog of the user's."""
        try:
            session.format.close(session.spark)
        except Exception as error:
            namespace = session.format.namespace
            self._bench.say(f"the namespace {namespace} was left behind in the catalog: drop it ({first_cause(error)})")

    def _record_ruler(self, session: Session, when: str) -> None:
        """Record a ruler, if the times are to be judged by it; one that fails (a full disk) is recorded as well."""
        if not self._bench.config.warmup:
            return
        ruler: dict[str, Any] = {"format": session.format.name, "when": when, "rows": self._ruler.dataset.rows}
        try:
            rounds = time_ruler(session, self._ruler, self._bench.warehouse.tables)
            self.rulers.append(ruler | {"rounds_s": rounds, "median_s": median(rounds), "failed": None})
        except Exception as error:
            cause = "the JVM died" if session.jvm.ended_by(error) else first_cause(error)
            cause = cause.replace(self._bench.warehouse.tables, WAREHOUSE)
            self.rulers.append(ruler | {"rounds_s": [], "median_s": None, "failed": cause})
