"""One verified conversion: files, or a table, into a table in a folder of its own. Knows nothing of the command line.

What the source holds is read before anything is written, and is what the table must hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from otfbench.config.checks import MODES
from otfbench.config.options import Config
from otfbench.convert.new_table import INCOMPLETE, ConversionResult, NewTable, Proof
from otfbench.data import bad_records, discovery, inspection, user_files
from otfbench.data.discovery import Infer, UserData
from otfbench.data.evidence import Evidence
from otfbench.data.file_stamps import unchanged
from otfbench.data.keys import check_columns, check_key
from otfbench.data.second_reading import EQUAL, EQUAL_TO_SPARK, SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.data.user_files import UserFiles
from otfbench.errors import ConfigError, DatasetError, Key, Text, UsageError
from otfbench.formats.base import TableFormat
from otfbench.formats.model import Adaptation
from otfbench.inputs.base import Input
from otfbench.ownership.folders import temporary_folder
from otfbench.registry import detect_table, load_format, load_input, profile
from otfbench.spark.launch import open_jvm
from otfbench.tables.destination import Destination
from otfbench.tables.session import Session
from otfbench.tables.source import UserTable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Watch = Callable[["SparkSession", str], AbstractContextManager[None]]
"""Shows what Spark does, which is called so, while a block runs."""


@dataclass(frozen=True)
class ConversionRequest:
    """What is to be converted into what. `source` is a file, a folder or a glob; `input` is None to be found."""

    source: str
    format: str
    folder: Path
    input: str | None = None
    ddl: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    on_conflict: Literal["fail", "replace", "append"] = "fail"
    verify: Proof = "source"
    infer: Infer = "lossless"
    recursive: bool = False
    bad_records: Literal["fail", "aside"] = "fail"
    """`aside`: records that don't fit are written into a folder beside the table."""

    @property
    def aside(self) -> Path | None:
        """The folder for records that don't fit; None if one is an error."""
        folder = self.folder.expanduser()
        folder = folder.with_name(f"{folder.name}.bad-records")
        return folder if self.bad_records == "aside" else None


@dataclass(frozen=True)
class SourceInfo:
    """What the source is, and what has to change before the format can hold it."""

    source: dict[str, Any]
    adaptations: tuple[Adaptation, ...]
    warnings: tuple[Text, ...] = ()
    """What people must know: files that are left out, no row, what is right for Spark and not for others."""
    aside: str | None = None
    """Where the records are that don't fit, if there are any and they were kept aside."""


def run(
    request: ConversionRequest, config: Config, watch: Watch, report_source: Callable[[SourceInfo], None]
) -> ConversionResult:
    """Convert, verify, and put the table in its place; `report_source` is called before anything is written.

    Of the configuration only Spark's settings and those of the format are used. Raises UsageError if it can't be as
    ordered, ContentError if the table is not what it must be, another OtfbenchError if reading or writing failed: the
    destination then is as it was.
    """
    target, source = load_format(request.format), _kind(request)
    with ExitStack() as stack:
        destination = Destination(request.folder)
        stack.callback(destination.close)
        appending = _conflict(request, target, destination)
        session = stack.enter_context(_session(target, source, config, destination.warehouse))
        with watch(session.spark, "reading"):
            scratch = stack.enter_context(temporary_folder("files"))
            rows = _look_through(request, source, session.spark, scratch)
            new = NewTable(session, destination, rows, request.key, request.partition_by, _seen(rows))
        stamps, warnings = (rows.stamps, rows.warnings) if isinstance(rows, UserFiles) else ({}, ())
        identity = _identity(request, source, rows) | {"rows": new.source_digest.rows}
        aside = _aside(request, rows)
        warnings = (*warnings, *((warning,) for warning in new.warnings))
        report_source(SourceInfo(identity, new.adaptations, warnings, str(aside) if aside else None))
        with watch(session.spark, "writing"):
            if appending:
                new.copy()
            with unchanged(stamps):
                new.write()
            if aside and isinstance(rows, UserFiles):
                bad_records.write(rows.bad_rows(session.spark), f"{destination.warehouse}/{aside.name}")
        with watch(session.spark, "verifying"):
            result = new.publish(request.verify, _proven(rows))
        if aside:
            os.rename(f"{destination.warehouse}/{aside.name}", aside)
        return result


# Before Spark starts


def _kind(request: ConversionRequest) -> TableFormat | Input:
    """The table format or the input that the source is of; raises UsageError if it is of none, or is not there."""
    path = Path(request.source).expanduser()
    table_format = detect_table(path, plain_files=False) if path.is_dir() else None
    if table_format:
        _refuse_for_tables(request, table_format)
        return table_format
    mode = {name.lower(): value for name, value in request.options.items()}.get("mode", MODES[0])
    if mode.upper() not in MODES:  # Spark would take another for the first one
        raise ConfigError(Key("options", ("mode", mode)), f": must be one of {', '.join(MODES)}")
    _check_aside(request)
    try:
        data = _data(request, "")
        paths = discovery.find(data)
        if any(_within(request.folder, Path(each)) or _within(Path(each), request.folder) for each in paths):
            raise UsageError(f"{request.folder} and {request.source}: one lies in the other. Name a folder elsewhere.")
        found = load_input(request.input or discovery.input_of(data, paths))
        if found.typed and request.bad_records == "aside":
            raise UsageError(f"{found.name} files have no records that don't fit. Leave ", Key("bad_records"), " out.")
        return found
    except DatasetError as error:
        named = os.path.abspath(os.path.expanduser(request.source)) in str(error)
        raise UsageError(*(() if named else (f"{request.source}: ",)), *error.args) from None


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


