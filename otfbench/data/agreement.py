"""Rows that a second reader finds, too; where Spark is known to misread files, those that it finds. Knows no input.

A known misreading is something that stands in the file, as a row in a comment of XML. Where nothing explains why both
readers differ, or Spark fails, that is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.data.evidence import Evidence
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import DatasetError, Text
from otfbench.inputs.base import Misreading

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_AS_WRITTEN = {"datetimeRebaseMode": "CORRECTED"}
"""The option without which Spark refuses days before 1582 in files that it didn't write."""

_CONVERT = "make a table of it by otfbench convert, and take that"

_BATCHES = 16
"""The number of batches that are written at once, some ten thousand rows: what bounds the memory."""


@dataclass(frozen=True)
class Agreed:
    """The rows, and what proves them."""

    rows: DataFrame
    second: SecondReading | str
    misreading: Misreading | None = None
    """Why Spark doesn't read the files themselves."""
    rewritten: str | None = None
    """The Parquet file that the rows are in, if Spark can't read them from their own."""
    partly: bool = False
    """Whether the second reader has read but some of the rows: those of records that fit."""

    @property
    def evidence(self) -> Evidence | None:
        """What the second reader has found, if that is all of the rows."""
        return self.second.evidence if isinstance(self.second, SecondReading) and not self.partly else None

    @property
    def notes(self) -> dict[str, str]:
        """File -> why Spark misreads it."""
        return {self.misreading.file: self.misreading.reason} if self.misreading else {}


def agreed(
    spark: SparkSession, rows: DataFrame, again: SecondReader, scratch: Path | None, otherwise: str = _CONVERT
) -> Agreed:
    """The rows, if both readers find the same, or if only Spark reads; else what the second one finds.

    Raises DatasetError with the cause if Spark misreads the files and no scratch folder is there, and what to do
    `otherwise`, or if only Spark reads and rows are concerned; what comparing raises if no cause is known.
    """
    if again.why_not is not None:
        misreading = again.misread(rows.schema)
        if misreading is not None and misreading.of_rows:
            raise DatasetError(*_refusal(misreading, f"no other reader is to read it, because {again.why_not}"))
        return Agreed(rows, again.why_not)
    try:
        return Agreed(rows, again.compare(rows))
    except Exception:
        misreading = again.misread(rows.schema)
        if misreading is None:
            raise
    if scratch is None:
        raise DatasetError(*_refusal(misreading, otherwise))
    return _rewritten(spark, rows.schema, again, misreading, scratch)


def _refusal(misreading: Misreading, otherwise: str) -> Text:
    """What is wrong, and what to do."""
    what = f"{misreading.file}: {misreading.reason}: "
    return (f"{what}{otherwise}.",) if misreading.remedy is None else (f"{what}give ", misreading.remedy, ".")


def _rewritten(
    spark: SparkSession, schema: StructType, again: SecondReader, misreading: Misreading, scratch: Path
) -> Agreed:
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / "rows.parquet"
    _write(again, schema, path)
    rows = read_rewritten(spark, str(path), schema)
    second = again.compare(rows)
    note = f"{misreading.reason}: the rows are those that {again.name} finds"
    return Agreed(rows, second, misreading._replace(reason=note), str(path))


def _write(reader: SecondReader, schema: StructType, path: Path) -> None:
    """Write what it finds as a Parquet file, in batches of some ten thousand rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyspark.sql.pandas.types import to_arrow_schema

    arrow = to_arrow_schema(schema)
    batches = reader.batches(arrow)
    with pq.ParquetWriter(path, arrow) as file:
        while some := list(islice(batches, _BATCHES)):
            file.write_table(pa.Table.from_batches(some))


def read_rewritten(spark: SparkSession, path: str, schema: StructType) -> DataFrame:
    """The rows of the file that was written in place of others."""
    return spark.read.options(**_AS_WRITTEN).schema(schema).parquet(path)
