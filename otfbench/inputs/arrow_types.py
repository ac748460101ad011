"""Types of Arrow as Spark has them: which it is, what it is called, what holds the values of two. Knows no file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

MAX_DIGITS = 38
"""The most digits of Spark's decimals."""
_WORDS = {
    **{"bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint"},
    **{"float": "float", "double": "double", "date32[day]": "date", "null": "void", "halffloat": "float16"},
}
_REFUSAL = b"otfbench.refusal"
_REMARK = b"otfbench.remark"
_EXTENSION = b"ARROW:extension:name"
"""What Arrow calls a type of others, of which pyarrow knows nothing but how it is stored."""
_DIGITS = {"int8": 3, "int16": 5, "int32": 10, "int64": 19}
"""Whole numbers, the narrowest first -> how many digits they have at most."""


def spark_type(kind: pa.DataType, nanoseconds: bool = False) -> pa.DataType | None:
    """The type in which Spark reads a column of this one; None if it has none.

    With `nanoseconds`, times in nanoseconds are whole numbers, as Spark reads them.
    """
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.BaseExtensionType):
        return spark_type(kind.storage_type, nanoseconds)
    if types.is_dictionary(kind):
        return spark_type(kind.value_type, nanoseconds)
    if types.is_struct(kind):
        fields = [(each.name, spark_type(each.type, nanoseconds)) for each in fields_of(kind)]
        return None if any(each is None for _, each in fields) else pa.struct(fields)
    if types.is_map(kind):
        key, item = spark_type(kind.key_type, nanoseconds), spark_type(kind.item_type, nanoseconds)
        return pa.map_(key, item) if key is not None and item is not None else None
    if is_any_list(kind):
        element = spark_type(kind.value_type, nanoseconds)
        return None if element is None else pa.list_(element)
    if types.is_timestamp(kind):
        return pa.int64() if nanoseconds and kind.unit == "ns" else pa.timestamp("us", "UTC" if kind.tz else None)
    if types.is_decimal(kind):
        return pa.decimal128(kind.precision, kind.scale) if kind.precision <= MAX_DIGITS else None
    return _simple_types().get(str(kind).split("[")[0])


def _simple_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    numbers = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64())
    return {
        **{str(each): each for each in (pa.null(), pa.bool_(), *numbers, pa.string(), pa.binary())},
        **{"uint8": pa.int16(), "uint16": pa.int32(), "uint32": pa.int64(), "uint64": pa.decimal128(20, 0)},
        **dict.fromkeys(("large_string", "string_view"), pa.string()),
        **dict.fromkeys(("large_binary", "binary_view", "fixed_size_binary"), pa.binary()),
        **{"date32": pa.date32(), "date64": pa.date32(), "duration": pa.int64()},
    }


def refined(field: pa.Field, leaf: Callable[[pa.DataType, str], pa.DataType | str]) -> pa.Field:
    """The column with another type for each in it that holds no others, in the order of the file.

    Where there are words in place of a type, they say what it is that Spark can't read, and what to do: see refusal().
    """
    import pyarrow as pa

    refusals: list[str] = []

    def refine(kind: pa.DataType, path: str) -> pa.DataType:
        found = leaf(kind, path)
        if isinstance(found, str):
            refusals.append(f"column {path} is {found}")
            return kind
        return found

    kind = _with_leaves(field.type, refine, field.name)
    if refusals:
        return pa.field(field.name, kind, metadata={_REFUSAL: refusals[0]})
    extension = (field.metadata or {}).get(_EXTENSION, b"").decode()
    words = f"it is a {extension}, which Spark doesn't know: read as {in_words(kind)}" if extension else None
    return with_remark(pa.field(field.name, kind), words)


def refusal(field: pa.Field) -> str | None:
    """Why Spark can't read the column, in words; None if it can."""
    words = (field.metadata or {}).get(_REFUSAL)
    if words:
        return str(words, "utf-8")
    if spark_type(field.type) is None:
        return f"column {field.name} is {in_words(field.type)}, a type that Spark doesn't have: rewrite it as another"
    return None


def with_remark(field: pa.Field, words: str | None) -> pa.Field:
    """The column with what people must know of it; see remark()."""
    return field.with_metadata({_REMARK: words}) if words else field


def remark(field: pa.Field) -> str | None:
    """What a file means by values that Spark reads as plain numbers, or bytes; None where it reads them as meant."""
    from pyarrow import types

    if types.is_duration(field.type):
        return f"it is a duration, which Spark doesn't know: read as whole numbers of {field.type.unit}"
    words = (field.metadata or {}).get(_REMARK)
    return str(words, "utf-8") if words else None


