"""What Spark has to be told of delimited files that isn't told by their user: encoding, line ends. Knows no Spark."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from otfbench.errors import DatasetError, Key
from otfbench.inputs.csv_dialect import Dialect, dialect
from otfbench.inputs.csv_header import columns_of, first_record
from otfbench.inputs.csv_text import text_of
from otfbench.inputs.decoding import byte_pieces, head, marked_encoding

_WIDE = ("utf-16", "utf-32")
"""Encodings whose line ends are no single bytes: Spark finds them only where it reads a file as a whole."""
_MAX_COLUMNS = 20_480
"""The most columns that Spark's parser takes, unless an option says otherwise."""
_CR, _LF = 13, 10


def detected_options(
    paths: Sequence[str], options: Mapping[str, str], names: Sequence[str] | None = None
) -> dict[str, str]:
    """Options under which Spark reads these files as they are; names of the given ones are in small letters.

    `names` are those of a declared schema. Raises DatasetError for files that no options help to read right.
    """
    found = _encoding(paths, options) | _escape(options)
    options = {**options, **{name.lower(): value for name, value in found.items()}}
    how = dialect(options)
    found |= _header(paths, how, options, names)
    if how.multiline and "linesep" not in options:
        found |= _line_separator(paths, how, options.get("mode", "FAILFAST").upper() == "FAILFAST")
    return found


def _escape(options: Mapping[str, str]) -> dict[str, str]:
    """Another quote is doubled inside quotes, too, where nothing else is said to escape it."""
    quote = options.get("quote", '"')
    return {"escape": quote} if quote not in ("", '"') and options.get("escape") == '"' else {}


def _encoding(paths: Sequence[str], options: Mapping[str, str]) -> dict[str, str]:
    """A wide encoding that all files begin with a mark of; other encodings must be given, or are UTF-8."""
    given = dialect(options).encoding
    if given is not None:
        if codecs.lookup(given).name == "utf-16":  # of text without a mark Java then takes the high bytes for the first
            for path in paths:
                _check_marked(path, head(path), ("LE",))
        return {"multiLine": "true"} if codecs.lookup(given).name.startswith(_WIDE) else {}
    examples: dict[str, str] = {}
    for path in paths:
        start = head(path)
        encoding = marked_encoding(start)
        _check_marked(path, start)
        examples.setdefault(encoding, path)
    if len(examples) > 1:
        each = ", ".join(f"{path} is {encoding.upper()}" for encoding, path in examples.items())
        raise DatasetError(f"the files have several encodings ({each}): choose those of one by a glob.")
    encoding = next(iter(examples), "utf-8")
    return {"encoding": encoding.upper(), "multiLine": "true"} if encoding in _WIDE else {}


def _check_marked(path: str, start: bytes, ends: Sequence[str] = ("LE", "BE")) -> None:
    """Raise DatasetError for text in UTF-16 without a mark, whose low or high bytes come first."""
    if marked_encoding(start) == "utf-8" and 4 * start.count(0) > len(start):
        end = "LE" if start[1::2].count(0) > start[::2].count(0) else "BE"
        if end in ends:
            looks = f"{path}: it looks like UTF-16, without a mark: give "
            raise DatasetError(looks, _option("encoding", f"UTF-16{end}"))


def _option(name: str, value: str) -> Key:
    return Key("options", (name, value))


def _header(
    paths: Sequence[str], how: Dialect, options: Mapping[str, str], names: Sequence[str] | None
) -> dict[str, str]:
    """Columns by position, where the headers are known to be right: Spark itself refuses a column without a name."""
    checked = how.header and not how.by_position
    there = columns_of(paths, how) if checked else first_record(paths[0], options)
    if len(there) > _MAX_COLUMNS and "maxcolumns" not in options:
        wrong = f"{paths[0]}: {len(there):,} columns, and Spark's parser takes {_MAX_COLUMNS:,}: give "
        raise DatasetError(wrong, _option("maxColumns", str(len(there))))
    known = names is None or there == list(names[: len(there)])
    return {"enforceSchema": "true"} if checked and there and known else {}


def _line_separator(paths: Sequence[str], how: Dialect, strict: bool) -> dict[str, str]:
    r"""Spark takes the first line end of a file for that of all, and changes those in quotes, unless it is told.

    Where some are `\n` and some `\r\n`, it is told `\n`: Csv.read_foreign() knows what is to be left out then, but not
    which records are bad.
    """
    examples: dict[str, str] = {}
    for path in paths:
        for end in line_ends(path, how):
            examples.setdefault(end, path)
    if examples.keys() <= {"\n"}:
        return {}
    if len(examples) == 1:
        return {"lineSep": next(iter(examples))}
    if "\r" in examples or not strict:
        one = len({*examples.values()}) == 1
        each = " and ".join(repr(end) if one else f"{end!r} ({path})" for end, path in sorted(examples.items()))
        each += f" in {next(iter(examples.values()))}" if one else ""
        raise DatasetError(f"line ends are {each}, of which Spark reads one kind under multiLine: make them the same.")
    return {"lineSep": "\n"}


def line_ends(path: str, how: Dialect) -> set[str]:
    """The kinds of line ends outside of quotes; a quote that is not closed in its field makes the answer doubtful."""
    wide = codecs.lookup(how.encoding or "utf-8").name.startswith(_WIDE)
    if not wide and not any(b"\r" in piece for piece in byte_pieces(path)):
        return {"\n"}
    found: set[str] = set()
    inside = 0
    for text in _whole_pairs(text_of(path, how)):
        if how.escape not in ("", how.quote):
            text = text.replace(how.escape + how.quote, "  ")
        letters = np.frombuffer(text.encode(), np.uint8)
        quotes = (
            np.cumsum(letters == ord(how.quote)) + inside if how.quote.isascii() and how.quote else np.zeros(1, int)
        )
        inside = int(quotes[-1]) % 2 if len(quotes) else inside
        found |= _ends(np.where(quotes % 2, 0, letters))
    return found


def _whole_pairs(pieces: Iterable[str]) -> Iterator[str]:
    r"""The same text, in pieces that don't end within `\r\n`."""
    kept = ""
    for piece in pieces:
        piece = kept + piece
        kept = "\r" if piece.endswith("\r") else ""
        yield piece.removesuffix(kept)
    yield kept


def _ends(letters: np.typing.NDArray[np.uint8]) -> set[str]:
    returns, feeds = letters == _CR, letters == _LF
    pairs = returns[:-1] & feeds[1:]
    count = int(pairs.sum())
    kinds = {"\r\n": count, "\r": int(returns.sum()) - count, "\n": int(feeds.sum()) - count}
    return {kind for kind, times in kinds.items() if times}
