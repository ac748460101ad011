"""Names in records and files that a schema leaves out. Knows no syntax of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from otfbench.inputs.records import Element, FileRecord, Plain

if TYPE_CHECKING:
    import pyarrow as pa


def names_without_field(chunk: list[FileRecord] | Plain, schema: pa.Schema) -> Iterator[str]:
    """Names in records, and in objects in them, without a field: `a` or `a.b`. Keys of maps are no names."""
    if isinstance(chunk, Plain):  # no value of it is an object
        yield from chunk.columns.keys() - {*schema.names}
    else:
        yield from _of_objects([record.values for record in chunk], list(schema), "")


def fields_left_out(fields: Iterable[pa.Field], declared: Iterable[pa.Field], path: str = "") -> Iterator[str]:
    """The fields of files, at any depth, without one in the schema, whatever the case of names."""
    known = {each.name.lower(): each.type for each in declared}
    for each in fields:
        kind = known.get(each.name.lower())
        if kind is None:
            yield f"{path}{each.name}"
        else:
            yield from _of_types(each.type, kind, f"{path}{each.name}")


def _of_types(kind: pa.DataType, declared: pa.DataType, path: str) -> Iterator[str]:
    from pyarrow import types

    if types.is_struct(kind) and types.is_struct(declared):
        yield from fields_left_out(kind, declared, f"{path}.")
    elif types.is_map(kind) and types.is_map(declared):
        yield from _of_types(kind.item_type, declared.item_type, f"{path}.*")
    elif hasattr(kind, "value_type") and types.is_list(declared):
        yield from _of_types(kind.value_type, declared.value_type, path)


def _of_objects(objects: Iterable[dict[str, Any]], fields: list[pa.Field], path: str) -> Iterator[str]:
    known, there = {field.name for field in fields}, set(chain.from_iterable(objects))
    yield from (f"{path}{name}" for name in there - known)
    for field in fields:
        if field.name in there:
            values = [one[field.name] for one in objects if field.name in one]
            yield from _of_values(values, field.type, f"{path}{field.name}")


def _of_values(values: list[Any], kind: pa.DataType, path: str) -> Iterator[str]:
    """Those in the values of one name; those of an attribute, too, whose element is to be a plain value."""
    from pyarrow import types

    while types.is_list(kind):
        kind = kind.value_type
    objects = list(chain.from_iterable(map(_objects, values)))
    if types.is_struct(kind):
        yield from _of_objects(objects, list(kind), f"{path}.")
    elif types.is_map(kind):
        yield from _of_values([each for one in objects for each in one.values()], kind.item_type, f"{path}.*")
    else:
        yield from {f"{path}.{name}" for one in objects if isinstance(one, Element) for name in one.attributes}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The value, or what is in it where it is a list."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_objects, value))
