"""What a run knows before its first case: its rows, their files, the tables that others read. Knows no case."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
from otfbench.measure.bench import Bench
from otfbench.registry import load_format, load_input
from otfbench.spark.causes import first_cause
from otfbench.spark.cluster import Executors, check_seen, executors, is_cluster
from otfbench.spark.jvm import Jvm
from otfbench.spark.launch import stopping
from otfbench.spark.submitted import is_submitted
from otfbench.tables.session import Session
from otfbench.tables.source import TableSource, create_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WARM_ROWS = 2_000
"""So many rows are enough for the warm-up of a session."""
_RULER_ROWS = 20_000


@dataclass(frozen=True)
class Rows:
    """The rows that a run is about."""

    datasets: Mapping[str, Dataset]
    small: Mapping[str, Dataset]
    """For each kind of dataset one with few rows, for the warm-up."""
    identity: dict[str, Any] | None = None
    """What results keep of the user's; None where they are generated."""

    @property
    def first(self) -> Dataset:
        """The dataset of cases that name none."""
        return next(iter(self.datasets.values()))


@dataclass(frozen=True)
class Prepared:
    """What the cases of a run share, but for the JVMs."""

    bench: Bench
    rows: Rows
    copies: str | None
    """The folder of copies of the cache's files that all executors see; None where sessions read the files."""
    tables: Mapping[str, TableSource]
    """Format -> the table of it that others read."""
    unmade: Mapping[str, str]
    """Format -> why there is none."""

    def source(self, dataset: Dataset, files: Input) -> Readable:
        """A dataset as files of an input: in the cache folder, or the user's files."""
        return dataset if isinstance(dataset, UserFiles) else _cached(dataset, files, self.copies)

    @property
    def proven(self) -> bool:
        """Whether a reader other than Spark found the same rows in the source, or they are generated."""
        return all(
            isinstance(each.second, SecondReading)
            for each in self.rows.datasets.values()
            if isinstance(each, UserFiles | UserTable)
        )


def generated_rows(config: Config) -> Rows:
    """Those of a run that is about none of the user's."""
    datasets = {name: generated(each.name, each.rows, each.seed) for name, each in config.named_datasets.items()}
    return Rows(datasets, {each.name: _small(each) for each in reversed(datasets.values())})


def ruler(bench: Bench, found: Executors | None) -> Source:
    """The rows of the ruler, as files, which are there once the run is prepared."""
    return _cached(Trips(_RULER_ROWS, 0), Parquet(), _copies(bench, found))


def prepare(
    bench: Bench,
    rows: Rows,
    sources: Iterable[tuple[str, str]],
    formats: Iterable[str],
    found: Executors | None,
) -> Prepared:
    """Write what cases read: datasets as files of inputs, given by their names, and tables of these formats.

    Raises an OtfbenchError if datasets can't be written.
    """
    _write_datasets(bench, _generated_sources(bench, rows, sources, found), found)
    return Prepared(bench, rows, _copies(bench, found), *_make_tables(bench, formats, rows.first))


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


def _copies(bench: Bench, found: Executors | None) -> str | None:
    """The folder of copies of the cache's files that all executors see, which is removed at the end.

    None where the run's own master writes and reads the files themselves.
    """
    return f"{bench.warehouse.tables}/sources" if found and bench.warehouse.remote and not is_submitted() else None


def _write_datasets(bench: Bench, sources: Iterable[Source], found: Executors | None) -> None:
    """Write the datasets that are missing, and copies for executors; make the folder for tables below a URI."""
    wanted = {source.folder: source for source in sources}.values()
    unwritten = [source for source in wanted if not cache.reserve(source, bench.locks)]
    if unwritten:
        bench.say(f"writing {len(unwritten)} datasets, once, to {cache.cache_folder()} ...")
    if unwritten or bench.warehouse.remote:
        # As many cores as the cluster has, which would write to its own disks.
        local = f"local[{found.cores}]" if found and _copies(bench, found) else None
        with _put_in_words(bench.launcher.plain(master=local), "No datasets") as spark:
            bench.warehouse.open(spark)
            cache.write(spark, unwritten, bench.locks, bench.say)
            for source in wanted:
                if source.copy:
                    copy_folder(spark, f"file:{source.folder}", source.copy)


def _generated_sources(
    bench: Bench, rows: Rows, wanted: Iterable[tuple[str, str]], found: Executors | None
) -> Iterator[Source]:
    """Generated rows as files of an input, each a pair of names; small ones and the ruler's for the warm-up."""
    warms, copied_to = bench.config.warmup > 0, _copies(bench, found)
    if warms:
        yield ruler(bench, found)
    for name, input_format in wanted:
        dataset, files = rows.datasets[name], load_input(input_format)
        if bench.lacking(input_format) or not isinstance(dataset, Generated) or why_unsupported(files, dataset):
            continue
        yield _cached(dataset, files, copied_to)
        if warms:
            yield _cached(rows.small[dataset.name], files, copied_to)


def _make_tables(
    bench: Bench, formats: Iterable[str], dataset: Dataset
) -> tuple[dict[str, TableSource], dict[str, str]]:
    """Make the tables that are sources for other formats, each in the JVM of its own format.

    Of those that can't be made the second has why: that fails the cases that read them.
    """
    tables, unmade = {}, {}
    for name in formats:
        bench.say(f"making a table of {name} that others read ...")
        session: Session | None = None
        try:
            session = bench.launcher.new_session(load_format(name))
            tables[name] = create_source(session, dataset)
        except Exception as error:
            died = session is not None and session.jvm.ended_by(error)
            cause = session.jvm.death_notice() if session and died else first_cause(error)
            unmade[name] = f"The table of {name} that others read can't be made: {cause}"
        finally:
            if session:
                session.jvm.stop()
    return tables, unmade


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


def _small(dataset: Generated) -> Generated:
    return generated(dataset.name, min(rows_of(dataset.name, WARM_ROWS), dataset.rows), dataset.seed)


def _cached(dataset: Dataset, files: Input, copied_to: str | None) -> Source:
    assert isinstance(dataset, Generated), "only generated rows are written to the cache folder"
    # Another Spark's files hold the same rows, but not the same bytes: counters tell them apart.
    folder = cache.cache_folder() / dataset.id / f"{files.name}-{version('pyspark')}"
    return Source(dataset, files, folder, f"{copied_to}/{dataset.id}/{folder.name}" if copied_to else None)
