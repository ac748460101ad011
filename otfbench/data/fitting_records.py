"""Files without the records that are kept aside, for a second reader to compare the others. Knows no input by name."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data.agreement import Agreed, agreed
from otfbench.data.second_reading import SecondReader
from otfbench.errors import DatasetError
from otfbench.files import is_uri
from otfbench.ownership.folders import temporary_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_MOST = 100_000
"""The most records that are left out of copies: their texts pass through the driver. Chosen: some ten megabytes."""


def agreed_on_fitting(
    spark: SparkSession, rows: DataFrame, reader: SecondReader, bad: DataFrame, count: int, scratch: Path | None
) -> Agreed:
    """As agreed() does, of the rows of the records that are not bad; `bad` and `count`: the texts of those that are."""
    with temporary_folder("files") as folder:
        reader, copies = _of_fitting_records(reader, bad, count, folder)
        try:
            both = agreed(spark, rows, reader, scratch)
        except DatasetError as error:
            raise _about_originals(error, copies) from None
    if both.misreading is None:
        return both
    originals = {copy: file for file, copy in copies.items()}
    file = originals.get(both.misreading.file, both.misreading.file)
    return replace(both, misreading=both.misreading._replace(file=file))


def _of_fitting_records(
    reader: SecondReader, bad: DataFrame, count: int, folder: Path
) -> tuple[SecondReader, Mapping[str, str]]:
    """The reader over copies in which the lines of bad records are empty, so that lines have their numbers.

    With file -> copy; the reader as it was, and none, where records are not lines, or not all of them were found.
    """
    names = {name.lower(): value for name, value in reader.options.items()}
    if not reader.data.read_twice or count > _MOST or not reader.input.is_by_lines(names):
        return reader, {}
    if any(is_uri(file) or file.endswith(".gz") for file in reader.files):
        return reader, {}
    texts = {str(row[0]).encode() for row in bad.collect()}
    copies: dict[str, str] = {}
    for number, file in enumerate(reader.files):
        (folder / str(number)).mkdir()
        copies[file] = str(folder / str(number) / os.path.basename(file))
    if sum(_copy(file, copies[file], texts) for file in copies) != count:
        return reader, {}
    groups = [(values, [copies[file] for file in files]) for values, files in reader.groups]
    return replace(reader, groups=groups, data=replace(reader.data, bad_records="fail"), inferred=None), copies


def _about_originals(error: DatasetError, copies: Mapping[str, str]) -> DatasetError:
    """The error in the names of the files themselves."""
    args = list(error.args)
    for file, copy in copies.items():
        args = [part.replace(copy, file) if isinstance(part, str) else part for part in args]
    return DatasetError(*args)


def _copy(file: str, copy: str, left_out: Collection[bytes]) -> int:
    """Copy the lines, empty where they are left out; returns how many are."""
    count = 0
    with open(file, "rb") as lines, open(copy, "wb") as kept:
        for line in lines:
            text = line.rstrip(b"\r\n")
            bad = text in left_out
            kept.write(line[len(text) :] if bad else line)
            count += bad
    return count
