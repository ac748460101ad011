"""Records of delimited text, of any dialect, one by one, and the lines that they are in. Knows no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from otfbench.inputs.csv_dialect import Dialect

_LINE = re.compile(r"[^\r\n]*(\r\n|\n|\r|\Z)")
_LONGEST = 1 << 28
"""Letters of a record: one that is longer is a quote that isn't closed, and would take the memory of the whole file."""
_BLANKS = "".join(map(chr, range(33)))
"""What Spark trims."""


class CsvRecord(NamedTuple):
    """The values of a record, None where nothing is between separators, and the lines that it begins and ends in."""

    values: list[str | None]
    line: int
    last_line: int


class UnclosedQuote(ValueError):
    """The text ends inside quotes, which were opened in this line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class TextBehindQuote(ValueError):
    """A value goes on behind its closing quote, in this line; a backslash may be before that quote."""

    def __init__(self, line: int, text: str, after_backslash: bool) -> None:
        super().__init__(line, text, after_backslash)
        self.line, self.text, self.after_backslash = line, text, after_backslash


def records(pieces: Iterable[str], dialect: Dialect) -> Iterator[CsvRecord]:
    """The records of a text that comes in pieces, without blank lines and comments; raises UnclosedQuote,
    and TextBehindQuote where the quotes seem to be escaped otherwise."""
    field, source = _field(dialect), iter(pieces)
    text, position, line, final = "", 0, 1, False
    while not final:
        if len(text) - position > _LONGEST:
            raise UnclosedQuote(line)
        text, final = _more(text[position:], source)
        position = 0
        while position < len(text):
            record, end = _record(text, position, line, field, dialect, final)
            if record is None:
                break
            if record.values and text[position:end].strip("\r\n"):
                yield record
            line, position = record.last_line + (text[end - 1] in "\r\n"), end


def _more(rest: str, source: Iterator[str]) -> tuple[str, bool]:
    """What is left, and as much again: a long record is not read anew for each piece; whether this is the end."""
    parts, size = [rest], 0
    for piece in source:
        parts.append(piece)
        size += len(piece)
        if size >= len(rest):
            return "".join(parts), False
    return "".join(parts), True


def _record(
    text: str, begin: int, line: int, field: re.Pattern[str], dialect: Dialect, final: bool
) -> tuple[CsvRecord | None, int]:
    """The record that begins there, without values if it is a comment, and its end; None if that is not there yet."""
    if dialect.comment and text.startswith(dialect.comment, begin):
        found = _LINE.match(text, begin)
        whole = found is not None and (final or found.end() < len(text))
        return (CsvRecord([], line, line) if whole else None), found.end() if found else begin
    position, values = begin, []
    while True:
        found = field.match(text, position)
        if found is None and final:
            raise UnclosedQuote(line + _line_ends(text, begin, position))
        if found is None or found.end() == len(text) and not final:
            return None, begin
        behind = dialect.quote and found["behind"]
        if behind and (behind.strip(_BLANKS) or not dialect.trims_right):  # Spark leaves blanks there out
            after_backslash = found["quoted"].endswith("\\")
            raise TextBehindQuote(line + _line_ends(text, begin, position), behind, after_backslash)
        values.append(_value(found, dialect))
        position = found.end()
        if found["end"] != dialect.separator:
            return CsvRecord(values, line, line + _line_ends(text, begin, found.start("end"))), position


def _value(found: re.Match[str], dialect: Dialect) -> str | None:
    bare: str | None = found["bare"]
    if bare is None:
        behind = found["behind"].rstrip(_BLANKS) if dialect.trims_right else found["behind"]
        return _unescaped(found["quoted"], dialect) + behind
    if dialect.trims_left:
        bare = bare.lstrip(_BLANKS)
    if dialect.trims_right:
        bare = bare.rstrip(_BLANKS)
    return bare or None


def _unescaped(quoted: str, dialect: Dialect) -> str:
    """A backslash is one, too, before anything but a quote and itself, as in Spark."""
    quote, escape = dialect.quote, dialect.escape
    if quote not in quoted and (not escape or escape not in quoted):
        return quoted
    if escape in ("", quote):
        return quoted.replace(quote * 2, quote)
    marks = f"[{re.escape(quote)}{re.escape(escape)}]"
    return re.sub(rf"{re.escape(escape)}({marks})|{re.escape(quote)}({re.escape(quote)})", _kept, quoted)


def _kept(pair: re.Match[str]) -> str:
    return pair[1] or pair[2]


def _line_ends(text: str, begin: int, end: int) -> int:
    return text.count("\n", begin, end) + text.count("\r", begin, end) - text.count("\r\n", begin, end)


def _field(dialect: Dialect) -> re.Pattern[str]:
    """A value with what ends it: `quoted` and what is behind the quotes, or `bare`."""
    separator, quote, escape = map(re.escape, (dialect.separator, dialect.quote, dialect.escape))
    letter = rf"(?!{separator})[^\r\n]" if len(dialect.separator) > 1 else rf"[^{separator}\r\n]"
    bare, end = rf"(?P<bare>(?:{letter})*)", rf"(?P<end>{separator}|\r\n|\n|\r|\Z)"
    if not quote:
        return re.compile(bare + end)
    blanks = rf"(?:(?!{separator})[\x00-\x09\x0b\x0c\x0e-\x20])*" if dialect.trims_left else ""
    if escape in ("", quote):
        inside = rf"[^{quote}]*(?:{quote}{quote}[^{quote}]*)*"
    else:
        inside = rf"[^{quote}{escape}]*(?:(?:{escape}.|{quote}{quote})[^{quote}{escape}]*)*"
    value = rf"{blanks}{quote}(?P<quoted>{inside}){quote}(?!{quote})(?P<behind>(?:{letter})*)"
    return re.compile(rf"(?:{value}|(?!{blanks}{quote}){bare}){end}", re.DOTALL)
