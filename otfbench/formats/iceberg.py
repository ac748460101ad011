"""Apache Iceberg, in a Hadoop catalog, or in one that points to the current metadata: JDBC. Knows no other format."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from otfbench.formats import iceberg_import, iceberg_metadata
from otfbench.formats.base import TableFormat
from otfbench.formats.catalogs import Catalog, java_identifier
from otfbench.formats.change_feed import DELETE, INSERT, UPDATE, labelled
from otfbench.formats.commits import commit_names, row_counts, summed
from otfbench.formats.model import Capability, Variant
from otfbench.formats.sql import quoted, sql_text
from otfbench.formats.stored import DATA_BYTES

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

_LAKE = "spark.sql.catalog.lake"
_CATALOGS = {
    "hadoop": Catalog(),
    "jdbc": Catalog(
        {
            f"{_LAKE}.type": "jdbc",
            f"{_LAKE}.uri": "jdbc:sqlite:{folder}/catalog.db",
            f"{_LAKE}.jdbc.schema-version": "V1",  # Spark also looks for views, which V0 doesn't have
        },
        prefix=f"{_LAKE}.",
        address="uri",
        driver="org.xerial:sqlite-jdbc",
    ),
}
_VARIANTS = {
    "shipped": Variant(),
    "aligned": Variant(
        {
            "write.parquet.compression-codec": "zstd",
            "write.target-file-size-bytes": "134217728",
            "write.distribution-mode": "none",
        }
    ),
    "cow": Variant({f"write.{what}.mode": "copy-on-write" for what in ("delete", "update", "merge")}),
    "mor": Variant(
        {"format-version": "3"} | {f"write.{what}.mode": "merge-on-read" for what in ("delete", "update", "merge")}
    ),
}
_VARIANTS["feed"] = _VARIANTS["cow"]  # a table's history is its feed, but for files of deletes
_TOLERANCES = {
    "input_bytes": 0.02,
    "output_bytes": 0.01,
    "shuffle_write_bytes": 0.05,
    **dict.fromkeys(DATA_BYTES, 0.02),
    "metadata_bytes": 0.05,
}
"""Counter -> the share by which it may differ between equal runs, as measured (docs/measuring.md).

