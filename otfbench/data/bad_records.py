"""Records that don't fit the schema, told from those that do instead of ending the run. Knows no input by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

RESERVED = ("mode", "columnnameofcorruptrecord")
"""Options, in small letters, that keeping records aside needs for itself."""

_COLUMN = "otfbench_bad_record"
_EXAMPLES, _LENGTH = 3, 200


@dataclass(frozen=True)
class BadRecords:
    """How many there are, and the first of them, cut to 200 characters."""

    count: int
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As results record them."""
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
    return good, rows.where(F.col(_COLUMN).isNotNull() & (whole != "")).select(_COLUMN)


def told(bad: DataFrame) -> BadRecords:
    """The number of bad records, and examples."""
    count = bad.count()
    examples = tuple(str(row[0])[:_LENGTH] for row in bad.take(_EXAMPLES)) if count else ()
    return BadRecords(count, examples)
