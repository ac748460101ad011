"""The user's own files as a dataset: looked through once, sampled for the warm-up. Knows no table format."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from otfbench import redaction
from otfbench.data import bad_records
from otfbench.data.agreement import agreed, read_rewritten
from otfbench.data.bad_records import BadRecords
from otfbench.data.digest import digest, row_hash
from otfbench.data.discovery import OwnData, files_below, find
from otfbench.data.evidence import Digest
from otfbench.data.keys import check_columns, check_key
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import ConfigError, DatasetError, Key, OtfbenchError, Text
from otfbench.formats.base import TableFormat, adapted
from otfbench.formats.hadoop import local_path
from otfbench.formats.model import Adaptation
from otfbench.formats.sql import quoted
from otfbench.inputs.base import Input
from otfbench.spark.causes import causes

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

Adaptations = tuple[Adaptation, ...]

HELD_BACK = 0.02
"""The share of the rows that start() holds back, for new_rows()."""
NAME = "own"
"""What the user's own rows are called among datasets."""
_CAUSE = 500
_PLACES = {"pathglobfilter", "basepath", "modifiedbefore", "modifiedafter"}  # options that are about where files are
_LISTING = _PLACES | {"recursivefilelookup"}
_SUBFOLDERS: Text = ("Spark skips subfolders, unless there is ", Key("options", ("recursiveFileLookup", "true")))
_HADOOP_GLOB = re.compile(r"([*?\[\]{}\\])")


