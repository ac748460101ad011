"""What a table format does with a table: the contract of a plugin. Knows no benchmark, and no format by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING, Any

from otfbench.formats.catalogs import java_identifier
from otfbench.formats.hadoop import folder_exists, remove_folder
from otfbench.formats.model import Capability
from otfbench.formats.sql import partitioned, quoted, sql_text
from otfbench.formats.stored import StoredFormat

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter
    from pyspark.sql.types import StructType


class TableFormat(StoredFormat):
    """One table format: its facts, and statements about the table that at() binds it to.

    Standard SQL is here; a format overrides what differs. Unbound, a statement raises TypeError.
    """

    def create(self, rows: DataFrame) -> None:
        """Create a table that holds these rows. If it fails, nothing of it is left, an existing table is unchanged."""
        existed = folder_exists(self.spark, self.path)
        view = _view_of(rows)
        try:
            clauses = partitioned(self.table.partition_by) + self._properties_sql(self.table.properties)
            clauses += self._location_sql()
            self.spark.sql(f"CREATE TABLE {self.identifier} USING {self.name} {clauses}AS SELECT * FROM {view}")
        except Exception:
            if not existed:
                with suppress(Exception):  # the first error is the one to raise
                    self.drop()
            raise

    def import_files(self, folder: str, schema: StructType, key: Sequence[str]) -> None:
        """Make a table of the Parquet files in a folder, which stay as they are.

        `schema` has all columns, also those whose values are in folders `name=value`, which are the table's partitions;
        `key` names the columns of the key. Raises NotImplementedError without IMPORT.
        """
        raise NotImplementedError(f"{self.name} has no {Capability.IMPORT.value}")

    def read(self, version: str | None = None) -> DataFrame:
        """The table's current rows, or those of a version as version() named it; the user's columns only."""
        if version is None:
            return self.spark.table(self.identifier)
        return self.spark.sql(f"SELECT * FROM {self.identifier} {self.as_of(version)}")

    def version(self) -> str:
        """The name of the current version, for a later read of it; raises NotImplementedError without TIME_TRAVEL."""
        raise NotImplementedError(f"{self.name} has no {Capability.TIME_TRAVEL.value}")

    def versions(self) -> list[str]:
        """The names of the table's versions that are kept, the oldest first; none if the format doesn't list them."""
        return []

    def reported(self, new_files: Collection[str]) -> dict[str, int] | None:
        """What the format itself reports of the commits whose files are among these; see otfbench.formats.commits.

        Empty if there are none, or none that changed rows or files. None if the format keeps no record of commits.
        """
        return None

    def changes(self, version: str, key: Sequence[str]) -> DataFrame:
        """The rows that commits after a version inserted, updated or deleted, of a table of the variant `feed`.

        The user's columns, and CHANGE of otfbench.formats.change_feed. An updated row is as it was then, a deleted one
        as it was before. Raises NotImplementedError without CHANGE_FEED.
        """
        raise NotImplementedError(f"{self.name} has no {Capability.CHANGE_FEED.value}")

    def append(self, rows: DataFrame) -> None:
        """Add rows; columns are matched by name."""
        view = _view_of(rows)
        self.spark.sql(f"INSERT INTO {self.identifier} BY NAME SELECT * FROM {view}")

    def overwrite(self, rows: DataFrame) -> None:
        """Replace all rows of a table without partitions."""
        view = _view_of(rows)
        self.spark.sql(f"INSERT OVERWRITE TABLE {self.identifier} BY NAME SELECT * FROM {view}")

    def overwrite_partition(self, rows: DataFrame, value: str) -> None:
        """Replace the rows of one partition; the rows lack its column, of which `value` is the value as text."""
        view = _view_of(rows)
        partition = f"PARTITION ({quoted(self.table.partition_by[0])} = {sql_text(value)})"
        columns = [quoted(name) for name in self.read().columns if name not in self.table.partition_by]
        self.spark.sql(f"INSERT OVERWRITE TABLE {self.identifier} {partition} SELECT {', '.join(columns)} FROM {view}")

    def merge(self, rows: DataFrame, key: Iterable[str]) -> None:
        """Update the rows whose keys exist, insert the others."""
        view = _view_of(rows)
        same = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in key)
        self.spark.sql(
            f"MERGE INTO {self.identifier} t USING {view} s ON {same}"
            " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )

    def update(self, column: str, value: str, where: str) -> None:
        """Set a column to the value of an expression where a condition holds; both are SQL."""
        self.spark.sql(f"UPDATE {self.identifier} SET {quoted(column)} = {value} WHERE {where}")

    def delete(self, where: str) -> None:
        """Remove the rows for which a condition (SQL) holds."""
        self.spark.sql(f"DELETE FROM {self.identifier} WHERE {where}")

    def write_stream(self, writer: DataStreamWriter) -> StreamingQuery:
        """Let a stream of rows with the table's columns flow into the table, batch by batch; `writer` has all else.

        Raises NotImplementedError without STREAM.
        """
        if Capability.STREAM not in self.capabilities:
            raise NotImplementedError(f"{self.name} has no {Capability.STREAM.value}")
        return writer.format(self.name).toTable(self.identifier)

    def add_column(self, name: str, dtype: str) -> None:
        """Add a column, null in all existing rows."""
        self.spark.sql(f"ALTER TABLE {self.identifier} ADD COLUMNS ({quoted(name)} {dtype})")

    def compact(self) -> None:
        """Rewrite small files as few large ones, without deleted rows; raises NotImplementedError without COMPACT."""
        raise NotImplementedError(f"{self.name} has no {Capability.COMPACT.value}")

    def expire(self) -> None:
        """Remove all versions but the current one, and their files; raises NotImplementedError without EXPIRE."""
        raise NotImplementedError(f"{self.name} has no {Capability.EXPIRE.value}")

    def properties(self) -> dict[str, str]:
        """The effective table properties, as the format reports them."""
        return {row["key"]: row["value"] for row in self.spark.sql(f"SHOW TBLPROPERTIES {self.identifier}").collect()}

    def invalidate_caches(self) -> None:
        """Drop every cache of the table, after its files were replaced."""
        if not _invalidated(self.spark, self.catalog, java_identifier(self.spark, self.namespace, self.table.name)):
            self.spark.sql(f"REFRESH TABLE {self.identifier}")

    def register_table(self) -> None:
        """Add the table, whose folder was put where it belongs, to the catalog; Spark's only lists what it created."""
        if self.catalog == "spark_catalog":
            clauses = f"{self._properties_sql(self.table.properties)}LOCATION {sql_text(self.path)}"
            self.spark.sql(f"CREATE TABLE {self.identifier} USING {self.name} {clauses}")

    def rewrite_paths(self, folder: str, new_folder: str) -> bool:
        """Rewrite the paths in this table's metadata, from `folder` to `new_folder`; False if they are relative.

        `folder`: this table's, which is about to be renamed to `new_folder`; or another one's, of which this table's
        folder, `new_folder`, is a copy.
        """
        return False

    def adopt(self, folder: str) -> None:
        """Make a table of its folder, which is a copy of another table's: paths in it, and its name in the catalog."""
        self.rewrite_paths(folder, new_folder=self.path)
        self.register_table()

    def drop(self) -> None:
        """Remove the table if it exists, and whatever lies in its folder."""
        remove_folder(self.spark, self.path)  # first: a format may refuse to drop a table whose files are damaged
        self.spark.sql(f"DROP TABLE IF EXISTS {self.identifier}")


def _view_of(rows: DataFrame) -> str:
    """The name of a view of the rows, which a thread has for itself: several may write in one session."""
    name = f"otfbench_rows_{get_ident()}"
    rows.createOrReplaceTempView(name)
    return name


def _invalidated(spark: SparkSession, catalog: str, identifier: Any) -> bool:
    """Drop what a catalog keeps of a table, without opening it as REFRESH TABLE does.

    False, and nothing dropped, where a workload keeps rows in memory: they may be of this table.
    """
    session: Any = spark._jsparkSession
    if not session.sharedState().cacheManager().isEmpty():
        return False
    session.sessionState().catalogManager().catalog(catalog).invalidateTable(identifier)
    return True
