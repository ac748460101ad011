"""Values of records as columns of Arrow, exactly or not at all. Knows no syntax of files."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import chain
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError, Key
from otfbench.inputs.arrow_types import in_words
from otfbench.inputs.leaf_columns import LEAVES, Values, as_json
from otfbench.inputs.records import FileRecord, Leaves, Plain, UntypedText

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 80
"""The most characters of a value that a message shows."""


class _Misfit(ValueError):
    """Values of which at least one has no equal in a type."""

    def __init__(self, path: str, values: Values, kind: pa.DataType) -> None:
        super().__init__(path)
        self.path, self.values, self.kind = path, values, kind


class _OtherCase(ValueError):
    """A name that differs from that of a field in case only."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(path)
        self.path, self.name = path, name


def in_batch(chunk: list[FileRecord] | Plain, schema: pa.Schema) -> pa.RecordBatch:
    """Some records in the types of a schema, what is missing as null.

    Raises DatasetError with file, record, field and value for a value that has no equal in the type of its field.
    """
    import pyarrow as pa

    if isinstance(chunk, Plain):
        batch = _of_plain(chunk, schema)
        if batch is not None:
            return batch
        chunk = chunk.one_by_one()
    fields = list(schema)
    try:
        columns = _fields([record.values for record in chunk], fields, "")
    except _Misfit:
        raise _unfit(chunk, fields) from None
    except _OtherCase as other:
        raise _in_other_case(chunk, fields, other) from None
    except RecursionError:
        raise DatasetError(f"{chunk[0].location}, or later: values are nested too deep to be read.") from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _of_plain(rows: Plain, schema: pa.Schema) -> pa.RecordBatch | None:
    """The columns in these types; None if a value has no equal there, or a name is in another case."""
    import pyarrow as pa

    try:
        _check_case([rows.columns], set(schema.names), "")
        columns = [
            _column(rows.columns[each.name] if each.name in rows.columns else [None] * rows.count, each.type, each.name)
            for each in schema
        ]
    except (_Misfit, _OtherCase):
        return None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _unfit(records: list[FileRecord], fields: list[pa.Field]) -> DatasetError:
    """The first of these records that doesn't fit, found by halves."""
    import pyarrow as pa

    kind = pa.struct(fields)
    while len(records) > 1:
        half = records[: len(records) // 2]
        records = half if _misfit([record.values for record in half], kind) else records[len(half) :]
    misfit = _misfit([records[0].values], kind) or _Misfit("", (), kind)
    values = (value for value in misfit.values if value is not None and _misfit([value], misfit.kind))
    text = as_json(next(values, None))
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    wrong = (
        f"{records[0].location}: {misfit.path}: {shown} has no equal as {in_words(misfit.kind)}: give another type in "
    )
    return DatasetError(wrong, Key("schema"), ".")


def _in_other_case(records: list[FileRecord], fields: list[pa.Field], other: _OtherCase) -> DatasetError:
    """The same, with the first of these records that has it."""
    where = records[0].location
    for record in records:
        try:
            _fields([record.values], fields, "")
        except _OtherCase as found:
            where, other = record.location, found
            break
        except _Misfit:
            continue
    wrong = (
        f"{where}: {other.path} is {other.name} in the schema, and case counts in names: write it as the file does in "
    )
    return DatasetError(wrong, Key("schema"), ".")


def _misfit(values: Values, kind: pa.DataType) -> _Misfit | None:
    try:
        _column(values, kind, "")
    except _Misfit as misfit:
        return misfit
    return None


def _column(values: Values, kind: pa.DataType, path: str) -> pa.Array:
    import pyarrow as pa
    from pyarrow import types

    for is_kind, accepted, column in _NESTED:
        if getattr(types, is_kind)(kind):
            if isinstance(values, Leaves) or not {accepted, type(None)}.issuperset(map(type, values)):
                raise _Misfit(path, values, kind)
            return column(values, kind, path)
    for is_kind, leaves in LEAVES:
        if getattr(types, is_kind)(kind):
            try:
                return leaves(values, kind)
            except (pa.ArrowInvalid, ValueError):
                raise _Misfit(path, values, kind) from None
    unknown = f"{path}: the second reader knows no columns of {in_words(kind)}: give another type in "
    raise DatasetError(unknown, Key("schema"), ".")


def _fields(values: Values, fields: Sequence[pa.Field], path: str) -> list[pa.Array]:
    columns = []
    _check_case(values, {field.name for field in fields}, path)
    for field in fields:
        each = [None if value is None else value.get(field.name) for value in values]
        columns.append(_column(each, field.type, f"{path}.{field.name}" if path else field.name))
    return columns


def _check_case(values: Values, names: Set[str], path: str) -> None:
    """Raise _OtherCase for a name that would be one of these in another case: its values would be lost."""
    others = set(chain.from_iterable(value for value in values if value is not None)) - names
    if others:
        small = {name.lower(): name for name in names}
        wrong = next((other for other in others if other.lower() in small), None)
        if wrong is not None:
            raise _OtherCase(f"{path}.{wrong}" if path else wrong, small[wrong.lower()])


def _structs(values: Values, kind: pa.DataType, path: str) -> pa.Array:
    import pyarrow as pa

    missing = pa.array([value is None for value in values], pa.bool_())
    return pa.StructArray.from_arrays(_fields(values, list(kind), path), fields=list(kind), mask=missing)


def _lists(values: Values, kind: pa.DataType, path: str) -> pa.Array:
    import pyarrow as pa

    elements = _column([each for value in values if value for each in value], kind.value_type, f"{path}[]")
    return pa.ListArray.from_arrays(_offsets(values), elements, type=kind)


def _maps(values: Values, kind: pa.DataType, path: str) -> pa.Array:
    import pyarrow as pa

    keys = _column([UntypedText(key) for value in values if value for key in value], kind.key_type, path)
    items = _column([each for value in values if value for each in value.values()], kind.item_type, f"{path}[]")
    return pa.MapArray.from_arrays(_offsets(values), keys, items, type=kind)


def _offsets(values: Values) -> pa.Array:
    import pyarrow as pa

    offsets: list[int | None] = []
    end = 0
    for value in values:
        offsets.append(None if value is None else end)
        end += len(value or ())
    return pa.array([*offsets, end], pa.int32())


_NESTED = (("is_struct", dict, _structs), ("is_map", dict, _maps), ("is_list", list, _lists))
"""The name of the test for a kind of type, the kind of values it takes, what makes a column of them."""
