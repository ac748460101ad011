"""Types that text may be of, and what each value would lose: booleans, dates, times. Knows no column and no file."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pyarrow as pa

Losses = dict[str, int]
"""What values would lose, in words -> how many of them."""

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTES = f"{_DATE}[ T][0-9]{{2}}:[0-9]{{2}}"


class Candidate(ABC):
    """A type that a column may have; values are texts without null, and never none at all."""

    name: str
    """The type, as a sentence calls it."""
    look: ClassVar[re.Pattern[str]]
    """What a value looks like, with more or less loss."""

    def __init__(self, sample: Sequence[str]) -> None:
        """Some of the values."""

    @abstractmethod
    def takes(self, values: pa.StringArray) -> bool:
        """Whether all of these keep their value, too."""

    @abstractmethod
    def losses(self, values: pa.StringArray) -> tuple[int, Losses]:
        """How many don't even look like it, and all that is lost with the values."""

    @abstractmethod
    def type(self) -> pa.DataType | None:
        """The type of all values that were taken; None if there is none for all of them together."""

    def why_text(self) -> str | None:
        """Why there is no type for all values that were taken."""
        return None


class Booleans(Candidate):
    """`true` and `false`, in small letters."""

    name = "boolean"
    look = re.compile("true|false")

    def takes(self, values: pa.StringArray) -> bool:
        return self.losses(values)[0] == 0

    def losses(self, values: pa.StringArray) -> tuple[int, Losses]:
        unlike = len(values) - matching(values, "^(true|false)$")
        return unlike, _counted({"are neither true nor false": unlike})

    def type(self) -> pa.DataType:
        import pyarrow as pa

        return pa.bool_()


class Dates(Candidate):
    """`2024-12-31`, of the years 0001 to 9999."""

    name = "date"
    look = re.compile(_DATE)

    def takes(self, values: pa.StringArray) -> bool:
        import pyarrow as pa

        return _has_years(values) and same_text(values, pa.date32())

    def losses(self, values: pa.StringArray) -> tuple[int, Losses]:
        unlike = len(values) - matching(values, f"^{_DATE}$")
        invalid = len(values) - unlike - _valid(values, "%Y-%m-%d", 10)
        return unlike, _counted({"are no dates": unlike, "are no days of the calendar": invalid})

    def type(self) -> pa.DataType:
        import pyarrow as pa

        return pa.date32()


class Timestamps(Candidate):
    """`2024-12-31 23:59:59`, all with the same letter between, digits of a second, and `Z` or no zone."""

    name = "timestamp"
    look = re.compile(f"{_MINUTES}.*")
    _form = re.compile(rf"{_DATE}([ T])[0-9:]{{5}}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z?)")

    def __init__(self, sample: Sequence[str]) -> None:
        found = next(filter(None, map(self._form.fullmatch, sample)), None)
        self._example = found.group() if found else ""
        self._letter: str = found[1] if found else " "
        self._digits = len(found[2]) - 1 if found and found[2] else 0
        self._zone: str = found[3] if found else ""

    def takes(self, values: pa.StringArray) -> bool:
        import pyarrow as pa

        if not self._example or not _has_years(values) or not _is_written_like(values, self._example):
            return False
        try:
            values.cast(pa.timestamp("us", "UTC" if self._zone else None))
        except pa.ArrowInvalid:  # no time of the calendar
            return False
        return True

    def losses(self, values: pa.StringArray) -> tuple[int, Losses]:
        alike = matching(values, f"^{_MINUTES}")
        offset = matching(values, rf"^{_MINUTES}.*[+-][0-9]{{2}}:?[0-9]{{2}}$")
        minutes = matching(values, f"^{_MINUTES}Z?$")
        fine = matching(values, rf"^{_MINUTES}:[0-9]{{2}}\.[0-9]{{7,}}Z?$")
        same = matching(values, self._pattern) if self._example else 0
        found = {
            "would lose their offset from UTC": offset,
            "have no seconds": minutes,
            "have more than six digits of a second": fine,
            f"are written otherwise than {self._example or 'ISO 8601 has it'}": alike - offset - minutes - fine - same,
            "are no timestamps": len(values) - alike,
            "are no times of the calendar": same and same - _valid(values, "%Y-%m-%d %H:%M:%S", 19, self._pattern),
        }
        return len(values) - alike, _counted(found)

    def type(self) -> pa.DataType:
        import pyarrow as pa

        return pa.timestamp("us", "UTC")

    @property
    def _pattern(self) -> str:
        fraction = rf"\.[0-9]{{{self._digits}}}" if self._digits else ""
        return f"^{_DATE}{self._letter}[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{fraction}{self._zone}$"


def same_text(values: pa.StringArray, wanted: Any) -> bool:
    """Whether all texts are what pyarrow writes for the value of that type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return bool(pc.all(pc.equal(values.cast(wanted).cast(pa.string()), values)).as_py())
    except pa.ArrowInvalid:
        return False


def _is_written_like(values: pa.StringArray, example: str) -> bool:
    """Whether all texts have digits where the example has digits, and its letters elsewhere: nothing but ASCII."""
    import numpy as np

    length = len(example)
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    if (np.diff(offsets) != length).any():
        return False
    letters = np.frombuffer(values.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, length)
    model = np.frombuffer(example.encode(), np.uint8)
    digits = (model >= ord("0")) & (model <= ord("9"))
    places = letters[:, digits]
    return bool((letters[:, ~digits] == model[~digits]).all() and ((places >= ord("0")) & (places <= ord("9"))).all())


def matching(values: pa.StringArray, pattern: str) -> int:
    """How many texts have a part that matches."""
    import pyarrow.compute as pc

    return pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0


def _has_years(values: pa.StringArray) -> bool:
    import pyarrow.compute as pc

    return not pc.any(pc.starts_with(values, "0000")).as_py()


def _valid(values: pa.StringArray, form: str, length: int, pattern: str = "") -> int:
    """How many texts begin with a day, and a time, that is there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pattern:
        values = values.filter(pc.match_substring_regex(values, pattern))
    text = pc.utf8_slice_codeunits(values, 0, length)
    if length > 10:
        text = pc.binary_replace_slice(text, 10, 11, " ")
    found = pc.strptime(text, format=form, unit="s", error_is_null=True).cast(pa.string())
    same = pc.equal(pc.utf8_slice_codeunits(found, 0, length), text)
    return pc.sum(pc.and_(same, pc.invert(pc.starts_with(text, "0000")))).as_py() or 0


def _counted(losses: Losses) -> Losses:
    return {loss: count for loss, count in losses.items() if count}
