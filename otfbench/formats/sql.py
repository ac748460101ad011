"""Names, literals, types and clauses of Spark's SQL. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructField


CHAR_TYPE = "__CHAR_VARCHAR_TYPE_STRING"
"""The key of a column's metadata in which Spark keeps char and varchar types, which it shows as string."""


def quoted(name: str) -> str:
    """The name as an identifier of Spark's SQL.

    >>> print(quoted("of `note`"))
    `of ``note```
    """
    return "`" + name.replace("`", "``") + "`"


def sql_text(text: str) -> str:
    r"""The text as a literal of Spark's SQL. A dollar is spelled out: Spark replaces ${...} before it parses.

    >>> print(sql_text("it's ${x}"))
    'it\'s \u0024{x}'
    """
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("$", "\\u0024")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


def partitioned(columns: Iterable[str]) -> str:
    """The clause of CREATE TABLE that names the partition columns, with a blank behind it; empty without any.

    >>> partitioned(["day", "vendor"])
    'PARTITIONED BY (`day`, `vendor`) '
    """
    names = ", ".join(map(quoted, columns))
    return f"PARTITIONED BY ({names}) " if names else ""


def declared(field: StructField) -> DataType:
    """The type that a column was declared with."""
    from pyspark.sql.types import CharType, VarcharType

    char = re.fullmatch(r"(var)?char\((\d+)\)", field.metadata.get(CHAR_TYPE, ""))
    return (VarcharType if char[1] else CharType)(int(char[2])) if char else field.dataType


def ddl(dtype: DataType) -> str:
    """The type as SQL writes it: `simpleString()`, but with names of fields quoted where they have to be."""
    from pyspark.sql.types import ArrayType, MapType, StructType

    if isinstance(dtype, StructType):
        return f"struct<{','.join(f'{_plain(field.name)}:{ddl(field.dataType)}' for field in dtype.fields)}>"
    if isinstance(dtype, ArrayType):
        return f"array<{ddl(dtype.elementType)}>"
    if isinstance(dtype, MapType):
        return f"map<{ddl(dtype.keyType)},{ddl(dtype.valueType)}>"
    return dtype.simpleString()


def _plain(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else quoted(name)


def distinct_names(names: Sequence[str], stored: Sequence[str]) -> list[str]:
    """The stored names, with underscores behind those that another column has; Spark ignores their case.

    >>> distinct_names(["größe", "gr__e"], ["gr__e", "gr__e"])
    ['gr__e_', 'gr__e']
    """
    taken = {name.lower() for name, new in zip(names, stored, strict=True) if name == new}
    distinct = []
    for name, new in zip(names, stored, strict=True):
        while new != name and new.lower() in taken:
            new += "_"
        taken.add(new.lower())
        distinct.append(new)
    return distinct
