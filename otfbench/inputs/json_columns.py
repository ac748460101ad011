"""Lines of flat JSON objects that all have the same keys, as columns of text, by numpy. Knows no Spark.

Only what is plain beyond doubt is read so: a byte outside of quotes is where it must be, in every line. What is left to
Python's json is whatever else JSON allows: nested values, backslashes, other keys, and everything that is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from otfbench.inputs.records import Leaves, Number

if TYPE_CHECKING:
    import pyarrow as pa

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int64]
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_QUOTE, _BACKSLASH, _NEWLINE, _SPACE, _NULL = (ord(letter) for letter in '"\\\n n')
_WORD = 8
_STRUCTURE = np.zeros(256, bool)
_STRUCTURE[list(b"{}[]:,\n")] = True
_BLANK = np.zeros(256, bool)
_BLANK[list(b" \t")] = True


def columns(text: str) -> dict[str, Leaves] | None:
    """The values of each key in these lines, which end in line breaks; None if they are not as plain as that."""
    data = np.frombuffer(text.encode(), np.uint8)
    if not len(data) or (data == _BACKSLASH).any():
        return None
    quotes = data == _QUOTE
    inside = np.bitwise_xor.accumulate(quotes)
    if (inside & (data < _SPACE)).any():
        return None
    places = np.flatnonzero(_STRUCTURE[data] & ~inside)
    lines = np.count_nonzero(data[places] == _NEWLINE)
    if not lines or len(places) % lines or not _is_flat(data[places].reshape(lines, -1)):
        return None
    return _by_key(data, quotes, places.reshape(lines, -1))


def _is_flat(marks: Bytes) -> bool:
    """Whether each line is `{:,:,:}` or the like, with the same number of commas."""
    fields, odd = divmod(marks.shape[1] - 2, 2)
    template = np.frombuffer(b"{" + b",".join([b":"] * fields) + b"}\n", np.uint8)
    return fields > 0 and not odd and bool((marks == template).all())


def _by_key(data: Bytes, quotes: NDArray[np.bool_], places: Positions) -> dict[str, Leaves] | None:
    """What is between the marks: before the first one and behind the last one nothing may be but blanks."""
    firsts = np.concatenate([[0], places[:-1, -1] + 1])
    starts, ends = _trimmed(data, np.column_stack([firsts, places[:, :-1] + 1]), places)
    if (ends[:, [0, -1]] > starts[:, [0, -1]]).any() or (ends <= starts)[:, 1:-1].any():
        return None
    starts, ends = starts[:, 1:-1], ends[:, 1:-1]
    quoted = data[starts] == _QUOTE
    closed = (data[ends - 1] == _QUOTE) & (ends - starts > 1)
    if not closed[quoted].all() or np.count_nonzero(quotes) != 2 * np.count_nonzero(quoted):
        return None  # else each quote is the first or the last letter of a text
    texts = _Texts(data, starts + quoted, ends - quoted)
    found: dict[str, Leaves] = {}
    for at in range(0, starts.shape[1], 2):
        key = texts.only(at) if quoted[:, at].all() else None
        leaves = _leaves(texts, at + 1, quoted[:, at + 1])
        if key is None or key in found or leaves is None:
            return None
        found[key] = leaves
    return found


def _trimmed(data: Bytes, starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Without the blanks around."""
    starts, ends = starts.copy(), ends.copy()
    while (blank := (starts < ends) & _BLANK[data[starts]]).any():
        starts += blank
    while (blank := (starts < ends) & _BLANK[data[ends - 1]]).any():
        ends -= blank
    return starts, ends


class _Texts:
    """Pieces of UTF-8, in rows and columns."""

    def __init__(self, data: Bytes, starts: Positions, ends: Positions) -> None:
        import pyarrow as pa

        self._data, self._starts, self._ends = data, starts, ends
        bounds = np.empty((*starts.shape, 2), np.int32)
        bounds[..., 0], bounds[..., 1] = starts, ends
        # Every second text is what lies between two pieces.
        offsets = pa.py_buffer(np.append(bounds.ravel(), bounds.ravel()[-1:]))
        self._all = pa.StringArray.from_buffers(bounds.size, offsets, pa.py_buffer(data))
        padded = np.append(data, np.zeros(_WORD, np.uint8))
        self._words: NDArray[np.uint64] = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded.data, strides=(1,))

    def column(self, at: int) -> pa.StringArray:
        """The pieces of a column."""
        rows, width = self._starts.shape
        return self._all.take(np.arange(rows) * (2 * width) + 2 * at)

    def first_letters(self, at: int) -> Bytes:
        """Of each piece of a column; of an empty one that of what follows."""
        letters: Bytes = self._data[self._starts[:, at]]
        return letters

    def only(self, at: int) -> str | None:
        """The piece that all rows have in a column; None if there are several."""
        starts, lengths = self._starts[:, at], self._ends[:, at] - self._starts[:, at]
        length = int(lengths[0])
        if (lengths != length).any():
            return None
        for step in range(0, length, _WORD):
            beyond = 8 * max(0, step + _WORD - length)
            words = self._words[starts + step] << np.uint64(beyond)  # little-endian: the last bytes are shifted out
            if (words != words[0]).any():
                return None
        return bytes(self._data[starts[0] : starts[0] + length]).decode()


def _leaves(texts: _Texts, at: int, quoted: NDArray[np.bool_]) -> Leaves | None:
    """Values of one kind, or null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = texts.column(at)
    if quoted.all():
        return Leaves(str, values)
    missing = ~quoted & (texts.first_letters(at) == _NULL)
    if missing.any():
        nulls = pa.array(missing)
        if not pc.all(pc.equal(values.filter(nulls), "null")).as_py():
            return None
        values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
    if (quoted | missing).all():
        return Leaves(str, values)
    kind = None if quoted.any() else _kind(values.drop_null())
    return None if kind is None else Leaves(kind, values)


def _kind(texts: pa.StringArray) -> type | None:
    """Numbers or booleans; None for both, and for anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.all(pc.match_substring_regex(texts, _NUMBER)).as_py():
        return Number
    return bool if pc.all(pc.is_in(texts, pa.array(["true", "false"]))).as_py() else None
