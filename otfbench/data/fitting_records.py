"""Files without the records that don't fit, for a second reader to compare the others. Knows no input by name."""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from otfbench.data import bad_records
from otfbench.data.agreement import Agreed, agreed
from otfbench.data.bad_records import BadRecords
from otfbench.data.second_reading import SecondReader
from otfbench.data.spark_reading import SparkFiles, quoted_paths
from otfbench.errors import DatasetError
from otfbench.files import is_uri
from otfbench.inputs.records import LINE
from otfbench.ownership.folders import temporary_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_MOST = 100_000
"""The most records that are left out of copies: their texts pass through the driver. Chosen: some ten megabytes."""
_LARGEST = 1 << 26
"""The most characters of a file that is copied whole, as its records are no lines: what bounds the memory."""
_NULLS = "only without the records that don't fit a table is made of it: give the option mode=DROPMALFORMED"
_BYTES = "latin-1"
"""Each byte is a character, and the other way round: patterns are texts, whatever the encoding of a file."""


def agreed_on_fitting(
    spark: SparkSession,
    source: SparkFiles,
    rows: DataFrame,
    reader: SecondReader,
    bad: BadRecords | None,
    bad_rows: DataFrame | None,
) -> tuple[Agreed, BadRecords | None]:
    """As agreed() does, of records that fit, be the others kept aside (`bad`), or let pass by a lenient mode.

    With those that such a mode lets pass; None in another. `bad_rows`: the texts of those kept aside, as `record`.
    """
    lenient = bad_records.lenient(spark, source.input, quoted_paths(source.paths), rows, source.options)
    if lenient is not None:
        return _agreed_leniently(spark, rows, reader, *lenient)
    if bad is None or bad_rows is None:
        return agreed(spark, rows, reader, reader.data.scratch), None
    return _agreed_beside(spark, rows, reader, bad_rows, bad.count, True), None


def _agreed_leniently(
    spark: SparkSession, rows: DataFrame, reader: SecondReader, fitting: DataFrame, bad: DataFrame
) -> tuple[Agreed, BadRecords]:
    """The rows as the mode has them; compared are those of records that fit, where they are not all there is."""
    found = bad_records.counted(bad)
    leaves_out = reader.data.options_over({})["mode"].upper() == "DROPMALFORMED"
    whole = rows.columns == fitting.columns and (leaves_out or not found.count)
    both = _agreed_beside(spark, rows if whole else fitting, reader, bad, found.count, whole)
    return both if whole else replace(both, rows=rows, partly=True), found


def _agreed_beside(
    spark: SparkSession, rows: DataFrame, reader: SecondReader, bad: DataFrame, count: int, whole: bool
) -> Agreed:
    """As agreed() does, of the rows beside these bad records; `whole`: the rows may be those of the second reader."""
    with temporary_folder("files") as folder:
        strict, copies = _of_fitting_records(reader, bad, count, folder)
        try:
            if whole or strict.why_not is not None:
                both = agreed(spark, rows, strict, reader.data.scratch)
            else:
                both = agreed(spark, rows, strict, None, _NULLS)
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
    """The reader over copies in which bad records are empty, so that lines have their numbers; with file -> copy.

    The reader as it was, and none, where it can't read those, or not all of the records are found in the files.
    """
    strict = reader.strict
    if strict.why_not is not None:
        return reader, {}
    if not count:
        return strict, {}
    pattern = reader.input.record_pattern(strict.options)
    if pattern is None or count > _MOST or any(map(is_uri, reader.files)):
        return reader, {}
    texts = _as_in_files(bad, strict.options)
    copies: dict[str, str] = {}
    for number, file in enumerate(reader.files):
        (folder / str(number)).mkdir()
        copies[file] = str(folder / str(number) / os.path.basename(file))
    left_out: Counter[str] = Counter()
    if not all(_copy(file, copies[file], pattern, texts, left_out) for file in copies) or left_out != texts:
        return reader, {}
    groups = [(values, [copies[file] for file in files]) for values, files in reader.groups]
    return replace(strict, groups=groups), copies


def _as_in_files(bad: DataFrame, options: Mapping[str, str]) -> Counter[str]:
    """How often each bad record is there, in the bytes of the files; none where no encoding gives them."""
    encoding = options.get("encoding", options.get("charset", "utf-8"))
    try:
        return Counter(str(row[0]).encode(encoding).decode(_BYTES) for row in bad.collect())
    except (LookupError, UnicodeEncodeError):
        return Counter()


def _about_originals(error: DatasetError, copies: Mapping[str, str]) -> DatasetError:
    """The error in the names of the files themselves."""
    args = list(error.args)
    for file, copy in copies.items():
        args = [part.replace(copy, file) if isinstance(part, str) else part for part in args]
    return DatasetError(*args)


def _copy(file: str, copy: str, pattern: re.Pattern[str], texts: Collection[str], left_out: Counter[str]) -> bool:
    """Copy the text without the records that are to be left out, which are counted; False if it is too large."""

    def kept(record: re.Match[str]) -> str:
        if record[0] not in texts:
            return record[0]
        left_out[record[0]] += 1
        return re.sub(r"[^\r\n]+", "", record[0])

    with _opened(file, "rt") as text, _opened(copy, "wt") as new:
        for part in _parts(text, pattern):
            if len(part) > _LARGEST:
                return False
            new.write(pattern.sub(kept, part))
    return True


def _parts(text: IO[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """The lines, if these are the records; else all of it, or too much of it."""
    return iter(text) if pattern is LINE else iter([text.read(_LARGEST + 1)])


def _opened(path: str, mode: str) -> IO[str]:
    """The bytes as text, unpacked, with each end of a line as it is."""
    if path.endswith(".gz"):
        return gzip.open(path, mode, 1, _BYTES, newline="")  # type: ignore[return-value]
    return open(path, mode, encoding=_BYTES, newline="")
