"""Comma-separated text as an input: with a header line, plain and compressed. Knows no table format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.errors import Key, Text
from otfbench.inputs import csv_detection, csv_dialect, csv_misreadings, csv_reader, option_values
from otfbench.inputs.base import MICROSECONDS, Input, Misreading
from otfbench.inputs.csv_header import first_record, likely_separator, marked_separator, unnamed
from otfbench.inputs.sniffing import head, is_delimited, misnamed, unzipped_head
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructField, StructType


class Csv(Input):
    """Quotes are doubled inside quotes, as RFC 4180 has it, but no line breaks; a row that doesn't fit is an error."""

    name = "csv"
    source = "csv"
    any_text = True
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
    read_options = {"nullValue": csv_dialect.NO_NULL}
    # enforceSchema is Spark's word for: take columns by position, whatever the header calls them.
    foreign_options = {"header": "true", "escape": '"', "mode": "FAILFAST", "enforceSchema": "false", **read_options}
    infer_options = {"inferSchema": "true"}
    option_rules = option_values.CSV
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
        """A name that hides that it is packed; a first line for spreadsheets; another separator that fits better."""
        if wrong := misnamed(path):
            return wrong
        if marked := marked_separator(path):
            return f"its first line, `sep={marked}`, is for spreadsheets: remove it, and give ", _separator(marked)
        if {"sep", "delimiter"} & options.keys() or csv_dialect.why_unread(options):
            return None
        likely = likely_separator(path, options)
        if likely is None:
            return None
        first = first_record(path, options)
        by_comma = f"one column `{first[0]}`" if len(first) == 1 else "its lines have several numbers of columns"
        return f"{by_comma}: looks like ", _separator(likely), " (if not: ", _separator(","), ")"

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know, or that leave out records."""
        return csv_dialect.why_unread(options)

    def record_pattern(self, options: Mapping[str, str]) -> re.Pattern[str] | None:
        """Lines, which may go on in quotes if the options say so."""
        return csv_dialect.record_pattern(csv_dialect.dialect(options))

    def misread(self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
        """Lines of nothing but blanks."""
        return csv_misreadings.misread(paths, options)

    def detected_options(
        self, paths: Sequence[str], options: Mapping[str, str], names: Sequence[str] | None
    ) -> Mapping[str, str]:
        """A wide encoding, line ends, and that the headers are right."""
        known = csv_dialect.why_unread({**options, "mode": "FAILFAST"}) is None
        return csv_detection.detected_options(paths, options, names) if known and paths else {}

    def read_foreign(
        self, spark: SparkSession, paths: list[str], schema: StructType | str | None, options: Mapping[str, str]
    ) -> DataFrame:
        r"""Where `\n` ends lines of whole files, a `\r` before it is no part of the last value."""
        from pyspark.sql.types import StringType, StructField, StructType

        given = {name.lower(): value for name, value in options.items()}
        if not isinstance(schema, StructType) or (given.get("multiline"), given.get("linesep")) != ("true", "\n"):
            return super().read_foreign(spark, paths, schema, options)
        *others, last = schema.fields
        text = StructType([*others, StructField(last.name, StringType())])
        return _without_returns(super().read_foreign(spark, paths, text, options), last, given.get("nullvalue"))

    def notes(self, paths: Sequence[str], options: Mapping[str, str]) -> Mapping[str, str]:
        """Columns without a name in the header of the first file; blank lines where there is but one column."""
        notes = unnamed(paths[0], csv_dialect.dialect(options))
        first = first_record(paths[0], options)
        if len(first) == 1 and (count := csv_misreadings.left_out(paths, options)):
            words = f'{format_count(count, "blank line")} left out: a row without a value is a line of ""'
            has_name = first[0] and csv_dialect.dialect(options).header
            notes[str(first[0]) if has_name else "_c0"] = words
        return notes

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """All values as text, by pyarrow, or record by record where it doesn't know the dialect."""
        return csv_reader.batches(paths, options, schema)


def _separator(text: str) -> Key:
    return Key("options", ("sep", text.replace("\t", r"\t")))


def _without_returns(rows: DataFrame, last: StructField, null: str | None) -> DataFrame:
    from pyspark.sql import functions as F

    value = F.col("`" + last.name.replace("`", "``") + "`")
    bare = F.regexp_replace(value, r"\r$", "")
    nothing = (value == "\r") | (bare == F.lit(null))
    text = F.when(~F.coalesce(nothing, F.lit(False)), bare)
    typed, kind = text.cast(last.dataType), last.dataType.simpleString()
    unfit = F.raise_error(F.concat(F.lit(f"column {last.name}: no {kind}: "), text))
    return rows.withColumn(last.name, F.when(typed.isNotNull() | text.isNull(), typed).otherwise(unfit))


class CsvGz(Csv):
    """The same, compressed by gzip: Spark reads each file in one task."""

    name = "csv-gz"
    packing_of = "csv"
    options = {**Csv.options, "compression": "gzip"}
    foreign_options = {**Csv.foreign_options, "compression": "gzip"}

    def sniff(self, path: str) -> bool:
        """By what is inside."""
        return is_delimited(unzipped_head(path))
