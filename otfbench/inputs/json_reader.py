"""JSON, in lines or in documents, by Python's json: records in a stream, with every digit. Knows no Spark."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from otfbench.errors import DatasetError
from otfbench.inputs.decoding import text_pieces
from otfbench.inputs.json_columns import columns
from otfbench.inputs.json_errors import TRAILING_COMMA, RepeatedKey, broken, hint, hint_of_line
from otfbench.inputs.options import LOCATIONS, unknown
from otfbench.inputs.records import FileRecord, Number, Plain, in_lists, location, with_surrogate

_BLANK = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_TOKEN = 16
"""The most letters of a token that is no text: `-Infinity`, the escape of a letter, the last part of a number."""
_BLOCK = 1 << 20
"""The letters that are parsed at once: with twice as many nothing gets faster."""
_IRRELEVANT = {*LOCATIONS, "compression", "samplingratio", "prefersdecimal", "dropfieldifallnull", "inferschema"}
"""About where files are, or about types, which are known."""


def why_unread(options: Mapping[str, str]) -> str | None:
    """See Input."""
    known = {"multiline", "encoding", "charset", "mode", "linesep", *_IRRELEVANT}
    if options.get("linesep", "\n") not in ("\n", "\r\n", "\r"):
        return "the second reader knows no lines that end otherwise than in a line break"
    return unknown(options, known, encoding=encoding_of(options))


def records(paths: Sequence[str], options: Mapping[str, str]) -> Iterable[FileRecord]:
    """The objects of the files; raises DatasetError with file, record and line where a file is no such JSON.

    In a lenient mode lines that are none are left out.
    """
    if not is_in_documents(options):
        return Lines(paths, encoding_of(options), options.get("mode", "FAILFAST").upper() != "FAILFAST")
    return (each for path in paths for each in _of_documents(path, text_pieces(path, encoding_of(options))))


@dataclass(frozen=True)
class Lines:
    """The objects of files that have one in each line; those in plain lines come as columns, too."""

    paths: Sequence[str]
    encoding: str | None
    lenient: bool = False

    def __iter__(self) -> Iterator[FileRecord]:
        for path in self.paths:
            yield from _of_lines(path, _lines(text_pieces(path, self.encoding)), lenient=self.lenient)

    def chunks(self) -> Iterator[list[FileRecord] | Plain]:
        """Blocks of lines: as columns where they are plain."""
        for path in self.paths:
            number = line = 0
            for block in _blocks(text_pieces(path, self.encoding)):
                found = columns(block)
                lines = block.count("\n")
                read = partial(_of_block, path, block, number, line, self.lenient)
                if found is None:
                    chunk = read()
                    yield from in_lists(chunk)
                    number += len(chunk)
                else:
                    number += lines
                    yield Plain(found, lines, location(path, number, line + lines), read)
                line += lines


def is_in_documents(options: Mapping[str, str]) -> bool:
    """Whether a file is one array or one object, over any lines; else each line is an object."""
    return options.get("multiline", "").lower() == "true"


def encoding_of(options: Mapping[str, str]) -> str | None:
    """The encoding that the options name; None if they name none."""
    return options.get("encoding", options.get("charset"))


def _of_block(path: str, block: str, number: int, line: int, lenient: bool) -> list[FileRecord]:
    return list(_of_lines(path, block.split("\n"), number, line, lenient))


def _of_lines(
    path: str, lines: Iterable[str], number: int = 0, before: int = 0, lenient: bool = False
) -> Iterator[FileRecord]:
    """The records; `number` of them, and `before` lines, came before."""
    decode = _DECODER.decode
    for line, text in enumerate(lines, before + 1):
        if not text.strip(" \t"):
            continue
        number += 1
        try:
            values = decode(text)
            _check(values, text, path, number, line)
        except (ValueError, RecursionError, DatasetError) as error:
            if lenient:
                continue
            if isinstance(error, DatasetError):
                raise
            raise broken(error, path, number, line, hint_of_line(error, text)) from None
        yield FileRecord(values, path, number, line, len(text))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines, whatever they end in."""
    unified = io.IncrementalNewlineDecoder(None, translate=True)
    begun: list[str] = []
    for piece in pieces:
        first, *others = unified.decode(piece).split("\n")
        begun.append(first)
        if others:
            yield "".join(begun)
            yield from others[:-1]
            begun = others[-1:]
    yield "".join(begun)


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Whole lines, whatever they end in, of some million letters; a line that is longer is a block of its own."""
    unified = io.IncrementalNewlineDecoder(None, translate=True)
    begun: list[str] = []
    letters = 0
    for piece in pieces:
        text = unified.decode(piece)
        begun.append(text)
        letters += len(text)
        if letters > _BLOCK and "\n" in text:
            whole, _, rest = "".join(begun).rpartition("\n")
            yield f"{whole}\n"
            begun, letters = [rest], len(rest)
    last = "".join(begun)
    if last.strip():
        yield last if last.endswith("\n") else f"{last}\n"


def _of_documents(path: str, pieces: Iterator[str]) -> Iterator[FileRecord]:
    window, number = _Window(pieces), 0
    try:
        for number, (values, start, line) in enumerate(_values(window), 1):
            _check(values, window.text[start : window.at], path, number, line)
            yield FileRecord(values, path, number, line, window.at - start)
    except (ValueError, RecursionError) as error:
        raise broken(error, path, number + 1, window.line, hint(error)) from None


def _values(window: _Window) -> Iterator[tuple[Any, int, int]]:
    """What is in arrays at the top, and what is beside them, with its start in the window and its line."""
    while window.peek():
        yield from _document(window)


def _document(window: _Window) -> Iterator[tuple[Any, int, int]]:
    """What is in the array that begins here, or the value."""
    if window.peek() != "[":
        yield window.value()
        return
    window.at += 1
    more = window.peek() != "]"
    window.at += not more
    while more:
        if window.peek() == "]":
            raise json.JSONDecodeError(TRAILING_COMMA, window.text[window.at :], 0)
        yield window.value()
        if window.peek() not in (",", "]"):
            raise json.JSONDecodeError("Expecting ',' delimiter", window.text[window.at :], 0)
        more = window.text[window.at] == ","
        window.at += 1


def line_after_document(path: str, options: Mapping[str, str]) -> int | None:
    """The line of what follows the first array or object; None if nothing does, or if that is no JSON."""
    window = _Window(text_pieces(path, encoding_of(options)))
    try:
        for _ in _document(window):
            pass
        return window.line if window.peek() else None
    except (ValueError, RecursionError, DatasetError):
        return None


class _Window:
    """The part of a text that is being parsed: no more than the value that begins there needs, and a piece."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.text, self.at = "", 0
        self._pieces, self._line, self._counted = pieces, 1, 0

    @property
    def line(self) -> int:
        """The line that is parsed now."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def peek(self) -> str:
        """The next letter that is not blank; empty at the end."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._grow():
                return ""

    def value(self) -> tuple[Any, int, int]:
        """The value that begins here, its start in the window and its line; raises ValueError."""
        self.peek()
        while True:
            begin = self.at
            try:
                value, end = _DECODER.raw_decode(self.text, begin)
            except json.JSONDecodeError as error:
                if not (_may_go_on(error) and self._grow()):
                    raise json.JSONDecodeError(error.msg, error.doc[begin:], error.pos - begin) from None
            else:
                line, self.at = self.line, end
                return value, begin, line

    def _grow(self) -> bool:
        """Leave what is parsed behind, and read as much again as there still is; False at the end."""
        line, rest = self.line, self.text[self.at :]
        parts, missing = [rest], max(1, len(rest))
        while missing > 0 and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            missing -= len(piece)
        self.text, self.at, self._line, self._counted = "".join(parts), 0, line, 0
        return len(parts) > 1


def _may_go_on(error: json.JSONDecodeError) -> bool:
    """Whether the error may only mean that the text isn't read to its end."""
    return error.msg.startswith("Unterminated string") or not error.doc[error.pos + _LONGEST_TOKEN :].strip()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise RepeatedKey(next(name for number, name in enumerate(names) if name in names[:number]))
    return values


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=Number)


def _check(values: Any, text: str, path: str, number: int, line: int) -> None:
    if type(values) is not dict:
        wrong = f"{location(path, number, line)}: {text.strip()[:40]} is no object, as a row must be."
        raise DatasetError(wrong)
    if "\\u" in text and _SURROGATE.search(text):
        key = with_surrogate(values)
        if key is not None:
            shown = key.encode(errors="backslashreplace").decode()
            raise DatasetError(f"{location(path, number, line)}: {shown}: a lone surrogate is no text: replace it.")
