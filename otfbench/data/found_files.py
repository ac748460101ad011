"""The user's files before a row is read: which they are, how they are read, and what is wrong at first sight.

Knows no table format.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from otfbench.data import path_columns
from otfbench.data.discovery import UserData, files_of, find_paths, names
from otfbench.data.file_stamps import Stamps, real, stamps_of
from otfbench.data.listing import FILTERED, SUBFOLDER, Listing
from otfbench.data.path_columns import Groups
from otfbench.data.second_reading import SecondReader
from otfbench.data.spark_reading import FILTERS, declared_schema, listed
from otfbench.errors import ConfigError, DatasetError, Key, NothingNewError, Text
from otfbench.files import is_uri
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import packed
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RECURSIVE: Text = (", unless there is ", Key("options", ("recursiveFileLookup", "true")))
"""What is said behind files in subfolders that are left out."""


@dataclass(frozen=True)
class FoundFiles:
    """Files that are there, of one kind, and who reads them beside Spark."""

    data: UserData
    input: Input
    paths: list[str]
    listing: Listing
    stamps: Stamps
    groups: Groups

    @property
    def second_reader(self) -> SecondReader:
        """Reads them without Spark."""
        return SecondReader(self.input, self.groups, self.data)

    @property
    def size(self) -> dict[str, int]:
        """How many they are, and how many bytes."""
        return {"files": len(self.stamps), "bytes": sum(size for size, _ in self.stamps.values())}


def needs_spark(data: UserData) -> bool:
    """Whether only Spark can tell which files these are, and which columns are declared."""
    return data.ddl is not None or not FILTERS.isdisjoint(name.lower() for name in data.options)


def find_files(data: UserData, files: Input, spark: SparkSession | None = None) -> FoundFiles:
    """Find the files, without Spark where that isn't needed.

    Raises ConfigError if declared columns can't be parsed, DatasetError if no file is there, or one can't be of these.
    """
    paths = find_paths(data)
    listing = files_of(data, paths, every=not files.lists_files)
    declared = None
    if spark is not None:
        listing, declared = _filtered(spark, data, paths, listing), declared_schema(spark, data)
    if data.converted:
        listing = _new(data, listing)
    if data.converted or _overlap(paths):  # else Spark reads files twice
        paths = list(listing.files)
    if not listing.files:
        raise _none_read(data, listing)
    _check_faults(data, files, listing)
    given = data.options_over(files.foreign_options)
    needed = files.detected_options(listing.files, given, None if declared is None else declared.names)
    data = replace(data, options={**needed, **data.options})
    return FoundFiles(data, files, paths, listing, stamps_of(listing.files), _groups(data, listing))


def _filtered(spark: SparkSession, data: UserData, paths: list[str], listing: Listing) -> Listing:
    """Without the files that the user's options leave out."""
    if not FILTERS.intersection(name.lower() for name in data.options):
        return listing
    kept = listed(spark, paths, {**data.options, "recursiveFileLookup": "true"})
    if kept is None:
        filters = [(name, value) for name, value in data.options.items() if name.lower() in FILTERS]
        wrong = ": Spark can't list the files under this option: look at its brackets, or name the files by a glob."
        raise ConfigError(Key("options", filters[0]), wrong)
    files = tuple(sorted({*listing.files}.intersection(kept)))
    others = dict.fromkeys((file for file in listing.files if file not in files), FILTERED)
    return Listing(files, {**listing.left_out, **others})


def _overlap(paths: Iterable[str]) -> bool:
    """Whether one of them is in a folder that is another one, as with `lake/**`."""
    there = set(paths)
    return any(not there.isdisjoint(accumulate(path.split("/")[:-1], "{}/{}".format)) for path in there)


def _new(data: UserData, listing: Listing) -> Listing:
    """Without the files that were converted before.

    Raises DatasetError if one of them has changed since, or lies elsewhere now; NothingNewError if no other is there.
    """
    known = {(os.path.basename(file), stamp): file for file, stamp in data.converted.items()}
    gone = {stamp: file for file, stamp in data.converted.items() if not is_uri(file) and not os.path.lexists(file)}
    stamps = stamps_of(listing.files)
    for file, stamp in stamps.items():
        before = known.get((os.path.basename(file), stamp)) or gone.get(stamp)
        if real(file) in data.converted and data.converted[real(file)] != stamp:
            raise DatasetError(f"{file} has changed since it was converted: convert all files into a new table")
        if real(file) not in data.converted and before:
            raise DatasetError(
                f"{file} was converted before, as {before}: put it back, or convert all into a new table"
            )
    files = tuple(file for file in listing.files if real(file) not in data.converted)
    if stamps and not files:
        there = format_count(len(stamps), "file")
        raise NothingNewError(f"nothing is new: {there} of {data.path} {_were(len(stamps))} converted before")
    return Listing(files, listing.left_out)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _check_faults(data: UserData, files: Input, listing: Listing) -> None:
    options = data.options_over(files.foreign_options)
    if data.bad_records == "aside":
        options["mode"] = "PERMISSIVE"
    for file in listing.files:
        if not files.typed and (what := packed(file)):
            raise DatasetError(f"{file} is {what}.")
        fault = files.fault(file, options)
        if fault:
            text = (fault,) if isinstance(fault, str) else fault
            raise DatasetError(f"{file} can't be read as {data.format}: ", *text)


def _groups(data: UserData, listing: Listing) -> Groups:
    """The files by the columns in their paths; all of them together where these are none."""
    if data.without_path_columns:
        return [({}, list(listing.files))]
    return path_columns.group_by_values(listing.files, path_columns.root_of(data))


def _none_read(data: UserData, listing: Listing) -> DatasetError:
    why_not = next(iter(listing.left_out.values()))
    hint = RECURSIVE if why_not == SUBFOLDER else ()
    return DatasetError(Key("path"), f" {data.path}: {names(listing.left_out)}: {why_not}", *hint, ".")
