"""Comma-separated text with a header line, plain and compressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.errors import Key, Text
from otfbench.inputs import csv_dialect, csv_reader
from otfbench.inputs.base import MICROSECONDS, Input
from otfbench.inputs.sniffing import head, is_delimited, misnamed, unzipped_head

if TYPE_CHECKING:
    import pyarrow as pa


class Csv(Input):
    """Quotes are doubled inside quotes, as RFC 4180 has it, but no line breaks; a row that doesn't fit is an error."""

    name = "csv"
    source = "csv"
    nested = False
    options = {
        "header": "true",
        "escape": '"',
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        **MICROSECONDS,
        "mode": "FAILFAST",
    }
    # Nothing is null, "" is empty: Spark can tell them apart only where null is read as something else than "".
    read_options = {"nullValue": "\uffff"}
    # enforceSchema is Spark's word for: take columns by position, whatever the header calls them.
    foreign_options = {"header": "true", "escape": '"', "mode": "FAILFAST", "enforceSchema": "false", **read_options}
    infer_options = {"inferSchema": "true"}
    reader = "pyarrow"
    inferences = {
        "tinyint": "int({})",
        "smallint": "int({})",
        "int": "int({})",
        "float": "double(string({}))",
        "decimal": "double({})",
        "timestamp_ntz": "timestamp({})",
        "void": "string({})",
    }

    def sniff(self, path: str) -> bool:
        """Any text that begins like no other kind."""
        return is_delimited(head(path))

    def fault(self, path: str, options: Mapping[str, str]) -> str | Text | None:
        """A name that hides that the file is compressed; one column, where another separator would give more."""
        wrong = misnamed(path)
        if wrong or {"sep", "delimiter"} & options.keys() or csv_dialect.why_unread(options):
            return wrong
        likely = csv_reader.likely_separator(path, options)
        if likely is None:
            return None
        (column,) = csv_reader.first_record(path, options)
        return f"one column `{column}`: looks like ", Key("options", ("sep", likely))

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know, or that leave out records."""
        return csv_dialect.why_unread(options)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """All values as text, by pyarrow, or record by record where it doesn't know the dialect."""
        return csv_reader.batches(paths, options, schema)


class CsvGz(Csv):
    """The same, compressed by gzip: Spark reads each file in one task."""

    name = "csv-gz"
    packing_of = "csv"
    options = {**Csv.options, "compression": "gzip"}
    foreign_options = {**Csv.foreign_options, "compression": "gzip"}

    def sniff(self, path: str) -> bool:
        """By what is inside."""
        return is_delimited(unzipped_head(path))
