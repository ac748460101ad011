"""The hash of a value, as Spark's SQL. Knows no column by name, and sums nothing up.

Text, and not pyspark's columns: of 500 columns these take 16,000 calls into the JVM, which are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from otfbench.formats.sql import quoted, sql_text

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType


def row_hash(columns: StructType) -> str:
    """The 64-bit hash of a row: the hashes of its values, in the order of the columns, hashed once more."""
    return chained(value_hash(quoted(field.name), field.dataType) for field in columns.fields)


def chained(hashes: Iterable[str]) -> str:
    """The hash of several values: Spark skips nulls, so these are 0; of none it is the seed."""
    from otfbench.data import xxhash64  # numpy: not for commands that only show their help

    known = [known_hash(each) for each in hashes]
    return f"xxhash64({', '.join(known)})" if known else f"{xxhash64.SEED}L"


def known_hash(hashed: str) -> str:
    """The hash, and 0 for null."""
    return f"coalesce({hashed}, 0L)"


def value_hash(value: str, dtype: DataType, depth: int = 0) -> str:
    """The 64-bit hash of a value, null for null; the same as otfbench.data.column_hashes computes it without Spark.

    Whole numbers of any width, and floats and doubles of one value, have one hash. Spark itself hashes 0.0 and -0.0
    alike, skips nulls inside of values, and refuses maps, which have no order.
    """
    from pyspark.sql import types as T

    element = f"_{depth}"  # of the lambdas around it, each has a name of its own
    if isinstance(dtype, T.NullType):
        return "cast(NULL AS bigint)"
    if isinstance(dtype, T.ByteType | T.ShortType | T.IntegerType):
        hashed = f"xxhash64(cast({value} AS bigint))"
    elif isinstance(dtype, T.DoubleType | T.FloatType):
        wide = f"cast({value} AS double)"
        hashed = f"CASE WHEN {wide} = 0 THEN xxhash64(cast({wide} AS string)) ELSE xxhash64({wide}) END"
    elif isinstance(dtype, T.StructType):
        hashed = chained(value_hash(_field(value, field.name), field.dataType, depth) for field in dtype.fields)
    elif isinstance(dtype, T.ArrayType):
        each = known_hash(value_hash(element, dtype.elementType, depth + 1))
        hashed = f"xxhash64(transform({value}, {element} -> {each}))"
    elif isinstance(dtype, T.MapType):
        pair = (("key", dtype.keyType), ("value", dtype.valueType))
        entry = chained(value_hash(_field(element, name), kind, depth + 1) for name, kind in pair)
        hashed = f"xxhash64(array_sort(transform(map_entries({value}), {element} -> {entry})))"
    else:
        hashed = f"xxhash64({value})"
    # Not if(): what both of its branches have in common Spark looks for at each level anew, for ever in deep values.
    return f"CASE WHEN {value} IS NOT NULL THEN {hashed} END"


def _field(struct: str, name: str) -> str:
    """With a dot, the struct could be taken for a table that has the field as its column."""
    return f"{struct}[{sql_text(name)}]"
