"""What readers leave out of CSV: blank lines, of which some may be records, and zero bytes. Knows no values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from otfbench.inputs.base import Misreading
from otfbench.inputs.csv_dialect import Dialect, dialect
from otfbench.inputs.csv_header import first_record
from otfbench.inputs.decoding import BREAK, byte_pieces, line_of, text_pieces

_BLANK = re.compile(r"(?:^|(?<=[\r\n]))[\0-\x09\x0b\x0c\x0e-\x20]+(?=[\r\n]|\Z)")
"""What Java's trim() leaves nothing of, on a line of its own."""
_LONGEST = 4096
"""The most characters of a line that are kept for the next piece: what bounds the memory."""


def misread(paths: Sequence[str], options: Mapping[str, str]) -> Misreading | None:
    """A line of nothing but blanks, which is a record, or a zero byte in quotes.

    Raises DatasetError for a file that can't be read.
    """
    how = dialect(options)
    for path in () if how.multiline else paths:
        by_blanks = not how.separator.strip()
        if not by_blanks and len(first_record(path, options)) > 1:
            continue  # no reader takes it for a record of several columns
        line = _blank_line(path, how.encoding)
        if line is not None:
            return Misreading(path, f"line {line:,}: it is blank, and Spark's reader leaves it out", of_rows=True)
    for path in paths if how.quote else ():
        line = _zero_byte(path, how)
        if line is not None:
            return Misreading(path, f"line {line:,}: a zero byte is in quotes, and Spark's reader leaves it out")
    return None


def _zero_byte(path: str, how: Dialect) -> int | None:
    """The number of the first line with one in quotes, from 1; None if there is none."""
    if not any(b"\0" in piece for piece in byte_pieces(path)):  # which takes no decoding
        return None
    quote = re.escape(how.quote)
    return line_of(re.compile(f"{quote}[^{quote}]*\0"), text_pieces(path, how.encoding))


def left_out(paths: Sequence[str], options: Mapping[str, str]) -> int:
    """How many lines are empty, but for those in quotes: no reader takes them for records."""
    how, count = dialect(options), 0
    for path in paths:
        tail, inside = "", False
        for piece in text_pieces(path, how.encoding):
            text = tail + piece
            half = "\r" if text.endswith("\r") else ""
            *lines, tail = BREAK.split(text.removesuffix(half))
            tail += half
            for line in lines:
                count += not line and not inside
                inside ^= how.multiline and _opens_or_closes(line, how, inside)
    return count


def _opens_or_closes(line: str, how: Dialect, inside: bool) -> bool:
    """Whether behind the line is what its begin is not, within quotes or outside."""
    if not how.quote or (how.comment and not inside and line.startswith(how.comment)):
        return False
    escaped = f"{how.escape}{how.quote}" if how.escape else ""
    return (line.replace(escaped, "") if escaped else line).count(how.quote) % 2 == 1


def _blank_line(path: str, encoding: str | None) -> int | None:
    """The number of the first blank line, from 1; None if there is none."""
    tail, line = "", 1
    for piece in text_pieces(path, encoding):
        text = tail + piece
        found = _BLANK.search(text)
        if found and found.end() < len(text):
            return line + _breaks(text[: found.start()])
        last = max(text.rfind(end, 0, -1) for end in "\r\n")  # the other half of a break at the end is to come
        tail = text[max(last + 1, len(text) - _LONGEST) :]
        line += _breaks(text[: len(text) - len(tail)])
    return line if _BLANK.fullmatch(tail) else None


def _breaks(text: str) -> int:
    """How many lines end in it."""
    return len(BREAK.findall(text))
