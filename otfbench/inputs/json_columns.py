"""Lines of flat JSON objects as columns of text, by numpy. Knows no Spark.

Only what is plain beyond doubt is read so: a byte outside of quotes is where it must be, in every line. What is left to
Python's json is whatever else JSON allows: nested values, backslashes, empty objects, and everything that is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from otfbench.inputs.records import Leaves, Number

if TYPE_CHECKING:
    import pyarrow as pa

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_QUOTE, _BACKSLASH, _NEWLINE, _SPACE, _NULL = (ord(letter) for letter in '"\\\n n')
_COLON, _OPENING = ord(":"), ord("{")
_STRUCTURE = np.zeros(256, bool)
_STRUCTURE[list(b"{}[]:,\n")] = True
_BLANK = np.zeros(256, bool)
_BLANK[list(b" \t")] = True
_FOLLOWS = np.zeros((256, 256), bool)
"""Which of the marks may come after which, in lines of flat objects."""
for before, after in (b"\n{", b"{:", b":,", b":}", b",:", b"}\n"):
    _FOLLOWS[before, after] = True


class _Tokens(NamedTuple):
    """Pieces of UTF-8: where they begin and end, without quotes, and whether they stand in quotes."""

    data: Bytes
    starts: Positions
    ends: Positions
    quoted: Flags

    def texts(self) -> pa.StringArray:
        """The pieces themselves."""
        import pyarrow as pa

        bounds = np.empty((len(self.starts), 2), np.int32)
        bounds[:, 0], bounds[:, 1] = self.starts, self.ends
        # Every second text is what lies between two pieces.
        offsets = pa.py_buffer(np.append(bounds.ravel(), bounds.ravel()[-1:]))
        pieces = pa.StringArray.from_buffers(bounds.size, offsets, pa.py_buffer(self.data))
        return pieces.take(np.arange(len(bounds)) * 2)

    def only(self, which: Flags | Positions) -> _Tokens:
        """Some of them."""
        return _Tokens(self.data, self.starts[which], self.ends[which], self.quoted[which])


def columns(text: str) -> dict[str, Leaves] | None:
    """The values of each key in these lines, which end in line breaks, null where a line has no such key.

    None if a line is not as plain as that, or the values of a key are of several kinds.
    """
    data = np.frombuffer(text.encode(), np.uint8)
    if not len(data) or (data == _BACKSLASH).any():
        return None
    quotes = data == _QUOTE
    inside = np.bitwise_xor.accumulate(quotes)
    if (inside & (data < _SPACE)).any():
        return None
    places = np.flatnonzero(_STRUCTURE[data] & ~inside)
    marks = data[places]
    if not len(marks) or marks[-1] != _NEWLINE or not _FOLLOWS[np.append(_NEWLINE, marks[:-1]), marks].all():
        return None
    tokens = _tokens(data, np.append(0, places[:-1] + 1), places)
    between = (marks == _OPENING) | (marks == _NEWLINE)
    if ((tokens.ends > tokens.starts) == between).any():
        return None  # before and behind an object there is nothing but blanks; there is a key, and a value
    unquoted = _unquoted(tokens, np.count_nonzero(quotes))
    return None if unquoted is None else _by_key(unquoted, marks)


def _tokens(data: Bytes, starts: Positions, ends: Positions) -> _Tokens:
    """What is between the marks, without the blanks around."""
    while (blank := (starts < ends) & _BLANK[data[starts]]).any():
        starts = starts + blank
    while (blank := (starts < ends) & _BLANK[data[ends - 1]]).any():
        ends = ends - blank
    return _Tokens(data, starts, ends, (data[starts] == _QUOTE) & (starts < ends))


def _unquoted(tokens: _Tokens, quotes: int) -> _Tokens | None:
    """The tokens without their quotes; None unless each quote is the first or the last letter of one."""
    data, starts, ends, quoted = tokens
    closed = (data[ends - 1] == _QUOTE) & (ends - starts > 1)
    if not closed[quoted].all() or quotes != 2 * np.count_nonzero(quoted):
        return None
    return _Tokens(data, starts + quoted, ends - quoted, quoted)


def _by_key(tokens: _Tokens, marks: Bytes) -> dict[str, Leaves] | None:
    """Each key with its values, one a line."""
    at = np.flatnonzero(marks == _COLON)
    keys, values = tokens.only(at), tokens.only(at + 1)
    if not keys.quoted.all():
        return None
    ends = np.cumsum(marks == _NEWLINE)
    lines, count = ends[at], int(ends[-1])
    coded = keys.texts().dictionary_encode()
    codes = coded.indices.to_numpy()
    found: dict[str, Leaves] = {}
    for code, key in enumerate(coded.dictionary.to_pylist()):
        which = np.flatnonzero(codes == code)
        leaves = _leaves(values.only(which))
        if leaves is None or (np.diff(lines[which]) == 0).any():
            return None
        found[key] = leaves if len(which) == count else Leaves(leaves.kind, _spread(leaves.texts, lines[which], count))
    return found


def _spread(texts: pa.StringArray, lines: Positions, count: int) -> pa.StringArray:
    """The texts in their lines, null in the others."""
    import pyarrow as pa

    places = np.full(count, -1)
    places[lines] = np.arange(len(lines))
    return texts.take(pa.array(places, mask=places < 0))


def _leaves(values: _Tokens) -> Leaves | None:
    """Values of one kind, or null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts, quoted = values.texts(), values.quoted
    if quoted.all():
        return Leaves(str, texts)
    missing = ~quoted & (values.data[values.starts] == _NULL)
    if missing.any():
        nulls = pa.array(missing)
        if not pc.all(pc.equal(texts.filter(nulls), "null")).as_py():
            return None
        texts = pc.if_else(nulls, pa.scalar(None, pa.string()), texts)
    if (quoted | missing).all():
        return Leaves(str, texts)
    kind = None if quoted.any() else _kind(texts.drop_null())
    return None if kind is None else Leaves(kind, texts)


def _kind(texts: pa.StringArray) -> type | None:
    """Numbers or booleans; None for both, and for anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.all(pc.match_substring_regex(texts, _NUMBER)).as_py():
        return Number
    return bool if pc.all(pc.is_in(texts, pa.array(["true", "false"]))).as_py() else None
