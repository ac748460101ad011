"""One run: what it needs before it starts, its sources and its folder. Starts no case, and knows nothing of pytest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otfbench.config.options import Config
from otfbench.data import cache
from otfbench.data.dataset import Dataset, Generated, Readable, Source, why_unsupported
from otfbench.data.discovery import location
from otfbench.data.generated import Trips, generated, rows_of
from otfbench.data.second_reading import SecondReading
from otfbench.data.user_files import UserFiles
from otfbench.data.user_table import UserTable
from otfbench.errors import JvmError, OtfbenchError
from otfbench.formats.hadoop import copy_folder
from otfbench.inputs.base import Input
from otfbench.inputs.parquet import Parquet
from otfbench.measure.launcher import Launcher
from otfbench.measure.pool import JvmPool
from otfbench.registry import load_format, load_input, profile
from otfbench.spark import jars
from otfbench.spark.causes import first_cause
from otfbench.spark.cluster import Executors, check_reachable, check_seen, executors, is_cluster
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm, refuse_foreign_jvm
from otfbench.spark.launch import stopping
from otfbench.spark.replaced_jars import SESSION, with_user_jars
from otfbench.spark.s3 import packages_for
from otfbench.spark.submitted import is_submitted
from otfbench.tables.session import Session
from otfbench.tables.source import TableSource, create_source
from otfbench.tables.warehouse import Warehouse

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WARM_ROWS = 2_000
"""So many rows are enough for the warm-up of a session."""
_RULER_ROWS = 20_000


class Bench:
    """What the cases of a run share."""

    def __init__(self, config: Config, log: Path, say: Callable[[str], None]) -> None:
        """Check the process, Java, pyspark and the folder; raises UsageError before anything is started."""
        self.config, self.say = config, say
        refuse_foreign_jvm()
        check_reachable(config.master)
        self.java = find_java()
        self.profile = with_user_jars(profile(), config.jars, config.replaced)
        datasets = {n: generated(each.name, each.rows, each.seed) for n, each in config.named_datasets.items()}
        self.datasets: dict[str, Dataset] = dict(datasets)
        self.small: dict[str, Dataset] = {each.name: _small(each) for each in reversed(datasets.values())}
        """For each kind of dataset one with few rows, for the warm-up."""
        self.identity: dict[str, Any] | None = None
        self.executors: Executors | None = None
        self.user_jars: dict[str, dict[str, Path]] = {}
        """Format -> the user's jars, by their names."""
        self.tables: dict[str, TableSource] = {}
        """Format -> the table of it that others read."""
        self.unmade: dict[str, str] = {}
        """Format -> why there is none."""
        self.warehouse = Warehouse(config.warehouse, config.keep_tables)
        self._copies: dict[Path, str] = {}
        """Folder in the cache -> its copy below the URI of the tables."""
        self._locks = ExitStack()  # of the files in the cache
        self.launcher = Launcher(config, self.java, self.profile, self.warehouse, log)
        ruler = _cached(Trips(_RULER_ROWS, 0), Parquet())
        self.jvms = JvmPool(self.launcher, config, self.warehouse, ruler, say)

    def source(self, dataset: Dataset, files: Input) -> Readable:
        """A dataset as files of an input: in the cache folder, or the user's files."""
        if isinstance(dataset, UserFiles):
            return dataset
        source = _cached(dataset, files)
        return replace(source, copy=self._copies.get(source.folder))

    def version_of(self, name: str) -> str | None:
        """The format's version in the profile; None if the profile has no jars for it."""
        package = self.profile.packages.get(name)
        return package.version if package else None

    @property
    def proven(self) -> bool:
        """Whether a reader other than Spark found the same rows in the source, or they are generated."""
        return all(
            isinstance(each.second, SecondReading)
            for each in self.datasets.values()
            if isinstance(each, UserFiles | UserTable)
        )

    @property
    def dataset(self) -> Dataset:
        """The first dataset."""
        return next(iter(self.datasets.values()))

    def packages_of(self, inputs: Iterable[str]) -> list[str]:
        """The packages of the lock that sessions need beside the formats', sorted; also such as the profile lacks."""
        named = {package for name in inputs if (package := load_input(name).package)}
        return sorted(named | packages_for(*_places(self.config)))

    def lacking(self, input_format: str) -> str | None:
        """The package that an input needs and the profile lacks; None if it lacks none."""
        return next((name for name in self.packages_of([input_format]) if name not in self.profile.packages), None)

    def fetch(self, formats: Collection[str], inputs: Iterable[str]) -> None:
        """Fetch the missing jars of these formats and inputs; those of the inputs are loaded by every session."""
        self.launcher.inputs = self.packages_of(inputs)
        wanted = self.profile.jars_of([*formats, *self.launcher.inputs])
        absent = jars.missing(wanted, jars.cache_folder())
        if absent:
            self.say(f"fetching jars: {len(absent)} ({sum(jar.bytes for jar in absent) / 1e6:.0f} MB) ...")
            jars.fetch(wanted, self.java, jars.cache_folder())
        for name in {*formats, SESSION}.intersection(self.config.jars):
            self.user_jars[name] = jars.user_jar_files(self.config.jars[name], self.java, jars.cache_folder())
            self.say(f"{name} runs with jars of your own: {', '.join(self.user_jars[name])}")

    def prepare(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Write the datasets that are missing, each as files of an input; make the folder for tables below a URI.

        Small datasets and the ruler's are for runs that warm their sessions up. Raises an OtfbenchError if it can't.
        """
        wanted_files = {source.folder: source for source in _generated_sources(self, wanted)}
        unwritten = [source for source in wanted_files.values() if not cache.reserve(source, self._locks)]
        if unwritten:
            self.say(f"writing {len(unwritten)} datasets, once, to {cache.cache_folder()} ...")
        if unwritten or self.warehouse.remote:
            local = _local_master(self)
            with _put_in_words(self.launcher.plain(master=local), "No datasets") as spark:
                self.warehouse.open(spark)
                cache.write(spark, unwritten, self._locks, self.say)
                self._copies = _copied(spark, wanted_files, self.warehouse.tables) if local else {}
                self.jvms.ruler = replace(self.jvms.ruler, copy=self._copies.get(self.jvms.ruler.folder))

    def make_tables(self, formats: Iterable[str]) -> None:
        """Make the tables that are sources for other formats, each in the JVM of its own format.

        Why one can't be made is in `unmade`: that fails the cases that read it.
        """
        for name in formats:
            self.say(f"making a table of {name} that others read ...")
            session: Session | None = None
            try:
                session = self.launcher.new_session(load_format(name))
                self.tables[name] = create_source(session, self.dataset)
            except Exception as error:
                died = session is not None and session.jvm.ended_by(error)
                cause = session.jvm.death_notice() if session and died else first_cause(error)
                self.unmade[name] = f"The table of {name} that others read can't be made: {cause}"
            finally:
                if session:
                    session.jvm.stop()

    def close(self, interrupted: bool = False) -> None:
        """End the JVM, which may be in a job after an interrupt; remove all but tables that are to be kept."""
        try:
            self.jvms.close(interrupted)
        finally:
            self._locks.close()
            self.warehouse.close()
            if self.warehouse.unremoved:  # no session was up to do it
                self.say(f"tables were left behind in {self.warehouse.unremoved}: remove that folder")


def look_at_cluster(bench: Bench) -> Executors | None:
    """The executors; None on a local master. Raises UsageError if one doesn't see where tables and rows are."""
    if not is_cluster(bench.config.master):
        return None
    cache.cache_folder().mkdir(parents=True, exist_ok=True)
    folders = [] if bench.warehouse.remote else [cache.cache_folder(), Path(bench.warehouse.tables)]
    data = bench.config.user_data
    rows = [os.path.abspath(location(data.path, data.folder))] if data else []  # executors stand in other folders
    with _put_in_words(
        bench.launcher.plain(bench.warehouse.scratch / "cluster.log"), "No look at the cluster"
    ) as spark:
        found = executors(spark)
        check_seen(spark, found.cores, folders, [each for each in rows if os.path.exists(each)])
        return found


@contextmanager
def _put_in_words(jvm: Jvm, failed: str) -> Iterator[SparkSession]:
    """The session of a JVM that ends here: an error of Java's has no text any more when its JVM is gone."""
    with stopping(jvm):
        try:
            yield jvm.spark
        except OtfbenchError:
            raise
        except Exception as error:
            raise JvmError(f"{failed}: {first_cause(error)}") from error


def _places(config: Config) -> Iterator[str]:
    """Where sessions read and write, as far as the configuration says."""
    if config.user_data:
        yield config.user_data.path
    if config.warehouse:
        yield config.warehouse


def _generated_sources(bench: Bench, wanted: Iterable[tuple[str, str]]) -> Iterator[Source]:
    """Generated rows as files of an input, small ones and the ruler's for the warm-up."""
    warms = bench.config.warmup > 0
    if warms:
        yield bench.jvms.ruler
    for name, input_format in wanted:
        dataset, files = bench.datasets[name], load_input(input_format)
        if bench.lacking(input_format) or not isinstance(dataset, Generated) or why_unsupported(files, dataset):
            continue
        yield _cached(dataset, files)
        if warms:
            yield _cached(bench.small[dataset.name], files)


def _local_master(bench: Bench) -> str | None:
    """As many cores as a cluster has, which would write to its own disks; None where the run's master writes files."""
    alone = bench.executors if bench.warehouse.remote and not is_submitted() else None
    return f"local[{alone.cores}]" if alone else None


def _copied(spark: SparkSession, folders: Iterable[Path], tables: str) -> dict[Path, str]:
    """Copies of folders of the cache where the tables are, which all executors see, and which is removed at the end."""
    copies = {folder: f"{tables}/sources/{folder.parent.name}/{folder.name}" for folder in folders}
    for folder, copy in copies.items():
        copy_folder(spark, f"file:{folder}", copy)
    return copies


def _small(dataset: Generated) -> Generated:
    return generated(dataset.name, min(rows_of(dataset.name, WARM_ROWS), dataset.rows), dataset.seed)


def _cached(dataset: Dataset, files: Input) -> Source:
    assert isinstance(dataset, Generated), "only generated rows are written to the cache folder"
    # Another Spark's files hold the same rows, but not the same bytes: counters tell them apart.
    return Source(dataset, files, cache.cache_folder() / dataset.id / f"{files.name}-{version('pyspark')}")
