"""Records that don't fit the schema, told from those that do instead of ending the run. Knows no input by name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otfbench.errors import DatasetError, UsageError
from otfbench.inputs.base import Input
from otfbench.inputs.options import LENIENT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

RESERVED = ("mode", "columnnameofcorruptrecord")
"""Options, in small letters, that keeping records aside needs for itself."""
CORRUPT = "_corrupt_record"
"""The column that Spark adds for such records, unless an option names another."""

_COLUMN = "otfbench_bad_record"
_EXAMPLES, _LENGTH = 3, 200
"""The most records that are shown, and the most characters of each: they are in messages and results."""


@dataclass(frozen=True)
class BadRecords:
    """How many there are, and the first of them, cut to 200 characters."""

    count: int
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The records as results have them."""
        return {"count": self.count, "examples": list(self.examples)}


def split(
    spark: SparkSession, files: Input, paths: list[str], schema: StructType | None, options: Mapping[str, str]
) -> tuple[DataFrame, DataFrame]:
    """The rows of the records that fit, and the texts of those that don't; without a schema, Spark infers one first."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import StringType, StructField, StructType

    if schema is None:
        schema = files.read_foreign(spark, paths, None, {**options, "mode": "DROPMALFORMED"}).schema
    wider = StructType([*schema.fields, StructField(_COLUMN, StringType())])
    marked = {**options, "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _COLUMN}
    rows = files.read_foreign(spark, paths, wider, marked)
    # Spark parses the columns that are asked for, and knows of no fault in others: both conditions ask for all of them.
    whole = F.to_json(F.struct(*("`" + name.replace("`", "``") + "`" for name in wider.names)))
    good = rows.where(F.col(_COLUMN).isNull() | (whole == "")).drop(_COLUMN)
    file = F.nullif(F.input_file_name(), F.lit("")).alias("file")
    return good, rows.where(F.col(_COLUMN).isNotNull() & (whole != "")).select(F.col(_COLUMN).alias("record"), file)


def lenient(
    spark: SparkSession, files: Input, paths: list[str], rows: DataFrame, options: Mapping[str, str]
) -> tuple[DataFrame, DataFrame] | None:
    """What split() gives where an option lets records pass that don't fit, as these rows were read; None in others.

    Raises DatasetError if there is nothing but such records.
    """
    from pyspark.sql.types import StructType

    given = {name.lower(): value for name, value in options.items()}
    if given.get("mode", "").upper() not in LENIENT:
        return None
    corrupt = given.get("columnnameofcorruptrecord", CORRUPT)
    if rows.columns == [corrupt]:
        raise DatasetError(
            f"no record in {', '.join(paths)} can be read as {files.name}: Spark finds no column in them."
        )
    schema = StructType([field for field in rows.schema.fields if field.name != corrupt])
    kept = {name: value for name, value in options.items() if name.lower() not in RESERVED}
    return split(spark, files, paths, schema, kept)


def write(bad: DataFrame, folder: str) -> None:
    """Write bad records into a new folder, as lines of JSON: the text of each, and its file."""
    bad.write.json(folder)


@contextmanager
def kept(written_in: str, folder: Path) -> Iterator[None]:
    """The folder of this name in `written_in` is put in its place: before the block runs, and back if that fails.

    Raises UsageError if something is there by now: it is not ours.
    """
    try:
        folder.mkdir()  # a rename would replace an empty folder that somebody else has made
    except FileExistsError:
        raise UsageError(f"{folder} is there by now, from somebody else: move it away.") from None
    written = Path(written_in, folder.name)
    os.rename(written, folder)
    try:
        yield
    except BaseException:
        os.rename(folder, written)
        raise


def counted(bad: DataFrame) -> BadRecords:
    """The number of bad records, and examples."""
    count = bad.count()
    examples = tuple(str(row[0])[:_LENGTH] for row in bad.take(_EXAMPLES)) if count else ()
    return BadRecords(count, examples)
