"""How Spark reads the user's files, and which file is to blame where it can't. Knows no table format."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from otfbench.data.discovery import UserData
from otfbench.data.listing import COPYING, is_hidden
from otfbench.data.path_columns import Groups, escaped, read_by_spark, root_of
from otfbench.data.second_reading import SecondReader, is_vague
from otfbench.errors import ConfigError, DatasetError, Key, Text
from otfbench.files import is_uri
from otfbench.formats.hadoop import local_path
from otfbench.inputs.base import Input
from otfbench.spark import causes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

FILTERS = {"pathglobfilter", "modifiedbefore", "modifiedafter"}
"""Options, in small letters, that say which of the files in a folder are read."""
LOCATIONS = FILTERS | {"basepath"}
"""Options about where files are."""
_LISTING = LOCATIONS | {"recursivefilelookup"}
_HADOOP_GLOB = re.compile(r"([*?\[\]{}\\])")
_INTERVAL = re.compile(r"(^|[<:,])interval (day|hour|minute|second|month|year)")
_LINK_NAME = re.compile(r"[^A-Za-z0-9._-]")
_LINK_LENGTH = 100
"""The most characters of a file's name in the name of a link to it: file systems take 255 bytes."""


@dataclass(frozen=True)
class SparkFiles:
    """Files as Spark is given them: by their own paths, or by links where it would not read all, or misread a path."""

    input: Input
    paths: tuple[str, ...]
    options: Mapping[str, str]
    files: Mapping[str, str]
    """What Spark calls a file -> the file."""

    def read(self, spark: SparkSession, schema: StructType | None) -> DataFrame:
        """The rows; without a schema Spark infers it."""
        return read(spark, self.input, self.paths, schema, self.options)

    @property
    def linked(self) -> bool:
        """Whether Spark is given links."""
        return any(link != file for link, file in self.files.items())

    def columns_inside(self, spark: SparkSession) -> list[str]:
        """The columns that are in the first file itself, not in its path."""
        options = {name: value for name, value in self.options.items() if name.lower() not in _LISTING}
        options["recursiveFileLookup"] = "true"
        return list(read(spark, self.input, list(self.files)[:1], None, options).columns)


def spark_files(
    spark: SparkSession, files: Input, data: UserData, paths: Sequence[str], groups: Groups, scratch: Path
) -> SparkFiles:
    """These files, of which Spark is to read each one, with the columns that are in their paths.

    Raises DatasetError if there are such columns, Spark takes none from paths of the input, and only Spark knows those
    in the files.
    """
    columns, every = groups[0][0], [file for _, group in groups for file in group]
    options = dict(data.options)
    if columns and not files.lists_files and (data.bad_records == "aside" or data.infer == "spark"):
        example = f"{every[0]} is in a folder that names the column {next(iter(columns))}"
        how = f"Spark takes no column from paths of {files.name}; the option recursiveFileLookup=true leaves it out"
        raise DatasetError(f"{example}: {how}")
    if columns and files.lists_files and "basepath" not in {name.lower() for name in options}:
        options["basePath"] = root_of(data)
    elif data.recursive and not columns and files.lists_files:
        options["recursiveFileLookup"] = "true"
    given = tuple(paths) if files.lists_files else tuple(every)
    if _reads_all(spark, files, data, given, options, groups):
        return SparkFiles(files, given, options, dict(zip(every, every)))
    if odd := next(filter(is_uri, every), None):
        raise DatasetError(
            f"{odd}: Spark would not read just these files by these names: a colon in one, a name that begins with _ or"
            " ., or a column of folders that it takes for another. Rename them, or name fewer."
        )
    folder = tempfile.mkdtemp(prefix="files-", dir=scratch)
    links = _links(groups, folder)
    options = {name: value for name, value in options.items() if name.lower() not in _LISTING}
    return SparkFiles(files, (folder,) if files.lists_files else tuple(links), options, links)


def _reads_all(
    spark: SparkSession, files: Input, data: UserData, paths: Sequence[str], options: Mapping[str, str], groups: Groups
) -> bool:
    """Whether these are the files that Spark reads at these paths, with the values that their paths have."""
    every = [file for _, group in groups for file in group]
    if any(":" in os.path.basename(file) or not file.isprintable() for file in every):
        return (
            False  # Hadoop takes what is before a colon for the scheme of a URI; bytes of no text have no name in Java
        )
    if not files.lists_files:
        return not any(is_hidden(os.path.basename(file)) for file in every)
    root = root_of(data)
    if any(values and read_by_spark(file, root) != values for values, group in groups for file in group):
        return False
    return listed(spark, paths, options) == sorted(every)


def listed(spark: SparkSession, paths: Sequence[str], options: Mapping[str, str]) -> list[str] | None:
    """The files that Spark lists at these paths, sorted; None if it can't list them."""
    listing = {name: value for name, value in options.items() if name.lower() in _LISTING}
    try:
        rows = spark.read.format("binaryFile").options(**listing).load(quoted_paths(paths))
        return sorted(map(local_path, rows.inputFiles()))
    except Exception:  # names that Java or Hadoop can't parse; columns in paths that it finds in conflict
        return None


