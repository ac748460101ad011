"""The user's own files as a dataset, looked through before. Knows no table format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from otfbench import redaction
from otfbench.data import bad_records
from otfbench.data.agreement import read_rewritten
from otfbench.data.bad_records import BadRecords
from otfbench.data.digest import digest
from otfbench.data.discovery import UserData
from otfbench.data.evidence import Digest
from otfbench.data.file_stamps import Stamps
from otfbench.data.second_reading import SecondReading
from otfbench.data.spark_reading import quoted_paths, read
from otfbench.data.unified_files import Part, read_parts
from otfbench.data.value_hash import row_hash
from otfbench.errors import DatasetError, Text
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.sql import quoted
from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

Adaptations = tuple[Adaptation, ...]

HELD_BACK = 0.02
"""The share of the rows that initial_rows() holds back, for new_rows()."""
NAME = "own"
"""What the user's own rows are called among datasets."""


@dataclass(frozen=True, eq=False)
class UserFiles:
    """Files that others wrote: the rows are what Spark reads from them, and they are their own source."""

    input: Input
    paths: tuple[str, ...]
    options: Mapping[str, str]
    schema: StructType
    rows: int
    size: dict[str, int] = field(default_factory=dict)
    digests: Mapping[Adaptations, Digest] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    """Files below the paths that are not read."""
    stamps: Stamps = field(default_factory=dict)
    """The files, as they were when they were looked through."""
    warnings: tuple[Text, ...] = ()
    """What people must know: files that are left out, no row."""
    first: float = 0.0
    """The lowest position of a row: the one that is held back if no other is."""
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    name: str = NAME
    bad: BadRecords | None = None
    """The records that are kept aside; None where a record that doesn't fit is an error."""
    lenient: BadRecords | None = None
    """The records that are read as nulls or left out, in a lenient mode; None in another."""
    seed: None = None
    second: SecondReading | str = ""
    """What a reader other than Spark finds in them; else why there is none."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Column -> why it has the type that was inferred, where that needs a sentence; file -> why Spark misreads it."""
    rewritten: str | None = None
    """The file with the rows that a second reader found, where Spark misreads those that they come from."""
    parts: tuple[Part, ...] = ()
    """The files by their columns, where these are not the same in all."""

    @property
    def dataset(self) -> UserFiles:
        """The rows of these files."""
        return self

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read by the one schema that all cases use."""
        if self.rewritten is not None:
            return read_rewritten(spark, self.rewritten, self.schema)
        if self.parts:
            return read_parts(spark, self.input, self.parts, self.schema, self.options)
        if self.bad is None:
            return read(spark, self.input, self.paths, self.schema, self.options)
        return bad_records.split(spark, self.input, quoted_paths(self.paths), self.schema, self.options)[0]

    generate = inferred = read

    @property
    def misfits(self) -> BadRecords | None:
        """The records that are not in the rows as they are in the files; None where there can't be any."""
        return self.bad or self.lenient

    def bad_rows(self, spark: SparkSession) -> DataFrame:
        """The records that are kept aside, as `record` and `file`."""
        return bad_records.split(spark, self.input, quoted_paths(self.paths), self.schema, self.options)[1]

    def infer(self, spark: SparkSession) -> DataFrame:
        """The rows, by a schema that Spark infers now; files that don't tell the same are read by a known one."""
        if self.parts:
            return self.read(spark)
        if self.bad is None:
            return read(spark, self.input, self.paths, None, self.options)
        return bad_records.split(spark, self.input, quoted_paths(self.paths), None, self.options)[0]

    def initial_rows(self, spark: SparkSession) -> DataFrame:
        """All rows but one in 50, chosen by a hash of their key (of all columns, where there is none)."""
        rows = self.read(spark)
        return rows.where(_position(rows, self.key) > max(HELD_BACK, self.first))

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """Some of the rows held back; at least one, and about this share of all rows, which is 2 % at most."""
        if share > HELD_BACK:
            raise DatasetError(f"{share:.0%} of the rows can't be fresh ones: {HELD_BACK:.0%} of them are held back.")
        rows = self.read(spark)
        return rows.where(_position(rows, self.key) <= max(share, self.first))

    def digest(self, spark: SparkSession, adaptations: Adaptations) -> Digest:
        """The digest, computed before the run in a JVM of its own; for other adaptations than its formats need, now."""
        known = self.digests.get(adaptations)
        return digest(adapted(self.read(spark), adaptations)) if known is None else known


def described(
    data: UserData, schema: StructType, notes: Mapping[str, str], left_out: Sequence[str], size: Mapping[str, int]
) -> dict[str, Any]:
    """What is known of files before they are read: the path as the user wrote it, how it is read, the columns."""
    return {
        "path": data.path,
        "format": data.format,
        "options": redaction.redact_settings(data.options),
        "schema": data.ddl,
        **({"key": list(data.key)} if data.key else {}),
        **({"partition_by": list(data.partition_by)} if data.partition_by else {}),
        "columns": {each.name: each.dataType.simpleString() for each in schema.fields},
        **({"notes": dict(notes)} if notes else {}),
        **({"files_left_out": len(left_out)} if left_out else {}),
        **size,
    }


def identity(files: UserFiles, data: UserData) -> dict[str, Any]:
    """What names these rows in results: how they are read, and what was found there."""
    return {
        **described(data, files.schema, files.notes, files.left_out, files.size),
        "second_reader": files.second.as_dict() if isinstance(files.second, SecondReading) else files.second,
        **({"bad_records": files.misfits.as_dict()} if files.misfits else {}),
        "rows": files.rows,
        "digest": files.digests[()].hex,
    }


def lowest_position(spark: SparkSession, files: UserFiles) -> float:
    """The position of the row that is held back if no other is."""
    from pyspark.sql import functions as F

    rows = files.read(spark)
    found = rows.agg(F.min(_position(rows, files.key))).collect()[0][0]
    return float(found)


def _position(rows: DataFrame, key: tuple[str, ...]) -> Column:
    """Where a row is between 0 and 1, by a hash of its key, or of all columns: rows of one key are together."""
    from pyspark.sql import functions as F

    names = (quoted(name) for name in key or rows.columns)
    return F.shiftrightunsigned(F.expr(row_hash(rows.select(*names).schema)), 11) * F.lit(2.0**-53)
