"""Deterministic rows: a pure function of (name, rows, seed), and the files that hold them. Knows no dataset by name."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from otfbench.data.digest import digest
from otfbench.data.evidence import Digest
from otfbench.errors import UnsupportedError
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import list_files
from otfbench.formats.sql import quoted
from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_ROWS_PER_FILE = 500_000
"""The most rows in a file of a generated dataset."""


class Dataset(Protocol):
    """Rows that are the same whenever they are asked for."""

    @property
    def name(self) -> str:
        """What the run calls it."""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row; none if nobody knows of any."""

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The columns by whose values a partitioned table is split; none if nobody knows of any."""

    @property
    def rows(self) -> int:
        """How many."""

    @property
    def seed(self) -> int | None:
        """What they are made from; None if they are not made."""

    def generate(self, spark: SparkSession) -> DataFrame:
        """The rows themselves."""

    def initial_rows(self, spark: SparkSession) -> DataFrame:
        """What the table of an operation holds at first."""

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """Rows of the same kind whose keys are not in initial_rows(), about this share of its number; at least one."""

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted; no file that a case reads and no table is read for it."""


class Readable(Protocol):
    """A dataset as files of one input, or as a table."""

    @property
    def dataset(self) -> Dataset:
        """Whose rows they hold."""

    @property
    def input(self) -> Input | TableFormat:
        """What kind of files they are."""

    @property
    def size(self) -> dict[str, int]:
        """Files and bytes."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files."""


@dataclass(frozen=True)
class Generated(ABC):
    """Rows that are made: each value is a function of (seed, column, row id) by xxHash64.

    So the rows are the same for any number of partitions, on any master; `rand()` would depend on both.
    """

    rows: int
    seed: int

    name: ClassVar[str]
    schema: ClassVar[str]
    """Columns and types as in CREATE TABLE."""
    version: ClassVar[int] = 1
    """The version of the rows: a change to any expression makes new files necessary."""
    key: ClassVar[tuple[str, ...]]
    partition_by: ClassVar[tuple[str, ...]]
    nested: ClassVar[bool] = False
    """Whether a column is a struct, an array or a map."""
    one_in: ClassVar[int] = 1
    """How many rows a run is asked for, for each that this dataset has."""

    @abstractmethod
    def columns(self) -> list[Column]:
        """The columns of the schema, as functions of the column `id`."""

    @property
    def id(self) -> str:
        """Names these rows, and no others."""
        return f"{self.name}-v{self.version}-{self.rows}-{self.seed}"

    @property
    def files(self) -> int:
        """Into how many files the rows are written: at least two."""
        return max(2, -(-self.rows // _ROWS_PER_FILE))

    def generate(self, spark: SparkSession) -> DataFrame:
        """The rows, computed; no file is read."""
        return spark.range(0, self.rows, 1, self.files).select(*self.columns())

    def initial_rows(self, spark: SparkSession) -> DataFrame:
        """All rows."""
        return self.generate(spark)

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """The rows that would come next: exactly max(1, round(rows * share))."""
        count = max(1, round(self.rows * share))
        return spark.range(self.rows, self.rows + count, 1, -(-count // _ROWS_PER_FILE)).select(*self.columns())

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted: from the expressions alone."""
        return digest(adapted(self.generate(spark), adaptations))

    def uniform(self, tag: str) -> Column:
        """Uniform in [0, 1): 53 bits of a hash of (seed, tag, id)."""
        from pyspark.sql import functions as F

        return F.shiftrightunsigned(F.xxhash64(F.lit(self.seed), F.lit(tag), F.col("id")), 11) * F.lit(2.0**-53)

    def pick(self, tag: str, values: Sequence[str]) -> Column:
        """One of these texts."""
        from pyspark.sql import functions as F

        return F.element_at(F.array(*map(F.lit, values)), (self.uniform(tag) * len(values)).cast("int") + 1)

    def some(self, tag: str, share: float, value: Column) -> Column:
        """The value in this share of the rows, null in the others."""
        from pyspark.sql import functions as F

        return F.when(self.uniform(tag) < share, value)


@dataclass(frozen=True)
class Source:
    """A dataset as files of one input."""

    dataset: Generated
    input: Input
    folder: Path
    copy: str | None = None
    """The URI of a copy, which sessions read in place of the folder: that of a cluster is not seen by all."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files by the dataset's schema."""
        return self.input.read(spark, self.copy or str(self.folder), self.dataset.schema)

    def infer(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files by a schema that Spark infers now."""
        return self.input.infer(spark, self.copy or str(self.folder))

    def inferred(self, spark: SparkSession) -> DataFrame:
        """The dataset's rows in the types that its texts look like."""
        return as_inferred(self.dataset.generate(spark), self.input.inferences)

    @cached_property
    def size(self) -> dict[str, int]:
        """Files and bytes, markers of the writer left out."""
        sizes = [
            n for path, n in list_files(None, str(self.folder)).items() if not path.rsplit("/", 1)[-1].startswith("_")
        ]
        return {"files": len(sizes), "bytes": sum(sizes)}


def why_unsupported(files: Input, dataset: Dataset) -> str | None:
    """Why the rows can't be written as files of this input; None if they can, or are in the user's own files."""
    if isinstance(dataset, Generated) and dataset.nested and not files.nested:
        return f"{files.name} has no nested columns, and {dataset.name} has some"
    return None


def as_inferred(rows: DataFrame, inferences: Mapping[str, str | None]) -> DataFrame:
    """The rows in the types that an input takes their texts for; see Input.inferences.

    Raises UnsupportedError for nested columns: what is inferred from these depends on more than their types.
    """
    from pyspark.sql import functions as F

    nested = [name for name, kind in rows.dtypes if re.match("struct|array|map", kind)]
    if nested:
        raise UnsupportedError(f"what Spark infers from nested columns ({nested[0]}) can't be told from their types")
    small = [name for name, kind in rows.dtypes if kind == "bigint"]
    found = rows.agg(
        *(F.count(quoted(name)).alias(f"values of {name}") for name in rows.columns),
        *(F.bool_and(F.col(quoted(name)).between(-(2**31), 2**31 - 1)).alias(f"small {name}") for name in small),
    ).collect()[0]
    kinds = {name: re.sub(r"\(.*", "", kind) for name, kind in rows.dtypes}
    kinds |= {name: "int" for name in small if found[f"small {name}"]}
    kinds |= {name: "void" for name in rows.columns if not found[f"values of {name}"]}
    forms = {name: inferences.get(kind, "{}") for name, kind in kinds.items()}
    return rows.select(*(F.expr(form.format(quoted(name))).alias(name) for name, form in forms.items() if form))