def _links(groups: Groups, folder: str) -> dict[str, str]:
    """Links to the files, in folders of their columns, with names that Spark reads: link -> file."""
    links: dict[str, str] = {}
    for values, group in groups:
        parent = os.path.join(folder, *escaped(values))
        os.makedirs(parent, exist_ok=True)
        for file in group:
            name = _LINK_NAME.sub("-", os.path.basename(file).removesuffix(COPYING))[-_LINK_LENGTH:]
            link = os.path.join(parent, f"{len(links):06}-{name}")
            os.symlink(os.path.abspath(file), link)
            links[link] = file
    return links


def read(
    spark: SparkSession, files: Input, paths: Iterable[str], schema: StructType | str | None, options: Mapping[str, str]
) -> DataFrame:
    """The rows of local files or folders whatever their names; without a schema Spark infers it."""
    return files.read_foreign(spark, quoted_paths(paths), schema, options)


def quoted_paths(paths: Iterable[str]) -> list[str]:
    """Spark takes a path for a glob: names that have its letters are quoted."""
    return [_HADOOP_GLOB.sub(r"\\\1", path) for path in paths]


def declared_schema(spark: SparkSession, data: UserData) -> StructType | None:
    """The columns that the user declares, if he does; raises ConfigError if they can't be parsed."""
    if data.ddl is None:
        return None
    try:
        schema = spark.createDataFrame([], data.ddl).schema
    except Exception as error:
        words = cause(error)
        begin = "" if words.startswith("char(n)") else "no columns as in CREATE TABLE: "
        example = ", as id bigint, name string" if words.startswith("Syntax error") else ""
        raise ConfigError(Key("schema"), f" {data.ddl}: {begin}{words}{example}") from None
    _check_types(schema, data)
    return schema


def _check_types(schema: StructType, data: UserData) -> None:
    """Raise ConfigError if there is no column, or an interval, for which no reader but Spark's has a type."""
    if not schema.fields:
        raise ConfigError(Key("schema"), " names no column: give some, as id bigint, name string, or leave it out.")
    for name, kind in ((each.name, each.dataType.simpleString()) for each in schema):
        if _INTERVAL.search(kind) and (data.read_twice or "interval year" in kind or "interval month" in kind):
            wrong = f": column {name} is {kind}, and no other reader than Spark's has intervals: declare it as string."
            raise ConfigError(Key("schema"), wrong)


def check_encoding(spark: SparkSession, source: Input, options: Mapping[str, str]) -> None:
    """Raise ConfigError for an encoding that Java doesn't know; of such a one Spark says nothing but its name."""
    for name, value in () if source.typed else options.items():
        if name.lower() in ("encoding", "charset") and not _is_known(spark, value):
            example = "Names are as UTF-8, UTF-16LE, ISO-8859-1, windows-1252."
            raise ConfigError(Key("options", (name, value)), f": Java knows no encoding of that name. {example}")


def _is_known(spark: SparkSession, encoding: str) -> bool:
    jvm: Any = spark._jvm
    try:
        return bool(jvm.java.nio.charset.Charset.isSupported(encoding))
    except Exception:  # letters that no name of one has
        return False


def check_declared(spark: SparkSession, source: SparkFiles, names: Sequence[str], rows: DataFrame, path: str) -> None:
    """A declared column that no file has would be read as nulls; `names`: those of the files, if they tell them all."""
    there = names or source.columns_inside(spark)
    lacking = [name for name in rows.columns if name.lower() not in map(str.lower, there)]
    if lacking:
        absent = f": column {lacking[0]} is not in the files of {path}. There are: {', '.join(there)}."
        raise ConfigError(Key("schema"), absent)


def reason(spark: SparkSession, source: SparkFiles, groups: Groups, data: UserData, error: Exception) -> Text:
    """Which file it is, and the first cause; where Spark doesn't name the file, each is read alone until one fails."""
    chain = [_with_files(text, source.files) for text in causes.causes(error)]
    every = list(source.files.items())
    guilty = [file for link, file in every if any(_names(text, file) for text in chain)]
    if not guilty:
        guilty = [file for link, file in every if len(every) == 1 or not _readable(spark, source, link, data)][:1]
    where = guilty[0] if guilty else data.path
    alone: Groups = [(values, [where]) for values, files in groups if where in files]
    fault = SecondReader(source.input, alone, data).fault(declared_schema(spark, data)) if guilty else None
    by_spark = causes.reason(error, where)
    if fault and (by_spark == causes.SILENT_READER or not is_vague(fault)):
        return fault if where in str(fault[0]) else (f"{where} can't be read as {data.format}: ", *fault)
    words = (_with_files(part, source.files) if isinstance(part, str) else part for part in by_spark)
    return f"{where} can't be read as {data.format}: ", *words, "."


def cause(error: Exception) -> str:
    """The innermost cause of an error of Spark's."""
    return "".join(map(str, causes.reason(error)))


def _with_files(text: str, files: Mapping[str, str]) -> str:
    """A text of Spark's, with the files in place of links."""
    for link in re.findall(r"/[\w./=%-]+", text):
        if link in files:
            text = text.replace(link, files[link])
    return text


def _names(text: str, file: str) -> bool:
    return file in text or file in unquote(text)


def _readable(spark: SparkSession, source: SparkFiles, link: str, data: UserData) -> bool:
    schema = declared_schema(spark, data)
    try:
        read(spark, source.input, [link], schema, source.options).write.format("noop").mode("overwrite").save()
    except Exception:
        return False
    return True
