"""The text of a local file, in pieces: encodings, gzip. Knows nothing of what is written in it."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from otfbench.errors import DatasetError, Key, Text
from otfbench.files import is_uri, open_file

_BYTES = 1 << 20
"""The bytes of a piece: what bounds the memory."""
_HEAD = 1 << 16
"""The bytes that are asked for at once where only the first ones are needed."""
BREAK = re.compile(r"\r\n|\r|\n")
_LONGEST_MATCH = 256
"""The most characters of a match: what of a piece is looked at again with the next."""
_BOMS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_MARKS = {  # that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def is_encoding(name: str) -> bool:
    """Whether Python, too, knows an encoding of this name."""
    try:
        " ".encode(name)
    except (LookupError, UnicodeError):
        return False
    return True


def is_utf_8(name: str) -> bool:
    """Whether it is a name of UTF-8, with or without a mark, or of ASCII."""
    return is_encoding(name) and codecs.lookup(name).name in ("utf-8", "utf-8-sig", "ascii")


def detected_encoding(path: str) -> str:
    """The encoding by the first bytes: UTF-16 or 32, else UTF-8."""
    return json.detect_encoding(head(path))


def head(path: str) -> bytes:
    """The first bytes, unpacked; raises DatasetError as text_pieces() does."""
    try:
        with _open(path, _HEAD) as file:
            return file.read(1024)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None


def byte_pieces(path: str) -> Iterator[bytes]:
    """The bytes, unpacked; raises DatasetError as text_pieces() does."""
    try:
        with _open(path) as file:
            yield from iter(lambda: file.read(_BYTES), b"")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None


def marked_encoding(start: bytes) -> str:
    """The encoding that a byte order mark tells; UTF-8 where there is none."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")


def text_pieces(path: str, encoding: str | None = None, option: str = "encoding") -> Iterator[str]:
    """The text, without a byte order mark; without an encoding in UTF-8, or in UTF-16 or 32 if it begins so.

    Raises DatasetError with the offset of the first byte that is none of the encoding (after unpacking) and the option
    that names another, and for a file that can't be read, or whose gzip is damaged.
    """
    if encoding is not None and not is_encoding(encoding):
        wrong = f"{path}: the encoding {encoding} is not known: give its other name by "
        raise DatasetError(wrong, Key("options", (option, "...")))
    try:
        with _open(path) as file:
            yield from _decoded(file, path, encoding, option)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None


def _decoded(file: IO[bytes], path: str, encoding: str | None, option: str) -> Iterator[str]:
    piece = file.read(_BYTES)
    codec = _codec(encoding, piece)
    decoder = codecs.getincrementaldecoder(codec)()
    offset, mark = 0, "\ufeff"
    while True:
        kept = len(decoder.getstate()[0])  # bytes of a letter that the last piece ended in
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            offset += getattr(error, "start", 0) - kept
            raise DatasetError(f"{path}: ", *_why_undecoded(path, offset, codec, encoding, option)) from None
        if text:
            yield text.removeprefix(mark)
            mark = ""
        if not piece:
            return
        offset += len(piece)
        piece = file.read(_BYTES)


def _why_undecoded(path: str, offset: int, codec: str, given: str | None, option: str) -> Text:
    """What is wrong with a byte, and what to do; a mark at the beginning tells the encoding."""
    wrong = f"the byte at offset {offset} is no {codec.upper()}"
    marks = {**_MARKS, codecs.BOM_UTF8: "utf-8"}
    marked = next((name for mark, name in marks.items() if head(path).startswith(mark)), None)
    if given and marked and not codec.startswith(marked):
        return (
            f"{wrong}, and the file begins with the mark of {marked.upper()}: leave ",
            Key("options", (option, given)),
            " out",
        )
    if not codec.startswith("utf-8"):
        return f"{wrong}: give another encoding by ", Key("options", (option, "..."))
    which = " (windows-1252 for many files of Windows)"  # readers ask for UTF-8 where nobody has given an encoding
    return f"{wrong}: give its encoding by ", Key("options", (option, "...")), which


def _codec(encoding: str | None, start: bytes) -> str:
    if encoding is None:
        return json.detect_encoding(start)
    name = codecs.lookup(encoding).name
    unmarked = name in _BOMS and not start.startswith(_BOMS[name])
    return f"{name}-be" if unmarked else name  # as Java has it


def _open(path: str, piece: int = 8 * _BYTES) -> IO[bytes]:
    if not path.endswith(".gz"):
        return open_file(path, piece)
    return gzip.open(open_file(path, piece) if is_uri(path) else path)  # type: ignore[return-value]


def _unreadable(path: str, error: Exception) -> DatasetError:
    refused = isinstance(error, OSError) and error.errno is not None
    return DatasetError(f"{path}: {'' if refused else 'it is damaged, or cut off: '}{error}.")


def line_of(pattern: re.Pattern[str], pieces: Iterable[str]) -> int | None:
    """The line, from 1, in which the first match of at most some hundred characters begins; None if there is none."""
    tail, line = "", 1
    for piece in pieces:
        text = tail + piece
        if found := pattern.search(text):
            return line + len(BREAK.findall(text, 0, found.start()))
        cut = max(0, len(text) - _LONGEST_MATCH)
        line += len(BREAK.findall(text, 0, cut)) - (text[cut - 1 : cut + 1] == "\r\n")
        tail = text[cut:]
    return None
