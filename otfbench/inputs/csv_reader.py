"""The second reader of CSV: nulls apart from empty texts, text as text or in the types of a schema. Knows no Spark."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from otfbench.errors import DatasetError, Key
from otfbench.inputs.arrow_types import in_words
from otfbench.inputs.csv_dialect import Dialect, dialect
from otfbench.inputs.csv_header import columns_of
from otfbench.inputs.csv_ragged import ragged
from otfbench.inputs.csv_records import CsvRecord
from otfbench.inputs.csv_text import records_of, text_of
from otfbench.inputs.typed_text import as_type, first_unfit

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS, _VALUES = 16_384, 4_000_000
"""The most rows and the most values of a batch that is made of records: what bounds the memory."""
_BLOCK = 1 << 22
"""The bytes that pyarrow reads at once, at least."""
_OF_A_COLUMN = 1 << 11
"""Bytes of each column in a block, at least: a batch costs half a millisecond per column, whatever is in it."""
_SHOWN = 80
"""The most characters of a value that a message shows."""
_TAIL = 4096
"""The bytes at the end that show whether the last quote is closed."""


def batches(
    paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of the files: all values as text, or in the types of a schema.

    Null is where nothing is between separators, and a text that the options call so. Raises DatasetError with file and
    line for what is no such text, has other columns than the others, is a line break that the options don't allow, or
    has no equal in its type.
    """
    import pyarrow as pa

    how = dialect(options)
    names = columns_of(paths, how, schema and schema.names)
    schema = schema or pa.schema([(name, pa.string()) for name in names])
    for path in paths:
        before = 0
        for columns in _columns_of_text(path, how, len(names)):
            texts = [_with_nulls(column, how) for column in columns]
            try:
                yield pa.RecordBatch.from_arrays(list(map(_typed, texts, schema)), schema=schema)
            except ValueError:
                raise _unfit(path, how, texts, schema, before) from None
            before += len(texts[0])


def _typed(texts: pa.Array, field: pa.Field) -> pa.Array:
    import pyarrow as pa

    try:
        return texts if texts.type == field.type else as_type(texts, field.type)
    except pa.ArrowNotImplementedError:
        unknown = f"column {field.name}: no reader makes {in_words(field.type)} of text: give another type in "
        raise DatasetError(unknown, Key("schema"), ".") from None


def _unfit(path: str, how: Dialect, columns: list[pa.Array], schema: pa.Schema, before: int) -> DatasetError:
    """The error of the first value that has no equal in its type; `before`: how many rows of the file precede these."""
    rows = [(first_unfit(texts, field.type), field.name) for texts, field in zip(columns, schema, strict=True)]
    row, name = min((row, name) for row, name in rows if row is not None)
    value, kind = columns[schema.get_field_index(name)][row].as_py(), schema.field(name).type
    record = next(islice(_fitting(path, how, len(columns)), before + row, None))
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
    wrong = f"{path}, line {record.line}: column {name}: {shown!r} has no equal as {in_words(kind)}"
    return DatasetError(f"{wrong}: give another type in ", Key("schema"), ".")


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
    while chunk := list(islice(rows, max(1, min(_ROWS, _VALUES // max(1, columns))))):
        yield [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]


class _Doubtful(Exception):
    """Pyarrow read what may be an error."""


def _by_arrow(path: str, how: Dialect, columns: int) -> Iterator[pa.RecordBatch]:
    """Batches without the header; raises _Doubtful, or what pyarrow raises, for what may be an error."""
    source = _Bytes(text_of(path, how), how)
    held, header = None, int(how.header)
    for batch in filter(len, _read_by_arrow(source, how, columns)):
        if source.doubtful or how.quote and not how.multiline and any(map(_has_line_break, batch.columns)):
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
    text = _bytes(column)
    return b"\n" in text or b"\r" in text


def _bytes(column: pa.Array) -> bytes:
    """The bytes of all texts of the column, and maybe of others."""
    data = column.buffers()[2]
    return data.to_pybytes() if data else b""


def _read_by_arrow(source: _Bytes, how: Dialect, columns: int) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv

    names, block = [str(number) for number in range(columns)], max(_BLOCK, columns * _OF_A_COLUMN)
    whole = source if block == _BLOCK else io.BufferedReader(source, block)  # gives as much as it is asked for
    reading = csv.ReadOptions(use_threads=False, block_size=block, column_names=names)
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
    with csv.open_csv(pa.PythonFile(whole, "r"), reading, parsing, converting) as reader:
        yield from reader


class _Bytes(io.RawIOBase):
    """A text as a stream of UTF-8, with a line end at the end, which remembers the last bytes.

    It is doubtful once a quote was in it that neither opens nor closes a value, nor is doubled, where others do: one
    after a backslash, or one with letters around it, which pyarrow leaves out.
    """

    def __init__(self, pieces: Iterator[str], how: Dialect) -> None:
        self._pieces, self._quote = pieces, how.quote.encode()
        self._opens = self._odd = False
        self._ends = np.zeros(256, bool)
        self._ends[list(f"{how.quote}{how.separator}\r\n".encode())] = True
        self._rest = memoryview(b"")
        self._tail = b""

    def may_end_within_quotes(self, last: str, quote: str) -> bool:
        """Whether a quote may still be open at the end, where the last value is this."""
        unclosed = (quote + last.replace(quote, quote * 2)).encode()
        return self._tail.endswith(unclosed[-_TAIL:])

    @property
    def doubtful(self) -> bool:
        """Whether pyarrow may have read it otherwise than it is meant."""
        return self._opens and self._odd

    def _look_for_quotes(self, data: bytes) -> None:
        self._odd = self._odd or b"\\" + self._quote in data
        letters = np.frombuffer(data, np.uint8)
        at = np.flatnonzero(letters[1:-1] == ord(self._quote)) + 1
        before, behind = letters[at - 1], letters[at + 1]
        self._opens = self._opens or bool((self._ends[before] & (before != ord(self._quote))).any())
        self._odd = self._odd or not (self._ends[before] | self._ends[behind]).all()

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
                if self._quote and not self.doubtful:
                    self._look_for_quotes((self._tail[-2:] or b"\n") + data)
                self._tail = (self._tail + data)[-_TAIL:]
                return data
        if self._tail.endswith((b"\r", b"\n")) or not self._tail:
            return b""
        self._tail += b"\n"  # pyarrow takes nothing between a separator and the end of a file for what is before it
        return b"\n"


def _rows(path: str, how: Dialect, columns: int) -> Iterator[list[str | None]]:
    """The values of each record but the header."""
    return (record.values for record in _fitting(path, how, columns))


def _fitting(path: str, how: Dialect, columns: int) -> Iterator[CsvRecord]:
    """The records but the header; raises DatasetError for one that has another number of values."""
    found = records_of(path, how)
    header = next(found, None) if how.header else None
    for record in found:
        values = record.values
        if len(values) == columns:
            yield record
            header = None  # it has the columns of a row
        elif len(values) > 1 or (values[0] or "").strip():
            raise ragged(path, how, record, columns, header)


def _with_nulls(column: pa.Array, how: Dialect) -> pa.Array:
    """The column where the options' texts for null, and for empty texts, are read as such."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if how.empty:
        column = pc.if_else(pc.equal(column, ""), how.empty, column)
    if how.null is not None and how.null.encode() in _bytes(column):
        column = pc.if_else(pc.equal(column, how.null), pa.scalar(None, pa.string()), column)
    return column
