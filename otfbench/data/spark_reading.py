"""How Spark reads the user's files, and which file is to blame where it can't. Knows no second reader."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from otfbench.data.discovery import UserData, files_below
from otfbench.data.second_reading import SecondReader
from otfbench.errors import ConfigError, Key, Text
from otfbench.formats.hadoop import local_path
from otfbench.inputs.base import Input
from otfbench.spark import causes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

LOCATIONS = {"pathglobfilter", "basepath", "modifiedbefore", "modifiedafter"}
"""Options, in small letters, about where files are."""
SUBFOLDERS: Text = ("Spark skips subfolders, unless there is ", Key("options", ("recursiveFileLookup", "true")))
"""What may be wrong where Spark finds no file."""
_LISTING = LOCATIONS | {"recursivefilelookup"}
_HADOOP_GLOB = re.compile(r"([*?\[\]{}\\])")


def read(
    spark: SparkSession, files: Input, paths: Iterable[str], schema: StructType | str | None, options: Mapping[str, str]
) -> DataFrame:
    """The rows of local files or folders whatever their names; without a schema Spark infers it."""
    return files.read_foreign(spark, quoted_paths(paths), schema, options)


def declared_schema(spark: SparkSession, data: UserData) -> StructType | None:
    """The columns that the user declares, if he does; raises ConfigError if they can't be parsed."""
    if data.ddl is None:
        return None
    try:
        return spark.createDataFrame([], data.ddl).schema
    except Exception as error:
        raise ConfigError(Key("schema"), f" {data.ddl}: no columns as in CREATE TABLE: {cause(error)}") from None


def listed_files(spark: SparkSession, files: Input, paths: tuple[str, ...], data: UserData) -> list[str]:
    """The files that Spark reads at these paths, sorted."""
    if not files.lists_files:
        return list(paths)
    options = {name: value for name, value in data.options.items() if name.lower() in _LISTING}
    listed = spark.read.format("binaryFile").options(**options).load(quoted_paths(paths))
    return sorted(map(local_path, listed.inputFiles()))


def quoted_paths(paths: Iterable[str]) -> list[str]:
    """Spark takes a path for a glob: names that have its letters are quoted."""
    return [_HADOOP_GLOB.sub(r"\\\1", path) for path in paths]


def check_declared(there: Sequence[str], rows: DataFrame, data: UserData) -> None:
    """A column that no file has would be read as nulls, where files tell their columns."""
    lacking = [name for name in rows.columns if name.lower() not in map(str.lower, there)]
    if lacking:
        absent = f": column {lacking[0]} is not in the files of {data.path}. There are: {', '.join(there)}."
        raise ConfigError(Key("schema"), absent)


def reason(spark: SparkSession, files: Input, paths: Iterable[str], data: UserData, error: Exception) -> Text:
    """Which file it is, and the first cause; where Spark doesn't name the file, each is read alone until one fails."""
    chain = causes.causes(error)
    every = files_below(paths)
    guilty = [file for file in every if any(_names(text, file) for text in chain)]
    if not guilty:
        guilty = [file for file in every if len(every) == 1 or not _readable(spark, files, file, data)][:1]
    where = guilty[0] if guilty else data.path
    if guilty and (fault := SecondReader(files, (where,), data).fault(declared_schema(spark, data))):
        return fault if where in str(fault[0]) else (f"{where} can't be read as {data.format}: ", *fault)
    folders = any(map(os.path.isdir, paths))
    hint = (" (", *SUBFOLDERS, ")") if folders and "UNABLE_TO_INFER_SCHEMA" in chain[-1] else ()
    return f"{where} can't be read as {data.format}: ", *causes.reason(error, where), *(hint or (".",))


def cause(error: Exception) -> str:
    """The innermost cause of an error of Spark's."""
    return "".join(map(str, causes.reason(error)))


def _names(text: str, file: str) -> bool:
    return file in text or file in unquote(text)


def _readable(spark: SparkSession, files: Input, file: str, data: UserData) -> bool:
    try:
        read(spark, files, [file], declared_schema(spark, data), data.options).write.format("noop").mode(
            "overwrite"
        ).save()
    except Exception:
        return False
    return True
