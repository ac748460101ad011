"""One verified conversion: files, or a table, into a table in a folder of its own. Knows nothing of the command line.

Where a second reader reads the files, what it finds is what the table must hold, and Spark writes it meanwhile. If it
doesn't, or anything fails, and where nobody but Spark reads: the source is read through first, which tells why.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.config.options import Config
from otfbench.convert import in_place, sources
from otfbench.convert.conflict import appends, destination_of
from otfbench.convert.new_table import INCOMPLETE, ConversionResult, NewTable
from otfbench.convert.overlapped import EarlyTypes, write_and_read
from otfbench.convert.request import ConversionRequest, source_kind, user_data
from otfbench.convert.source_info import SourceInfo, described, identity
from otfbench.convert.write import RowSource
from otfbench.data import bad_records
from otfbench.data.agreement import Agreed
from otfbench.data.discovery import UserData
from otfbench.data.evidence import Evidence
from otfbench.data.file_stamps import Stamps, unchanged
from otfbench.data.found_files import FoundFiles, find_files, needs_spark
from otfbench.data.inspection import OpenedFiles, files_read, open_files, read_through
from otfbench.data.keys import check_columns, check_key
from otfbench.data.second_reading import EQUAL, EQUAL_TO_SPARK, SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.data.user_files import UserFiles
from otfbench.data.user_table import UserTable
from otfbench.errors import ContentError
from otfbench.files import is_uri
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.ownership.folders import temporary_folder
from otfbench.registry import format_names, input_names, load_format, load_input
from otfbench.registry.packages import profile
from otfbench.spark.launch import open_jvm
from otfbench.spark.remote_files import reached_by
from otfbench.spark.s3 import packages_for
from otfbench.spark.settings import with_guests
from otfbench.tables.destination import Destination
from otfbench.tables.importable import OwnFiles
from otfbench.tables.remote_destination import RemoteDestination
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Watch = Callable[["SparkSession", str], AbstractContextManager[None]]
"""Shows what Spark does, which is called so, while a block runs."""


@dataclass(frozen=True)
class _Conversion:
    """What both ways to convert have in common."""

    request: ConversionRequest
    session: Session
    destination: Destination | RemoteDestination
    appending: bool
    listed: Stamps | None
    """What the table was made of already; None where no list of that is kept."""
    watch: Watch
    report_source: Callable[[SourceInfo], None]
    own_files: OwnFiles | None = None
    """The files, where the table is made of them as they are."""

    @property
    def spark(self) -> SparkSession:
        return self.session.spark

    def new_table(self, source: RowSource) -> NewTable:
        key, partition_by = self.request.key, self.request.partition_by
        return NewTable(self.session, self.destination, source, key, partition_by, self.own_files)

    def publish(self, new: NewTable, stamps: Stamps, proven: str) -> ConversionResult:
        if self.listed is not None:
            new.note_sources({**self.listed, **stamps})
        return new.publish(proven)


def run(
    request: ConversionRequest, config: Config, watch: Watch, report_source: Callable[[SourceInfo], None]
) -> ConversionResult:
    """Convert, verify, and put the table in its place.

    `report_source` is called before anything is written, and again once more is known of the source.

    Of the configuration only Spark's settings and those of the format are used. Raises UsageError if it can't be as
    ordered, NothingNewError if there are no new files, ContentError if the table is not what it must be, another
    OtfbenchError if reading or writing failed: the destination then is as it was.
    """
    target = load_format(request.format)
    if request.in_place:
        in_place.check(request, target)
    with ExitStack() as stack:
        known = None if request.in_itself else _known_kind(request)
        destination = destination_of(request)
        stack.callback(destination.close)
        source = known or _known_kind(request)  # in itself: now that what a killed conversion has left is gone
        if request.in_place:
            in_place.check_kind(request, source)
        appending = isinstance(destination, Destination) and appends(request, target, destination)
        listed = _listed(request, appending)
        scratch = stack.enter_context(temporary_folder("files"))
        found = _find_early(request, source, scratch, listed)
        types = stack.enter_context(EarlyTypes(found.second_reader if found else None))
        session = stack.enter_context(_session(request, target, source, config, destination.warehouse, types.begin))
        if isinstance(destination, RemoteDestination):
            stack.callback(destination.close)
            destination.open(session.spark)
            appending = appends(request, target, destination)
            listed = _listed(request, appending)
        conversion = _Conversion(request, session, destination, appending, listed, watch, report_source)
        source = source or source_kind(request)
        if isinstance(source, TableFormat):
            return _convert_table(conversion, source)
        with watch(session.spark, "reading"):
            found = found or find_files(_user_data(request, source, scratch, listed), source, session.spark)
            opened = open_files(session.spark, found, scratch, types.result)
        return _convert_files(conversion, opened, target)


def _listed(request: ConversionRequest, appending: bool) -> Stamps | None:
    """What the table was made of already: kept where new files are asked for, and where there is a list of it."""
    folder = request.folder if isinstance(request.folder, str) else request.folder.expanduser()
    if appending and (request.new_files or sources.listed(folder)):
        return sources.read(folder)
    return {} if request.new_files else None


def _convert_table(conversion: _Conversion, source: TableFormat) -> ConversionResult:
    with conversion.watch(conversion.spark, "reading"):
        table = _user_table(conversion.request, source, conversion.spark)
    return _write_after_reading(conversion, table)


def _convert_files(conversion: _Conversion, opened: OpenedFiles, target: TableFormat) -> ConversionResult:
    if conversion.request.in_place:
        in_place.check_files(opened, target, conversion.request.key)
        return _import(conversion, opened, target)
    done = _write_while_reading(conversion, opened) if opened.second_reader.why_not is None else None
    if done is not None:
        return done
    with conversion.watch(conversion.spark, "reading"):
        files = read_through(conversion.spark, opened, [target])
    return _write_after_reading(conversion, files)


def _import(conversion: _Conversion, opened: OpenedFiles, target: TableFormat) -> ConversionResult:
    """Read the files through, and make the table of them as they are: the folders are its partitions."""
    request, found = conversion.request, opened.found
    partition_by = tuple(found.groups[0][0])
    own = OwnFiles(os.path.abspath(request.path), found.listing.files, request.key)
    with conversion.watch(conversion.spark, "reading"):
        files = read_through(conversion.spark, opened, [target])
    return _write_after_reading(
        replace(conversion, request=replace(request, partition_by=partition_by), own_files=own), files
    )


def _known_kind(request: ConversionRequest) -> TableFormat | Input | None:
    """What the source is, as far as that is known before Spark starts: behind a URI only that it is a table."""
    if not is_uri(request.path):
        return source_kind(request)
    named = request.input in format_names() and request.input not in input_names()
    return load_format(str(request.input)) if named else None


def _user_data(request: ConversionRequest, source: Input, scratch: Path, listed: Stamps | None) -> UserData:
    converted = listed or {} if request.new_files else {}
    given = None if request.in_place else scratch  # for rows that Spark misreads
    return replace(user_data(request, source.name), scratch=given, converted=converted)


def _find_early(
    request: ConversionRequest, source: TableFormat | Input | None, scratch: Path, listed: Stamps | None
) -> FoundFiles | None:
    """The files, before Spark has started; None where that needs Spark, or the source is a table."""
    if source is None or isinstance(source, TableFormat) or (request.new_files and is_uri(request.folder)):
        return None
    data = _user_data(request, source, scratch, listed)
    return None if needs_spark(data) else find_files(data, source)


def _write_while_reading(conversion: _Conversion, opened: OpenedFiles) -> ConversionResult | None:
    """Convert, and let the second reader say what the table must hold; None if it doesn't, or anything fails."""
    request, spark, watch = conversion.request, conversion.spark, conversion.watch
    new = conversion.new_table(opened)
    if not new.keeps_digest:
        return None
    check_key(opened.rows, request.key)
    warnings = (*opened.warnings, *((warning,) for warning in new.warnings))
    conversion.report_source(SourceInfo(described(request, opened), new.adaptations, warnings))
    if conversion.appending:
        new.copy()
    reading = None
    with unchanged(opened.found.stamps), watch(spark, "writing"), suppress(Exception):
        reading = write_and_read(spark, new, opened)
    if reading is None or not reading.evidence.digest.rows:
        new.discard()
        return None
    opened.check_not_null(reading.evidence)
    new.check_losses(reading.evidence)
    try:
        with watch(spark, "verifying"):
            new.check(request.verify, reading.evidence.digest)
    except ContentError:
        new.discard()
        return None
    files = files_read(opened, Agreed(opened.rows, reading), {(): reading.evidence.digest})
    warnings = (*files.warnings, *((warning,) for warning in new.warnings))
    conversion.report_source(SourceInfo(identity(request, files), new.adaptations, warnings))
    return conversion.publish(new, files.stamps, EQUAL)


