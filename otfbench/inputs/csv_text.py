"""The text of delimited files, and its records with what is wrong in them. Knows no columns."""

from __future__ import annotations

from collections.abc import Iterator

from otfbench.errors import DatasetError, Key
from otfbench.inputs import csv_records
from otfbench.inputs.csv_dialect import Dialect
from otfbench.inputs.csv_records import CsvRecord, TextBehindQuote, UnclosedQuote
from otfbench.inputs.decoding import head, marked_encoding, text_pieces

_SHOWN = 40
"""The most characters of a value that a message shows."""


def text_of(path: str, how: Dialect) -> Iterator[str]:
    """The text of a file, in pieces; raises DatasetError for bytes that are none."""
    return text_pieces(path, how.encoding or marked_encoding(head(path)))


def records_of(path: str, how: Dialect) -> Iterator[CsvRecord]:
    """The records of a file; raises DatasetError with the line for a quote that isn't closed, or for a line break."""
    try:
        for record in csv_records.records(text_of(path, how), how):
            if record.line != record.last_line and not how.multiline:
                inside = f"{path}, line {record.line}: line breaks in quotes: give "
                raise DatasetError(inside, Key("options", ("multiLine", "true")))
            yield record
    except UnclosedQuote as error:
        raise DatasetError(f"{path}, line {error.line}: the quote {how.quote} that opens here isn't closed.") from None
    except TextBehindQuote as error:
        if not error.text.strip():
            wrong = f"{path}, line {error.line}: a blank stands behind a closing quote {how.quote}: give "
            raise DatasetError(wrong, Key("options", ("ignoreTrailingWhiteSpace", "true"))) from None
        wrong = f"{path}, line {error.line}: {error.text[:_SHOWN]!r} stands behind a closing quote {how.quote}"
        double = f"{wrong}: a quote inside quotes must be doubled"
        escaped = (", or give ", Key("options", ("escape", "\\"))) if error.after_backslash else (".",)
        raise DatasetError(double, *escaped) from None
