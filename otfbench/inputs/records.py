"""Records as JSON and XML have them: values by names, any of which may be missing. Knows neither syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

LINE = re.compile(r"[^\r\n]+")
"""The pattern of records that are lines."""
ROWS = 4_096
"""The most records in a chunk.

With four times as many all takes a quarter longer: Python's garbage collector goes through all that is alive.
"""
_LETTERS = 1 << 22
"""The letters of text in a chunk, after which it ends: what bounds the memory."""


class Number(str):
    """A number with all its digits, as it is written."""

    __slots__ = ()


class UntypedText(str):
    """A text that may be a number, a date or anything else: nothing but its letters says which."""

    __slots__ = ()


class Repeated(list[Any]):
    """The values of an element that is there several times: a single one may stand for a list."""

    __slots__ = ()


class Element(dict[str, Any]):
    """The attributes, text and elements in an element, and the markup that is all of its content."""

    __slots__ = ("text_name", "has_elements", "attributes", "_parts", "_start", "_end")

    def __init__(self, text_name: str, parts: list[str]) -> None:
        super().__init__()
        self.text_name = text_name
        """What text beside attributes or elements is called."""
        self.has_elements = False
        self.attributes: tuple[str, ...] = ()
        """The names of those values that are attributes."""
        self._parts, self._start, self._end = parts, len(parts), len(parts)

    def close(self) -> None:
        """End the content with what there is now."""
        self._end = len(self._parts)

    @property
    def markup(self) -> str:
        """What is between its tags, as spark-xml reads it into a text: letters aren't escaped again."""
        return "".join(self._parts[self._start : self._end])


class FileRecord(NamedTuple):
    """The values of one row, and where they come from."""

    values: dict[str, Any]
    file: str
    number: int
    """Counted from 1 in its file."""
    line: int
    """Where it begins."""
    letters: int
    """The length of its text."""

    @property
    def location(self) -> str:
        """The location in words."""
        return location(self.file, self.number, self.line)


class Leaves(NamedTuple):
    """Values that hold no others, of one kind, as they are written; null is null."""

    kind: type
    texts: pa.StringArray


@dataclass(frozen=True)
class Plain:
    """Records that all have the same keys and hold no lists and no others, as columns."""

    columns: Mapping[str, Leaves]
    count: int
    location: str
    """The location of the last record, in words."""
    one_by_one: Callable[[], list[FileRecord]]


class Chunked(Protocol):
    """Records that also come in chunks, some of them as columns."""

    def __iter__(self) -> Iterator[FileRecord]:
        """One by one."""

    def chunks(self) -> Iterator[list[FileRecord] | Plain]:
        """The records in chunks, which bound the memory."""


def location(file: str, number: int, line: int) -> str:
    """Where a record is, in words."""
    return f"{file}: record {number:,} (line {line:,})"


def in_chunks(records: Iterable[FileRecord] | Chunked) -> Iterator[list[FileRecord] | Plain]:
    """The records in chunks: large enough that work on columns pays, small enough for the memory."""
    chunks = getattr(records, "chunks", None)
    return in_lists(records) if chunks is None else chunks()


def in_lists(records: Iterable[FileRecord]) -> Iterator[list[FileRecord]]:
    """Records that come one by one, in chunks."""
    chunk: list[FileRecord] = []
    letters = 0
    for record in records:
        chunk.append(record)
        letters += record.letters
        if letters > _LETTERS or len(chunk) == ROWS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def with_surrogate(value: Any, key: str = "") -> str | None:
    """The first key that has a lone surrogate, itself or in its value."""
    if isinstance(value, dict):
        inner = ((f"{key}.{name}" if key else name, each) for name, each in value.items())
        keys = (name if _has_surrogate(name) else with_surrogate(each, name) for name, each in inner)
        return next((each for each in keys if each is not None), None)
    if isinstance(value, list):
        return next((found for each in value if (found := with_surrogate(each, key)) is not None), None)
    return key if isinstance(value, str) and _has_surrogate(value) else None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
