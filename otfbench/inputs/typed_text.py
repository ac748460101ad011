"""Columns of text as columns of other types: each value exactly, or not at all. Knows no file."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from otfbench.inputs import casting

if TYPE_CHECKING:
    import pyarrow as pa

_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""Doubles that have no digits."""
_ZONE = r"[:0-9.](Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_EVERY_DIGIT = Context(prec=1_000_000)
_FIRST = 100
"""The texts among which the first one that isn't empty is looked for."""
_SAFE_DIGITS = {"double": 15, "float": 6}
"""The most digits that are surely got back from the nearest binary number (IEEE 754: DBL_DIG, FLT_DIG)."""


def as_type(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The texts as values of a type, null as null.

    Raises ValueError if one of them has no equal there: it is no such value, or beyond the type, or would be rounded.
    """
    from pyarrow import types

    if types.is_integer(kind):
        return _integers(texts, kind)
    if types.is_floating(kind):
        return _doubles(texts, kind)
    if types.is_boolean(kind):
        return _flags(texts)
    if types.is_timestamp(kind):
        return _times(texts, kind)
    if types.is_date(kind):
        return _days(texts, kind)
    return texts.cast(kind)


def first_unfit(texts: pa.Array, kind: pa.DataType) -> int | None:
    """Where the first text is that has no equal in the type; None if all have one."""
    return None if _fit(texts, kind) else casting.first_unfit(texts, lambda part: _fit(part, kind))


def _fit(texts: pa.Array, kind: pa.DataType) -> bool:
    try:
        as_type(texts, kind)
    except (ValueError, NotImplementedError):
        return False
    return True


def _integers(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(_any(pc.match_substring(texts, mark)) for mark in ("x", "X")):
        raise ValueError("pyarrow reads 0x10 as 16")
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return pc.replace_substring_regex(texts, r"^\+([0-9])", r"\1").cast(kind)


def _doubles(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """The numbers, if each is got back when it is written with as many digits as its text has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    doubles = texts.cast(kind)
    finite = pc.is_finite(doubles)
    others = texts.filter(pc.invert(finite))
    if not set(others.to_pylist()).issubset(_NO_NUMBERS):
        raise ValueError("beyond the type, or spelled otherwise")
    long = pc.greater(pc.binary_length(texts), _SAFE_DIGITS[str(kind)])
    unsure = pc.and_(finite, pc.or_(long, pc.match_substring_regex(texts, "[eE]")))
    written, numbers = texts.filter(unsure), doubles.filter(unsure)
    differs = pc.not_equal(numbers.cast(pa.string()), written)
    pairs = zip(written.filter(differs).to_pylist(), numbers.filter(differs).to_pylist(), strict=True)
    if not all(_is_got_back(text, value) for text, value in pairs):
        raise ValueError("digits would be lost")
    return doubles


def _is_got_back(text: str, value: float) -> bool:
    try:
        number = Decimal(text).normalize(_EVERY_DIGIT)
        shortest = Decimal(repr(value)) == number  # of a value half way between two texts both may be its shortest
        return shortest or Context(prec=len(number.as_tuple().digits)).create_decimal(value) == number
    except ArithmeticError:  # an exponent of 19 digits
        return False


def _flags(texts: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    small = pc.utf8_lower(texts)
    if _any(pc.invert(pc.is_in(small.drop_null(), value_set=pa.array(["true", "false"])))):
        raise ValueError("pyarrow reads 1 as true")
    return small.cast("bool")


def _days(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    return _of_years(texts).cast(kind)


def _times(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Times with a zone, or without one: in UTC then, if the type has one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    local, utc = pa.timestamp(kind.unit), pa.timestamp(kind.unit, "UTC")
    if kind.tz is not None and _ends_in_zone(texts):
        with suppress(pa.ArrowInvalid):  # not all do
            return _of_years(texts).cast(utc).cast(kind)
    try:
        return _of_years(texts).cast(local).cast(kind)
    except pa.ArrowInvalid:
        if kind.tz is None:
            raise
    zoned = pc.match_substring_regex(texts, _ZONE)
    with_zone = pc.if_else(zoned, texts, None).cast(utc)
    without = pc.if_else(zoned, None, texts).cast(local).cast(with_zone.type)
    return pc.coalesce(with_zone, without).cast(kind)


def _ends_in_zone(texts: pa.Array) -> bool:
    """Whether the first one does."""
    first = next((text for text in texts[:_FIRST].to_pylist() if text), "")
    return re.search(_ZONE, first) is not None


def _of_years(texts: pa.Array) -> pa.Array:
    """The same; raises ValueError for the year 0, which neither Spark nor the calendar has."""
    import pyarrow.compute as pc

    if _any(pc.starts_with(texts, "0000")):
        raise ValueError("there is no year 0")
    return texts


def _any(flags: pa.Array) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(flags, min_count=0).as_py())
