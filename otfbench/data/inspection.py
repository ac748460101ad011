"""The user's files are looked through once: what is in them, and whether Spark reads it. Knows no table format."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data import bad_records, merged_files
from otfbench.data.agreement import agreed
from otfbench.data.digest import digest
from otfbench.data.discovery import UserData, files_below, find
from otfbench.data.keys import check_columns, check_key
from otfbench.data.second_reading import SecondReader
from otfbench.data.spark_reading import (
    LOCATIONS,
    SUBFOLDERS,
    cause,
    check_declared,
    declared_schema,
    listed_files,
    quoted_paths,
    read,
    reason,
)
from otfbench.data.user_files import Adaptations, UserFiles, lowest_position
from otfbench.errors import DatasetError, Key, OtfbenchError
from otfbench.formats.base import TableFormat, adapted
from otfbench.formats.hadoop import local_path
from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


def inspect(
    spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat], scratch: Path, sample_rows: int
) -> tuple[UserFiles, UserFiles]:
    """The rows, and a sample of them for the warm-up of sessions; raises as look_through() does."""
    own = look_through(spark, data, files, formats)
    return own, _sample(spark, own, scratch / "sample", sample_rows)


def look_through(spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat]) -> UserFiles:
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
        raise DatasetError(*reason(spark, files, paths, data, error)) from None


def _look_through(
    spark: SparkSession, data: UserData, files: Input, paths: tuple[str, ...], formats: Iterable[TableFormat]
) -> UserFiles:
    schema, bad = declared_schema(spark, data), None
    listed = tuple(listed_files(spark, files, paths, data))
    data = replace(data, options={**_needed_options(files, listed, data, schema), **data.options})
    again = SecondReader(files, listed, data)
    merged = merged_files.merge(files, again.files, paths, data, schema)
    notes = merged.notes
    if schema is None and again.infers:
        schema, notes = again.infer()
    if data.bad_records == "aside":
        if schema is None and data.infer == "lossless" and not files.typed and files.records(again.files, {}) is None:
            schema, notes = bad_records.infer_text(spark, files, quoted_paths(paths), data.options)
        rows, others = bad_records.split(spark, files, quoted_paths(paths), schema, data.options)
        bad = bad_records.told(others)
        if not bad.count:  # then the second reader can read them, too
            again = replace(again, data=replace(data, bad_records="fail"))
    elif merged.schema is not None:
        rows = merged_files.read_parts(spark, files, merged.parts, merged.schema, data.options)
    else:
        rows = read(spark, files, paths, schema, data.options)
    if data.ddl is not None and files.typed:
        check_declared(merged.names or read(spark, files, paths, None, data.options).columns, rows, data)
    sizes = _sizes(map(local_path, rows.inputFiles()) if files.lists_files else paths, data)
    if not rows.columns:
        raise _no_row(data, files, sizes)
    lenient = bad_records.lenient(spark, files, quoted_paths(paths), rows, data.options)
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
    own = UserFiles(
        files,
        paths,
        data.options,
        rows.schema,
        digests[()].rows,
        total(sizes),
        digests,
        len(set(files_below(paths)) - set(sizes)),
        bad=bad,
        lenient=lenient,
        key=data.key,
        partition_by=data.partition_by,
        second=both.second,
        notes=notes,
        rewritten=both.rewritten,
        parts=merged.parts,
    )
    return replace(own, first=lowest_position(spark, own))


def _needed_options(
    files: Input, listed: Sequence[str], data: UserData, schema: StructType | None
) -> Mapping[str, str]:
    """Options that Spark needs to read these files as they are."""
    given = {name.lower(): value for name, value in {**files.foreign_options, **data.options}.items()}
    return files.found_options(listed, given, None if schema is None else schema.names)


def _no_row(data: UserData, files: Input, sizes: Iterable[str]) -> DatasetError:
    hint = f" ({files.no_row})" if files.no_row else ""
    return DatasetError(Key("path"), f" {data.path}: there is no row in {', '.join(sizes)}{hint}.")


def _sizes(read: Iterable[str], data: UserData) -> dict[str, int]:
    sizes = {path: os.path.getsize(path) for path in read}
    if not sizes:
        raise DatasetError(Key("path"), f" {data.path}: Spark reads none of the files there. ", *SUBFOLDERS, ".")
    return sizes


def total(sizes: Mapping[str, int]) -> dict[str, int]:
    return {"files": len(sizes), "bytes": sum(sizes.values())}


def _sample(spark: SparkSession, own: UserFiles, folder: Path, rows: int) -> UserFiles:
    """The first rows as files of the same kind, for the warm-up of each session; removed with the folder."""
    options = {key: value for key, value in own.options.items() if key.lower() not in LOCATIONS}
    try:
        own.input.write_foreign(own.read(spark).limit(rows).repartition(2), str(folder), options)
    except Exception as error:
        told = f"A sample of the rows can't be written as {own.input.name}, for the warm-up: {cause(error)}"
        raise DatasetError(told) from None
    paths = (str(folder),) if own.input.lists_files else tuple(files_below([str(folder)]))
    sample = replace(own, paths=paths, options=options, rows=min(rows, own.rows), size=total({}), digests={}, parts=())
    return replace(sample, first=lowest_position(spark, sample))
