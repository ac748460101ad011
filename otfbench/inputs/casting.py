"""Columns of Arrow in other types: fields of structs by their names, all else exactly. Knows no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otfbench.inputs.arrow_types import fields_of, is_any_list

if TYPE_CHECKING:
    import pyarrow as pa


def cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The same values in this type; raises ArrowInvalid for one that would be another."""
    import pyarrow as pa
    from pyarrow import types

    if array.type == kind:
        return array
    if isinstance(array, pa.ExtensionArray):
        return cast(array.storage, kind)
    if types.is_dictionary(array.type):
        return cast(array.dictionary_decode(), kind)
    if types.is_struct(array.type) and types.is_struct(kind):
        return _struct(array, kind)
    if types.is_map(array.type) and types.is_map(kind):
        keys, items = cast(array.keys, kind.key_type), cast(array.items, kind.item_type)
        return pa.MapArray.from_arrays(_offsets(array), keys, items, type=kind, mask=_missing(array))
    if is_any_list(array.type) and types.is_list(kind):
        plain = array if types.is_list(array.type) else array.cast(pa.list_(array.type.value_type))
        values = cast(plain.values, kind.value_type)
        return pa.ListArray.from_arrays(_offsets(plain), values, type=kind, mask=_missing(plain))
    return array.cast(kind)


def _struct(array: pa.StructArray, kind: pa.DataType) -> pa.Array:
    """Null where a field is not there; names are compared as Spark does, without their case."""
    import pyarrow as pa

    places = {each.name.lower(): number for number, each in enumerate(fields_of(array.type))}
    columns = []
    for each in fields_of(kind):
        number = places.get(each.name.lower())
        found = pa.nulls(len(array), each.type) if number is None else cast(array.field(number), each.type)
        columns.append(found)
    return pa.StructArray.from_arrays(columns, fields=fields_of(kind), mask=_missing(array))


def _missing(array: pa.Array) -> pa.Array:
    return array.is_null()


def _offsets(array: pa.Array) -> pa.Array:
    """From where they begin in memory: Arrow takes no mask with offsets that begin later."""
    import pyarrow as pa

    return pa.array(array.offsets.to_numpy(), pa.int32())
