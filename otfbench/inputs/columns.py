"""Values of records as columns of Arrow, exactly or not at all. Knows no syntax of files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence, Set
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from otfbench.errors import DatasetError, Key
from otfbench.inputs.records import Leaves, Number, Plain, Record, Repeated, UntypedText, in_chunks

if TYPE_CHECKING:
    import pyarrow as pa

Values: TypeAlias = Sequence[Any]
_WHOLE = r"^[+-]?[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DAY = r"([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}"
_ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})"
_TIME = rf"{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?{_ZONE}?"
_NO_DIGITS = ("NaN", "Infinity", "-Infinity")
"""Doubles that are no decimal numbers."""
_SAFE_DIGITS = {"double": 15, "float": 6}
"""A decimal number of so many digits is the shortest text of the number next to it (IEEE 754: DBL_DIG, FLT_DIG)."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_SHOWN = 80


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


def in_columns(records: Iterable[Record], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The records in the types of a schema, what is missing as null.

    Raises DatasetError with file, record, field and value for a value that has no equal in the type of its field.
    """
    import pyarrow as pa

    fields = list(schema)
    for chunk in in_chunks(records):
        if isinstance(chunk, Plain):
            batch = _of_plain(chunk, schema)
            if batch is not None:
                yield batch
                continue
            chunk = chunk.one_by_one()
        try:
            columns = _fields([record.values for record in chunk], fields, "")
        except _Misfit:
            raise _unfit(chunk, fields) from None
        except _OtherCase as other:
            raise _in_other_case(chunk, fields, other) from None
        except RecursionError:
            raise DatasetError(f"{chunk[0].location}, or later: values are nested too deep to be read.") from None
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


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


def _unfit(records: list[Record], fields: list[pa.Field]) -> DatasetError:
    """The first of these records that doesn't fit, found by halves."""
    import pyarrow as pa

    kind = pa.struct(fields)
    while len(records) > 1:
        half = records[: len(records) // 2]
        records = half if _misfit([record.values for record in half], kind) else records[len(half) :]
    misfit = _misfit([records[0].values], kind) or _Misfit("", (), kind)
    values = (value for value in misfit.values if value is not None and _misfit([value], misfit.kind))
    text = _json(next(values, None))
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    wrong = f"{records[0].location}: {misfit.path}: {shown} has no equal as {misfit.kind}: give another type in "
    return DatasetError(wrong, Key("schema"), ".")


def _in_other_case(records: list[Record], fields: list[pa.Field], other: _OtherCase) -> DatasetError:
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
    for is_kind, leaves in _LEAVES:
        if getattr(types, is_kind)(kind):
            try:
                return leaves(values, kind)
            except (pa.ArrowInvalid, ValueError):
                raise _Misfit(path, values, kind) from None
    raise DatasetError(f"{path}: the second reader knows no columns of {kind}.")


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


def _texts(values: Values, *kinds: type) -> pa.Array:
    """Values of these kinds as they are written; raises ValueError for others, which may be null."""
    import pyarrow as pa

    if isinstance(values, Leaves):
        if values.kind not in kinds and values.texts.null_count < len(values.texts):
            raise ValueError("values of another kind")
        return values.texts
    if not {*kinds, type(None)}.issuperset(map(type, values)):
        raise ValueError("values of another kind")
    return pa.array(values, pa.string())


def _check(texts: pa.Array, pattern: str) -> pa.Array:
    """The same texts; raises ValueError if one doesn't match as a whole."""
    import pyarrow.compute as pc

    if not pc.all(pc.match_substring_regex(texts, f"^({pattern})$"), min_count=0).as_py():
        raise ValueError(pattern)
    return texts


def _integers(values: Values, kind: pa.DataType) -> pa.Array:
    import pyarrow.compute as pc

    return pc.utf8_ltrim(_check(_texts(values, Number, UntypedText), _WHOLE), "+").cast(kind)


def _decimals(values: Values, kind: pa.DataType) -> pa.Array:
    return _check(_texts(values, Number, UntypedText, str), _NUMBER).cast(kind)


def _doubles(values: Values, kind: pa.DataType) -> pa.Array:
    """Those whose shortest text is the same number; a text in quotes only for a double that has no digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, Leaves):
        texts = _texts(values, Number)
    elif not {value for value in values if type(value) is str}.issubset(_NO_DIGITS):
        raise ValueError("a text is no number")
    else:
        texts = _texts(values, Number, UntypedText, str)
    doubles = texts.cast(kind)
    has_digits = pc.invert(pc.is_in(texts, value_set=pa.array(_NO_DIGITS)))
    written = _check(texts.filter(has_digits), _NUMBER)
    long = pc.greater(pc.utf8_length(written), _SAFE_DIGITS.get(str(kind), 0))
    unsafe = pc.or_(long, pc.match_substring_regex(written, "[eE]"))
    written, shortest = written.filter(unsafe), doubles.filter(has_digits).filter(unsafe).cast(pa.string())
    differs = pc.not_equal(written, shortest)
    pairs = zip(written.filter(differs).to_pylist(), shortest.filter(differs).to_pylist(), strict=True)
    if not all(_is_same_number(one, other) for one, other in pairs):
        raise ValueError("digits are lost")
    return doubles


def _is_same_number(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:  # an exponent of 19 digits
        return False


def _flags(values: Values, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, Leaves):
        return pc.equal(_texts(values, bool), "true")
    texts = {value for value in values if type(value) is not bool and value is not None}
    if not all(type(text) is UntypedText and text.lower() in _FLAGS for text in texts):
        raise ValueError("a text is no boolean")
    return pa.array([_FLAGS[each.lower()] if isinstance(each, str) else each for each in values], kind)


def _days(values: Values, kind: pa.DataType) -> pa.Array:
    return _check(_texts(values, str, UntypedText), _DAY).cast(kind)


def _times(values: Values, kind: pa.DataType) -> pa.Array:
    """With a zone, or without one: in UTC then."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.replace_substring_regex(_texts(values, str, UntypedText), r"(\.[0-9]{6})0+", r"\1")
    if kind.tz is None:
        return _check(texts, _TIME).cast(kind)
    has_zone = pc.match_substring_regex(_check(texts, _TIME), f"{_ZONE}$")
    zoned = pc.if_else(has_zone, texts, pc.binary_join_element_wise(texts, "Z", ""))
    return zoned.cast(pa.timestamp("us", "UTC")).cast(kind)


def _strings(values: Values, kind: pa.DataType) -> pa.Array:
    """Texts and numbers as they are written, anything else as JSON."""
    import pyarrow as pa

    if isinstance(values, Leaves):
        return values.texts
    kinds = set(map(type, values))
    if Repeated in kinds:
        raise ValueError("several values are no text")
    plain = kinds.issubset((str, Number, UntypedText, type(None)))
    return pa.array(values if plain else [None if each is None else _text(each) for each in values], kind)


def _nulls(values: Values, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, Leaves):
        return values.texts.cast(kind)
    return pa.array(values, kind)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    """As JSON without blanks; numbers with their digits."""
    if isinstance(value, (Number, UntypedText)):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(str(name))}:{_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


_NESTED = (("is_struct", dict, _structs), ("is_map", dict, _maps), ("is_list", list, _lists))
"""The name of the test for a kind of type, the kind of values it takes, what makes a column of them."""
_LEAVES = (
    ("is_string", _strings),
    ("is_integer", _integers),
    ("is_floating", _doubles),
    ("is_decimal", _decimals),
    ("is_boolean", _flags),
    ("is_date32", _days),
    ("is_timestamp", _times),
    ("is_null", _nulls),
)
