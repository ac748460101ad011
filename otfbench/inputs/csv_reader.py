"""CSV beside Spark: columns of text, nulls told from empty texts, streamed. Knows no types."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError, Key
from otfbench.inputs import csv_records
from otfbench.inputs.csv_dialect import Dialect, dialect
from otfbench.inputs.csv_records import CsvRecord, UnclosedQuote
from otfbench.inputs.decoding import head, text_pieces
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 16_384
"""Rows of a batch, where it is made of records."""
_BLOCK = 1 << 22
_MARKS = {  # that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_TAIL = 4096
"""So many bytes at the end show whether the last quote is closed."""
_LOOKED_AT = 100
"""Records by which a separator is guessed."""


def batches(
    paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of the files, all values as text; with a schema its columns, as text, too.

    Null is where nothing is between separators, and a text that the options call so. Raises DatasetError with file and
    line for what is no such text, has other columns than the others, or is a line break that the options don't allow.
    """
    import pyarrow as pa

    how = dialect(options)
    names = _columns(paths, how, schema)
    for path in paths:
        for columns in _columns_of_text(path, how, len(names)):
            yield pa.RecordBatch.from_arrays([_with_nulls(column, how) for column in columns], names=names)


def first_record(path: str, options: Mapping[str, str]) -> list[str | None]:
    """The values of the first record, line breaks allowed; empty if there is none, or it can't be read."""
    found = _first_records(path, dialect({**options, "multiline": "true"}), 1)
    return found[0] if found else []


def likely_separator(path: str, options: Mapping[str, str]) -> str | None:
    """The separator of a file that has one column by the options' separator; None if it has more, or none is likely."""
    if len(first_record(path, options)) != 1:
        return None
    for separator in (";", "\t", "|"):
        other = dialect({**options, "sep": separator, "multiline": "true"})
        counts = set(map(len, _first_records(path, other, _LOOKED_AT)))
        if len(counts) == 1 and counts != {1}:
            return separator
    return None


def _first_records(path: str, how: Dialect, count: int) -> list[list[str | None]]:
    try:
        return [record.values for record in islice(_records(path, how), count)]
    except DatasetError:  # reading will say so
        return []


def _columns(paths: Sequence[str], how: Dialect, schema: pa.Schema | None) -> list[str]:
    """The columns of all files, by their first records; raises DatasetError if they differ."""
    heads = ((path, _first_names(path, how)) for path in paths)
    there = [(path, names) for path, names in heads if names]
    if schema is not None and (how.by_position or not how.header):
        names: list[str] = schema.names
        for path, others in there:
            if len(others) != len(names):
                counts = f"{format_count(len(others), 'column')} where the schema has {len(names)}"
                raise DatasetError(f"{path}: {counts}.")
        return names
    if not there:
        return [] if schema is None else schema.names
    one, expected = there[0] if schema is None else ("the schema", schema.names)
    for path, others in there:
        _check_same(one, expected, path, others)
    return expected


def _first_names(path: str, how: Dialect) -> list[str]:
    """The names of a file's columns; empty if it has no record."""
    first = next(_records(path, how), None)
    if first is None:
        return []
    if not how.header:
        return [f"_c{number}" for number in range(len(first.values))]
    nothing = (None, "", how.null)
    names = [f"_c{n}" if name in nothing else str(name) for n, name in enumerate(first.values)]
    known: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        other = known.setdefault(name.lower(), position)
        if other != position:
            both = f"columns {other} and {position} are called {names[other - 1]} and {name}"
            raise DatasetError(f"{path}: {both}: rename one of them in the header.")
    return names


def _check_same(one: str, names: Sequence[str], other: str, others: Sequence[str]) -> None:
    for position, pair in enumerate(zip_longest(names, others), 1):
        if pair[0] != pair[1]:
            first, second = (f"`{name}`" if name is not None else "not there" for name in pair)
            differing = f"column {position} is {first} in {one}, {second} in {other}"
            raise DatasetError(f"{differing}: all must have the same columns, in the same order.")


def _columns_of_text(path: str, how: Dialect, columns: int) -> Iterator[Sequence[pa.Array]]:
    """Parts of the columns of a file. What pyarrow doesn't read, or not as it is, is read record by record."""
    import pyarrow as pa

    given = 0
    if how.plain:
        try:
            for batch in _by_arrow(path, how, columns):
                given += batch.num_rows
                yield batch.columns
            return
        except (pa.ArrowInvalid, _Doubtful):
            pass  # what is wrong, and in which line, is found below
    rows = islice(_rows(path, how, columns), given, None)
    while chunk := list(islice(rows, _ROWS)):
        yield [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]


