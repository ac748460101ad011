"""The JVMs of a run: one is up at a time; asking for another format's session replaces it. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from otfbench.config.options import Config
from otfbench.data.dataset import Source
from otfbench.errors import JvmError, Text
from otfbench.formats.base import TableFormat
from otfbench.measure.ruler import time_ruler
from otfbench.registry import control, load_format
from otfbench.spark import jars
from otfbench.spark.causes import first_cause
from otfbench.spark.java import Java
from otfbench.spark.jvm import Jvm, kill
from otfbench.spark.launch import jar_files, launch_jvm
from otfbench.tables.session import Session
from otfbench.tables.warehouse import WAREHOUSE, Warehouse

_CATALOG = "(catalog)"
"""What results have in place of the folder of a catalog of ours."""


class JvmPool:
    """Starts, measures by rulers and ends the JVM of each format, and one without a format where files are written."""

    def __init__(
        self,
        config: Config,
        java: Java,
        profile: jars.Profile,
        warehouse: Warehouse,
        ruler: Source,
        log: Path,
        say: Callable[[str], None],
    ) -> None:
        self._config, self._java, self._profile, self._warehouse = config, java, profile, warehouse
        self.ruler, self._log, self._say = ruler, log, say
        self.rulers: list[dict[str, Any]] = []
        self.inputs: list[str] = []
        """The packages of inputs that every session loads."""
        self._numbers = count(1)
        self._session: Session | None = None
        self._unstartable: dict[tuple[str, tuple[str, ...]], Text] = {}
        """Format and guests -> why their JVM didn't start: it isn't tried again for each case."""

    def session(self, name: str | None, guests: tuple[str, ...], warm_up: Callable[[Session], None]) -> Session:
        """The session of a format, or of the control for cases without one; started and warmed if it isn't up.

        `guests`: formats whose tables it can read by their paths. `warm_up` runs the operations that the session's
        cases will use, on small data.
        """
        wanted = self._with_catalog(load_format(name) if name else control())
        if self._session and self._session.format.name == wanted.name and self._session.guests == guests:
            if self._session.jvm.alive:
                return self._session
            self._say(f"the JVM of {wanted.name} died: starting another")
        self._end_session()
        session = self._session = self._started(wanted, guests)
        self._record_ruler(session, "before")
        if session.jvm.alive:
            warm_up(session)
        if not session.jvm.alive:
            raise JvmError(session.jvm.death_notice())
        return session

    def _started(self, wanted: TableFormat, guests: tuple[str, ...]) -> Session:
        if (wanted.name, guests) in self._unstartable:
            raise JvmError(*self._unstartable[wanted.name, guests])
        try:
            return self.new_session(wanted, guests)
        except JvmError as error:
            self._unstartable[wanted.name, guests] = error.args
            raise

    def plain(self, log: Path | None = None, master: str | None = None) -> Jvm:
        """A JVM without a format, which the caller stops: no case's JVM is warmed by what it does."""
        return self._launch([], {}, log or self._log, master)

    def close(self, interrupted: bool = False) -> None:
        """End the JVM that is up; it removes tables below a URI, which takes one.

        After an interrupt a job may still be running, for which a ruler would wait.
        """
        try:
            self._end_session(last=True, interrupted=interrupted)
        finally:
            if interrupted:
                kill()  # whatever was being started

    def new_session(self, table_format: TableFormat, guests: tuple[str, ...] = ()) -> Session:
        """A session of a format in a JVM of its own, which the caller stops."""
        location = f"{self._warehouse.tables}/{table_format.name}{'-with-guests' if guests else ''}"
        conf = {key: value for guest in guests for key, value in load_format(guest).guest_conf.items()}
        conf |= table_format.conf(location)
        folder = self._warehouse.scratch / f"catalog-{next(self._numbers)}"
        folder.mkdir()
        own = table_format.catalog_conf(location, str(folder))
        jvm = self._launch([table_format.name, *guests], conf | own, self._log)
        properties = self._config.properties.get(table_format.name)
        shown = self._config.conf | conf | table_format.catalog_conf(location, _CATALOG)
        try:
            return Session(jvm, table_format, shown, location, properties, guests)
        except BaseException:
            jvm.stop()  # nobody else knows of it
            raise

    def _with_catalog(self, table_format: TableFormat) -> TableFormat:
        """The format with the catalog that the user has chosen for it."""
        chosen = self._config.catalogs.get(table_format.name)
        return table_format.with_catalog(chosen) if chosen else table_format

    def _end_session(self, last: bool = False, interrupted: bool = False) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                if session.jvm.alive:
                    if not interrupted:
                        self._record_ruler(session, "after")
                    self._close(session)
                    if last:
                        self._warehouse.remove(session.spark)
            finally:
                session.jvm.stop()

    def _close(self, session: Session) -> None:
        """Leave nothing of ours in a catalog of the user's."""
        try:
            session.format.close(session.spark)
        except Exception as error:
            namespace = session.format.namespace
            self._say(f"the namespace {namespace} was left behind in the catalog: drop it ({first_cause(error)})")

    def _record_ruler(self, session: Session, when: str) -> None:
        """Record a ruler, if the times are to be judged by it; one that fails (a full disk) is recorded as well."""
        if not self._config.warmup:
            return
        ruler: dict[str, Any] = {"format": session.format.name, "when": when, "rows": self.ruler.dataset.rows}
        try:
            rounds = time_ruler(session, self.ruler, self._warehouse.tables)
            self.rulers.append(ruler | {"rounds_s": rounds, "median_s": median(rounds), "failed": None})
        except Exception as error:
            cause = "the JVM died" if session.jvm.ended_by(error) else first_cause(error)
            cause = cause.replace(self._warehouse.tables, WAREHOUSE)
            self.rulers.append(ruler | {"rounds_s": [], "median_s": None, "failed": cause})

    def _launch(self, formats: Collection[str], conf: Mapping[str, str], log: Path, master: str | None = None) -> Jvm:
        """A JVM with these settings, the jars of these formats and those of all inputs of the run."""
        files = jar_files(self._profile, [*formats, *self.inputs], self._config.jars, self._java)
        config = self._config.model_copy(update={"master": master}) if master else self._config
        return launch_jvm(config, files, conf, self._warehouse.scratch, self._java, log)
