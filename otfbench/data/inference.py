"""Types of text: one is given only if each text can be got back from its value. Knows no Spark and no file.

What is in the way of a type is counted, so that it can be said: leading zeros, digits that a double doesn't hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from otfbench.errors import DatasetError
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

_INTEGER = r"^(0|-?[1-9][0-9]*)$"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_PLAIN = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?$"
_NOT_KEPT = {
    "leading zeros": r"^[+-]?0[0-9]+(\.[0-9]*)?$",
    "a plus sign": r"^\+[0-9]+(\.[0-9]*)?$",
    "the letter behind them": r"^-?[0-9]+(\.[0-9]+)?[dDfFlL]$",
}
_SAFE_DIGITS = 15
"""A decimal number of so many digits is the shortest text of the double next to it (IEEE 754: DBL_DIG)."""
_MAX_DIGITS = 38
"""Spark's decimals hold no more."""


@dataclass
class TextTypes:
    """The types that all texts of a column, seen so far, can be got back from."""

    values: int = 0
    flags: bool = True
    integers: bool = True
    longs: bool = True
    doubles: bool = True
    decimals: bool = True
    dates: bool = True
    times: bool = True
    numbers: int = 0
    """How many are numbers; the others, of a column of doubles, are `NaN`."""
    whole_digits: int = 0
    fraction_digits: int = 0
    forms: set[str] = field(default_factory=set)
    """How times are written, with a letter for each digit."""
    not_kept: dict[str, int] = field(default_factory=dict)
    """What would be lost -> in how many values."""
    number_like: bool = True

    def add(self, texts: pa.Array) -> None:
        """Look at further texts; nulls don't count."""
        import pyarrow.compute as pc

        counted = pc.value_counts(texts.drop_null())
        each, counts = counted.field("values"), counted.field("counts")
        self.values += len(texts) - texts.null_count
        if not len(each) or not (self.open or self.number_like):
            return
        self._add_flags(each)
        if self.number_like:
            self._add_numbers(each, counts)
        self._add_days(each)

    @property
    def open(self) -> bool:
        """Whether it can still be another type than text."""
        return self.flags or self.longs or self.doubles or self.decimals or self.dates or self.times

    def _add_flags(self, texts: pa.Array) -> None:
        self.flags = self.flags and _all(texts, r"^(true|false)$")

    def _add_numbers(self, texts: pa.Array, counts: pa.Array) -> None:
        import pyarrow.compute as pc

        is_number = pc.match_substring_regex(texts, _NUMBER)
        numbers = texts.filter(is_number)
        self.numbers += len(numbers)
        self.integers = self.integers and _all(texts, _INTEGER)
        self.longs = self.longs and self.integers and _casts(texts, "int64")
        self.decimals = self.decimals and _all(texts, _PLAIN) and self._add_digits(texts)
        others = texts.filter(pc.invert(is_number))
        self.doubles = self.doubles and _all(others, "^NaN$") and _are_doubles(numbers)
        self.number_like = self._count_losses(others, counts.filter(pc.invert(is_number)))

    def _count_losses(self, texts: pa.Array, counts: pa.Array) -> bool:
        """Count what would be lost as a number; whether all of them look like one."""
        import pyarrow.compute as pc

        left = pc.not_equal(texts, "NaN")
        for loss, pattern in _NOT_KEPT.items():
            found = pc.and_(left, pc.match_substring_regex(texts, pattern))
            lost = pc.sum(counts.filter(found)).as_py() or 0
            if lost:
                self.not_kept[loss] = self.not_kept.get(loss, 0) + lost
            left = pc.and_(left, pc.invert(found))
        return not pc.any(left).as_py()

    def _add_digits(self, texts: pa.Array) -> bool:
        import pyarrow.compute as pc

        parts = pc.split_pattern(pc.utf8_ltrim(texts, "-"), ".", max_splits=1)
        whole = pc.max(pc.utf8_length(pc.list_element(parts, 0))).as_py()
        fractions = pc.if_else(pc.greater(pc.list_value_length(parts), 1), pc.utf8_length(texts), None)
        if fractions.null_count < len(fractions):
            longest = pc.max(
                pc.subtract(pc.utf8_length(texts), pc.add(pc.find_substring(texts, "."), 1)).filter(
                    pc.is_valid(fractions)
                )
            )
            self.fraction_digits = max(self.fraction_digits, longest.as_py())
        self.whole_digits = max(self.whole_digits, whole)
        return self.whole_digits + self.fraction_digits <= _MAX_DIGITS

    def _add_days(self, texts: pa.Array) -> None:
        import pyarrow.compute as pc

        self.dates = self.dates and _all(texts, _DATE) and _are_days(texts)
        if self.times and (_all(texts, _TIME) and _are_times(texts)):
            self.forms.update(pc.unique(pc.replace_substring_regex(texts, "[0-9]", "0")).to_pylist())
        self.times = self.times and len(self.forms) == 1

    def type(self) -> tuple[pa.DataType, str | None]:
        """The type, and what to say of it if a choice needs a sentence."""
        import pyarrow as pa

        digits = max(1, self.whole_digits + self.fraction_digits)
        choices: Iterable[tuple[bool, Callable[[], pa.DataType]]] = (
            (self.values == 0, pa.string),
            (self.flags, pa.bool_),
            (self.longs, pa.int64),
            (self.doubles and self.numbers > 0 and not self.integers, pa.float64),
            (self.decimals and self.numbers > 0, lambda: pa.decimal128(digits, self.fraction_digits)),
            (self.dates, pa.date32),
            (self.times, lambda: pa.timestamp("us", "UTC")),
        )
        return next((kind() for holds, kind in choices if holds), pa.string()), self._sentence()

    def _sentence(self) -> str | None:
        if not (self.values and self.number_like and self.not_kept):
            return None
        lost = ", ".join(
            f"{count:,} of {format_count(self.values, 'value')} would lose {what}"
            for what, count in self.not_kept.items()
        )
        return f"text; as a number {lost}"


