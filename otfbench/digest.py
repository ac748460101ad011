"""Order-free checksum of a table's content, and what differs where two don't agree. Knows no format and no dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Digest:
    """Number of rows and sum of their 64-bit hashes, modulo 2**64: the same in any order, and duplicates count."""

    rows: int
    total: int

    def __add__(self, other: Digest) -> Digest:
        """The digest of both contents together."""
        return Digest(self.rows + other.rows, (self.total + other.total) & _MASK64)

    @property
    def hex(self) -> str:
        """The sum as 16 hexadecimal digits."""
        return f"{self.total:016x}"


def digest_of(hashes: Iterable[int]) -> Digest:
    """The digest of rows whose hashes are given, as signed or unsigned 64-bit integers."""
    total = Digest(0, 0)
    for value in hashes:
        total += Digest(1, value & _MASK64)
    return total


def digest(rows: DataFrame) -> Digest:
    """The digest of a DataFrame, by one Spark job.

    The hashes are summed as two halves of 32 bits, so that no sum of fewer than 2**31 rows overflows in any ANSI mode.
    """
    from pyspark.sql import functions as F

    hashed = rows.select(row_hash(rows).alias("h"))
    low, high = F.col("h").bitwiseAND(F.lit(_MASK32)), F.shiftrightunsigned("h", 32)
    count, sum_low, sum_high = hashed.agg(F.count("*"), F.sum(low), F.sum(high)).collect()[0]
    return Digest(count, ((sum_low or 0) + ((sum_high or 0) << 32)) & _MASK64)


def row_hash(rows: DataFrame) -> Column:
    """The 64-bit hash of each row: xxHash64 over all columns in order.

    Spark's hash skips nulls, so (null, 1) and (1, null) would be equal: whether a value is null is hashed with it.
    """
    from pyspark.sql import functions as F

    parts: list[Column] = []
    for field in rows.schema.fields:
        column = F.col("`" + field.name.replace("`", "``") + "`")
        parts += [column.isNull(), _hashable(column, field.dataType)]
    return F.xxhash64(*parts)


def _hashable(column: Column, dtype: DataType) -> Column:
    """The value in a form whose hash tells any two values apart: Spark hashes 0.0 and -0.0 alike."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import DoubleType, FloatType

    if isinstance(dtype, DoubleType | FloatType):
        return column.cast("string")
    if '"map"' in dtype.json():  # Spark has no hash of a map, wherever it is inside
        return F.to_json(F.struct(column), {"ignoreNullFields": "false"})
    return column


def differences(expected: DataFrame, actual: DataFrame) -> str:
    """What differs between two contents, in a few lines: columns, types, number of rows, and an example row."""
    wrong_columns = _schema_differences(expected, actual)
    if wrong_columns:
        return wrong_columns
    lacking, foreign = expected.exceptAll(actual), actual.exceptAll(expected)
    lines = [f"{lacking.count()} expected rows are missing, {foreign.count()} rows are there that nobody expects"]
    first = lacking.orderBy(*lacking.columns[:1]).limit(1).collect()
    if first:
        key = lacking.columns[0]
        twin = foreign.where(foreign[f"`{key}`"].eqNullSafe(first[0][key])).limit(1).collect()
        if twin:
            pairs = [(c, first[0][c], twin[0][c]) for c in lacking.columns if first[0][c] != twin[0][c]]
            lines.append(f"columns that differ in the row with {key} = {first[0][key]!r}:")
            lines += [f"  {name}: expected {want!r}, found {got!r}" for name, want, got in pairs]
        else:
            lines.append(f"an expected row that is missing: {first[0].asDict()}")
    else:
        lines += [f"a row that nobody expects: {row.asDict()}" for row in foreign.limit(1).collect()]
    return "\n".join(lines)


def _schema_differences(expected: DataFrame, actual: DataFrame) -> str:
    """Columns that are missing, too many, or of another type; empty if none is."""
    want, got = dict(expected.dtypes), dict(actual.dtypes)
    lines = [f"column {name} {kind} is missing" for name, kind in want.items() if name not in got]
    lines += [f"column {name} {kind} is there, but was not expected" for name, kind in got.items() if name not in want]
    lines += [f"column {n} has type {got[n]}, not {want[n]}" for n in want if n in got and got[n] != want[n]]
    return "\n".join(lines)


def same_columns(expected: DataFrame, actual: DataFrame) -> bool:
    """Whether both have the same columns of the same types, in any order."""
    return not _schema_differences(expected, actual)