@dataclass(frozen=True, eq=False)
class OwnFiles:
    """Files that others wrote: the rows are what Spark reads from them, and they are their own source."""

    input: Input
    paths: tuple[str, ...]
    options: Mapping[str, str]
    schema: StructType
    rows: int
    size: dict[str, int]
    digests: Mapping[Adaptations, Digest] = field(default_factory=dict)
    unread: int = 0
    """Files below the paths that Spark doesn't read."""
    first: float = 0.0
    """The lowest place of a row: the one that is held back if no other is."""
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    name: str = NAME
    bad: BadRecords | None = None
    """The records that are kept aside; None where a record that doesn't fit is an error."""
    seed: None = None
    second: SecondReading | str = ""
    """What a reader other than Spark finds in them; else why there is none."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Column -> why it has the type that was inferred, where that needs a sentence; file -> why Spark misreads it."""
    rewritten: str | None = None
    """The file with the rows that a second reader found, where Spark misreads those that they come from."""

    @property
    def dataset(self) -> OwnFiles:
        """The rows of these files."""
        return self

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read by the one schema that all cases use."""
        if self.rewritten is not None:
            return read_rewritten(spark, self.rewritten, self.schema)
        if self.bad is None:
            return _read(spark, self.input, self.paths, self.schema, self.options)
        return bad_records.split(spark, self.input, _quoted(self.paths), self.schema, self.options)[0]

    generate = inferred = read

    def infer(self, spark: SparkSession) -> DataFrame:
        """The rows, by a schema that Spark infers now."""
        if self.bad is None:
            return _read(spark, self.input, self.paths, None, self.options)
        return bad_records.split(spark, self.input, _quoted(self.paths), None, self.options)[0]

    def initial_rows(self, spark: SparkSession) -> DataFrame:
        """All rows but one in 50, chosen by a hash of their key (of all columns, where there is none)."""
        rows = self.read(spark)
        return rows.where(_place(rows, self.key) > max(HELD_BACK, self.first))

    def new_rows(self, spark: SparkSession, share: float) -> DataFrame:
        """Some of the rows held back; at least one, and about this share of all rows, which is 2 % at most."""
        if share > HELD_BACK:
            raise DatasetError(f"{share:.0%} of the rows can't be fresh ones: {HELD_BACK:.0%} of them are held back.")
        rows = self.read(spark)
        return rows.where(_place(rows, self.key) <= max(share, self.first))

    def digest(self, spark: SparkSession, adaptations: Adaptations) -> Digest:
        """The digest, computed before the run in a JVM of its own; for other adaptations than its formats need, now."""
        known = self.digests.get(adaptations)
        return digest(adapted(self.read(spark), adaptations)) if known is None else known


def inspect(
    spark: SparkSession, data: OwnData, files: Input, formats: Iterable[TableFormat], scratch: Path, sample_rows: int
) -> tuple[OwnFiles, OwnFiles]:
    """The rows, and a sample of them for the warm-up of sessions; raises as look_through() does."""
    own = look_through(spark, data, files, formats)
    return own, _sample(spark, own, scratch / "sample", sample_rows)


def look_through(spark: SparkSession, data: OwnData, files: Input, formats: Iterable[TableFormat]) -> OwnFiles:
    """Read all of it once per set of adaptations that the formats need.

    Raises ConfigError if what is said of the files can't be of these, DatasetError with the file and the first cause if
    Spark can't read it, or if nothing is in it.
    """
    paths = tuple(find(data))
    options = {name.lower(): value for name, value in {**files.foreign_options, **data.options}.items()}
    if data.bad_records == "aside":
        options["mode"] = "PERMISSIVE"
    for file in files_below(paths):
        fault = files.fault(file, options)
        if fault:
            text = (fault,) if isinstance(fault, str) else fault
            raise DatasetError(f"{file} can't be read as {data.format}: ", *text)
    if not files.lists_files:
        paths = tuple(files_below(paths))
    try:
        return _look_through(spark, data, files, paths, formats)
    except OtfbenchError:
        raise
    except Exception as error:
        raise DatasetError(*_blame(spark, files, paths, data, error)) from None


def identity(own: OwnFiles, data: OwnData) -> dict[str, Any]:
    """What names these rows in results: the path as the user wrote it, how it is read, what was found there."""
    return {
        "path": data.path,
        "format": data.format,
        "options": redaction.settings(data.options),
        "schema": data.ddl,
        **({"key": list(data.key)} if data.key else {}),
        **({"partition_by": list(data.partition_by)} if data.partition_by else {}),
        "columns": {each.name: each.dataType.simpleString() for each in own.schema.fields},
        **({"notes": dict(own.notes)} if own.notes else {}),
        "second_reader": own.second.as_dict() if isinstance(own.second, SecondReading) else own.second,
        **({"bad_records": own.bad.as_dict()} if own.bad else {}),
        "rows": own.rows,
        "digest": own.digests[()].hex,
        **own.size,
    }


def _look_through(
    spark: SparkSession, data: OwnData, files: Input, paths: tuple[str, ...], formats: Iterable[TableFormat]
) -> OwnFiles:
    schema, bad = _declared(spark, data), None
    again = SecondReader(files, tuple(_listed(spark, files, paths, data)), data)
    notes: Mapping[str, str] = {}
    if schema is None and again.infers:
        schema, notes = again.infer()
    if data.bad_records == "aside":
        rows, others = bad_records.split(spark, files, _quoted(paths), schema, data.options)
        bad = bad_records.told(others)
    else:
        rows = _read(spark, files, paths, schema, data.options)
    _check_columns(spark, files, paths, rows, data)
    sizes = _sizes(map(local_path, rows.inputFiles()) if files.lists_files else paths, data)
    if not rows.columns:
        raise _no_row(data, files, sizes)
    check_columns(rows, data.key, data.partition_by)
    wanted: set[Adaptations] = {(), *(tuple(each.adapt(rows.schema)) for each in formats)}
    both = agreed(spark, rows, again, data.scratch)
    rows = both.rows
    if both.misreading:
        notes = {**notes, both.misreading.file: both.misreading.reason}
    digests = {adaptations: digest(adapted(rows, adaptations)) for adaptations in wanted}
    if not digests[()].rows:
        raise _no_row(data, files, sizes)
    check_key(rows, data.key)
    own = OwnFiles(
        files,
        paths,
        data.options,
        rows.schema,
        digests[()].rows,
        _total(sizes),
        digests,
        len(set(files_below(paths)) - set(sizes)),
        bad=bad,
        key=data.key,
        partition_by=data.partition_by,
        second=both.second,
        notes=notes,
        rewritten=both.rewritten,
    )
    return replace(own, first=_first(spark, own))


def _place(rows: DataFrame, key: tuple[str, ...]) -> Column:
    """Where a row stands between 0 and 1, by a hash of its key, or of all columns: rows of one key stand together."""
    from pyspark.sql import functions as F

    names = (quoted(name) for name in key or rows.columns)
    return F.shiftrightunsigned(row_hash(rows.select(*names)), 11) * F.lit(2.0**-53)


def _first(spark: SparkSession, own: OwnFiles) -> float:
    from pyspark.sql import functions as F

    rows = own.read(spark)
    found = rows.agg(F.min(_place(rows, own.key))).collect()[0][0]
    return float(found)


def _no_row(data: OwnData, files: Input, sizes: Iterable[str]) -> DatasetError:
    hint = f" ({files.no_row})" if files.no_row else ""
    return DatasetError(Key("path"), f" {data.path}: there is no row in {', '.join(sizes)}{hint}.")


def _declared(spark: SparkSession, data: OwnData) -> StructType | None:
    if data.ddl is None:
        return None
    try:
        return spark.createDataFrame([], data.ddl).schema
    except Exception as error:
        raise ConfigError(Key("schema"), f" {data.ddl}: no columns as in CREATE TABLE: {_cause(error)}") from None


def _read(
    spark: SparkSession, files: Input, paths: Iterable[str], schema: StructType | str | None, options: Mapping[str, str]
) -> DataFrame:
    return files.read_foreign(spark, _quoted(paths), schema, options)


def _listed(spark: SparkSession, files: Input, paths: tuple[str, ...], data: OwnData) -> list[str]:
    """The files that Spark reads at these paths, sorted."""
    if not files.lists_files:
        return list(paths)
    options = {name: value for name, value in data.options.items() if name.lower() in _LISTING}
    listed = spark.read.format("binaryFile").options(**options).load(_quoted(paths))
    return sorted(map(local_path, listed.inputFiles()))


def _quoted(paths: Iterable[str]) -> list[str]:
    """Spark takes a path for a glob: names that have its letters are quoted."""
    return [_HADOOP_GLOB.sub(r"\\\1", path) for path in paths]


def _sizes(read: Iterable[str], data: OwnData) -> dict[str, int]:
    sizes = {path: os.path.getsize(path) for path in read}
    if not sizes:
        raise DatasetError(Key("path"), f" {data.path}: Spark reads none of the files there. ", *_SUBFOLDERS, ".")
    return sizes


def _total(sizes: Mapping[str, int]) -> dict[str, int]:
    return {"files": len(sizes), "bytes": sum(sizes.values())}


def _check_columns(spark: SparkSession, files: Input, paths: Iterable[str], rows: DataFrame, data: OwnData) -> None:
    """A column that no file has would be read as nulls, where files tell their columns."""
    if data.ddl is None or not files.typed:
        return
    there = _read(spark, files, paths, None, data.options).columns
    lacking = [name for name in rows.columns if name.lower() not in map(str.lower, there)]
    if lacking:
        absent = f": column {lacking[0]} is not in the files of {data.path}. There are: {', '.join(there)}."
        raise ConfigError(Key("schema"), absent)


def _sample(spark: SparkSession, own: OwnFiles, folder: Path, rows: int) -> OwnFiles:
    """The first rows as files of the same kind, for the warm-up of each session; removed with the folder."""
    options = {key: value for key, value in own.options.items() if key.lower() not in _PLACES}
    try:
        own.input.write_foreign(own.read(spark).limit(rows).repartition(2), str(folder), options)
    except Exception as error:
        told = f"A sample of the rows can't be written as {own.input.name}, for the warm-up: {_cause(error)}"
        raise DatasetError(told) from None
    paths = (str(folder),) if own.input.lists_files else tuple(files_below([str(folder)]))
    sample = replace(own, paths=paths, options=options, rows=min(rows, own.rows), size=_total({}), digests={})
    return replace(sample, first=_first(spark, sample))


def _blame(spark: SparkSession, files: Input, paths: Iterable[str], data: OwnData, error: Exception) -> Text:
    """Which file it is, and the first cause; where Spark doesn't name the file, each is read alone until one fails."""
    chain = causes(error)
    every = files_below(paths)
    guilty = [file for file in every if any(_names(text, file) for text in chain)]
    if not guilty:
        guilty = [file for file in every if len(every) == 1 or not _readable(spark, files, file, data)][:1]
    where = guilty[0] if guilty else data.path
    hint = (" (", *_SUBFOLDERS, ")") if "UNABLE_TO_INFER_SCHEMA" in chain[-1] else ()
    return f"{where} can't be read as {data.format}: {chain[-1][:_CAUSE]}", *hint


def _cause(error: Exception) -> str:
    return causes(error)[-1][:_CAUSE]


def _names(text: str, file: str) -> bool:
    return file in text or file in unquote(text)


def _readable(spark: SparkSession, files: Input, file: str, data: OwnData) -> bool:
    try:
        _read(spark, files, [file], _declared(spark, data), data.options).write.format("noop").mode("overwrite").save()
    except Exception:
        return False
    return True
