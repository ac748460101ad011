"""The user's files are looked through once: what is in them, and whether Spark reads it. Knows no table format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data import bad_records, path_columns
from otfbench.data.agreement import Agreed, agreed
from otfbench.data.bad_records import BadRecords
from otfbench.data.digest import digest, keeps_digest
from otfbench.data.discovery import UserData, files_of, find, names
from otfbench.data.evidence import Digest
from otfbench.data.file_stamps import stamps_of, unchanged
from otfbench.data.keys import check_columns, check_key
from otfbench.data.listing import FILTERED, SUBFOLDER, Listing, files_at
from otfbench.data.merged_files import read_parts
from otfbench.data.path_columns import Groups
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.data.source_columns import SourceColumns, source_columns
from otfbench.data.spark_reading import (
    FILTERS,
    LOCATIONS,
    SparkFiles,
    cause,
    check_declared,
    declared_schema,
    listed,
    quoted_paths,
    reason,
    spark_files,
)
from otfbench.data.user_files import Adaptations, UserFiles, lowest_position
from otfbench.errors import DatasetError, Key, OtfbenchError, Text
from otfbench.formats.base import TableFormat, adapted
from otfbench.inputs.base import Input
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_RECURSIVE: Text = (", unless there is ", Key("options", ("recursiveFileLookup", "true")))


def inspect(
    spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat], scratch: Path, sample_rows: int
) -> tuple[UserFiles, UserFiles]:
    """The rows, and a sample of them for the warm-up of sessions.

    Raises as look_through() does, and DatasetError if there is no row.
    """
    user_files = look_through(spark, data, files, formats, scratch)
    if not user_files.rows:
        raise _no_row(data, files, user_files.stamps)
    user_files = replace(user_files, first=lowest_position(spark, user_files))
    return user_files, _sample(spark, user_files, scratch / "sample", sample_rows)


def look_through(
    spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat], scratch: Path
) -> UserFiles:
    """Read all of it once per set of adaptations that the formats need; what Spark needs to read it is in `scratch`.

    Raises ConfigError if what is said of the files can't be of these, DatasetError with the file and the first cause if
    Spark can't read it, if a file changes meanwhile, or if neither a row nor a column is in it.
    """
    paths = find(data)
    listing = _filtered(spark, data, paths, files_of(data, paths, every=not files.lists_files))
    if not listing.files:
        raise _none_read(data, listing)
    _check_faults(data, files, listing)
    data = replace(data, options={**_needed_options(spark, data, files, listing), **data.options})
    stamps = stamps_of(listing.files)
    with unchanged(stamps):
        groups = _groups(data, listing)
        source = spark_files(spark, files, data, paths, groups, scratch)
        try:
            second_reader = SecondReader(source.input, groups, data)
            looked_through = _look_through(spark, data, source, groups, second_reader, formats)
        except OtfbenchError:
            raise
        except Exception as error:
            raise DatasetError(*reason(spark, source, groups, data, error)) from None
    warnings = tuple(_warnings(data, listing, looked_through))
    size = {"files": len(stamps), "bytes": sum(size for size, _ in stamps.values())}
    return replace(looked_through, size=size, stamps=stamps, left_out=tuple(listing.left_out), warnings=warnings)


def _filtered(spark: SparkSession, data: UserData, paths: list[str], listing: Listing) -> Listing:
    """Without the files that the user's options leave out."""
    if not FILTERS.intersection(name.lower() for name in data.options):
        return listing
    kept = listed(spark, paths, {**data.options, "recursiveFileLookup": "true"}) or []
    files = tuple(sorted({*listing.files}.intersection(kept)))
    others = dict.fromkeys((file for file in listing.files if file not in files), FILTERED)
    return Listing(files, {**listing.left_out, **others})


def _check_faults(data: UserData, files: Input, listing: Listing) -> None:
    options = {name.lower(): value for name, value in {**files.foreign_options, **data.options}.items()}
    if data.bad_records == "aside":
        options["mode"] = "PERMISSIVE"
    for file in listing.files:
        fault = files.fault(file, options)
        if fault:
            text = (fault,) if isinstance(fault, str) else fault
            raise DatasetError(f"{file} can't be read as {data.format}: ", *text)


def _needed_options(spark: SparkSession, data: UserData, files: Input, listing: Listing) -> Mapping[str, str]:
    """Options that Spark needs to read these files as they are."""
    given = {name.lower(): value for name, value in {**files.foreign_options, **data.options}.items()}
    schema = declared_schema(spark, data)
    return files.found_options(listing.files, given, None if schema is None else schema.names)


def _groups(data: UserData, listing: Listing) -> Groups:
    """The files by the columns in their paths; all of them together where these are none."""
    if data.without_path_columns:
        return [({}, list(listing.files))]
    return path_columns.by_values(listing.files, path_columns.root_of(data))


