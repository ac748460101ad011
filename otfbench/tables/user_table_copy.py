"""A copy of a table of the user's, registered as a table of the run. Writes nothing to the original.

Knows no format by name.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.user_table import UserTable
from otfbench.errors import ContentError, UnsupportedError
from otfbench.files import is_uri
from otfbench.formats.hadoop import copy_folder
from otfbench.formats.sql import quoted
from otfbench.spark.causes import first_cause
from otfbench.tables.restorable import FilledTable, Version
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, eq=False)
class CopiedTable(FilledTable):
    """A copy that is restored before each round; it has the versions of its original."""

    original: UserTable
    names: tuple[str, ...]
    """Those of the versions, the oldest first."""

    def version(self, commits_ago: int) -> Version:
        """The version that was current so many commits ago, with what the original held then.

        Raises UnsupportedError if it is not there, or its files are gone.
        """
        if len(self.names) <= commits_ago:
            raise UnsupportedError(
                f"{len(self.names)} versions are kept in the table, none from {commits_ago} commits ago"
            )
        name, spark = self.names[-1 - commits_ago], self.format.spark
        try:
            rows = self.original.read(spark, name)
            digest(rows)
        except Exception as error:
            spark.range(1).count()  # raises where the JVM is at an end
            raise UnsupportedError(
                f"version {name} can't be read in the table any more: {first_cause(error)}"
            ) from None
        return Version(name, rows)

    def changed_rows(self) -> DataFrame:
        """Raises UnsupportedError: nobody but the table knows."""
        raise UnsupportedError("which rows earlier commits changed in a table of your own is known from it alone")


def copy_table(spark: SparkSession, original: UserTable, table: SessionTable) -> None:
    """Copy its folder, rewrite the paths in it, and add it to the catalog.

    Raises ContentError if it doesn't hold what the original held when that was looked through.
    """
    target = table.format.path
    table.format.drop()
    mixed = is_uri(target) and not is_uri(original.path)
    copy_folder(spark, f"file:{original.path}" if mixed else original.path, target)
    if not is_uri(target):
        _make_writable(target)
    table.format.adopt(original.path)
    wanted, found = original.read(spark), table.read()
    if not same_columns(wanted, found) or digest(found.select(*map(quoted, wanted.columns))) != original.content:
        raise ContentError(
            f"A copy of {original.path} doesn't hold what that holds: nothing can be measured on it.\n"
            f"{differences(wanted, found)}"
        )


def _make_writable(folder: str) -> None:
    """A copy has the permissions of its original, which may be for reading alone."""
    for parent, _, names in os.walk(folder):
        os.chmod(parent, os.stat(parent).st_mode | stat.S_IRWXU)
        for name in names:
            path = os.path.join(parent, name)
            os.chmod(path, os.stat(path).st_mode | stat.S_IWUSR)
