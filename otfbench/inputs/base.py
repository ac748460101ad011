"""What an input is: files that rows come from. Knows no table format."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from otfbench.inputs import option_values
from otfbench.inputs.columns import in_batch
from otfbench.inputs.options import without_marks
from otfbench.inputs.records import FileRecord, Plain, in_chunks

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from otfbench.errors import Key, Text
    from otfbench.inputs.unified_schema import FileColumns

# Microseconds are written out: Spark's default for text formats stops at milliseconds.
MICROSECONDS = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


class Misreading(NamedTuple):
    """What Spark's reader takes for something else, or fails at."""

    file: str
    reason: str
    """The reason, with the line."""
    remedy: Key | None = None
    """The option with which Spark reads it as it is."""
    of_rows: bool = False
    """Whether rows are lost, or come from nowhere; else values differ."""


class Input(ABC):
    """One kind of file: Spark's data source for it, and the options for writing and for reading."""

    name: ClassVar[str]
    """The name of the entry point."""
    source: ClassVar[str | None] = None
    """The name of Spark's data source; None if it is that of the input."""
    contract: ClassVar[int] = 1
    """The contract of plugins that the class was written for: 1 if it doesn't say."""
    package: ClassVar[str | None] = None
    """The package of a lock file that holds its jars; None if Spark itself reads such files."""
    lock: ClassVar[Path | None] = None
    """The lock file with that package, in the plugin's own; None if it is otfbench's."""
    before: ClassVar[tuple[str, ...]] = ()
    """More general inputs: a file that they also take for theirs is one of this input."""
    any_text: ClassVar[bool] = False
    """Whether any text that no other input knows looks like it: nothing but the name of a file may say otherwise."""
    packing_of: ClassVar[str | None] = None
    """The input whose files these are, packed otherwise: the default suite has those only."""
    options: ClassVar[Mapping[str, str]] = {}
    """Options under which what is written is what is read."""
    read_options: ClassVar[Mapping[str, str]] = {}
    """Further options, for reading only."""
    foreign_options: ClassVar[Mapping[str, str]] = {}
    """Options for reading files that others wrote, by Spark's own rules for dates and the like."""
    infer_options: ClassVar[Mapping[str, str]] = {}
    """Options under which Spark finds types, where no schema is given."""
    option_rules: ClassVar[Mapping[str, option_values.Rule]] = option_values.GENERAL
    """Option, in small letters -> the values that it can have."""
    typed: ClassVar[bool] = False
    """Whether each file tells its columns and their types; else Spark infers them from all of the text."""
    nested: ClassVar[bool] = True
    """Whether a column can be a struct, an array or a map."""
    inferences: ClassVar[Mapping[str, str | None]] = {}
    """Type -> what Spark infers from its text, as SQL of the column {}; None if it finds no column; else it is kept.

    `int` is also a bigint all of whose values would be one, `void` any type of which there is no value.
    """
    lists_files: ClassVar[bool] = True
    """Whether Spark lists the files of a folder itself, and tells which it reads; else it is given each file."""
    no_row: ClassVar[str] = ""
    """What may be wrong where Spark finds no row in files, in words."""
    unreported_reads: ClassVar[Mapping[str, str]] = {}
    """Counter -> why Spark doesn't see it when these files are read."""
    reader: ClassVar[str] = ""
    """The library that reads such files beside Spark, as its distribution is called; empty if there is none."""

    @property
    def data_source(self) -> str:
        """The name of Spark's data source."""
        return self.source or self.name

    def sniff(self, path: str) -> bool:
        """Whether a file is of this kind, by its first bytes, whatever it is called; its path may be a URI."""
        return False

    def fault(self, path: str, options: Mapping[str, str]) -> str | Text | None:
        """What is wrong with a file that Spark would read without complaint, under these options; None if nothing is.

        Names of options are in small letters.
        """
        return None

    def record_pattern(self, options: Mapping[str, str]) -> re.Pattern[str] | None:
        """What each record is in the text of a file, under these options (names in small letters); None if unknown.

        It may find more than records, and may miss some: what it finds is compared with the text of records.
        """
        return None

    def misread(self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
        """What Spark is known to read otherwise than the second reader in these files, or not at all."""
        return None

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Why the second reader can't read under these options (names in small letters); None if it can."""
        return None if self.reader else f"{self.name} has no second reader"

    def columns(self, paths: Sequence[str], schema: pa.Schema | None) -> FileColumns | None:
        """The columns of all files together, or those of a schema; None where files don't tell any.

        Raises DatasetError with the file, or with two files and the column, where that can't be.
        """
        return None

    def detected_options(
        self, paths: Sequence[str], options: Mapping[str, str], names: Sequence[str] | None
    ) -> Mapping[str, str]:
        """Options that Spark needs to read these files as they are, beside the given ones (names in small letters).

        `names` are those of a declared schema. Raises DatasetError for files that no options help to read right.
        """
        return {}

    def notes(self, paths: Sequence[str], options: Mapping[str, str]) -> Mapping[str, str]:
        """Column -> what people must know of its name; names of options are in small letters."""
        return {}

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of the files by the second reader, streamed. Without a schema: as the file tells, text as text."""
        records = self.records(paths, options)
        if records is None:
            raise NotImplementedError(f"{self.name} has no second reader")
        if schema is None:
            raise ValueError(f"{self.name}: only a schema says which columns there are; infer one of the records")
        return (self.batch(options, chunk, schema) for chunk in in_chunks(records))

    def batch(self, options: Mapping[str, str], records: list[FileRecord] | Plain, schema: pa.Schema) -> pa.RecordBatch:
        """Some of the records in the types of a schema; raises DatasetError for a value that has no equal there."""
        return in_batch(records, schema)

    def records(self, paths: Sequence[str], options: Mapping[str, str]) -> Iterable[FileRecord] | None:
        """The rows as nested records, from which columns are inferred; None if they are columns of text."""
        return None

    def write(self, rows: DataFrame, path: str) -> None:
        """Write the rows as one file per partition into a new folder."""
        self.save(rows, path, self.options)

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """The rows of the files, by a known schema (DDL)."""
        options = {**self.options, **self.read_options}
        return spark.read.format(self.data_source).options(**options).schema(schema).load(path)

    def infer(self, spark: SparkSession, path: str) -> DataFrame:
        """The rows of the files; which columns there are, and of which types, Spark finds now."""
        options = {**self.options, **self.read_options, **self.infer_options}
        return spark.read.format(self.data_source).options(**options).load(path)

    def save(self, rows: DataFrame, path: str, options: Mapping[str, str]) -> None:
        """Write the rows as files of this kind, under these options."""
        rows.write.format(self.data_source).options(**options).save(path)

    def write_foreign(self, rows: DataFrame, path: str, options: Mapping[str, str]) -> None:
        """Write rows as others would have: what is read with these options is about that."""
        self.save(rows, path, {**self.foreign_options, **options})

    def read_foreign(
        self, spark: SparkSession, paths: list[str], schema: StructType | str | None, options: Mapping[str, str]
    ) -> DataFrame:
        """The rows of files that others wrote; options win over our own; without a schema Spark infers it."""
        inferring = self.infer_options if schema is None else {}
        merged = without_marks({**self.foreign_options, **inferring, **options})
        reader = spark.read.format(self.data_source).options(**merged)
        return (reader if schema is None else reader.schema(schema)).load(paths)