def _with_leaves(kind: pa.DataType, leaf: Callable[[pa.DataType, str], pa.DataType], path: str) -> pa.DataType:
    import pyarrow as pa
    from pyarrow import types

    if types.is_struct(kind):
        return pa.struct(
            [(each.name, _with_leaves(each.type, leaf, f"{path}.{each.name}")) for each in fields_of(kind)]
        )
    if types.is_map(kind):
        key = _with_leaves(kind.key_type, leaf, f"{path}.key")
        return pa.map_(key, _with_leaves(kind.item_type, leaf, f"{path}.value"))
    if is_any_list(kind):
        return pa.list_(_with_leaves(kind.value_type, leaf, f"{path}.element"))
    return leaf(kind, path)


def is_any_list(kind: pa.DataType) -> bool:
    """Whether it is a list, however it lies in memory."""
    from pyarrow import types

    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(is_list(kind) for is_list in lists)


def fields_of(kind: pa.DataType) -> list[pa.Field]:
    """The fields of a struct."""
    return [kind.field(number) for number in range(kind.num_fields)]


def in_words(kind: pa.DataType) -> str:
    """What Spark calls the type, as in CREATE TABLE; what Arrow calls it, if Spark doesn't have it."""
    from pyarrow import types

    if types.is_struct(kind):
        return f"struct<{','.join(f'{each.name}:{in_words(each.type)}' for each in fields_of(kind))}>"
    if types.is_map(kind):
        return f"map<{in_words(kind.key_type)},{in_words(kind.item_type)}>"
    if is_any_list(kind):
        return f"array<{in_words(kind.value_type)}>"
    if types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if types.is_duration(kind):
        return "interval day to second"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return _WORDS.get(str(kind), str(kind))


def wider(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The type of Spark that holds the values of both; None if there is none.

    A whole number and a double are a double: one that has no such double is an error once it is read.
    """
    import pyarrow as pa
    from pyarrow import types

    if one == other:
        return one
    if types.is_null(one) or types.is_null(other):
        return other if types.is_null(one) else one
    if types.is_struct(one) and types.is_struct(other):
        return _wider_struct(one, other)
    if types.is_list(one) and types.is_list(other):
        element = wider(one.value_type, other.value_type)
        return None if element is None else pa.list_(element)
    if types.is_map(one) and types.is_map(other):
        key, item = wider(one.key_type, other.key_type), wider(one.item_type, other.item_type)
        return None if key is None or item is None else pa.map_(key, item)
    return _wider_number(one, other)


def _wider_struct(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The struct with the fields of both; names are compared as Spark does, without their case."""
    import pyarrow as pa

    fields = {each.name.lower(): each for each in fields_of(one)}
    for each in fields_of(other):
        known = fields.setdefault(each.name.lower(), each)
        kind = wider(known.type, each.type)
        if kind is None:
            return None
        fields[each.name.lower()] = pa.field(known.name, kind)
    return pa.struct(list(fields.values()))


def _wider_number(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    import pyarrow as pa
    from pyarrow import types

    pair = (one, other)
    if all(str(each) in _DIGITS for each in pair):
        return max(pair, key=lambda each: _DIGITS[str(each)])
    if any(map(types.is_floating, pair)) and all(types.is_floating(each) or str(each) in _DIGITS for each in pair):
        return pa.float64()
    if all(types.is_decimal(each) or str(each) in _DIGITS for each in pair):
        scales = [each.scale if types.is_decimal(each) else 0 for each in pair]
        whole = [each.precision - each.scale if types.is_decimal(each) else _DIGITS[str(each)] for each in pair]
        digits = max(whole) + max(scales)
        return pa.decimal128(digits, max(scales)) if digits <= MAX_DIGITS else None
    return None


def as_stored(wanted: pa.DataType, stored: pa.DataType) -> pa.DataType:
    """The wanted type with the leaves that a file has stored in another one as they are stored there."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_struct(wanted) and types.is_struct(stored):
        there = {each.name.lower(): each.type for each in fields_of(stored)}
        kinds = ((each.name, each.type, there.get(each.name.lower(), each.type)) for each in fields_of(wanted))
        return pa.struct([(name, as_stored(kind, other)) for name, kind, other in kinds])
    if types.is_list(wanted) and types.is_list(stored):
        return pa.list_(as_stored(wanted.value_type, stored.value_type))
    if types.is_map(wanted) and types.is_map(stored):
        key = as_stored(wanted.key_type, stored.key_type)
        return pa.map_(key, as_stored(wanted.item_type, stored.item_type))
    return stored
