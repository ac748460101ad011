"""The user's files are looked through once: what is in them, and whether Spark reads it. Knows no table format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data import bad_records, path_columns
from otfbench.data.agreement import Agreed
from otfbench.data.bad_records import BadRecords
from otfbench.data.digest import digest, keeps_digest
from otfbench.data.discovery import UserData, names
from otfbench.data.evidence import Digest, Evidence
from otfbench.data.file_stamps import unchanged
from otfbench.data.fitting_records import agreed_on_fitting
from otfbench.data.found_files import RECURSIVE, FoundFiles, find_files
from otfbench.data.keys import check_columns, check_key, check_not_null
from otfbench.data.listing import SUBFOLDER, Listing, files_at
from otfbench.data.no_rows import no_row, none_fits
from otfbench.data.path_columns import Groups
from otfbench.data.second_reading import Inferred, SecondReader, SecondReading
from otfbench.data.source_columns import SourceColumns, source_columns
from otfbench.data.spark_reading import (
    LOCATIONS,
    SparkFiles,
    cause,
    check_declared,
    check_encoding,
    declared_schema,
    quoted_paths,
    reason,
    spark_files,
)
from otfbench.data.text_inference import value_like_name
from otfbench.data.unified_files import read_parts
from otfbench.data.user_files import Adaptations, UserFiles, lowest_position
from otfbench.errors import DatasetError, Key, OtfbenchError, Text
from otfbench.formats.adaptation import adapted
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def inspect(
    spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat], scratch: Path, sample_rows: int
) -> tuple[UserFiles, UserFiles]:
    """The rows, and a sample of them for the warm-up of sessions.

    Raises as look_through() does, and DatasetError if there is no row.
    """
    user_files = look_through(spark, data, files, formats, scratch)
    if not user_files.rows:
        raise no_row(data, files, user_files.stamps)
    user_files = replace(user_files, first=lowest_position(spark, user_files))
    return user_files, _sample(spark, user_files, scratch / "sample", sample_rows)


@dataclass(frozen=True)
class OpenedFiles:
    """Files of which the columns are known, and Spark has read no row yet."""

    found: FoundFiles
    source: SparkFiles
    second_reader: SecondReader
    columns: SourceColumns
    rows: DataFrame
    bad: BadRecords | None
    """The records that are kept aside; None where a record that doesn't fit is an error."""
    bad_rows: DataFrame | None
    """Their texts, as `record`."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows."""
        return self.rows

    def check_not_null(self, seen: Evidence | None) -> None:
        """Raise DatasetError for a null in a column that is declared as NOT NULL; `seen`: the evidence of the rows."""
        declared = declared_schema(self.rows.sparkSession, self.found.data)
        check_not_null(
            self.rows, seen, [] if declared is None else [each.name for each in declared if not each.nullable]
        )

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What people must know of the files."""
        by_spark = self.found.data.infer == "lossless" and not self.found.input.typed and self.columns.schema is None
        spark_types = (
            "types are those that Spark finds, which may lose zeros and digits: declare them by ",
            Key("schema"),
        )
        return (
            *_warnings(self.found.data, self.found.listing),
            *([spark_types] if by_spark else []),
            *_no_header(self),
        )


def open_files(
    spark: SparkSession, found: FoundFiles, scratch: Path, types: Callable[[], Inferred] | None = None
) -> OpenedFiles:
    """Find the columns of files, unless `types` gives them; what Spark needs to read them is in `scratch`.

    Raises ConfigError if what is said of the files can't be of these, DatasetError with the file and the first cause if
    one can't be read, if one changes meanwhile, or if there is no column.
    """
    data, groups, second_reader = found.data, found.groups, found.second_reader
    check_encoding(spark, found.input, data.options)
    with unchanged(found.stamps):
        source = spark_files(spark, found.input, data, found.paths, groups, scratch)
        with _in_words(spark, source, groups, data):
            columns = source_columns(spark, data, source, groups, second_reader, types or second_reader.infer)
            second_reader = replace(second_reader, inferred=columns.inferred)
            rows, bad_rows = _rows(spark, data, source, columns)
            if data.ddl is not None and source.input.typed:
                check_declared(spark, source, columns.names, rows, data.path)
            if not rows.columns:
                raise no_row(data, source.input, source.files.values())
            check_columns(rows, data.key, data.partition_by)
            bad = None if bad_rows is None else bad_records.counted(bad_rows)
    return OpenedFiles(found, source, second_reader, columns, rows, bad, bad_rows)


def look_through(
    spark: SparkSession, data: UserData, files: Input, formats: Iterable[TableFormat], scratch: Path
) -> UserFiles:
    """Find the files, open them, and read through them."""
    return read_through(spark, open_files(spark, find_files(data, files, spark), scratch), formats)


def read_through(spark: SparkSession, opened: OpenedFiles, formats: Iterable[TableFormat]) -> UserFiles:
    """Read all of it once per set of adaptations that the formats need.

    Raises DatasetError with the file and the first cause if Spark can't read it, or reads something else than the
    second reader, if a file changes meanwhile, or if there is no row where there must be one.
    """
    data, source, bad = opened.found.data, opened.source, opened.bad
    with unchanged(opened.found.stamps), _in_words(spark, source, opened.found.groups, data):
        both, lenient = agreed_on_fitting(spark, source, opened.rows, opened.second_reader, bad, opened.bad_rows)
        digests = _digests(both, formats)
        _check_rows(opened, digests[()].rows, lenient)
        check_key(both.rows, data.key)
        opened.check_not_null(both.evidence)
    return replace(files_read(opened, both, digests), lenient=lenient)


def files_read(opened: OpenedFiles, both: Agreed, digests: Mapping[Adaptations, Digest]) -> UserFiles:
    """The files, once it is known what is in them."""
    source, data, rows = opened.source, opened.found.data, digests[()].rows
    no_row = f"no row in {names(opened.found.listing.files)}: the table is empty, with the columns that are there"
    return UserFiles(
        source.input,
        source.paths,
        source.options,
        both.rows.schema,
        rows,
        size=opened.found.size,
        digests=digests,
        left_out=tuple(opened.found.listing.left_out),
        stamps=opened.found.stamps,
        warnings=(
            (*opened.warnings, *_absent(opened, both), *_undeclared(opened, both))
            if rows
            else (*opened.warnings, (no_row,))
        ),
        bad=opened.bad,
        key=data.key,
        partition_by=data.partition_by,
        second=both.second,
        notes={**opened.columns.notes, **both.notes},
        rewritten=both.rewritten,
        parts=opened.columns.parts,
    )


def _no_header(opened: OpenedFiles) -> Iterator[Text]:
    """A first line that is taken for a header, and may be a row."""
    from pyspark.sql.pandas.types import to_arrow_schema

    inferred = opened.columns.inferred
    if inferred is None or not opened.second_reader.is_text:
        return
    name = value_like_name(to_arrow_schema(inferred.schema))
    if name is not None:
        yield f"a column is called {name}: if the first line is a row, not a header, give ", Key(
            "options", ("header", "false")
        )


def _undeclared(opened: OpenedFiles, both: Agreed) -> Iterator[Text]:
    """Names in the files that the declared columns leave out."""
    found = both.second.undeclared if isinstance(both.second, SecondReading) else ()
    found += tuple(opened.columns.undeclared)
    if found:
        yield f"in the files, and left out: {names(found)}. For these values declare them, too, in ", Key("schema"), "."


def _absent(opened: OpenedFiles, both: Agreed) -> Iterator[Text]:
    """Declared columns of which no record has a value: their names may be others in the files."""
    reader = opened.second_reader
    if (
        opened.found.data.ddl is None
        or reader.input.typed
        or reader.is_text
        or not isinstance(both.second, SecondReading)
    ):
        return
    found = both.second.evidence
    absent = [name for name, column in found.columns.items() if column.nulls == found.digest.rows]
    if absent:
        yield f"null in every row: {names(absent)}. Are these in the files what they are called in ", Key("schema"), "?"


@contextmanager
def _in_words(spark: SparkSession, source: SparkFiles, groups: Groups, data: UserData) -> Iterator[None]:
    """What fails in Spark as a DatasetError with the file, and why."""
    try:
        yield
    except OtfbenchError:
        raise
    except Exception as error:
        raise DatasetError(*reason(spark, source, groups, data, error)) from None


def _warnings(data: UserData, listing: Listing) -> Iterator[Text]:
    for why_not in dict.fromkeys(listing.left_out.values()):
        some = [file for file in listing.left_out if listing.left_out[file] == why_not]
        hint = RECURSIVE if why_not == SUBFOLDER else ()
        yield f"{format_count(len(some), 'file')} below {data.path} not read: {names(some)}: {why_not}", *hint
    if data.without_path_columns and any(path_columns.is_partitioned(file) for file in listing.files):
        yield (f"folders name=value below {data.path} are no columns: so the option recursiveFileLookup has it",)


def _check_rows(opened: OpenedFiles, rows: int, lenient: BadRecords | None) -> None:
    """Raise if there is no row, and records were left out, or Spark may have seen none by mistake."""
    bad = opened.bad or lenient
    if rows or not (opened.bad or opened.source.input.no_row):
        return
    if bad and bad.count:
        raise none_fits(opened.second_reader, bad, declared_schema(opened.rows.sparkSession, opened.found.data))
    raise no_row(opened.found.data, opened.source.input, opened.source.files.values())


def _rows(
    spark: SparkSession, data: UserData, source: SparkFiles, columns: SourceColumns
) -> tuple[DataFrame, DataFrame | None]:
    """The rows, and the records that don't fit where these are kept aside."""
    if data.bad_records != "aside":
        if columns.parts and columns.schema is not None:
            return read_parts(spark, source.input, columns.parts, columns.schema, source.options), None
        return source.read(spark, columns.schema), None
    return bad_records.split(spark, source.input, quoted_paths(source.paths), columns.schema, source.options)


def _digests(both: Agreed, formats: Iterable[TableFormat]) -> dict[Adaptations, Digest]:
    """The digest of the rows as each format stores them: that which both readers found, where no value changes."""
    wanted: set[Adaptations] = {(), *(_adaptations(each, both.rows) for each in formats)}
    known = both.evidence.digest if both.evidence else digest(both.rows)
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