def _write_after_reading(conversion: _Conversion, rows: UserFiles | UserTable) -> ConversionResult:
    """Convert what has been read through: rows that Spark reads, too."""
    request, spark, watch = conversion.request, conversion.spark, conversion.watch
    with watch(spark, "reading"):
        new = conversion.new_table(rows)
        new.check_losses(_seen(rows))
        if conversion.appending:
            new.copy()
        expected = new.digest_of_source() if conversion.appending else rows.digest(spark, new.adaptations)
    stamps, warnings = (rows.stamps, rows.warnings) if isinstance(rows, UserFiles) else ({}, ())
    aside = _aside(request, rows)
    warnings = (*warnings, *((warning,) for warning in new.warnings))
    source = identity(request, rows) | {"rows": expected.rows}
    conversion.report_source(SourceInfo(source, new.adaptations, warnings, str(aside) if aside else None))
    with watch(spark, "writing"):
        with unchanged(stamps):
            new.write()
        if aside and isinstance(rows, UserFiles):
            bad_records.write(rows.bad_rows(spark), f"{conversion.destination.warehouse}/{aside.name}")
    with watch(spark, "verifying"):
        new.check(request.verify, expected)
        with bad_records.kept(conversion.destination.warehouse, aside) if aside else nullcontext():
            return conversion.publish(new, stamps, _proven(rows))