class _Doubtful(Exception):
    """Pyarrow read what may be an error."""


def _by_arrow(path: str, how: Dialect, columns: int) -> Iterator[pa.RecordBatch]:
    """Batches without the header; raises _Doubtful, or what pyarrow raises, for what may be an error."""
    source = _Bytes(_text(path, how))
    held, header = None, int(how.header)
    for batch in filter(len, _read_by_arrow(source, how, columns)):
        if how.quote and not how.multiline and any(map(_has_line_break, batch.columns)):
            raise _Doubtful
        if held is not None:
            yield held.slice(header)
            header = 0
        held = batch
    if held is not None:
        last = held.column(columns - 1)[-1].as_py()
        if how.quote and source.may_end_within_quotes(last or "", how.quote):
            raise _Doubtful
        yield held.slice(header)


def _has_line_break(column: pa.Array) -> bool:
    data = column.buffers()[2]
    text = data.to_pybytes() if data else b""
    return b"\n" in text or b"\r" in text


def _read_by_arrow(source: _Bytes, how: Dialect, columns: int) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv

    names = [str(number) for number in range(columns)]
    reading = csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names)
    parsing = csv.ParseOptions(
        delimiter=how.separator, quote_char=how.quote or False, double_quote=True, newlines_in_values=bool(how.quote)
    )
    converting = csv.ConvertOptions(
        check_utf8=False,
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with csv.open_csv(pa.PythonFile(source, "r"), reading, parsing, converting) as reader:
        yield from reader


class _Bytes(io.RawIOBase):
    """A text as a stream of UTF-8, with a line end at the end, which remembers the last bytes."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self._tail = b""

    def may_end_within_quotes(self, last: str, quote: str) -> bool:
        """Whether a quote may still be open at the end, where the last value is this."""
        unclosed = (quote + last.replace(quote, quote * 2)).encode()
        return self._tail.endswith(unclosed[-_TAIL:])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(self._next())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _next(self) -> bytes:
        for piece in self._pieces:
            if data := piece.encode():
                self._tail = (self._tail + data)[-_TAIL:]
                return data
        if self._tail.endswith((b"\r", b"\n")) or not self._tail:
            return b""
        self._tail += b"\n"  # pyarrow takes nothing between a separator and the end of a file for what is before it
        return b"\n"


def _rows(path: str, how: Dialect, columns: int) -> Iterator[list[str | None]]:
    """The values of each record but the header; raises DatasetError for one that doesn't fit."""
    found = _records(path, how)
    if how.header:
        next(found, None)
    for record in found:
        values = record.values
        if len(values) == columns:
            yield values
        elif len(values) > 1 or (values[0] or "").strip():
            raise _ragged(path, how, record, columns)


def _ragged(path: str, how: Dialect, record: CsvRecord, columns: int) -> DatasetError:
    there = f"{path}, line {record.line}: {format_count(len(record.values), 'field')}"
    where = f"the {'header' if how.header else 'first line'} has {columns}"
    hint = f"a value that holds the separator {how.separator!r} must be in quotes"
    return DatasetError(f"{there} where {where}: repair the line ({hint}).")


def _records(path: str, how: Dialect) -> Iterator[CsvRecord]:
    """The records of a file; raises DatasetError with the line for a quote that isn't closed, or for a line break."""
    try:
        for record in csv_records.records(_text(path, how), how):
            if record.line != record.last_line and not how.multiline:
                inside = f"{path}, line {record.line}: line breaks in quotes: give "
                raise DatasetError(inside, Key("options", ("multiLine", "true")))
            yield record
    except UnclosedQuote as error:
        raise DatasetError(f"{path}, line {error.line}: the quote {how.quote} that opens here isn't closed.") from None


def _text(path: str, how: Dialect) -> Iterator[str]:
    return text_pieces(path, how.encoding or _marked_encoding(head(path)))


def _marked_encoding(start: bytes) -> str:
    """The encoding that a byte order mark tells; UTF-8 where there is none."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")


def _with_nulls(column: pa.Array, how: Dialect) -> pa.Array:
    """The column where the options' texts for null, and for empty texts, are read as such."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if how.empty:
        column = pc.if_else(pc.equal(column, ""), how.empty, column)
    if how.null is not None:
        column = pc.if_else(pc.equal(column, how.null), pa.scalar(None, pa.string()), column)
    return column
