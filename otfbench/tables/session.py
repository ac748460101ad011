"""One JVM made ready for one format: its session, meters, ruler and expectations. Knows nothing of cases or pytest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from otfbench.data.changes import Change, Start
from otfbench.data.dataset import Dataset, Source
from otfbench.data.digest import Digest, digest
from otfbench.errors import ContentError, UnsupportedError
from otfbench.formats.base import TableFormat, adapted
from otfbench.formats.hadoop import copy_folder, remove_folder
from otfbench.formats.model import SHIPPED, Adaptation, Capability, Table
from otfbench.spark.counters import CounterReader
from otfbench.spark.jvm import Jvm
from otfbench.spark.process import ProcessMeter
from otfbench.tables.table import FilledTable, SessionTable, State, Version

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_RULER_WARMUP, _RULER_ROUNDS = 2, 3
_ANY_DAY = dict.fromkeys((f"spark.sql.parquet.{what}RebaseModeInWrite" for what in ("datetime", "int96")), "CORRECTED")


@dataclass(frozen=True)
class Expected:
    """What a table must hold: the rows, computed from the dataset, and their digest."""

    rows: DataFrame
    digest: Digest


class Session:
    """A started JVM with a format's namespace, and what measures it."""

    def __init__(
        self,
        jvm: Jvm,
        table_format: TableFormat,
        format_conf: Mapping[str, str],
        warehouse: str,
        properties: Mapping[str, str] | None = None,
        guests: tuple[str, ...] = (),
    ) -> None:
        self.guests = guests
        self.jvm, self.format, self.format_conf = jvm, table_format, dict(format_conf)
        self._warehouse, self._properties = warehouse, dict(properties or {})
        self._aside, self._numbers = f"{warehouse}-aside", count()
        self._expected: dict[tuple[Dataset, tuple[Adaptation, ...]] | DataFrame, Expected] = {}
        self._adaptations: dict[Dataset, tuple[Adaptation, ...]] = {}
        self._starts: dict[Dataset, Start] = {}
        self._filled: dict[tuple[str, State], FilledTable] = {}
        remove_folder(self.spark, self._aside)  # of an earlier session of this format, which has ended or died
        table_format.open(self.spark)
        self.reader, self.meter = CounterReader(self.spark), ProcessMeter(self.spark)

    @property
    def spark(self) -> SparkSession:
        """The session itself."""
        return self.jvm.spark

    def table(
        self, name: str, dataset: Dataset, variant: str = SHIPPED, partition_by: Sequence[str] = ()
    ) -> SessionTable:
        """A table for rows of this dataset that doesn't exist yet, with the adaptations that they need.

        Raises UnsupportedError if the format doesn't have the variant, or the rows lack the key that it takes.
        """
        if dataset not in self._adaptations:
            self._adaptations[dataset] = tuple(self.format.adapt(dataset.generate(self.spark).schema))
        return self.table_for(name, self._adaptations[dataset], variant, dataset.key, partition_by)

    def table_for(
        self,
        name: str,
        adaptations: tuple[Adaptation, ...],
        variant: str = SHIPPED,
        key: Sequence[str] = (),
        partition_by: Sequence[str] = (),
    ) -> SessionTable:
        """A table for rows that need these adaptations; key and partition columns are named as the rows name them."""
        held = _held_names(adaptations)
        table = self.place(name, variant, list(map(held, key)), list(map(held, partition_by)))
        return SessionTable(self.spark, self.format, table, adaptations)

    def place(
        self, name: str, variant: str = SHIPPED, key: Sequence[str] = (), partition_by: Sequence[str] = ()
    ) -> Table:
        """A table's name and place, with the properties of a variant and the user's own, which win.

        Raises UnsupportedError if the format doesn't have the variant, or there is no key where the variant takes one.
        """
        if reason := self.format.why_no_variant(variant):
            raise UnsupportedError(reason)
        made = self.format.variants[variant]
        if made.keyed and not key:
            raise UnsupportedError(f"the rows have no key, and the variant {variant} takes one")
        given = {each: value.replace("{key}", ",".join(key)) for each, value in made.properties.items()}
        return Table(name, self._warehouse, tuple({**given, **self._properties}.items()), tuple(partition_by))

    def filled(
        self,
        name: str,
        dataset: Dataset,
        state: State = State.LOADED,
        variant: str = SHIPPED,
        partitioned: bool = False,
    ) -> FilledTable:
        """A table that holds the dataset's rows at first; made once for each name and state."""
        if (name, state) not in self._filled:
            table = self.table(name, dataset, variant, dataset.partition_by if partitioned else ())
            if state is State.LOADED:
                made = self._load(table, dataset)
            elif state is State.AGED:
                made = self._age(self.filled(name, dataset, State.LOADED, variant, partitioned))
            elif state is State.WIDENED:
                made = self._widen(self._load(table, dataset))
            else:
                made = self._compact(self.filled(name, dataset, State.AGED, variant, partitioned))
            self._filled[name, state] = made
        return self._filled[name, state]

    @contextmanager
    def variant_conf(self, variant: str) -> Iterator[None]:
        """The settings of the running session that the variant takes."""
        with self._set(self.format.variants[variant].conf if variant in self.format.variants else {}):
            yield

    @contextmanager
    def _set(self, conf: Mapping[str, str]) -> Iterator[None]:
        before = {key: self.spark.conf.get(key, None) for key in conf}
        for key, value in conf.items():
            self.spark.conf.set(key, value)
        try:
            yield
        finally:
            for key, old in before.items():
                self.spark.conf.unset(key) if old is None else self.spark.conf.set(key, old)

    def _load(self, table: SessionTable, dataset: Dataset) -> FilledTable:
        if dataset not in self._starts:
            self._starts[dataset] = self._start(dataset, table.adaptations)
        start = self._starts[dataset]
        table.drop()
        table.create(dataset.initial_rows(self.spark))
        return self._kept(table, start, start.rows, (), None)

    def _start(self, dataset: Dataset, adaptations: tuple[Adaptation, ...]) -> Start:
        """The rows of tables of this dataset, in files: what is right is not computed anew for each case."""
        start = start_of(self.spark, dataset, adaptations, self._keep)
        kept = self._keep(start.rows)
        if digest(kept) != digest(start.rows):
            raise ContentError(
                f"The rows of {dataset.name} are not what they were when they are read from Parquet files."
            )
        return replace(start, rows=kept)

    def _age(self, table: FilledTable) -> FilledTable:
        """Ten small commits, one after the other."""
        table.restore()
        rows, versions = table.rows, list(self._versions(table, table.rows))
        for change in table.start.history:
            if change.rows is not None:
                table.append(change)
            elif change.column:
                table.update(change)
            else:
                table.delete(change)
            rows = change.result
            versions += self._versions(table, rows)
        return self._kept(table, table.start, rows, tuple(versions), table.bytes_per_row)

    def _compact(self, table: FilledTable) -> FilledTable:
        table.restore()
        table.compact()
        return self._kept(table, table.start, table.rows, (), table.bytes_per_row)

    def _widen(self, table: FilledTable) -> FilledTable:
        """A new column, and one percent of new rows that have it."""
        from pyspark.sql import functions as F

        table.add_column("added", "string")
        new = self._keep(table.start.new_rows(0.01).withColumn("added", F.lit("new")))
        rows = table.rows.withColumn("added", F.lit(None).cast("string")).unionByName(new)
        table.append(Change(rows, new.count(), rows=new))
        return self._kept(table, table.start, rows, (), table.bytes_per_row)

    def _versions(self, table: SessionTable, rows: DataFrame) -> tuple[Version, ...]:
        """The version that has just been made, if the format can read it later."""
        if Capability.TIME_TRAVEL not in self.format.capabilities:
            return ()
        return (Version(self.format.version(self.spark, table.table), rows),)

    def _kept(
        self,
        table: SessionTable,
        start: Start,
        rows: DataFrame,
        versions: tuple[Version, ...],
        bytes_per_row: float | None,
    ) -> FilledTable:
        """The table as it is now, with a copy of its folder put aside."""
        place = f"{self._aside}/table-{next(self._numbers)}"
        copy_folder(self.spark, self.format.path(table.table), place)
        files = table.files()
        size = table.size(files)
        if bytes_per_row is None:
            bytes_per_row = size.live_bytes / max(1, rows.count())
        facts = (self.spark, self.format, table.table, table.adaptations)
        return FilledTable(*facts, start, rows, versions, size, files, bytes_per_row, place)

    def _keep(self, rows: DataFrame) -> DataFrame:
        """The rows, written to files and read from there; days before 1582, too, which Spark refuses by default."""
        place = f"{self._aside}/rows-{next(self._numbers)}"
        with self._set(_ANY_DAY):
            rows.write.parquet(place)
        return self.spark.read.parquet(place)

    def expected(self, dataset: Dataset, adaptations: tuple[Adaptation, ...]) -> Expected:
        """What a table of this dataset must hold, from the dataset alone: no table is read."""
        key = (dataset, adaptations)
        if key not in self._expected:
            rows = adapted(dataset.generate(self.spark), adaptations)
            self._expected[key] = Expected(rows, dataset.digest(self.spark, adaptations))
        return self._expected[key]

    def expected_rows(self, rows: DataFrame) -> Expected:
        """The rows themselves; several cases have the same ones, of which the digest is computed once."""
        if rows not in self._expected:
            self._expected[rows] = Expected(rows, digest(rows))
        return self._expected[rows]

    def ruler(self, source: Source, folder: str) -> list[float]:
        """Seconds of the same plain-Parquet write and read as in every JVM: tells how far the machine itself moved."""
        target = f"{folder}/ruler"
        seconds = []
        for _ in range(_RULER_WARMUP + _RULER_ROUNDS):
            remove_folder(self.spark, target)
            self.meter.collect_garbage()
            start = time.perf_counter()
            source.read(self.spark).write.parquet(target)
            self.spark.read.schema(source.dataset.schema).parquet(target).write.format("noop").mode("overwrite").save()
            seconds.append(time.perf_counter() - start)
        remove_folder(self.spark, target)
        return seconds[_RULER_WARMUP:]


def start_of(
    spark: SparkSession,
    dataset: Dataset,
    adaptations: tuple[Adaptation, ...],
    keep: Callable[[DataFrame], DataFrame],
) -> Start:
    """The rows that a table of the dataset holds at first, adapted."""
    held = _held_names(adaptations)
    return Start(
        adapted(dataset.initial_rows(spark), adaptations),
        lambda share: adapted(dataset.new_rows(spark, share), adaptations),
        tuple(held(column) for column in dataset.key),
        keep,
        tuple(held(column) for column in dataset.partition_by),
    )


def _held_names(adaptations: Iterable[Adaptation]) -> Callable[[str], str]:
    """Column name -> its name in the table."""
    renamed = {change.column: change.after for change in adaptations if change.renames}
    return lambda name: renamed.get(name, name)
