"""Hudi's change feed: each row before and after a change, as JSON of Avro, made a row again. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otfbench.errors import UnsupportedError
from otfbench.formats.binding import BindableFormat
from otfbench.formats.change_feed import DELETE, INSERT, UPDATE, labelled
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructType

_QUERY = "hoodie.datasource.query"


def changes(table: BindableFormat, schema: StructType, completed: str) -> DataFrame:
    """What commits changed after one that was completed at that instant.

    Raises UnsupportedError for a column whose type Avro's JSON has in another way than is known here.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.types import StructType

    in_json = StructType()
    for field in schema.fields:
        in_json.add(field.name, _in_json(field.name, field.dataType))
    incremental = {f"{_QUERY}.type": "incremental", f"{_QUERY}.incremental.format": "cdc"}
    reader = table.spark.read.format(table.name).options(**incremental)
    feed = reader.option("hoodie.datasource.read.begin.instanttime", completed).load(table.path)
    text = F.when(F.col("op") == "d", F.col("before")).otherwise(F.col("after"))
    rows = feed.select("op", F.from_json(text, in_json).alias("row"))
    values = [_value(F.col(f"row.{quoted(field.name)}"), field.dataType).alias(field.name) for field in schema.fields]
    return labelled(rows.select(*values, "op"), "op", {"i": INSERT, "u": UPDATE, "d": DELETE})


def _in_json(name: str, dtype: DataType) -> DataType:
    """As what Avro's JSON has a value: days, microseconds, and bytes of decimals are numbers."""
    from pyspark.sql import types as T

    if isinstance(dtype, T.DateType):
        return T.IntegerType()
    if isinstance(dtype, T.TimestampType):
        return T.LongType()
    if isinstance(dtype, T.DecimalType):
        return T.ArrayType(T.ByteType())
    if isinstance(dtype, T.StringType | T.BooleanType | T.NumericType):
        return dtype
    raise UnsupportedError(
        f"Hudi's change feed has column {name} ({dtype.simpleString()}) as JSON that is not read here"
    )


def _value(value: Column, dtype: DataType) -> Column:
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if isinstance(dtype, T.DateType):
        return F.date_from_unix_date(value)
    if isinstance(dtype, T.TimestampType):
        return F.timestamp_micros(value)
    if isinstance(dtype, T.DecimalType):
        return _decimal(value, dtype)
    return value


def _decimal(value: Column, dtype: Any) -> Column:
    """From the bytes of its digits without the point, a number of two's complement, the highest first.

    Of a negative one the complement is summed up, one less than its digits: 38 digits are all that a sum holds.
    """
    from pyspark.sql import functions as F

    negative = value[0] < 0

    def further(digits: Column, byte: Column) -> Column:
        low = byte.bitwiseAND(255)
        return (digits * 256 + F.when(negative, 255 - low).otherwise(low)).cast("decimal(38,0)")

    digits = F.aggregate(value, F.lit(0).cast("decimal(38,0)"), further)
    signed = F.when(negative, -digits - 1).otherwise(digits)
    return F.concat(signed.cast("string"), F.lit(f"E-{dtype.scale}")).cast(dtype)
