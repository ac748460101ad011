"""What has to change in a column before a format can store it, level by level. Knows no format by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otfbench.formats.model import Adaptation
from otfbench.formats.sql import ddl, distinct_names

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from otfbench.formats.facts import FormatFacts


def changes(table_format: FormatFacts, name: str, dtype: DataType, stored: str) -> Iterator[Adaptation]:
    """The changes of one column's type and name; `stored`: the name that the format stores."""
    reasons: list[str] = []
    kept = _rebuilt(table_format, dtype, reasons)
    if reasons:
        yield Adaptation(name, ddl(dtype), ddl(kept), "; ".join(dict.fromkeys(reasons)))
    if stored != name:
        yield Adaptation(name, name, stored, f"{table_format.name} refuses such a column name", renames=True)


def _rebuilt(table_format: FormatFacts, dtype: DataType, reasons: list[str]) -> DataType:
    """The type with each level replaced where the format asks for it; the reasons are added to the list."""
    from pyspark.sql.types import ArrayType, MapType, StructField, StructType

    def rebuilt(part: DataType) -> DataType:
        return _rebuilt(table_format, part, reasons)

    if isinstance(dtype, StructType):
        stored = distinct_names(dtype.names, table_format.storable_names(dtype.names))
        if stored != dtype.names:
            reasons.append(f"{table_format.name} refuses such a field name")
        kinds = [rebuilt(field.dataType) for field in dtype.fields]
        dtype = StructType([StructField(*each) for each in zip(stored, kinds, strict=True)])
    elif isinstance(dtype, ArrayType):
        dtype = ArrayType(rebuilt(dtype.elementType), dtype.containsNull)
    elif isinstance(dtype, MapType):
        dtype = MapType(rebuilt(dtype.keyType), rebuilt(dtype.valueType), dtype.valueContainsNull)
    substitute = table_format.substitute_type(dtype)
    if substitute is None:
        return dtype
    reasons.append(substitute[1])
    return substitute[0]
