"""JSON as an input: one object a line, plain and compressed, or one array per file. Knows no table format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs import json_misreadings, json_reader, option_values
from otfbench.inputs.base import MICROSECONDS, Input, Misreading
from otfbench.inputs.decoding import is_utf_8, text_pieces
from otfbench.inputs.json_documents import several_documents
from otfbench.inputs.records import LINE, FileRecord
from otfbench.inputs.sniffing import head, is_json_document, is_json_lines, misnamed, unzipped_head

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, Row

_FILE = re.compile(r"(?s).+")


class Json(Input):
    """One object a line; a line that doesn't fit the schema is an error."""

    name = "json"
    source = "json"
    options = {**MICROSECONDS, "mode": "FAILFAST"}
    foreign_options = {"mode": "FAILFAST"}
    option_rules = option_values.JSON
    inferences = {
        **dict.fromkeys(("tinyint", "smallint", "int"), "bigint({})"),
        "float": "double(string({}))",
        "decimal": "double({})",
        "date": "string({})",
        "timestamp": f"date_format({{}}, \"{MICROSECONDS['timestampFormat']}\")",
        "timestamp_ntz": f"date_format({{}}, \"{MICROSECONDS['timestampNTZFormat']}\")",
        "void": None,
    }
    no_row = "a row is an object with at least one key"
    reader = "python"

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """An option that changes values in another way than encodings and lines do."""
        return json_reader.why_unread(options)

    def record_pattern(self, options: Mapping[str, str]) -> re.Pattern[str] | None:
        """Lines, or whole files."""
        return _FILE if json_reader.is_in_documents(options) else LINE

    def misread(self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
        """What follows the first document of a file; numbers kept as text; an encoding of lines."""
        return json_misreadings.misread(paths, options, schema)

    def detected_options(
        self, paths: Sequence[str], options: Mapping[str, str], names: Sequence[str] | None
    ) -> Mapping[str, str]:
        """The end of lines, which Spark wants to be told where they are in another encoding than UTF-8."""
        utf_8 = is_utf_8(json_reader.encoding_of(options) or "utf-8")
        lines = not json_reader.is_in_documents(options) and "linesep" not in options
        return {"lineSep": "\n"} if lines and not utf_8 else {}

    def records(self, paths: Sequence[str], options: Mapping[str, str]) -> Iterable[FileRecord]:
        """The objects of the files, with every digit."""
        return json_reader.records(paths, options)

    def sniff(self, path: str) -> bool:
        """By the first line."""
        return is_json_lines(head(path))

    def fault(self, path: str, options: Mapping[str, str]) -> str | Text | None:
        """A name that hides that the file is compressed."""
        return misnamed(path)


class JsonGz(Json):
    """The same, compressed by gzip: Spark reads each file in one task."""

    name = "json-gz"
    packing_of = "json"
    options = {**Json.options, "compression": "gzip"}
    foreign_options = {**Json.foreign_options, "compression": "gzip"}

    def sniff(self, path: str) -> bool:
        """By the first line of what is inside."""
        return is_json_lines(unzipped_head(path))


class JsonMultiline(Json):
    """One array of objects per file, over many lines; or one object. Spark reads each file in one task."""

    name = "json-multiline"
    packing_of = "json"
    options = {**Json.options, "multiLine": "true"}
    foreign_options = {**Json.foreign_options, "multiLine": "true"}

    def fault(self, path: str, options: Mapping[str, str]) -> str | Text | None:
        """Several documents, of which Spark reads the first, where no second reader tells."""
        if self.why_unread(options) is None or not _has_several_documents(path, options):
            return super().fault(path, options)
        what = "it holds several documents, of which Spark reads the first: where each is on a line of its own, give "
        return what, Key("format"), " json"

    def sniff(self, path: str) -> bool:
        """An array of objects, or an object that the first line doesn't end."""
        return is_json_document(head(path))

    def save(self, rows: DataFrame, path: str, options: Mapping[str, str]) -> None:
        """Spark itself writes lines only: they are joined to one array per partition, as text."""
        from pyspark.sql import functions as F

        objects = rows.select(F.to_json(F.struct("*"), {**options, "pretty": "true"}))
        lines = objects.rdd.mapPartitions(_array).toDF("value string")
        compression = {name: value for name, value in options.items() if name.lower() in ("compression", "encoding")}
        lines.write.options(**compression).text(path)


def _has_several_documents(path: str, options: Mapping[str, str]) -> bool:
    try:
        return several_documents(text_pieces(path, json_reader.encoding_of(options)))
    except DatasetError:  # an encoding that only Java knows, or bytes that are none of it
        return False


def _array(objects: Iterable[Row]) -> Iterator[tuple[str]]:
    """The lines of one array."""
    opening = "["
    for (each,) in objects:
        yield (opening + each,)
        opening = ","
    yield ("[]" if opening == "[" else "]",)
