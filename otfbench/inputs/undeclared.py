"""Names in records that a schema leaves out. Knows no syntax of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from otfbench.inputs.records import FileRecord, Plain

if TYPE_CHECKING:
    import pyarrow as pa


def names_without_field(chunk: list[FileRecord] | Plain, schema: pa.Schema) -> Iterator[str]:
    """Names in records, and in objects in them, without a field: `a` or `a.b`. Keys of maps are no names."""
    if isinstance(chunk, Plain):  # no value of it is an object
        yield from chunk.columns.keys() - {*schema.names}
    else:
        yield from _of_objects([record.values for record in chunk], list(schema), "")


def _of_objects(objects: Iterable[dict[str, Any]], fields: list[pa.Field], path: str) -> Iterator[str]:
    from pyarrow import types

    known, there = {field.name for field in fields}, set(chain.from_iterable(objects))
    yield from (f"{path}{name}" for name in there - known)
    for field in fields:
        kind = field.type
        while types.is_list(kind):
            kind = kind.value_type
        if types.is_struct(kind) and field.name in there:
            inner = [each for one in objects if field.name in one for each in _objects(one[field.name])]
            yield from _of_objects(inner, list(kind), f"{path}{field.name}.")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The value, or what is in it where it is a list."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_objects, value))