def _warnings(data: UserData, listing: Listing, files: UserFiles) -> Iterator[Text]:
    for why_not in dict.fromkeys(listing.left_out.values()):
        some = [file for file in listing.left_out if listing.left_out[file] == why_not]
        hint = _RECURSIVE if why_not == SUBFOLDER else ()
        yield f"{format_count(len(some), 'file')} below {data.path} not read: {names(some)}: {why_not}", *hint
    if data.without_path_columns and any(path_columns.is_partitioned(file) for file in listing.files):
        yield (f"folders name=value below {data.path} are no columns: so the option recursiveFileLookup has it",)
    if not files.rows:
        yield (f"no row in {names(listing.files)}: the table is empty, with the columns that are there",)


def _look_through(
    spark: SparkSession,
    data: UserData,
    source: SparkFiles,
    groups: Groups,
    second_reader: SecondReader,
    formats: Iterable[TableFormat],
) -> UserFiles:
    columns = source_columns(spark, data, source, groups, second_reader)
    rows, bad = _rows(spark, data, source, columns)
    if data.ddl is not None and source.input.typed:
        check_declared(spark, source, columns.names, rows, data.path)
    if not rows.columns:
        raise _no_row(data, source.input, source.files.values())
    check_columns(rows, data.key, data.partition_by)
    lenient = bad_records.lenient(spark, source.input, quoted_paths(source.paths), rows, source.options)
    if bad and not bad.count:  # then the second reader can read them, too
        second_reader = replace(second_reader, data=replace(data, bad_records="fail"))
    both = agreed(spark, rows, second_reader, data.scratch)
    digests = _digests(both, formats)
    _check_rows(data, source, digests[()].rows, bad)
    check_key(both.rows, data.key)
    return UserFiles(
        source.input,
        source.paths,
        source.options,
        both.rows.schema,
        digests[()].rows,
        digests=digests,
        bad=bad,
        lenient=lenient,
        key=data.key,
        partition_by=data.partition_by,
        second=both.second,
        notes={**columns.notes, **both.notes},
        rewritten=both.rewritten,
        parts=columns.parts,
    )


def _check_rows(data: UserData, source: SparkFiles, rows: int, bad: BadRecords | None) -> None:
    """Raise if there is no row, and records were left out, or Spark may have seen none by mistake."""
    if not rows and (bad or source.input.no_row):
        raise _no_row(data, source.input, source.files.values())


def _rows(
    spark: SparkSession, data: UserData, source: SparkFiles, columns: SourceColumns
) -> tuple[DataFrame, BadRecords | None]:
    """The rows, and the records that don't fit where these are kept aside."""
    if data.bad_records != "aside":
        if columns.parts and columns.schema is not None:
            return read_parts(spark, source.input, columns.parts, columns.schema, source.options), None
        return source.read(spark, columns.schema), None
    paths = quoted_paths(source.paths)
    rows, others = bad_records.split(spark, source.input, paths, columns.schema, source.options)
    return rows, bad_records.counted(others)


def _digests(both: Agreed, formats: Iterable[TableFormat]) -> dict[Adaptations, Digest]:
    """The digest of the rows as each format stores them: that which both readers found, where no value changes."""
    wanted: set[Adaptations] = {(), *(_adaptations(each, both.rows) for each in formats)}
    known = both.second.evidence.digest if isinstance(both.second, SecondReading) else digest(both.rows)
    return {
        adaptations: known if all(map(keeps_digest, adaptations)) else digest(adapted(both.rows, adaptations))
        for adaptations in wanted
    }


def _adaptations(table_format: TableFormat, rows: DataFrame) -> Adaptations:
    """What the format would change; none where a plugin raises, of which its cases tell."""
    try:
        return tuple(table_format.adapt(rows.schema))
    except Exception:
        return ()


def _no_row(data: UserData, files: Input, sizes: Iterable[str]) -> DatasetError:
    hint = f" ({files.no_row})" if files.no_row else ""
    return DatasetError(Key("path"), f" {data.path}: there is no row in {', '.join(sizes)}{hint}.")


def _none_read(data: UserData, listing: Listing) -> DatasetError:
    why_not = next(iter(listing.left_out.values()))
    hint = _RECURSIVE if why_not == SUBFOLDER else ()
    return DatasetError(Key("path"), f" {data.path}: {names(listing.left_out)}: {why_not}", *hint, ".")


def _sample(spark: SparkSession, files: UserFiles, folder: Path, rows: int) -> UserFiles:
    """The first rows as files of the same kind, for the warm-up of each session; removed with the folder."""
    options = {key: value for key, value in files.options.items() if key.lower() not in LOCATIONS}
    try:
        files.input.write_foreign(files.read(spark).limit(rows).repartition(2), str(folder), options)
    except Exception as error:
        message = f"A sample of the rows can't be written as {files.input.name}, for the warm-up: {cause(error)}"
        raise DatasetError(message) from None
    paths = (str(folder),) if files.input.lists_files else files_at([str(folder)], descend=False).files
    sample = replace(files, paths=paths, options=options, rows=min(rows, files.rows), size={}, digests={}, parts=())
    return replace(sample, first=lowest_position(spark, sample))