@contextmanager
def _session(
    request: ConversionRequest,
    target: TableFormat,
    source: TableFormat | Input | None,
    config: Config,
    warehouse: str,
    launched: Callable[[], None],
) -> Iterator[Session]:
    """A session of the target's format that reads the source; one that isn't known yet may be of any input."""
    packages, conf = {target.name, *packages_for(request.path, str(request.folder))}, target.conf(warehouse)
    if source is None:
        packages.update(each.package for each in map(load_input, input_names()) if each.package)
    elif isinstance(source, TableFormat):
        packages, conf = packages | {source.name}, with_guests(conf, [source.guest_conf])
    elif source.package:
        packages.add(source.package)
    # URIs first: a format that is opened looks at its warehouse, and goes on trying for minutes.
    opened = open_jvm(config, profile(), packages, conf, launched)
    with opened as jvm, reached_by(jvm.spark, request.path, str(request.folder)):
        yield Session(jvm, target, conf, warehouse, config.properties.get(target.name))


def _user_table(request: ConversionRequest, source: TableFormat, spark: SparkSession) -> UserTable:
    """The table that is the source; where that is asked, a second reader has read it, too."""
    table = UserTable(source, request.path if is_uri(request.path) else os.path.abspath(request.path))
    rows = table.read(spark)
    check_columns(rows, request.key, request.partition_by)
    check_key(rows, request.key)
    if request.verify not in ("source", "readers"):
        return table
    return replace(table, second=read_beside(source, table.path, rows))


def _aside(request: ConversionRequest, rows: UserFiles | UserTable) -> Path | None:
    """Where records that don't fit are to be kept; None if there are none."""
    return request.aside if isinstance(rows, UserFiles) and rows.bad and rows.bad.count else None


def _seen(rows: UserFiles | UserTable) -> Evidence | None:
    """What a second reader has found in the source."""
    return rows.second.evidence if isinstance(rows.second, SecondReading) else None


def _proven(rows: UserFiles | UserTable) -> str:
    """What can be said of a table that holds what Spark reads."""
    if isinstance(rows, UserFiles) and (rows.misfits is not None and rows.misfits.count):
        return INCOMPLETE
    return EQUAL_TO_SPARK if _seen(rows) is None else EQUAL
