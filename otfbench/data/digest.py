"""Order-free checksum of a table's content, and what differs where two don't agree. Knows no format and no dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from otfbench.data.evidence import MASK64, ColumnEvidence, Digest, Evidence
from otfbench.formats.adaptation import Adaptation
from otfbench.formats.sql import quoted
from otfbench.spark.cluster import has_executors
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructField

_MASK32 = 0xFFFFFFFF
_HASH = "otfbench_hash"
_ONE_HASH = ({"tinyint", "smallint", "int", "bigint"}, {"float", "double"})
"""Types, as DDL, in which a value has the same hash."""
_COLUMNS, _NAMES = 3, 10
"""So many columns that differ are shown, and so many named beside them."""
_TEXT = 80
_WIDE, _VERY_WIDE = 100, 1_000
"""Of more columns Spark doesn't compute the evidence, or not even the digest of the rows: so many it compiles fast."""
_PLAIN = (bool, int, float, Decimal, date, datetime)


def digest(rows: DataFrame) -> Digest:
    """The digest of a DataFrame, by one Spark job."""
    from pyspark.sql import functions as F

    from otfbench.data.wide_evidence import wide_evidence

    if _is_wide(rows, _VERY_WIDE):
        return wide_evidence(rows).digest
    count, *halves = rows.select(row_hash(rows).alias("h")).agg(F.count("*"), *_halves("h")).collect()[0]
    return Digest(count, _joined(*halves))


def keeps_digest(change: Adaptation) -> bool:
    """Whether each value has the same hash after the change: names don't count, nor does the width of numbers."""
    return change.renames or any({change.before, change.after} <= kinds for kinds in _ONE_HASH)


def evidence_of(rows: DataFrame) -> Evidence:
    """The evidence of a DataFrame, by one Spark job."""
    from pyspark.sql import functions as F

    from otfbench.data.wide_evidence import wide_evidence

    if _is_wide(rows, _WIDE):
        return wide_evidence(rows)
    hashes = [value_hash(F.col(quoted(field.name)), field.dataType).alias(f"h{i}") for i, field in _numbered(rows)]
    names = [f"h{i}" for i, _ in _numbered(rows)]
    whole = rows.select(*hashes).select(*names, chained(map(F.col, names)).alias("h"))
    figures = [figure for name in names for figure in (F.count(name), *_halves(name))]
    count, *found = whole.agg(F.count("*"), *_halves("h"), *figures).collect()[0]
    columns = {
        field.name: ColumnEvidence(count - found[3 * i + 2], _joined(found[3 * i + 3], found[3 * i + 4]))
        for i, field in _numbered(rows)
    }
    return Evidence(Digest(count, _joined(found[0], found[1])), columns)


def _is_wide(rows: DataFrame, columns: int) -> bool:
    """Whether it has more columns, of types that Arrow has; the Python of executors may lack what it takes."""
    if len(rows.columns) <= columns or has_executors(rows.sparkSession):
        return False
    return not any("interval" in kind for _, kind in rows.dtypes)


def _numbered(rows: DataFrame) -> Iterable[tuple[int, StructField]]:
    return enumerate(rows.schema.fields)


def _halves(name: str) -> tuple[Column, Column]:
    """Two sums, of 32 bits of each hash, so that none of fewer than 2**31 rows overflows in any ANSI mode."""
    from pyspark.sql import functions as F

    return F.sum(F.col(name).bitwiseAND(F.lit(_MASK32))), F.sum(F.shiftrightunsigned(name, 32))


def _joined(low: int | None, high: int | None) -> int:
    return ((low or 0) + ((high or 0) << 32)) & MASK64


def row_hash(rows: DataFrame) -> Column:
    """The 64-bit hash of each row: the hashes of its values, in the order of the columns, hashed once more."""
    from pyspark.sql import functions as F

    return chained(value_hash(F.col(quoted(field.name)), field.dataType) for field in rows.schema.fields)


def chained(hashes: Iterable[Column]) -> Column:
    """The hash of several values: Spark skips nulls, so these are 0; of none it is the seed."""
    from pyspark.sql import functions as F

    from otfbench.data import xxhash64  # numpy: not for commands that only show their help

    known = [F.coalesce(each, F.lit(0).cast("bigint")) for each in hashes]
    return F.xxhash64(*known) if known else F.lit(xxhash64.SEED).cast("bigint")


def value_hash(column: Column, dtype: DataType) -> Column:
    """The 64-bit hash of a value, null for null; the same as otfbench.data.column_hashes computes it without Spark.

    Whole numbers of any width, and floats and doubles of one value, have one hash. Spark itself hashes 0.0 and -0.0
    alike, skips nulls inside of values, and refuses maps, which have no order.
    """
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if isinstance(dtype, T.NullType):
        return F.lit(None).cast("bigint")
    if isinstance(dtype, T.ByteType | T.ShortType | T.IntegerType):
        hashed = F.xxhash64(column.cast("bigint"))
    elif isinstance(dtype, T.DoubleType | T.FloatType):
        wide = column.cast("double")
        hashed = F.when(wide == 0, F.xxhash64(wide.cast("string"))).otherwise(F.xxhash64(wide))
    elif isinstance(dtype, T.StructType):
        hashed = chained(value_hash(column[field.name], field.dataType) for field in dtype.fields)
    elif isinstance(dtype, T.ArrayType):
        hashed = F.xxhash64(F.transform(column, lambda each: _nested(each, dtype.elementType)))
    elif isinstance(dtype, T.MapType):
        pair = (("key", dtype.keyType), ("value", dtype.valueType))
        entries = F.transform(
            F.map_entries(column), lambda entry: chained(value_hash(entry[name], kind) for name, kind in pair)
        )
        hashed = F.xxhash64(F.array_sort(entries))
    else:
        hashed = F.xxhash64(column)
    return F.when(column.isNotNull(), hashed)