Whole paths with random names are in the metadata, and in the rows that row-level changes shuffle; a compaction writes
rows in the order in which its threads bring them.
"""
_CONFLICT = re.compile(
    r"CommitFailedException|ValidationException: (Found (new )?conflicting|Missing|Cannot commit)"
    r"|the table has been concurrently modified"
)
"""Matches also what is said of a data file that another commit has replaced."""
_REFUSED_PROPERTIES = dict.fromkeys(
    ("write.data.path", "write.metadata.path", "write.folder-storage.path", "write.object-storage.path"),
    "files outside of the table's folder would neither be measured nor be removed",
)


class Iceberg(TableFormat):
    """Iceberg: Parquet files, manifests, and a metadata file per commit."""

    name = "iceberg"
    catalog = "lake"
    catalogs = _CATALOGS
    version_option = "snapshot-id"
    reader = "pyiceberg"
    capabilities = frozenset(Capability)
    tolerances = _TOLERANCES
    variants = _VARIANTS
    conflict = _CONFLICT
    imports_at_home = True
    marker = "metadata/*.metadata.json"
    metadata = re.compile(r"^metadata/")
    refused_in_names = re.compile(r"^$")
    reserved_names = re.compile("(_file|_pos|_deleted|_spec_id|_partition|_row_id|_last_updated_sequence_number)$")
    refused_properties = _REFUSED_PROPERTIES

    def conf(self, warehouse: str) -> dict[str, str]:
        """Extension and catalog; without the catalog's cache, which would outlive a table put back to its start."""
        return {
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            _LAKE: "org.apache.iceberg.spark.SparkCatalog",
            f"{_LAKE}.type": "hadoop",
            f"{_LAKE}.warehouse": warehouse,
            f"{_LAKE}.cache-enabled": "false",
        }

    @property
    def path(self) -> str:
        """A Hadoop catalog puts tables into plain folders, other catalogs put them where they are told to."""
        return f"{self.table.warehouse}/{self.namespace}/{self.table.name}"

    @property
    def _pointed(self) -> bool:
        """Whether the catalog says which metadata is current, and not the table's folder."""
        return self.catalog_type != "hadoop"

    @property
    def _identifier(self) -> Any:
        return java_identifier(self.spark, self.namespace, self.table.name)

    def _location_sql(self) -> str:
        return f"LOCATION {sql_text(self.path)} " if self._pointed else ""

    def invalidate_caches(self) -> None:
        """A catalog that points to a file of metadata is to point to the newest that is there now."""
        if self._pointed:
            iceberg_metadata.unregister(self.spark, self.catalog, self._identifier)
            self.register_table()
        super().invalidate_caches()

    def register_table(self) -> None:
        """By the newest metadata in the folder: a Hadoop catalog looks there by itself."""
        if self._pointed:
            iceberg_metadata.register(self.spark, self.catalog, self._identifier, self.path)

    def drop(self) -> None:
        """A table that isn't what the catalog points to can't be opened, which Spark does before it drops one."""
        if self._pointed:
            iceberg_metadata.unregister(self.spark, self.catalog, self._identifier)
        super().drop()

    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Integers have 32 or 64 bits; void is refused until format version 3; intervals as text can be cast back."""
        from pyspark.sql import types as T

        if isinstance(dtype, T.ByteType | T.ShortType):
            return T.IntegerType(), "Iceberg has no integers shorter than 32 bits"
        if isinstance(dtype, T.NullType):
            return T.StringType(), "Iceberg refuses void before format version 3"
        if isinstance(dtype, T.DayTimeIntervalType | T.YearMonthIntervalType):
            return T.StringType(), "Iceberg refuses intervals"
        if isinstance(dtype, T.CharType | T.VarcharType):
            return T.StringType(), "Iceberg's texts have no length"
        if dtype == T.StructType():
            return T.StringType(), "Iceberg refuses a struct without fields"
        return None

    def read_path(self, spark: SparkSession, path: str, version: str | None = None) -> DataFrame:
        """Tables of other catalogs than Hadoop's, too: these name metadata files 00003-(UUID), the newest is read."""
        return super().read_path(spark, iceberg_metadata.of_catalog(spark, path) or path, version)

    def rewrite_paths(self, folder: str, new_folder: str) -> bool:
        """Iceberg's metadata holds absolute paths."""
        iceberg_metadata.rewrite_paths(self.spark, self.path, folder, new_folder)
        return True

    def adopt(self, folder: str) -> None:
        """Of a table of another catalog, too: its newest metadata gets the name by which Hadoop's looks for it."""
        if not iceberg_metadata.adopt(self.spark, self.path, folder):
            super().adopt(folder)

    def batches(self, path: str) -> Iterator[pa.RecordBatch]:
        """By pyiceberg, from the newest metadata file: catalogs name them v3.metadata.json, or 00003-(UUID)."""
        from pyiceberg.table import StaticTable

        yield from StaticTable.from_metadata(iceberg_metadata.newest_of_any(path)).scan().to_arrow_batch_reader()

    def import_files(self, folder: str, schema: StructType, key: Sequence[str]) -> None:
        """An empty table, and `add_files`; by that they could lie elsewhere, and would not go where the table goes."""
        self.create(self.spark.createDataFrame([], schema))
        for statement in iceberg_import.statements(self, folder, schema):
            self.spark.sql(statement)

    def live_files(self, files: Collection[str]) -> set[str]:
        """From the metadata table `files`: data and delete files of the current snapshot; paths are not encoded."""
        return _named_in(self, "files").intersection(files)

    def reachable_files(self, files: Collection[str]) -> set[str]:
        """From the metadata table `all_files`: those of all snapshots."""
        return _named_in(self, "all_files").intersection(files)

    def version(self) -> str:
        """The current snapshot's id."""
        refs = self.spark.sql(f"SELECT snapshot_id FROM {self.identifier}.refs WHERE name = 'main'").collect()
        return str(refs[0][0])

    def versions(self) -> list[str]:
        """The snapshots from which the current one has come."""
        history = self.spark.sql(f"SELECT * FROM {self.identifier}.history WHERE is_current_ancestor")
        return [str(row["snapshot_id"]) for row in history.sort("made_current_at").collect()]

    def reported(self, new_files: Collection[str]) -> dict[str, int] | None:
        """`summary` of the metadata table `snapshots`; a change of the schema makes none."""
        ids = commit_names(new_files, r"/metadata/snap-(\d+)-[^/]*$")
        snapshots = self.spark.sql(f"SELECT snapshot_id, summary FROM {self.identifier}.snapshots").collect()
        return summed(_counts(snapshot["summary"]) for snapshot in snapshots if str(snapshot["snapshot_id"]) in ids)

    def changes(self, version: str, key: Sequence[str]) -> DataFrame:
        """From a view of the changelog, which takes copies of rows out, and tells updates by the key."""
        view, names = f"otfbench_changes_{self.table.name}", ", ".join(map(sql_text, key))
        start = f"options => map('start-snapshot-id', {sql_text(version)}), identifier_columns => array({names})"
        self._call("create_changelog_view", f"changelog_view => {sql_text(view)}, {start}")
        feed = self.spark.table(quoted(view)).drop("_change_ordinal", "_commit_snapshot_id")
        return labelled(feed, "_change_type", {"INSERT": INSERT, "UPDATE_AFTER": UPDATE, "DELETE": DELETE})

    def compact(self) -> None:
        """Rewrite all data files; what was deleted beside them is folded in."""
        self._call("rewrite_data_files", "options => map('rewrite-all', 'true')")

    def expire(self) -> None:
        """Expire all snapshots but the current one, whatever their age."""
        self._call("expire_snapshots", "older_than => TIMESTAMP '2999-01-01 00:00:00', retain_last => 1")

    def _call(self, procedure: str, arguments: str) -> None:
        name = sql_text(f"{self.namespace}.{quoted(self.table.name)}")
        self.spark.sql(f"CALL {self.catalog}.system.{procedure}(table => {name}, {arguments})")


def _named_in(table: Iceberg, metadata_table: str) -> set[str]:
    named = table.spark.sql(f"SELECT DISTINCT file_path FROM {table.identifier}.{metadata_table}").collect()
    return {row[0].removeprefix("file:") for row in named}


def _counts(summary: Mapping[str, str]) -> dict[str, int]:
    """One snapshot's summary, which leaves out what is zero; rows marked as deleted count as removed, once."""

    def count(what: str) -> int:
        return int(summary.get(what, 0))

    marked = count("added-position-deletes") - count("removed-position-deletes")
    files = {"added_files": count("added-data-files"), "removed_files": count("deleted-data-files")}
    return row_counts(count("added-records"), count("deleted-records") + marked) | files
