"""Files that tell different columns, read by Spark as one: those of the same types together, then cast and united.

Spark reads columns that are missing, or in another order, by a schema; numbers that are narrower than it says, it
refuses, or not, by the kind of file. Knows no input by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

from otfbench.data.path_columns import Groups, Values
from otfbench.data.spark_reading import SparkFiles, read
from otfbench.formats.sql import quoted
from otfbench.inputs.base import Input

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType


@dataclass(frozen=True)
class Part:
    """Some of the files, the columns by which Spark reads them, and the options that it needs for that."""

    paths: tuple[str, ...]
    schema: StructType
    options: Mapping[str, str] = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    """The values in the paths, where Spark takes none from there."""


@dataclass(frozen=True)
class UnifiedFiles:
    """The columns of all files, what is to be said of some, and the parts; none where Spark finds that itself."""

    names: Sequence[str]
    schema: StructType | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    undeclared: Sequence[str] = ()
    """The names of columns and fields in the files that a schema leaves out."""


def unify(source: SparkFiles, groups: Groups, schema: StructType | None) -> UnifiedFiles:
    """The files in their own columns or those of a schema; columns in paths are left out.

    Raises DatasetError as Input.columns() does.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    links = {file: link for link, file in source.files.items()}
    in_paths = list(groups[0][0])
    inside = schema and _without(schema, in_paths)
    columns = source.input.columns(list(links), inside and to_arrow_schema(inside))
    if columns is None:
        return UnifiedFiles(())
    names = [*columns.names, *in_paths]
    if columns.agree:
        return UnifiedFiles(names, notes=columns.remarks, undeclared=columns.undeclared)
    options = {"basePath": source.paths[0]} if in_paths and source.linked else {}
    alone = len(columns.parts) == 1
    parts = tuple(
        Part(
            source.paths if alone else tuple(links[file] for file in each),
            from_arrow_schema(part, prefer_timestamp_ntz=True),
            options,
        )
        for part, each in columns.parts
    )
    whole = from_arrow_schema(columns.schema, prefer_timestamp_ntz=True)
    return UnifiedFiles(names, whole, {**columns.remarks, **columns.notes}, parts, columns.undeclared)


def read_parts(
    spark: SparkSession, files: Input, parts: Iterable[Part], schema: StructType, options: Mapping[str, str]
) -> DataFrame:
    """The rows of all parts, in the types of the schema, then the columns that are in the paths."""
    each = (_read(spark, files, part, options) for part in parts)
    return reduce(lambda one, other: one.unionByName(other), (rows.select(*_cast(rows, schema)) for rows in each))


def _read(spark: SparkSession, files: Input, part: Part, options: Mapping[str, str]) -> DataFrame:
    from pyspark.sql import functions as F

    rows = read(spark, files, part.paths, part.schema, {**part.options, **options})
    return rows.withColumns({name: F.lit(value).cast("string") for name, value in part.values.items()})


def parts_of_groups(source: SparkFiles, groups: Groups, schema: StructType) -> tuple[Part, ...]:
    """The files of each group alone, with the values in their paths; the schema has a column for each of these."""
    links = {file: link for link, file in source.files.items()}
    inside = _without(schema, groups[0][0])
    return tuple(Part(tuple(links[file] for file in files), inside, values=values) for values, files in groups)


def _without(schema: StructType, names: Iterable[str]) -> StructType:
    """The other columns, whatever the case of these names."""
    from pyspark.sql.types import StructType

    left_out = {name.lower() for name in names}
    return StructType([each for each in schema if each.name.lower() not in left_out])


def _cast(rows: DataFrame, schema: StructType) -> Iterator[Column]:
    from pyspark.sql import functions as F

    kinds = {each.name.lower(): each.dataType for each in rows.schema.fields}
    for each in schema.fields:
        kind = kinds.pop(each.name.lower(), None)
        column = F.lit(None).cast(each.dataType) if kind is None else _converted(each.name, kind, each.dataType)
        yield column.alias(each.name)
    yield from (F.col(quoted(name)) for name in rows.columns if name.lower() in kinds)


def _converted(name: str, kind: DataType, wanted: DataType) -> Column:
    """The column in the wanted type; whole numbers that are to be times are nanoseconds."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if kind == wanted:
        return F.col(quoted(name))
    if isinstance(kind, T.LongType) and isinstance(wanted, T.TimestampType | T.TimestampNTZType):
        return F.timestamp_micros(F.expr(f"{quoted(name)} div 1000")).cast(wanted)
    return F.col(quoted(name)).cast(wanted)
