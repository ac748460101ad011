"""Columns of Arrow in other types: fields of structs by their names, all else exactly. Knows no file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from otfbench.inputs.arrow_types import fields_of, is_any_list

if TYPE_CHECKING:
    import pyarrow as pa


def first_unfit(column: pa.Array, fits: Callable[[pa.Array], bool]) -> int:
    """Where the first value is for which not all of the column fits, found by halves; there must be one."""
    begin, end = 0, len(column)
    while end - begin > 1:
        middle = (begin + end) // 2
        begin, end = (middle, end) if fits(column[begin:middle]) else (begin, middle)
    return begin


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
        offsets = pa.array(array.offsets.to_numpy(), pa.int32())  # a copy: Arrow takes no mask with a slice of them
        return pa.MapArray.from_arrays(offsets, keys, items, type=kind, mask=array.is_null())
    if is_any_list(array.type) and types.is_list(kind):
        values = cast(array.flatten(), kind.value_type)
        return pa.ListArray.from_arrays(_ends(array), values, type=kind, mask=array.is_null())
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
    return pa.StructArray.from_arrays(columns, fields=fields_of(kind), mask=array.is_null())


def _ends(array: pa.Array) -> pa.Array:
    """Where each list ends among the values of all, after a zero; Arrow 25 casts views with nulls to wrong lists."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.if_else(array.is_valid(), pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    return pa.array(np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))), pa.int32())
