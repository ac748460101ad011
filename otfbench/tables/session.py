"""A JVM prepared for one format: its Spark session, its tables, its meters. Knows nothing of cases or pytest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from otfbench.data.dataset import Dataset
from otfbench.data.user_table import UserTable
from otfbench.errors import UnsupportedError
from otfbench.formats.adaptation import Adaptation, stored_names
from otfbench.formats.base import TableFormat
from otfbench.formats.model import SHIPPED, Table
from otfbench.spark.counters import CounterReader
from otfbench.spark.jvm import Jvm
from otfbench.spark.process import ProcessMeter
from otfbench.tables.expectations import Expectations
from otfbench.tables.scratch import Scratch, settings
from otfbench.tables.states import States
from otfbench.tables.table import SessionTable
from otfbench.tables.warehouse import WAREHOUSE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
        self.running_conf: dict[str, str] = {}
        """Settings that only some cases have."""
        self._warehouse, self._properties = warehouse, dict(properties or {})
        self._adaptations: dict[Dataset, tuple[Adaptation, ...]] = {}
        self.states = States(self.spark, Scratch(self.spark, f"{warehouse}-aside"), self.table)
        self.expectations = Expectations(self.spark)
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
            is_stored = isinstance(dataset, UserTable)  # as the format stores it: with column mapping it keeps any name
            needed = [] if is_stored else self.format.adapt(dataset.generate(self.spark).schema)
            self._adaptations[dataset] = tuple(needed)
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
        stored = stored_names(adaptations)
        bound = self.at(name, variant, list(map(stored, key)), list(map(stored, partition_by)))
        return SessionTable(bound, adaptations)

    def at(
        self, name: str, variant: str = SHIPPED, key: Sequence[str] = (), partition_by: Sequence[str] = ()
    ) -> TableFormat:
        """The format, bound to a table with the properties of a variant and those of the user, which win.

        Raises UnsupportedError if the format doesn't have the variant, or there is no key where the variant takes one.
        """
        if reason := self.format.why_no_variant(variant):
            raise UnsupportedError(reason)
        chosen = self.format.variants[variant]
        if chosen.keyed and not key:
            raise UnsupportedError(f"the rows have no key, and the variant {variant} takes one")
        properties = {name: value.replace("{key}", ",".join(key)) for name, value in chosen.properties.items()}
        properties |= self._properties
        return self.format.at(self.spark, Table(name, self._warehouse, tuple(properties.items()), tuple(partition_by)))

    def without_location(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Settings or properties as results keep them: where the tables are is nobody else's business."""
        return {name: value.replace(self._warehouse, WAREHOUSE) for name, value in settings.items()}

    @contextmanager
    def variant_conf(self, variant: str) -> Iterator[None]:
        """The settings of the running session that the variant takes."""
        with self.conf(self.format.variants[variant].conf if variant in self.format.variants else {}):
            yield

    @contextmanager
    def conf(self, conf: Mapping[str, str]) -> Iterator[None]:
        """Settings of the running session while a block runs."""
        before, self.running_conf = self.running_conf, {**self.running_conf, **conf}
        try:
            with settings(self.spark, conf):
                yield
        finally:
            self.running_conf = before
