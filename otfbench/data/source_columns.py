"""The columns by which the user's files are read: declared, inferred, or in their paths. Knows no input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from otfbench.data import path_columns, unified_files
from otfbench.data.discovery import UserData
from otfbench.data.path_columns import Groups
from otfbench.data.second_reading import Inferred, SecondReader
from otfbench.data.spark_reading import SparkFiles, declared_schema
from otfbench.data.types_by_spark import infer_text
from otfbench.data.unified_files import Part
from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


@dataclass(frozen=True)
class SourceColumns:
    """The columns by which files are read; without a schema Spark infers them."""

    schema: StructType | None
    notes: Mapping[str, str] = field(default_factory=dict)
    """Column -> what is to be said of it."""
    names: Sequence[str] = ()
    """The names of all columns that the files have, where these tell them."""
    parts: tuple[Part, ...] = ()
    """The files by their columns, where these are not the same in all."""
    undeclared: Sequence[str] = ()
    """The names of columns and fields that a schema leaves out, where the files tell theirs."""
    inferred: Inferred | None = None
    """What the second reader has found in the files, but for the columns in their paths."""


def source_columns(
    spark: SparkSession,
    data: UserData,
    source: SparkFiles,
    groups: Groups,
    second_reader: SecondReader,
    infer: Callable[[], Inferred],
) -> SourceColumns:
    """The columns that are declared, told by the files, or found by `infer`, and those in their paths.

    Raises ConfigError if those declared can't be parsed, DatasetError for a column that is in a file and in its path,
    and as Input.columns() does.
    """
    declared = declared_schema(spark, data)
    unified = unified_files.unify(source, groups, declared)
    schema, notes = declared if unified.schema is None else unified.schema, unified.notes
    inferred = infer() if declared is None and second_reader.infers else None
    if inferred is not None:
        schema, notes = inferred.schema, inferred.notes
    elif declared is None and (found := _of_fitting_records(second_reader)):
        schema, notes = found.schema, found.notes
    elif declared is None and data.infer != "spark" and second_reader.is_text:
        schema, notes = infer_text(spark, source, data.bad_records == "aside", as_text=data.infer == "none")
    fields, path_notes = _of_paths(groups, data, declared)
    columns = SourceColumns(schema, notes, unified.names, unified.parts, unified.undeclared, inferred)
    if not fields:
        return columns
    in_files = unified.schema if inferred is None else inferred.schema
    inside = source.columns_inside(spark) if in_files is None or declared is not None else in_files.names
    _check_apart(inside, fields, groups)
    if data.infer == "spark" and schema is None:
        return columns
    if schema is None:
        lenient = {"mode": "DROPMALFORMED"} if data.bad_records == "aside" else {}
        schema = replace(source, options={**source.options, **lenient}).read(spark, None).schema
    schema = _with_fields(schema, fields, declared is not None)
    if source.input.lists_files:
        parts = tuple(replace(part, schema=_with_those_of_paths(part.schema, schema, fields)) for part in unified.parts)
    else:
        parts = unified_files.parts_of_groups(source, groups, schema)
    return replace(columns, schema=schema, notes={**notes, **path_notes}, parts=parts)


def _of_paths(groups: Groups, data: UserData, declared: StructType | None) -> tuple[list[pa.Field], Mapping[str, str]]:
    """The columns in paths, and what is to be said of those whose type nobody has declared."""
    fields, notes = path_columns.fields(groups, as_text=data.infer == "none")
    given = {name.lower() for name in declared.names} if declared else {}
    return fields, {name: note for name, note in notes.items() if name.lower() not in given}


def _of_fitting_records(second_reader: SecondReader) -> Inferred | None:
    """The columns of records in files of which some don't fit; None where the second reader can't tell them apart."""
    data = second_reader.data
    options = {name: value for name, value in data.options.items() if name.lower() != "mode"}
    strict = replace(second_reader, data=replace(data, options=options, bad_records="fail", read_twice=False))
    if not strict.infers or strict.is_text:
        return None
    try:
        found = replace(strict, data=replace(strict.data, options={**options, "mode": "PERMISSIVE"})).infer()
    except DatasetError:
        return None
    return found if found.schema.fields else None


def _check_apart(inside: Sequence[str], fields: Sequence[pa.Field], groups: Groups) -> None:
    """Raise DatasetError for a column that is in both: Spark would take the text in the path."""
    in_files = {name.lower() for name in inside}
    for each in fields:
        if each.name.lower() in in_files:
            values, files = groups[0]
            where = f"column {each.name} is in {files[0]} and in its path ({each.name}={values[each.name]})"
            how = "with the option recursiveFileLookup=true names of folders are no columns"
            raise DatasetError(f"{where}: rename one of them; {how}")


def _with_those_of_paths(inside: StructType, schema: StructType, fields: Sequence[pa.Field]) -> StructType:
    """The columns of some of the files, and behind them those in paths, as they are in the schema of all."""
    from pyspark.sql.types import StructType

    names = {field.name.lower() for field in fields}
    return StructType([*inside, *(field for field in schema if field.name.lower() in names)])


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
