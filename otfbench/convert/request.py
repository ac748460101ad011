"""What is to be converted into what, and whether that can be: known before Spark starts. Knows no command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Literal

from otfbench.convert.new_table import Proof
from otfbench.data import bad_records, discovery
from otfbench.data.discovery import Infer, UserData
from otfbench.errors import ConfigError, DatasetError, Key, UsageError
from otfbench.files import is_folder, is_uri
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.inputs.option_values import wrong_values
from otfbench.registry import load_input
from otfbench.registry.detection import detect_table


@dataclass(frozen=True)
class ConversionRequest:
    """What is to be converted into what. `source` is a file, a folder or a glob; `input` is None to be found.

    `folder` is a URI, as a text, or local.
    """

    source: str
    format: str
    folder: Path | str
    input: str | None = None
    ddl: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    on_conflict: Literal["fail", "replace", "append"] = "fail"
    verify: Proof = "source"
    infer: Infer = "lossless"
    recursive: bool = False
    new_files: bool = False
    """Only files that the table was not made of; the table's folder has a list of these."""
    bad_records: Literal["fail", "aside"] = "fail"
    """`aside`: records that don't fit are written into a folder beside the table."""
    in_place: bool = False
    """The files become the table as they are: nothing of them is written anew."""

    @property
    def path(self) -> str:
        """The source as a URI, or from the root on."""
        return discovery.location(self.source, Path.cwd())

    @property
    def in_itself(self) -> bool:
        """Whether files become a table in their own folder."""
        return self.in_place and Path(self.folder).expanduser().resolve() == Path(self.path).resolve()

    @property
    def aside(self) -> Path | None:
        """The folder for records that don't fit, of new files a further one; None if one is an error."""
        if self.bad_records != "aside" or isinstance(self.folder, str):
            return None
        folder = self.folder.expanduser()
        first = folder.with_name(f"{folder.name}.bad-records")
        if not self.new_files:
            return first
        later = (first.with_name(f"{first.name}-{number}") for number in count(2))
        return next(each for each in chain([first], later) if not os.path.lexists(each))


def source_kind(request: ConversionRequest) -> TableFormat | Input:
    """The table format or the input that the source is of; raises UsageError if it is of none, or is not there."""
    table_format = _table_at(request.path)
    if table_format and is_uri(request.path):  # its session would have needed the settings of that format
        raise UsageError(
            f"{request.source} is a table of {table_format.name}. Say so: give ",
            Key("format"),
            f" {table_format.name}.",
        )
    if table_format:
        _refuse_for_tables(request, table_format)
        return table_format
    _check_aside(request)
    try:
        data = user_data(request, "")
        paths = discovery.find_paths(data)
        if any(_within(request.folder, each) or _within(each, request.folder) for each in paths):
            raise UsageError(f"{request.folder} and {request.source}: one lies in the other. Name a folder elsewhere.")
        found = load_input(request.input or discovery.input_of(data, paths))
        if found.typed and request.bad_records == "aside":
            raise UsageError(f"{found.name} files have no records that don't fit. Leave ", Key("bad_records"), " out.")
        for name, value, words in wrong_values(request.options, found.option_rules):
            raise ConfigError(Key("options", (name, value)), f": {words}")
        return found
    except DatasetError as error:
        named = os.path.normpath(request.path) in str(error) or request.path in str(error)
        raise UsageError(*(() if named else (f"{request.source}: ",)), *error.args) from None


def _table_at(path: str) -> TableFormat | None:
    """The format of the table that is there; None if there is none."""
    if is_uri(path):  # what is no folder is found, or not, as files are
        return detect_table(path, plain_files=False) if is_folder(path) else None
    return detect_table(Path(path), plain_files=False) if os.path.isdir(path) else None


def _refuse_for_tables(request: ConversionRequest, table_format: TableFormat) -> None:
    is_table = f"{request.source} is a table of {table_format.name}"
    if request.new_files:
        raise UsageError(f"{is_table}: which of its rows are new isn't known. Leave ", Key("new_files"), " out.")
    if request.input not in (None, table_format.name):
        raise UsageError(f"{is_table}: its rows are not those of its files. Leave ", Key("format"), " out.")
    if request.ddl or request.options:
        both = (Key("schema"), " and ", Key("options"))
        raise UsageError(f"{is_table}, which tells its columns itself. Leave ", *both, " out.")
    if request.bad_records == "aside":
        raise UsageError(f"{is_table}, whose rows all fit. Leave ", Key("bad_records"), " out.")


def _check_aside(request: ConversionRequest) -> None:
    """Records that don't fit have a folder of their own, and Spark's options for them are set."""
    if request.bad_records == "aside" and is_uri(request.folder):
        raise UsageError(f"{request.folder}: records are kept aside only beside a local folder: convert to one.")
    if request.aside is None:
        return
    if os.path.lexists(request.aside):
        raise UsageError(f"{request.aside} is there already, from a conversion before: move it away.")
    for name, value in request.options.items():
        if name.lower() in bad_records.RESERVED:
            raise ConfigError(Key("options", (name, value)), " can't be given together with --bad-records aside.")


def _within(inner: Path | str, outer: Path | str) -> bool:
    """Whether one lies in the other; a folder in place of itself is fine."""
    if is_uri(inner) or is_uri(outer):
        return str(inner).startswith(f"{str(outer).rstrip('/')}/")
    ours, other = Path(inner).expanduser().resolve(), Path(outer).expanduser().resolve()
    return ours != other and ours.is_relative_to(other)


def user_data(request: ConversionRequest, kind: str) -> UserData:
    names = ("options", "ddl", "key", "partition_by", "bad_records", "infer", "recursive")
    settings = {name: getattr(request, name) for name in names}
    settings["read_twice"] = request.verify in ("source", "readers")
    return UserData(path=request.source, folder=Path.cwd(), format=kind, **settings)
