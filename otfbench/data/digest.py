"""Order-free checksum of a table's content, and what differs where two don't agree. Knows no format and no dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from otfbench.data.evidence import MASK64, ColumnEvidence, Digest, Evidence
from otfbench.data.value_hash import chained, row_hash, value_hash
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
"""The most columns whose difference is shown, and the most that are named beside them."""
_TEXT = 80
"""The most characters of a value that is shown."""
_WIDE, _VERY_WIDE = 100, 1_000
"""The most columns of which Spark computes the evidence, and the most of which it computes the digest of the rows.

Of more it compiles for too long: of 1,000, Spark took 68 s to plan and compile it (CHANGELOG.md).
"""
_PLAIN = (bool, int, float, Decimal, date, datetime)


def digest(rows: DataFrame) -> Digest:
    """The digest of a DataFrame, by one Spark job."""
    from otfbench.data.wide_evidence import wide_evidence

    if _is_wide(rows, _VERY_WIDE):
        return wide_evidence(rows).digest
    count, *halves = rows.selectExpr(f"{row_hash(rows.schema)} AS h").selectExpr("count(*)", *_halves("h")).collect()[0]
    return Digest(count, _joined(*halves))


def keeps_digest(change: Adaptation) -> bool:
    """Whether each value has the same hash after the change: names don't count, nor does the width of numbers."""
    return change.renames or any({change.before, change.after} <= kinds for kinds in _ONE_HASH)


def evidence_of(rows: DataFrame) -> Evidence:
    """The evidence of a DataFrame, by one Spark job."""
    from otfbench.data.wide_evidence import wide_evidence

    if _is_wide(rows, _WIDE):
        return wide_evidence(rows)
    hashes = [f"{value_hash(quoted(field.name), field.dataType)} AS h{i}" for i, field in _numbered(rows)]
    names = [f"h{i}" for i, _ in _numbered(rows)]
    figures = [figure for name in names for figure in (f"count({name})", *_halves(name))]
    whole = rows.selectExpr(*hashes).selectExpr(*names, f"{chained(names)} AS h")
    count, *sums = whole.selectExpr("count(*)", *_halves("h"), *figures).collect()[0]
    columns = {
        field.name: ColumnEvidence(count - sums[3 * i + 2], _joined(sums[3 * i + 3], sums[3 * i + 4]))
        for i, field in _numbered(rows)
    }
    return Evidence(Digest(count, _joined(sums[0], sums[1])), columns)


def _is_wide(rows: DataFrame, columns: int) -> bool:
    """Whether it has more columns, of types that Arrow has; the Python of executors may lack what it takes."""
    if len(rows.columns) <= columns or has_executors(rows.sparkSession):
        return False
    return not any("interval" in kind for _, kind in rows.dtypes)


def _numbered(rows: DataFrame) -> Iterable[tuple[int, StructField]]:
    return enumerate(rows.schema.fields)


def _halves(name: str) -> tuple[str, str]:
    """Two sums, of 32 bits of each hash, so that none of fewer than 2**31 rows overflows in any ANSI mode."""
    return f"sum({name} & {_MASK32}L)", f"sum(shiftrightunsigned({name}, 32))"


def _joined(low: int | None, high: int | None) -> int:
    return ((low or 0) + ((high or 0) << 32)) & MASK64


def differences(expected: DataFrame, actual: DataFrame) -> str:
    """What differs between two contents, in a few lines: columns, types, number of rows, values, or an example row."""
    wrong_columns = _schema_differences(expected, actual)
    if wrong_columns:
        return wrong_columns
    actual = actual.select(*map(quoted, expected.columns))
    wanted, there = evidence_of(expected), evidence_of(actual)
    wrong = wanted.differing(there)
    if wanted.digest.rows != there.digest.rows or len(wrong) in (0, len(expected.columns)):
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
    dtype = expected.schema[column].dataType
    rest = chained(value_hash(quoted(field.name), field.dataType) for field in same)
    key = next((field.name for field in same if isinstance(field.dataType, _keys())), None)
    key_value = F.lit(None) if key is None else F.col(quoted(key))
    parts = (
        _printable(F.col(quoted(column)), dtype).alias("value"),
        # Other rows may have the same value.
        F.expr(chained((rest, value_hash(quoted(column), dtype)))).alias(_HASH),
        F.expr(rest).alias("rest"),
        key_value.alias("key"),
    )
    wanted, there = (rows.select(*parts) for rows in (expected, actual))
    count, lacking = _without(wanted, there)
    row = lacking.orderBy("key").limit(1).collect()[0]
    twin = there.where((F.col("rest") == row["rest"]) & (F.col(_HASH) != row[_HASH])).limit(1).collect()
    other = shown(twin[0]["value"]) if twin else "another value"
    where = "" if key is None else f" where {key} is {shown(row['key'])}"
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

    wanted, there = (rows.withColumn(_HASH, F.expr(row_hash(rows.schema))) for rows in (expected, actual))
    (lacking_count, lacking), (foreign_count, foreign) = _without(wanted, there), _without(there, wanted)
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