def _all(texts: pa.Array, pattern: str) -> bool:
    import pyarrow.compute as pc

    return not len(texts) or bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _casts(texts: pa.Array, kind: Any) -> bool:
    import pyarrow as pa

    try:
        texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _are_doubles(numbers: pa.Array) -> bool:
    """Whether the shortest text of the double is the same number, for each of these."""
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.replace_substring_regex(numbers, r"([eE].*|[-.]|^-?0\.?0*)", "")
    hard = pc.or_(pc.greater(pc.utf8_length(digits), _SAFE_DIGITS), pc.match_substring_regex(numbers, "[eE]"))
    rest = numbers.filter(hard)
    if not len(rest):
        return True
    rest = rest.filter(pc.not_equal(rest.cast(pa.float64()).cast(pa.string()), rest))
    return all(_is_double(text) for text in rest.to_pylist())


def _is_double(text: str) -> bool:
    value = float(text)
    try:
        return abs(value) != float("inf") and Decimal(repr(value)) == Decimal(text)
    except ArithmeticError:  # an exponent of 19 digits
        return False


def _are_days(texts: pa.Array) -> bool:
    """Whether they are days of the years 1 to 9999."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return _casts(texts, pa.date32()) and not pc.any(pc.starts_with(texts, "0000")).as_py()


def _are_times(texts: pa.Array) -> bool:
    import pyarrow.compute as pc

    days = pc.utf8_slice_codeunits(texts, 0, 10)
    clock = r"[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    return _are_days(days) and bool(pc.all(pc.match_substring_regex(texts, clock)).as_py())


def infer(batches: Iterable[pa.RecordBatch]) -> tuple[pa.Schema, dict[str, str]]:
    """The columns of batches of text with their types, and what is to be said of some of them."""
    import pyarrow as pa

    columns: dict[str, TextTypes] = {}
    for batch in batches:
        for name in batch.schema.names:
            columns.setdefault(name, TextTypes()).add(batch.column(name))
    types = {name: each.type() for name, each in columns.items()}
    schema = pa.schema([(name, kind) for name, (kind, _) in types.items()])
    return schema, {name: sentence for name, (_, sentence) in types.items() if sentence}


def typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with its columns in these types; raises DatasetError for a value that has no equal there."""
    import pyarrow as pa

    columns = []
    for wanted in schema:
        column = batch.column(wanted.name)
        try:
            columns.append(column if column.type == wanted.type else _cast(column, wanted.type))
        except pa.ArrowInvalid as error:
            raise DatasetError(f"column {wanted.name}: {_unfit(column, wanted.type)} {error}".rstrip()) from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa
    from pyarrow import types

    if types.is_string(column.type) and types.is_timestamp(kind):
        local = column.cast(pa.timestamp("us", "UTC" if _zoned(column) else None))
        return local.cast(kind)
    return column.cast(kind)


def _zoned(column: pa.Array) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(column, r"(Z|[+-][0-9]{2}:?[0-9]{2})$")).as_py())


def _unfit(column: pa.Array, kind: pa.DataType) -> str:
    """The first value that can't be cast."""
    import pyarrow as pa

    for value in column:
        try:
            _cast(pa.array([value.as_py()], column.type), kind)
        except pa.ArrowInvalid:
            return f"{value.as_py()!r} is no {kind}."
    return ""
