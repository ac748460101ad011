"""Adaptations: what a format can't store, told before a write and applied to the rows. Knows no format by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.formats.sql import ddl, declared, distinct_names, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType, StructType

    from otfbench.formats.declaration import FormatDeclaration


@dataclass(frozen=True)
class Adaptation:
    """A change of one column's type or name, without which the format would change, refuse or corrupt it."""

    column: str
    before: str
    after: str
    reason: str
    renames: bool = False

    def as_dict(self) -> dict[str, str]:
        """The adaptation as results have it: column, from, to, reason."""
        return {"column": self.column, "from": self.before, "to": self.after, "reason": self.reason}


def adaptations_for(table_format: FormatDeclaration, schema: StructType) -> list[Adaptation]:
    """What has to change in these columns before the format can store them."""
    reserved = table_format.reserved_names
    named = [f"_{name}" if reserved and reserved.match(name) else name for name in schema.names]
    stored = distinct_names(schema.names, table_format.storable_names(named))
    return [
        adaptation
        for field, name in zip(schema.fields, stored, strict=True)
        for adaptation in _of_column(table_format, field.name, declared(field), name)
    ]


def adapted(rows: DataFrame, adaptations: Iterable[Adaptation]) -> DataFrame:
    """The rows with the adaptations applied."""
    from pyspark.sql import functions as F

    types: dict[str, str] = {}
    names: dict[str, str] = {}
    for change in adaptations:
        (names if change.renames else types)[change.column] = change.after
    if not types and not names:
        return rows
    columns = []
    for name in rows.columns:
        column = F.col(quoted(name))
        columns.append((column.cast(types[name]) if name in types else column).alias(names.get(name, name)))
    return rows.select(*columns)


def stored_names(adaptations: Iterable[Adaptation]) -> Callable[[str], str]:
    """Column name -> its name in the table."""
    renamed = {change.column: change.after for change in adaptations if change.renames}
    return lambda name: renamed.get(name, name)


def _of_column(table_format: FormatDeclaration, name: str, dtype: DataType, stored: str) -> Iterator[Adaptation]:
    """The adaptations of one column's type and name; `stored`: the name that the format stores."""
    reasons: list[str] = []
    kept = _rebuilt(table_format, dtype, reasons)
    if reasons:
        yield Adaptation(name, ddl(dtype), ddl(kept), "; ".join(dict.fromkeys(reasons)))
    if stored != name:
        yield Adaptation(name, name, stored, f"{table_format.name} refuses such a column name", renames=True)


def _rebuilt(table_format: FormatDeclaration, dtype: DataType, reasons: list[str]) -> DataType:
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
