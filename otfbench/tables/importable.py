"""Parquet files of which a table is made, as they are or by writing them anew. Knows no format by name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otfbench.data.changes import InitialRows
from otfbench.errors import ContentError, UnsupportedError
from otfbench.files import is_uri
from otfbench.formats.hadoop import copy_folder, list_files, local_path, qualified
from otfbench.tables.restorable import FilledTable
from otfbench.tables.scratch import Scratch
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_AS_OTHERS_WRITE = {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}
"""Spark's own default are 96 bits, which not each import takes."""


@dataclass(frozen=True, eq=False)
class ImportableFiles(SessionTable):
    """A folder of Parquet files, and the table that doesn't exist yet."""

    initial_rows: InitialRows
    """What the files hold, adapted to the format."""
    folder: str
    """Where they are; a copy of it lies in the table's folder where the format wants that."""
    fingerprints: dict[str, str]
    """File -> what it holds, as a hash; of files below a URI, how much."""
    in_place: bool
    """Whether the files become the table's, or are written anew."""

    def restore(self) -> None:
        """Put the table back to its initial state: it doesn't exist, and its files lie where the format wants them."""
        self.format.drop()
        if self._lying_in != self.folder:
            copy_folder(self.format.spark, self.folder, self._lying_in)

    def bring_in(self) -> None:
        """Make a table of the files."""
        if self.in_place:
            self.format.import_files(self._lying_in, self._schema, self.initial_rows.key)
        else:
            self.format.create(self.format.spark.read.schema(self._schema).parquet(self.folder))

    def files(self) -> dict[str, int]:
        """Every file in its folder, and those that it was made of, wherever they lie."""
        return with_files_of(self, self.folder if self.in_place else None)

    def expected(self) -> DataFrame:
        """What the table must hold. Raises ContentError where the files are not what they were."""
        for folder in {self.folder, self._lying_in}:
            check_unchanged(self.format.spark, folder, self.fingerprints)
        return self.initial_rows.rows

    @property
    def _schema(self) -> StructType:
        return self.initial_rows.rows.schema

    @property
    def _lying_in(self) -> str:
        return self.format.path if self.in_place and self.format.imports_at_home else self.folder


@dataclass(frozen=True, eq=False)
class ImportedTable(FilledTable):
    """A table that holds rows in files which it was made of as they are."""

    folder: str
    """Where these are, if they don't lie in the table's folder."""

    def files(self) -> dict[str, int]:
        """Every file in its folder, and those that it was made of, wherever they lie."""
        return with_files_of(self, self.folder)


@dataclass(frozen=True)
class OwnFiles:
    """The user's files, in a local folder, of which a table is to be made as they are."""

    folder: str
    files: tuple[str, ...]
    key: tuple[str, ...]

    def bring_in(self, table: SessionTable, schema: StructType) -> None:
        """Make the table; raises ContentError if a file isn't what it was before.

        Where it is to be in the folder itself, it is made beside links to the files.
        """
        spark, at_home = table.format.spark, table.format.imports_at_home
        if at_home:
            self._link(local_path(table.format.path))
        before = fingerprints(spark, self.folder)
        table.format.import_files(table.format.path if at_home else self.folder, schema, self.key)
        check_unchanged(spark, self.folder, before)

    def sizes(self, table: SessionTable) -> dict[str, int]:
        """The files of the table, wherever they lie; a link is as large as its file."""
        return {path: os.path.getsize(path) for path in with_files_of(table, self.folder)}

    def _link(self, folder: str) -> None:
        for file in self.files:
            link = os.path.join(folder, os.path.relpath(file, self.folder))
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(file, link)


def with_files_of(table: SessionTable, folder: str | None) -> dict[str, int]:
    """The files of a table's folder, and those of a folder elsewhere that it was made of."""
    spark, inside = table.format.spark, list_files(table.format.spark, table.format.path)
    return inside if folder is None or table.format.imports_at_home else {**list_files(spark, folder), **inside}


def importable(table: SessionTable, initial: InitialRows, scratch: Scratch, in_place: bool) -> ImportableFiles:
    """The rows in Parquet files, in folders that name the values of the table's partition columns, if it has any.

    Raises UnsupportedError where the format can't import them as they are.
    """
    reason = table.format.why_not_imported(initial.rows.schema, initial.key) if in_place else None
    if reason:
        raise UnsupportedError(reason)
    folder = scratch.files(initial.rows, table.format.table.partition_by, _AS_OTHERS_WRITE)
    files = fingerprints(table.format.spark, folder)
    return ImportableFiles(table.format, table.adaptations, initial, folder, files, in_place)


def check_unchanged(spark: SparkSession, folder: str, before: Mapping[str, str]) -> None:
    """Raise ContentError if a file below the folder isn't what it was, by its fingerprint."""
    now = fingerprints(spark, folder)
    changed = [name for name, fingerprint in before.items() if now.get(name) != fingerprint]
    if changed:
        raise ContentError(f"{folder}{changed[0]}: an import has changed the file, or has removed it.")


def fingerprints(spark: SparkSession, folder: str) -> dict[str, str]:
    """Path of each file below the folder -> what it holds, as a hash; below a URI, how much."""
    remote = is_uri(folder)
    root = qualified(spark, folder) if remote else folder
    return {
        path.removeprefix(root): str(length) if remote else _sha256(path)
        for path, length in list_files(spark, folder).items()
    }


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        found = hashlib.sha256()
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()
