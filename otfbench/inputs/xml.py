"""XML as an input: one element a row. Knows no table format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING
from xml.parsers import expat

from otfbench.errors import DatasetError, Text
from otfbench.files import open_file
from otfbench.inputs import option_values, xml_misreadings, xml_reader, xml_rows
from otfbench.inputs.base import MICROSECONDS, Input, Misreading
from otfbench.inputs.columns import in_batch
from otfbench.inputs.options import LENIENT
from otfbench.inputs.records import FileRecord, Plain
from otfbench.inputs.sniffing import head, is_xml

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


class Xml(Input):
    """A root element ROWS with elements ROW, as Spark calls them, unless options say otherwise.

    Spark's reader can't hold the lowest int and bigint, control characters and, in Spark 3, timestamps without a zone.
    """

    name = "xml"
    package = "xml"
    foreign_options = {"rowTag": "ROW", "ignoreSurroundingSpaces": "false", "mode": "FAILFAST"}
    # spark-xml, Spark 3's, writes all digits anyway.
    options = {**foreign_options, **({} if version("pyspark").startswith("3.") else MICROSECONDS)}
    lists_files = False
    option_rules = option_values.XML
    no_row = "a row is an element ROW, unless the option rowTag names another"
    nested = False  # an empty list is null when it is read
    inferences = {
        **dict.fromkeys(("tinyint", "smallint", "int"), "bigint({})"),
        "float": "double(string({}))",
        "decimal": "double({})",
        "void": None,
    }
    reader = "python"

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """An option that changes values in another way than names and white space do."""
        return xml_reader.why_unread(options)

    def record_pattern(self, options: Mapping[str, str]) -> re.Pattern[str] | None:
        """Elements, from tag to tag."""
        name = re.escape(options["rowtag"])
        return re.compile(rf"(?s)<{name}(?:\s[^>]*)?(?:/>|(?<!/)>.*?</{name}\s*>)")

    def records(self, paths: Sequence[str], options: Mapping[str, str]) -> Iterator[FileRecord]:
        """The rows of the files; text is untyped."""
        return xml_reader.records(paths, options)

    def batch(self, options: Mapping[str, str], records: list[FileRecord] | Plain, schema: pa.Schema) -> pa.RecordBatch:
        """Some of the rows in the types of a schema."""
        if isinstance(records, Plain):
            raise ValueError("no records of XML come as columns")
        return in_batch(list(xml_reader.shaped_records(records, schema, options)), schema)

    def sniff(self, path: str) -> bool:
        """An element, a declaration or a comment."""
        return is_xml(head(path))

    def fault(self, path: str, options: Mapping[str, str]) -> str | Text | None:
        """Markup that is broken, of which Spark sees but what is in rows; no row, where other elements seem to be."""
        try:
            parser = expat.ParserCreate(options.get("charset"))
            with open_file(path) as file:
                parser.ParseFile(file)
            return xml_rows.fault(path, options)
        except expat.ExpatError as error:
            lenient = options.get("mode", "").upper() in LENIENT
            return None if lenient else xml_rows.why_broken(path, options, error)
        except (DatasetError, LookupError, ValueError):  # an encoding that only Java knows
            return None

    def misread(self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
        """Rows in comments, text beside elements, an encoding that the file declares, times with a blank and a zone."""
        return xml_misreadings.misread(paths, options) or xml_misreadings.misread_times(paths, options, schema)

    def read_foreign(
        self, spark: SparkSession, paths: list[str], schema: StructType | str | None, options: Mapping[str, str]
    ) -> DataFrame:
        """The data source of Spark 3, spark-xml, takes its paths as one text, with commas between them."""
        if not spark.version.startswith("3."):
            return super().read_foreign(spark, paths, schema, options)
        joined = ",".join(path.replace(",", "{\\,}") for path in paths)
        return super().read_foreign(spark, [joined], schema, options)
