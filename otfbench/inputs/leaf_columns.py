"""Columns of values that hold no others, exactly or not at all. Knows no record and no syntax of files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from otfbench.inputs.records import Leaves, Number, Repeated, UntypedText

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
"""The most digits with which a decimal number is the shortest text of its neighbour (IEEE 754: DBL_DIG, FLT_DIG)."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


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
    """The same texts; raises ValueError if one of them doesn't match as a whole."""
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
    """Times with a zone, or without one: in UTC then."""
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
        values = values.texts.to_pylist()
    return pa.array(values, kind)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Any) -> str:
    """As JSON without blanks; numbers with their digits."""
    if isinstance(value, (Number, UntypedText)):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{as_json(str(name))}:{as_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


LEAVES = (
    ("is_string", _strings),
    ("is_integer", _integers),
    ("is_floating", _doubles),
    ("is_decimal", _decimals),
    ("is_boolean", _flags),
    ("is_date32", _days),
    ("is_timestamp", _times),
    ("is_null", _nulls),
)
"""The name of the test for a kind of type, what makes a column of it: it raises ValueError if a value has no equal."""
