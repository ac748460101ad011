"""Types of columns of text that Spark alone reads: those from which all of the text can be got back. Knows no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from otfbench.data import bad_records
from otfbench.data.spark_reading import SparkFiles, quoted_paths
from otfbench.data.text_inference import infer
from otfbench.formats.sql import quoted
from otfbench.ownership.folders import temporary_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

_FORMATS = {"dateformat": "date", "timestampformat": "timestamp", "timestampntzformat": "timestamp_ntz"}
"""Options, in small letters, that say how days and times are written -> the type that Spark gives such text."""


def infer_text(
    spark: SparkSession, source: SparkFiles, aside: bool, as_text: bool
) -> tuple[StructType, Mapping[str, str]]:
    """The columns with their types, and notes on some of them; of records that fit, if the others are kept aside.

    `as_text`: all are text. Days and times that options tell how to read are what Spark takes for those.
    """
    import pyarrow.parquet as pq
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructField, StructType

    rows = _text(spark, source, aside)
    texts = [name for name, kind in rows.dtypes if kind == "string"]
    if as_text or not texts:
        return rows.schema, {}
    with temporary_folder("text") as folder:
        rows.select(*map(quoted, texts)).write.parquet(f"{folder}/text")
        parts = sorted(folder.glob("text/part-*"))
        schema, notes = infer(batch for part in parts for batch in pq.ParquetFile(part).iter_batches())
    found = {each.name: each.dataType for each in from_arrow_schema(schema)} | _times(spark, source, aside)
    return StructType([StructField(each.name, found.get(each.name, each.dataType)) for each in rows.schema]), notes


def _text(spark: SparkSession, source: SparkFiles, aside: bool) -> DataFrame:
    """The rows, all of text, as Spark reads them by the given options."""
    options = {name: value for name, value in source.options.items() if name.lower() != "inferschema"}
    options["inferSchema"] = "false"
    paths = quoted_paths(source.paths)
    if aside:
        return bad_records.split(spark, source.input, paths, None, options)[0]
    return source.input.read_foreign(spark, paths, None, options)


def _times(spark: SparkSession, source: SparkFiles, aside: bool) -> dict[str, DataType]:
    """Columns of days and times as Spark infers them, where an option says how they are written."""
    given = {name.lower() for name in source.options}
    kinds = {kind for option, kind in _FORMATS.items() if option in given}
    if not kinds:
        return {}
    options = {**source.options, "mode": "DROPMALFORMED"} if aside else source.options
    inferred = source.input.read_foreign(spark, quoted_paths(source.paths), None, options).schema
    return {each.name: each.dataType for each in inferred if each.dataType.typeName() in kinds}
