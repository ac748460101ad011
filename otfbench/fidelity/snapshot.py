"""What a DataFrame holds, in values that Python can hold and compare. Knows no format, and not what should be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otfbench.formats.sql import CHAR_TYPE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructField


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Columns of a table: their names and types, and their values in the order of the rows."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]

    def __eq__(self, other: object) -> bool:
        """Value by value as they are written: NaN is NaN, but 0.0 is not -0.0."""
        return repr(self) == repr(other)

    def of(self, start: int, stop: int) -> Snapshot:
        """Some of the columns."""
        return Snapshot(self.columns[start:stop], tuple(row[start:stop] for row in self.rows))


def content(frame: DataFrame) -> Snapshot:
    """The columns of a DataFrame, and its rows, ordered by all of their values."""
    fields = frame.schema.fields
    plain = frame.toDF(*(f"c{i}" for i in range(len(fields))))
    columns = [_legible(plain[f"c{i}"], field.dataType).alias(f"c{i}") for i, field in enumerate(fields)]
    kinds = [field.dataType for field in fields]
    rows = sorted((tuple(map(_comparable, row, kinds)) for row in plain.select(*columns).collect()), key=repr)
    return Snapshot(tuple((field.name, _kind(field)) for field in fields), tuple(rows))


def _kind(field: StructField) -> str:
    return str(field.metadata.get(CHAR_TYPE) or field.dataType.simpleString())


def _legible(column: Column, dtype: DataType) -> Column:
    """The column with days, times and intervals as text, for Python's own end in the year 9999; maps as entries."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import ArrayType, BinaryType, BooleanType, MapType, NumericType, StringType, StructType

    if isinstance(dtype, StructType) and dtype.fields:
        parts = [_legible(column[f.name], f.dataType).alias(f"c{i}") for i, f in enumerate(dtype.fields)]
        return F.when(column.isNotNull(), F.struct(*parts))
    if isinstance(dtype, ArrayType):
        return F.transform(column, lambda each: _legible(each, dtype.elementType))
    if isinstance(dtype, MapType):
        return F.transform(
            F.map_entries(column),
            lambda each: F.struct(_legible(each["key"], dtype.keyType), _legible(each["value"], dtype.valueType)),
        )
    if isinstance(dtype, NumericType | StringType | BinaryType | BooleanType):
        return column
    return column.cast("string")


def _comparable(value: Any, dtype: DataType) -> Any:
    """The value without what two equal ones may differ in: the order of a map's entries, Python's kind of bytes."""
    from pyspark.sql.types import ArrayType, MapType, StructType

    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(dtype, StructType) and isinstance(value, tuple):
        return tuple(_comparable(each, field.dataType) for each, field in zip(value, dtype.fields, strict=True))
    if isinstance(dtype, ArrayType) and value is not None:
        return tuple(_comparable(each, dtype.elementType) for each in value)
    if isinstance(dtype, MapType) and value is not None:
        entries = ((_comparable(key, dtype.keyType), _comparable(each, dtype.valueType)) for key, each in value)
        return tuple(sorted(entries, key=repr))
    return value
