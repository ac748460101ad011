"""One run: what it needs before it starts, its folders, and the one JVM that is up. Knows nothing of pytest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from otfbench import datasets, jars, spark
from otfbench.config import Config
from otfbench.datasets import Source, Trips
from otfbench.errors import JvmError, WarehouseError
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.inputs.parquet import Parquet
from otfbench.java import find_java
from otfbench.registry import control, load_format
from otfbench.session import Session

_WARM_ROWS = 2_000
_RULER_ROWS = 20_000
_MARKER = ".otfbench"


class Bench:
    """What the cases of a run share. At most one JVM is up: asking for another format's session replaces it."""

    def __init__(self, config: Config, log: Path, say: Callable[[str], None]) -> None:
        """Check the process, Java, pyspark and the folder; raises UsageError before anything is started."""
        self.config, self._log, self._say = config, log, say
        spark.refuse_foreign_jvm()
        self.java = find_java()
        self.profile = jars.profile_for(version("pyspark"))
        self.dataset = Trips(config.rows, config.seed)
        self.small = Trips(min(_WARM_ROWS, config.rows), config.seed)
        self.rulers: list[dict[str, Any]] = []
        self._ruler_source = self.source(Trips(_RULER_ROWS, 0), Parquet())
        self._session: Session | None = None
        self.warehouse = Warehouse(config.warehouse, config.keep_tables)

    def source(self, dataset: Trips, files: Input) -> Source:
        """A dataset as files of an input, in the cache folder."""
        return Source(dataset, files, datasets.cache_folder() / dataset.key / files.name)

    def version_of(self, name: str) -> str | None:
        """The format's version in the profile; None if the profile has no jars for it."""
        package = self.profile.packages.get(name)
        return package.version if package else None

    def prepare(self, formats: Iterable[str], inputs: Iterable[Input]) -> None:
        """Fetch the jars that are missing and write the datasets that are missing; raises an OtfbenchError if it can't."""
        wanted = [jar for name in formats if name in self.profile.packages for jar in self.profile.packages[name].jars]
        absent = jars.missing(wanted, jars.cache_folder())
        if absent:
            self._say(f"fetching {len(absent)} jars ({sum(jar.bytes for jar in absent) / 1e6:.0f} MB) ...")
            jars.fetch(wanted, self.java, jars.cache_folder())
        sources = [self.source(dataset, files) for dataset in (self.dataset, self.small) for files in inputs]
        unwritten = [source for source in (self._ruler_source, *sources) if not datasets.is_written(source)]
        if unwritten:
            self._say(f"writing {len(unwritten)} datasets, once, to {datasets.cache_folder()} ...")
            jvm = spark.start(self._base_conf(), self.java, self._log)  # one of its own: no case's JVM is warmed by it
            try:
                datasets.write(jvm.spark, unwritten)
            finally:
                jvm.stop()

    def session(self, name: str | None, warm_up: Callable[[Session], None]) -> Session:
        """The session of a format, or of the control for cases without one; started, measured and warmed if it isn't up.

        `warm_up` runs the operations that the session's cases will use, on small data.
        """
        wanted = load_format(name) if name else control()
        if self._session and self._session.format.name == wanted.name:
            if self._session.jvm.alive:
                return self._session
            self._say(f"the JVM of {wanted.name} died: starting another")
        self._end_session()
        session = self._start(wanted)
        self.rulers.append(session.ruler(self._ruler_source, self.warehouse.scratch, "before"))
        warm_up(session)
        return session

    def close(self) -> None:
        """End the JVM and remove what the run left on disk, but for tables that are to be kept."""
        try:
            self._end_session()
        finally:
            self.warehouse.close()

    def _start(self, table_format: TableFormat) -> Session:
        place = str(self.warehouse.tables / table_format.name)
        own = table_format.conf(place)
        conf = self._base_conf() | own
        package = self.profile.packages.get(table_format.name)
        if package and package.jars:
            conf["spark.jars"] = ",".join(str(jars.cache_folder() / jar.file_name) for jar in package.jars)
        self._session = Session(spark.start(conf, self.java, self._log), table_format, own, place)
        return self._session

    def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if session.jvm.alive:
                self.rulers.append(session.ruler(self._ruler_source, self.warehouse.scratch, "after"))
        except Exception as error:  # a ruler that fails says nothing of the cases, but must not be missed
            raise JvmError(f"The ruler failed: {spark.first_cause(error)}") from error
        finally:
            session.jvm.stop()

    def _base_conf(self) -> dict[str, str]:
        return spark.session_conf(self.config.master, self.config.driver_memory, self.warehouse.scratch)


class Warehouse:
    """The folder for tables and scratch files: a temporary one, or the user's own, which must be empty or left by us."""

    def __init__(self, wanted: Path | None, keep: bool) -> None:
        """Claim the folder; raises WarehouseError if it holds what isn't ours, can't be written, or is in use."""
        self._keep = keep
        self._made = wanted is None or not wanted.exists()
        self.folder = Path(tempfile.mkdtemp(prefix="otfbench-")) if wanted is None else wanted.absolute()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            (self.folder / _MARKER).write_text(f"{psutil.Process().pid}\n")
        except OSError as error:
            raise WarehouseError(f"--otf-warehouse {self.folder}: {error.strerror}. Name a folder that you can write to.") from error
        self._empty()
        self.scratch.mkdir()

    @property
    def tables(self) -> Path:
        """For the tables, a folder per format."""
        return self.folder / "tables"

    @property
    def scratch(self) -> Path:
        """For files that never outlive the run."""
        return self.folder / "scratch"

    def close(self) -> None:
        """Remove all that is ours; kept tables stay, under the marker that makes the folder ours."""
        if self._keep:
            shutil.rmtree(self.scratch, ignore_errors=True)
            return
        self._empty()
        (self.folder / _MARKER).unlink(missing_ok=True)
        if self._made:
            self.folder.rmdir()

    def _refuse_foreign(self) -> None:
        marker = self.folder / _MARKER
        if not marker.exists():
            others = sorted(path.name for path in self.folder.iterdir())
            if others:
                raise WarehouseError(
                    f"--otf-warehouse {self.folder} is not empty, and was not left by otfbench: it holds {others[0]!r}"
                    f" and {len(others) - 1} more.\nName an empty or a new folder: its content is removed."
                )
            return
        owner = marker.read_text().strip()
        if owner.isdigit() and int(owner) != psutil.Process().pid and psutil.pid_exists(int(owner)):
            raise WarehouseError(f"--otf-warehouse {self.folder} is in use by process {owner}. Name another folder.")

    def _empty(self) -> None:
        for folder in (self.tables, self.scratch):
            shutil.rmtree(folder, ignore_errors=True)
