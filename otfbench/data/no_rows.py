"""What is said of files without a row: there is none, or each record is a bad one. Knows no input by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from otfbench.data.bad_records import BadRecords
from otfbench.data.discovery import UserData
from otfbench.data.second_reading import SecondReader
from otfbench.errors import DatasetError, Key
from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def no_row(data: UserData, files: Input, sizes: Iterable[str]) -> DatasetError:
    """There is no row in files, of these names."""
    hint = f" ({files.no_row})" if files.no_row else ""
    return DatasetError(Key("path"), f" {data.path}: there is no row in {', '.join(sizes)}{hint}.")


def none_fits(reader: SecondReader, bad: BadRecords, declared: StructType | None) -> DatasetError:
    """Each record is a bad one: how many, and what is wrong with the first of them."""
    count = f"none of {bad.count:,} records fits" if bad.count > 1 else "the only record doesn't fit"
    none = f"{reader.data.path}: {count}, so there is no row and no table, and nothing is kept aside"
    fault = reader.strict.fault(declared)
    return DatasetError(f"{none}. ", *fault) if fault else DatasetError(f"{none}: {bad.examples[0]!r}.")