def _nested(element: Column, dtype: DataType) -> Column:
    from pyspark.sql import functions as F

    return F.coalesce(value_hash(element, dtype), F.lit(0).cast("bigint"))


def differences(expected: DataFrame, actual: DataFrame) -> str:
    """What differs between two contents, in a few lines: columns, types, number of rows, values, or an example row."""
    wrong_columns = _schema_differences(expected, actual)
    if wrong_columns:
        return wrong_columns
    actual = actual.select(*map(quoted, expected.columns))
    wanted, found = evidence_of(expected), evidence_of(actual)
    wrong = wanted.differing(found)
    if wanted.digest.rows != found.digest.rows or len(wrong) in (0, len(expected.columns)):
        return _row_differences(expected, actual)
    return "\n".join(column_lines(wrong, lambda name: _column_difference(name, expected, actual, wrong)))


def column_lines(wrong: Sequence[str], difference: Callable[[str], str]) -> Iterator[str]:
    """A line for each of the first columns that differ, and one for the others."""
    for name in wrong[:_COLUMNS]:
        yield f"  {difference(name)}"
    if rest := wrong[_COLUMNS:]:
        names = ", ".join(rest[:_NAMES]) + (", ..." if len(rest) > _NAMES else "")
        yield f"  and in {format_count(len(rest), 'more column')}: {names}"


def rows_differ(count: int) -> str:
    """(1 row differs), (20 rows differ)."""
    return f"({format_count(count, 'row')} differ{'s' if count == 1 else ''})"


def shown(value: Any) -> str:
    """A value as people are shown it, cut to 80 characters."""
    text = "null" if value is None else str(value) if isinstance(value, _PLAIN) else repr(value)
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}..."


def _column_difference(column: str, expected: DataFrame, actual: DataFrame, wrong: Sequence[str]) -> str:
    """The column, both values of one row, whose other columns name it, and in how many rows it differs."""
    from pyspark.sql import functions as F

    same = [field for field in expected.schema.fields if field.name not in wrong]
    rest = chained(value_hash(F.col(quoted(field.name)), field.dataType) for field in same)
    value = F.col(quoted(column))
    hashed = F.coalesce(value_hash(value, expected.schema[column].dataType), F.lit(0).cast("bigint"))
    key = next((field.name for field in same if isinstance(field.dataType, _keys())), None)
    place = F.lit(None) if key is None else F.col(quoted(key))
    parts = (
        _printable(value, expected.schema[column].dataType).alias("value"),
        chained((rest, hashed)).alias(_HASH),  # other rows may have the same value
        rest.alias("rest"),
        place.alias("place"),
    )
    wanted, found = (rows.select(*parts) for rows in (expected, actual))
    count, lacking = _without(wanted, found)
    row = lacking.orderBy("place").limit(1).collect()[0]
    twin = found.where((F.col("rest") == row["rest"]) & (F.col(_HASH) != row[_HASH])).limit(1).collect()
    other = shown(twin[0]["value"]) if twin else "another value"
    where = "" if key is None else f" where {key} is {shown(row['place'])}"
    return f"{column}: expected {shown(row['value'])}, found {other}{where} {rows_differ(count)}"


def _printable(value: Column, dtype: DataType) -> Column:
    """Days and times as text: Python has none before the year 1, and none after 9999."""
    from pyspark.sql import types as T

    return value.cast("string") if isinstance(dtype, T.DateType | T.TimestampType | T.TimestampNTZType) else value


def _keys() -> tuple[type[DataType], ...]:
    from pyspark.sql import types as T

    return T.StringType, T.IntegralType


def _row_differences(expected: DataFrame, actual: DataFrame) -> str:
    """How many rows only one of them has, and one of these."""
    from pyspark.sql import functions as F

    wanted, found = (rows.withColumn(_HASH, row_hash(rows)) for rows in (expected, actual))
    (lacking_count, lacking), (foreign_count, foreign) = _without(wanted, found), _without(found, wanted)
    lines = [
        f"{format_count(lacking_count, 'expected row')} missing, {format_count(foreign_count, 'row')} not expected"
    ]
    printed = [_printable(F.col(quoted(f.name)), f.dataType).alias(f.name) for f in expected.schema.fields]
    if lacking_count:
        key = next((name for name, kind in wanted.dtypes if "map<" not in kind), _HASH)
        first = lacking.orderBy(quoted(key)).select(*printed).limit(1).collect()[0]
        lines.append(f"an expected row that is missing: {first.asDict()}")
    if foreign_count:
        row = foreign.select(*printed).limit(1).collect()[0]
        lines.append(f"a row that nobody expects: {row.asDict()}")
    return "\n".join(lines)


def _without(rows: DataFrame, others: DataFrame) -> tuple[int, DataFrame]:
    """How many of the rows are not among the others, by their hashes, duplicates counted; and these rows.

    Spark's set operations on the rows themselves would take -0.0 for 0.0, and refuse maps.
    """
    hashes = rows.select(_HASH).exceptAll(others.select(_HASH))
    return hashes.count(), rows.join(hashes, _HASH, "left_semi")


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
