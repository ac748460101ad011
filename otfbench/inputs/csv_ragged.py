"""What is said of a record that has other columns than its file. Reads no file."""

from __future__ import annotations

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs.csv_dialect import Dialect
from otfbench.inputs.csv_records import CsvRecord
from otfbench.units import format_count

_SHOWN = 40
"""The most characters of a value that a message shows."""


def ragged(path: str, how: Dialect, record: CsvRecord, columns: int, header: CsvRecord | None) -> DatasetError:
    """Where it is, and what can be done; with a header, no record of its columns is between both."""
    there = f"{path}, line {record.line}: {format_count(len(record.values), 'field')}"
    where = f"{there} where the {'header' if how.header else 'first line'} has {columns}: repair the line"
    if len(record.values) > columns:
        return DatasetError(f"{where} (", *_why_longer(how, record, columns, header), ").")
    fills, leaves_out = (Key("options", ("mode", mode)) for mode in ("PERMISSIVE", "DROPMALFORMED"))
    return DatasetError(f"{where}, or give ", fills, " (fills it with nulls) or ", leaves_out, " (leaves it out).")


def _why_longer(how: Dialect, record: CsvRecord, columns: int, header: CsvRecord | None) -> Text:
    """What is likely meant, and what to do."""
    texts = [value for value in record.values if value]
    if how.header and len(record.values) == columns + 1 and record.values[-1] is None:
        return ("it ends in a separator: if all lines do, let the header end in one, too",)
    if any(_is_quoted(text.lstrip(" \t"), how.quote) and text[0] in " \t" for text in texts):
        return "a blank is before a quote: give ", Key("options", ("ignoreLeadingWhiteSpace", "true"))
    if how.quote == '"' and any(_is_quoted(text, "'") and len(text) > 1 for text in texts):
        return "if values are in single quotes: give ", Key("options", ("quote", "'"))
    first = header.values[0] if header else None
    if header and first and first.startswith("#"):
        comment = Key("options", ("comment", "#"))
        return f"line {header.line} is taken for the header: if it is a comment, give ", comment
    if header and columns == 1:
        title = (first or "")[:_SHOWN]
        return (f"line {header.line}, {title!r}, is taken for the header: remove it if it is a title",)
    return (f"a value that holds the separator {how.separator!r} must be in quotes",)


def _is_quoted(text: str, quote: str) -> bool:
    """Whether a value begins as one in quotes does, and doesn't end so: what it holds was taken for a separator."""
    return bool(quote) and text.startswith(quote) and not text.endswith(quote)
