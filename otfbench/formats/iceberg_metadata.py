"""Iceberg's files of metadata: which is the newest, what a catalog is told of it, other paths in it. Times nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otfbench.errors import DatasetError
from otfbench.files import is_uri
from otfbench.formats.hadoop import list_files, remove_folder, replace_file

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def newest_of_any(path: str) -> str:
    """The newest in a table's local folder; catalogs name them v3.metadata.json, or 00003-(UUID).metadata.json."""
    files = Path(path).glob("metadata/*.metadata.json")
    return str(max(files, key=lambda file: int(re.sub(r"^v?(\d+).*", r"\1", file.name))))


def of_catalog(spark: SparkSession, path: str) -> str | None:
    """The newest in a table's folder, if another catalog than Hadoop's wrote it; raises as _newest() does."""
    if is_uri(path):
        files = [file for file in list_files(spark, f"{path}/metadata") if file.endswith(".metadata.json")]
    else:
        files = [str(file) for file in Path(path).glob("metadata/*.metadata.json")]
    return _newest(files, path) if files and all(map(_number, files)) else None


def adopt(spark: SparkSession, path: str, folder: str) -> bool:
    """Make a table of a Hadoop catalog of `path`, a copy of a folder; False if that is one already."""
    newest = of_catalog(spark, folder)
    if newest is None:
        return False
    iceberg: Any = spark._jvm.org.apache.iceberg  # type: ignore[union-attr]  # a classic session
    files = iceberg.hadoop.HadoopFileIO(spark._jsc.hadoopConfiguration())
    _rewrite(spark, iceberg.BaseTable(iceberg.StaticTableOperations(newest, files), folder), path, path)
    name = newest.rpartition("/")[2]
    numbered = f"v{int(name.partition('-')[0])}{name[name.index('.'):]}"
    replace_file(spark, f"{path}/metadata/{name}", f"{path}/metadata/{numbered}")
    return True


def register(spark: SparkSession, catalog: str, identifier: Any, path: str) -> None:
    """Let a catalog point to the newest metadata in the table's folder; raises DatasetError as _newest() does."""
    newest = _newest(list_files(spark, f"{path}/metadata"), path)
    own, name = _in_catalog(spark, catalog, identifier)
    own.registerTable(name, newest)


def unregister(spark: SparkSession, catalog: str, identifier: Any) -> None:
    """Take the table, if it is there, out of a catalog, wherever that points; no file is read or removed."""
    own, name = _in_catalog(spark, catalog, identifier)
    own.dropTable(name, False)


def rewrite_paths(spark: SparkSession, path: str, folder: str, new_folder: str) -> None:
    """Put metadata with other paths in place of the table's, in its folder `path`: see TableFormat.rewrite_paths().

    Iceberg's RewriteTablePath stages it.
    """
    jvm: Any = spark._jvm
    table = jvm.org.apache.iceberg.hadoop.HadoopTables(spark._jsc.hadoopConfiguration()).load(folder)
    _rewrite(spark, table, path, new_folder)


def _rewrite(spark: SparkSession, table: Any, path: str, new_folder: str) -> None:
    """Put metadata with other paths than this table's in place of that in a folder."""
    jvm: Any = spark._jvm
    action = jvm.org.apache.iceberg.spark.actions.SparkActions.get(spark._jsparkSession).rewriteTablePath(table)
    staging = f"{path}-staging"
    result = action.rewriteLocationPrefix(table.location(), new_folder).stagingLocation(staging).execute()
    for staged, target in spark.read.csv(result.fileListLocation()).collect():
        if staged.startswith(staging):  # others are the data files, which stay as they are
            replace_file(spark, staged, path + target.removeprefix(new_folder))
    remove_folder(spark, staging)


def _in_catalog(spark: SparkSession, catalog: str, identifier: Any) -> tuple[Any, Any]:
    """Iceberg's own catalog behind one of Spark's, and the name of a table as that takes it."""
    jvm: Any = spark._jvm
    util = jvm.org.apache.iceberg.spark.Spark3Util
    return util.loadIcebergCatalog(spark._jsparkSession, catalog), util.identifierToTableIdentifier(identifier)


def _newest(files: Iterable[str], path: str) -> str:
    """The newest metadata among these files, of a catalog that names it 00003-(UUID).metadata.json.

    Which one is current only that catalog knows: raises DatasetError if there are two, or none.
    """
    numbers = {file: int(number[1]) for file in files if (number := _number(file))}
    newest = sorted(file for file, number in numbers.items() if number == max(numbers.values()))
    if len(newest) != 1:
        names = ", ".join(file.rpartition("/")[2] for file in newest) or "none is there"
        raise DatasetError(
            f"{path}: the table's catalog alone knows which metadata is current: {names}. Remove the others."
        )
    return newest[0]


def _number(file: str) -> re.Match[str] | None:
    return re.search(r"/(\d+)-[^/]*\.metadata\.json$", file)
