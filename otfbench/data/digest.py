"""Order-free checksum of a table's content, and what differs where two don't agree. Knows no format and no dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row
    from pyspark.sql.types import DataType

_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF
_HASH = "otfbench_hash"


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
    """The 64-bit hash of each row: xxHash64 over all columns in order."""
    from pyspark.sql import functions as F

    columns = [(F.col(quoted(field.name)), field.dataType) for field in rows.schema.fields]
    return F.xxhash64(*(part for column, dtype in columns for part in _parts(column, dtype)))


def _parts(column: Column, dtype: DataType) -> list[Column]:
    """What is hashed of a value: Spark's hash skips nulls, so whether it is null goes in too."""
    return [column.isNull(), _hashable(column, dtype)]


def _hashable(column: Column, dtype: DataType) -> Column:
    """The value in a form whose hash tells any two values apart, at every level of nesting.

    Spark itself hashes 0.0 and -0.0 alike, skips nulls inside of values, and refuses maps, which have no order.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.types import ArrayType, DoubleType, FloatType, MapType, StructType

    if isinstance(dtype, DoubleType | FloatType):
        return column.cast("string")
    if isinstance(dtype, StructType):
        return F.xxhash64(*(p for field in dtype.fields for p in _parts(column[field.name], field.dataType)))
    if isinstance(dtype, ArrayType):
        return F.transform(column, lambda each: F.xxhash64(*_parts(each, dtype.elementType)))
    if isinstance(dtype, MapType):
        pair = (("key", dtype.keyType), ("value", dtype.valueType))
        hashed = F.transform(
            F.map_entries(column),
            lambda entry: F.xxhash64(*(p for name, kind in pair for p in _parts(entry[name], kind))),
        )
        return F.array_sort(hashed)
    return column


def differences(expected: DataFrame, actual: DataFrame) -> str:
    """What differs between two contents, in a few lines: columns, types, number of rows, and an example row."""
    wrong_columns = _schema_differences(expected, actual)
    if wrong_columns:
        return wrong_columns
    wanted, found = (rows.withColumn(_HASH, row_hash(rows)) for rows in (expected, actual))
    (lacking_count, lacking), (foreign_count, foreign) = _without(wanted, found), _without(found, wanted)
    lines = [f"{lacking_count} expected rows are missing, {foreign_count} rows are there that nobody expects"]
    key = next((name for name, kind in wanted.dtypes if "map<" not in kind), _HASH)
    first = lacking.orderBy(f"`{key}`").limit(1).collect()
    if first:
        twin = foreign.where(foreign[f"`{key}`"].eqNullSafe(first[0][key])).limit(1).collect()
        if twin:
            pairs = [(name, repr(first[0][name]), repr(twin[0][name])) for name in expected.columns]
            lines.append(f"columns that differ in the row with {key} = {first[0][key]!r}:")
            lines += [f"  {name}: expected {want}, found {got}" for name, want, got in pairs if want != got]
        else:
            lines.append(f"an expected row that is missing: {_told(first[0])}")
    else:
        lines += [f"a row that nobody expects: {_told(row)}" for row in foreign.limit(1).collect()]
    return "\n".join(lines)


def _without(rows: DataFrame, others: DataFrame) -> tuple[int, DataFrame]:
    """How many of the rows are not among the others, by their hashes, duplicates counted; and these rows.

    Spark's set operations on the rows themselves would take -0.0 for 0.0, and refuse maps.
    """
    hashes = rows.select(_HASH).exceptAll(others.select(_HASH))
    return hashes.count(), rows.join(hashes, _HASH, "left_semi")


def _told(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.asDict().items() if name != _HASH}


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