def _refuse_for_tables(request: ConversionRequest, table_format: TableFormat) -> None:
    is_table = f"{request.source} is a table of {table_format.name}"
    if request.input not in (None, table_format.name):
        raise UsageError(f"{is_table}: its rows are not those of its files. Leave ", Key("format"), " out.")
    if request.ddl or request.options:
        both = (Key("schema"), " and ", Key("options"))
        raise UsageError(f"{is_table}, which tells its columns itself. Leave ", *both, " out.")
    if request.bad_records == "aside":
        raise UsageError(f"{is_table}, whose rows all fit. Leave ", Key("bad_records"), " out.")


def _check_aside(request: ConversionRequest) -> None:
    """Records that don't fit have a folder of their own, and Spark's options for them are set."""
    if request.aside is None:
        return
    if os.path.lexists(request.aside):
        raise UsageError(f"{request.aside} is there already, from a conversion before: move it away.")
    for name, value in request.options.items():
        if name.lower() in bad_records.RESERVED:
            raise ConfigError(Key("options", (name, value)), " can't be given together with --bad-records aside.")


def _within(inner: Path, outer: Path) -> bool:
    """Whether it lies in the other one; a folder in place of itself is fine."""
    ours, other = inner.expanduser().resolve(), outer.expanduser().resolve()
    return ours != other and ours.is_relative_to(other)


def _data(request: ConversionRequest, kind: str) -> UserData:
    names = ("options", "ddl", "key", "partition_by", "bad_records", "infer", "recursive")
    settings = {name: getattr(request, name) for name in names}
    settings["read_twice"] = request.verify in ("source", "readers")
    return UserData(path=request.source, folder=Path.cwd(), format=kind, **settings)


def _conflict(request: ConversionRequest, target: TableFormat, destination: Destination) -> bool:
    """Whether the rows are added to a table that is there; raises UsageError if what is there is in the way."""
    folder = destination.folder
    if not destination.exists:
        return False
    if request.on_conflict == "fail":
        raise UsageError(f"{folder} is there already: name another folder, or give --on-conflict replace or append.")
    there = detect_table(folder) if folder.is_dir() else None
    empty = folder.is_dir() and not any(folder.iterdir())
    if there is None and not (empty and request.on_conflict == "replace"):
        raise UsageError(f"{folder} holds something else than a table: remove it, or name another folder.")
    if request.on_conflict == "replace":
        return False
    assert there is not None  # who appends to an empty folder has been refused
    if there.name != target.name:
        raise UsageError(f"{folder} is a table of {there.name}, to which nothing can be appended as {target.name}.")
    if request.partition_by:
        raise UsageError(f"{folder} is partitioned as it is: leave ", Key("partition_by"), " out.")
    return True


# With Spark


@contextmanager
def _session(target: TableFormat, source: TableFormat | Input, config: Config, warehouse: str) -> Iterator[Session]:
    """A session of the target's format that reads the source."""
    packages, conf = {target.name}, target.conf(warehouse)
    if isinstance(source, TableFormat):
        packages, conf = packages | {source.name}, {**source.guest_conf, **conf}
    elif source.package:
        packages.add(source.package)
    with open_jvm(config, profile(), packages, conf) as jvm:
        yield Session(jvm, target, conf, warehouse, config.properties.get(target.name))


def _look_through(
    request: ConversionRequest, source: TableFormat | Input, format_session: SparkSession, scratch: Path
) -> UserFiles | UserTable:
    """The rows of the source; all of it has been read once."""
    if isinstance(source, Input):
        data = replace(_data(request, source.name), scratch=scratch)
        return inspection.look_through(format_session, data, source, [load_format(request.format)], scratch)
    table = UserTable(source, os.path.abspath(os.path.expanduser(request.source)))
    rows = table.read(format_session)
    check_columns(rows, request.key, request.partition_by)
    check_key(rows, request.key)
    if request.verify not in ("source", "readers"):
        return table
    return replace(table, second=read_beside(source, table.path, rows))


def _identity(request: ConversionRequest, source: TableFormat | Input, rows: UserFiles | UserTable) -> dict[str, Any]:
    if isinstance(rows, UserFiles):
        return user_files.identity(rows, _data(request, source.name))
    second = rows.second.as_dict() if isinstance(rows.second, SecondReading) else rows.second
    return {"path": request.source, "format": source.name, "second_reader": second, **rows.size}
