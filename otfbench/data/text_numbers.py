"""Numbers in text: which type keeps all of them, and what they would lose. Knows no column and no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from otfbench.data.text_candidates import Candidate, Losses, matching, same_text

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_NAME = r"^-?[0-9]+E[0-9]+$"
"""Matches what no program writes for a number: `12E5` is the name of something."""
_PRECISION = 38
"""The most digits of Spark's decimals."""
_LONG_DIGITS = 18
"""The most digits of a whole number that may be a double: one with more would be shown with an exponent."""
_EXACT = 2**53
"""The largest int up to which each one is a double."""


class Numbers(Candidate):
    """One way to write a number: no leading zeros, no plus sign, digits on both sides of the point."""

    look = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfFlL]?|NaN")

    def __init__(self, sample: Sequence[str]) -> None:
        self._ints = self._doubles = self._decimals = True
        self._whole = self._scale = 0
        """The most digits before and after the point."""
        self._numbers = self._nans = 0
        self._inexact = ""
        self.name = "double" if any(re.search("[.eE]", text) for text in sample) else "int"

    def takes(self, values: pa.StringArray) -> bool:
        import pyarrow.compute as pc

        if self._ints and self._takes_ints(values):
            return True
        self._ints = False
        not_a_number = pc.equal(values, "NaN")
        nans = pc.sum(not_a_number).as_py()
        if nans:
            self._nans += nans
            self._decimals = False
            values = values.filter(pc.invert(not_a_number))
        self._numbers += len(values)
        return self._takes_others(values) if len(values) else True

    def losses(self, values: pa.StringArray) -> tuple[int, Losses]:
        zeros = matching(values, r"^[+-]?0[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?$")
        plus = matching(values, r"^\+([1-9][0-9]*|0)?(\.[0-9]*)?([eE][+-]?[0-9]+)?$")
        point = matching(values, r"^-?((0|[1-9][0-9]*)\.|\.[0-9]+)([eE][+-]?[0-9]+)?$")
        letter = matching(values, r"^-?[0-9]+(\.[0-9]+)?[dDfFlL]$")
        names = matching(values, _NAME)
        unlike = len(values) - zeros - plus - point - letter - matching(values, f"^({_NUMBER}|NaN)$")
        found = {
            "would lose leading zeros": zeros,
            "would lose their plus sign": plus,
            "would lose the letter behind them": letter,
            "have no digit on one side of the point": point,
            "are names rather than numbers, as 12E5": names,
            "are no numbers": unlike,
        }
        return unlike, {loss: count for loss, count in found.items() if count}

    def type(self) -> pa.DataType | None:
        import pyarrow as pa

        if self._ints:
            return pa.int64()
        whole = self._decimals and not self._scale and self._whole > _LONG_DIGITS
        if self._doubles and self._numbers and not whole:
            return pa.float64()
        if self._decimals and self._whole + self._scale <= _PRECISION:
            return pa.decimal128(min(max(self._whole, 1) + self._scale, _PRECISION), self._scale)
        return pa.float64() if self._doubles and self._numbers else None

    def why_text(self) -> str | None:
        return f"text; as double values would lose digits ({self._inexact})" if self._inexact else None

    def _takes_ints(self, values: pa.StringArray) -> bool:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not same_text(values, pa.int64()):
            return False
        ends = pc.min_max(values.cast(pa.int64())).as_py()
        largest = max(abs(ends["min"]), abs(ends["max"]))
        self._numbers += len(values)
        self._whole = max(self._whole, len(str(largest)) if largest else 0)
        if self._doubles and largest > _EXACT:
            self._takes_doubles(values)
        return True

    def _takes_others(self, values: pa.StringArray) -> bool:
        if self._doubles:
            if not self._takes_doubles(values):
                return False
        elif matching(values, f"^{_NUMBER}$") < len(values):
            return False
        if self._decimals:
            self._count_digits(values)
        return True

    def _takes_doubles(self, values: pa.StringArray) -> bool:
        """Whether all are written as numbers are; notes the first whose digits a double doesn't hold."""
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            doubles = values.cast(pa.float64())
        except pa.ArrowInvalid:
            return False
        shortest = doubles.cast(pa.string())
        other = pc.invert(pc.and_(pc.equal(shortest, values), pc.is_finite(doubles)))
        if not pc.any(other).as_py():
            return True
        values, shortest = values.filter(other), shortest.filter(other)
        if matching(values, f"^{_NUMBER}$") < len(values) or matching(values, _NAME):
            return False
        padded = pc.and_(pc.match_substring(values, "."), pc.invert(pc.match_substring_regex(values, "[eE]")))
        bare = pc.utf8_rtrim(pc.utf8_rtrim(values, "0"), ".")
        rest = values.filter(pc.invert(pc.and_(padded, pc.equal(bare, shortest)))).unique()
        self._inexact = next((text for text in rest.to_pylist() if not _is_double(text)), "")
        self._doubles = not self._inexact
        return True

    def _count_digits(self, values: pa.StringArray) -> None:
        import pyarrow.compute as pc

        if pc.any(pc.or_(pc.match_substring(values, "e"), pc.match_substring(values, "E"))).as_py():
            self._decimals = False
            return
        digits = pc.ascii_ltrim(values, "-0")
        point, length = pc.find_substring(digits, "."), pc.binary_length(digits)
        whole = pc.if_else(pc.equal(point, -1), length, point)
        self._whole = max(self._whole, pc.max(whole).as_py())
        self._scale = max(self._scale, pc.max(pc.subtract(pc.subtract(length, whole), 1)).as_py())


def _is_double(text: str) -> bool:
    """Whether the shortest text of the double is the same number."""
    try:
        return Decimal(repr(float(text))) == Decimal(text)
    except InvalidOperation:  # an exponent beyond those of decimals, too
        return False
