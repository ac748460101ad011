"""The columns by which the user's files are read: declared, inferred, or in their paths. Knows no input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from otfbench.data import path_columns
from otfbench.data.discovery import UserData
from otfbench.data.path_columns import Groups
from otfbench.data.second_reading import SecondReader
from otfbench.data.spark_reading import SparkFiles, declared_schema
from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


def source_columns(
    spark: SparkSession, data: UserData, source: SparkFiles, groups: Groups, second_reader: SecondReader
) -> tuple[StructType | None, Mapping[str, str]]:
    """The columns, None if Spark is to infer them, and what is to be said of some: column -> sentence.

    Raises ConfigError if those declared can't be parsed, DatasetError for a column that is in a file and in its path.
    """
    schema: StructType | None = declared_schema(spark, data)
    notes: Mapping[str, str] = {}
    if schema is None and second_reader.infers:
        schema, notes = second_reader.infer()
    fields, path_notes = path_columns.fields(groups, as_text=data.infer == "none")
    if not fields:
        return schema, notes
    inferred = schema is not None and data.ddl is None
    inside = schema.names if inferred and schema else source.columns_inside(spark)
    _check_apart(inside, fields, groups)
    if data.infer == "spark":
        return schema, notes
    if schema is None:
        lenient = {"mode": "DROPMALFORMED"} if data.bad_records == "aside" else {}
        schema = replace(source, options={**source.options, **lenient}).read(spark, None).schema
    return _with_fields(schema, fields, data.ddl is not None), {**notes, **path_notes}


def _check_apart(inside: Sequence[str], fields: Sequence[pa.Field], groups: Groups) -> None:
    """Of a column that is in both, Spark would take the text in the path, whatever is in the file."""
    in_files = {name.lower() for name in inside}
    for field in fields:
        if field.name.lower() in in_files:
            values, files = groups[0]
            where = f"column {field.name} is in {files[0]} and in its path ({field.name}={values[field.name]})"
            how = "with the option recursiveFileLookup=true names of folders are no columns"
            raise DatasetError(f"{where}: rename one of them; {how}")


def _with_fields(schema: StructType, fields: Sequence[pa.Field], declared: bool) -> StructType:
    """The columns with those of paths behind them; the types that a user declares stay."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    names = {field.name.lower() for field in (schema if declared else fields)}
    in_paths = from_arrow_schema(pa.schema(fields))
    if declared:
        return StructType([*schema, *(field for field in in_paths if field.name.lower() not in names)])
    return StructType([*(field for field in schema if field.name.lower() not in names), *in_paths])
