"""What an input is: files that rows come from. Knows no table format."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

# Microseconds are written out: Spark's default for text formats stops at milliseconds.
MICROSECONDS = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


class Input(ABC):
    """One kind of file: the name of Spark's data source, and its options for writing and for reading."""

    name: ClassVar[str]
    """The name of the data source; also that of the entry point."""
    options: ClassVar[Mapping[str, str]] = {}
    """Options under which what is written is what is read."""
    read_options: ClassVar[Mapping[str, str]] = {}
    """Further options, for reading only."""
    foreign_options: ClassVar[Mapping[str, str]] = {}
    """Options for reading files that others wrote, by Spark's own rules for dates and the like."""
    infer_options: ClassVar[Mapping[str, str]] = {}
    """Options under which Spark finds types, where no schema is given."""
    typed: ClassVar[bool] = False
    """Whether each file tells its columns and their types."""
    nested: ClassVar[bool] = True
    """Whether a column can be a struct, an array or a map."""
    unfed_reads: ClassVar[Mapping[str, str]] = {}
    """Counter -> why Spark doesn't see it when these files are read."""

    def write(self, rows: DataFrame, path: str) -> None:
        """Write the rows as one file per partition into a new folder."""
        rows.write.format(self.name).options(**self.options).save(path)

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """The rows of the files, by a known schema (DDL)."""
        options = {**self.options, **self.read_options}
        return spark.read.format(self.name).options(**options).schema(schema).load(path)

    def write_foreign(self, rows: DataFrame, path: str, options: Mapping[str, str]) -> None:
        """Write rows as others would have: what is read with these options is about that."""
        rows.write.format(self.name).options(**{**self.foreign_options, **options}).save(path)

    def read_foreign(
        self, spark: SparkSession, paths: list[str], schema: StructType | str | None, options: Mapping[str, str]
    ) -> DataFrame:
        """The rows of files that others wrote; options win over our own; without a schema Spark infers it."""
        inferring = self.infer_options if schema is None else {}
        reader = spark.read.format(self.name).options(**{**self.foreign_options, **inferring, **options})
        return (reader if schema is None else reader.schema(schema)).load(paths)
