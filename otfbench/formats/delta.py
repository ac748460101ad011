"""Delta Lake, in Spark's session catalog, the only one that its catalog class works in. Knows no other format."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from otfbench.formats import delta_reader
from otfbench.formats.base import TableFormat
from otfbench.formats.catalogs import HIVE, Catalog
from otfbench.formats.change_feed import DELETE, INSERT, UPDATE, labelled
from otfbench.formats.commits import commit_names, summed
from otfbench.formats.declaration import ANCIENT, COUNTED_IN_PART, OLDEST, REBASE, SPARK_3
from otfbench.formats.hadoop import listed_as, local_path, read_text
from otfbench.formats.model import Capability, Variant
from otfbench.formats.sql import quoted, sql_text

if TYPE_CHECKING:
    import pyarrow as pa
    from delta.tables import DeltaTable
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_METRICS = {
    "added_rows": ("numOutputRows", "numTargetRowsInserted"),
    "removed_rows": ("numDeletedRows", "numTargetRowsDeleted"),
    "rewritten_rows": ("numUpdatedRows", "numCopiedRows", "numTargetRowsUpdated", "numTargetRowsCopied"),
    "added_files": ("numFiles", "numAddedFiles", "numTargetFilesAdded"),
    "removed_files": ("numRemovedFiles", "numTargetFilesRemoved"),
}
"""What formats report -> the metrics of Delta's history that are summed for it; each operation has some of them."""
_VARIANTS = {
    "shipped": Variant(),
    "aligned": Variant(
        conf={  # of the session: tables have neither
            "spark.sql.parquet.compression.codec": "zstd",
            "spark.databricks.delta.optimize.maxFileSize": "134217728",
        },
    ),
    "cow": Variant({"delta.enableDeletionVectors": "false"}),
    "mor": Variant({"delta.enableDeletionVectors": "true"}),
    "feed": Variant({"delta.enableChangeDataFeed": "true"}),
}


class Delta(TableFormat):
    """Delta Lake: Parquet files and a log of JSON actions."""

    name = "delta"
    catalogs = {"session": Catalog(), "hive": HIVE}
    version_option = "versionAsOf"
    reader = "deltalake" if find_spec("deltalake") else "pyarrow"
    capabilities = frozenset(Capability)
    # Times and names of files are in the log, which Spark jobs replay: their text is not always as long, or as packed.
    tolerances = {"input_bytes": 0.005, "shuffle_write_bytes": 0.04, "metadata_bytes": 0.01}
    variants = _VARIANTS
    unreported_reads = COUNTED_IN_PART
    guest_conf = {
        "spark.databricks.delta.requiredSparkConfsCheck.enabled": "false",
        "spark.sql.extensions": _EXTENSION,  # without it rows that deletion vectors mark are read as if they were there
    }
    conflict = re.compile(r"\bConcurrent\w+Exception|(Metadata|Protocol)ChangedException")
    imports_at_home = True
    marker = "_delta_log/*.json"
    metadata = re.compile(r"^_delta_log/|(^|/)deletion_vector_[^/]*$")
    refused_in_names = re.compile(r"[ ,;{}()\n\t=]")  # without column mapping, which shipped tables don't have

    oldest = OLDEST
    rebase = dict.fromkeys(OLDEST, REBASE)
    losses = {
        **TableFormat.losses,
        **ANCIENT,
        "partition value: empty string": "null and the empty string are one value in the log",
        "partition value: '__HIVE_DEFAULT_PARTITION__'": "it is the folder name of null",
        "partition value: binary": "the name of a folder can't contain a zero byte",
        "all columns are partition columns": "a file needs at least one column",
    }

    def conf(self, warehouse: str) -> dict[str, str]:
        """Extension and catalog; the log is replayed by one task instead of 50, as in Delta's test build."""
        return {
            "spark.sql.warehouse.dir": warehouse,
            "spark.sql.extensions": _EXTENSION,
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.databricks.delta.snapshotPartitions": "1",
            "spark.databricks.delta.retentionDurationCheck.enabled": "false",  # else nothing younger than 7 days goes
        }

    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Void is kept outside of arrays and maps, by Delta 3 nowhere; intervals as text can be cast back."""
        from pyspark.sql.types import DayTimeIntervalType, NullType, StringType, StructType, YearMonthIntervalType

        if SPARK_3 and isinstance(dtype, NullType):
            return StringType(), "Delta writes a void column, but can't read it back; inside of others it refuses void"
        if substitute := _without_void(dtype):
            return substitute, "Delta refuses void in arrays and maps"
        if isinstance(dtype, DayTimeIntervalType | YearMonthIntervalType):
            return StringType(), "Delta refuses intervals"
        if dtype == StructType():
            return StringType(), "Delta refuses a struct without fields"
        return None

    def read_path(self, spark: SparkSession, path: str, version: str | None = None) -> DataFrame:
        """With deletion vectors by a plan of its own: Delta refuses to read them in that of another format's write."""
        from pyspark.sql import DataFrame

        rows = super().read_path(spark, path, version)
        session: Any = spark._jsparkSession
        jvm: Any = spark._jvm
        log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(session, path)
        features = log.unsafeVolatileSnapshot().protocol().readerFeatures()
        if not (features.isDefined() and features.get().contains("deletionVectors")):
            return rows
        planned = rows._jdf.queryExecution().toRdd()
        return DataFrame(session.internalCreateDataFrame(planned, rows._jdf.schema(), False), spark)

    def why_unread(self, path: str) -> str | None:
        """deltalake is to try; without it, what the files alone don't tell."""
        return None if self.reader == "deltalake" else delta_reader.why_unread(path)

    def batches(self, path: str) -> Iterator[pa.RecordBatch]:
        """By deltalake; without it, the files that the log names by pyarrow."""
        import pyarrow as pa

        if self.reader != "deltalake":
            yield from delta_reader.batches(path)
            return
        from deltalake import DeltaTable, QueryBuilder

        for batch in QueryBuilder().register("rows", DeltaTable(path)).execute('SELECT * FROM "rows"'):
            yield pa.record_batch(batch)

    def import_files(self, folder: str, schema: StructType, key: Sequence[str]) -> None:
        """CONVERT TO DELTA adds a log to the folder, which is the table from then on."""
        columns = ", ".join(
            f"{quoted(name)} {schema[name].dataType.simpleString()}" for name in self.table.partition_by
        )
        clause = f" PARTITIONED BY ({columns})" if columns else ""
        self.spark.sql(f"CONVERT TO DELTA parquet.{quoted(folder)}{clause}")
        self.spark.sql(f"CREATE TABLE {self.identifier} USING delta LOCATION {sql_text(folder)}")
        if properties := self._properties_sql(self.table.properties):
            self.spark.sql(f"ALTER TABLE {self.identifier} SET {properties}")

    def version(self) -> str:
        """The number of the last commit."""
        return str(self._opened().history(1).collect()[0]["version"])

    def versions(self) -> list[str]:
        """The numbers of the commits in the log, of which some may have lost their files."""
        return [str(commit["version"]) for commit in reversed(self._opened().history().select("version").collect())]

    def reported(self, new_files: Collection[str]) -> dict[str, int] | None:
        """`operationMetrics` of the history; an OPTIMIZE has no rows, an overwrite none that it removes."""
        versions = {int(name) for name in commit_names(new_files, r"/_delta_log/(\d+)\.json$")}
        commits = self._opened().history(len(versions)).collect() if versions else []
        return summed(_counts(commit["operationMetrics"] or {}) for commit in commits if commit["version"] in versions)

    def reachable_files(self, files: Collection[str]) -> set[str]:
        """What the log names, also of versions whose files VACUUM has removed."""
        return _named_in_log(self, files).intersection(files)

    def changes(self, version: str, key: Sequence[str]) -> DataFrame:
        """From the change data feed."""
        reader = self.spark.read.option("readChangeFeed", "true").option("startingVersion", int(version) + 1)
        feed = reader.table(self.identifier).drop("_commit_version", "_commit_timestamp")
        return labelled(feed, "_change_type", {"insert": INSERT, "update_postimage": UPDATE, "delete": DELETE})

    def compact(self) -> None:
        """OPTIMIZE packs small files, and rewrites those with many deleted rows."""
        self._opened().optimize().executeCompaction()

    def expire(self) -> None:
        """VACUUM removes the files of old versions; the log keeps their entries."""
        self._opened().vacuum(0)

    def _opened(self) -> DeltaTable:
        """The table, as delta-spark has it; it takes names of the session catalog without the catalog."""
        from delta.tables import DeltaTable

        return DeltaTable.forName(self.spark, f"{quoted(self.namespace)}.{quoted(self.table.name)}")

    def invalidate_caches(self) -> None:
        """Delta also caches the log of each path, which is opened anew here: no operation times that."""
        jvm: Any = self.spark._jvm
        logs = jvm.org.apache.spark.sql.delta.DeltaLog
        logs.clearCache()
        super().invalidate_caches()
        logs.forTable(self.spark._jsparkSession, self.path).unsafeVolatileSnapshot().schema()


def _named_in_log(table: Delta, files: Collection[str]) -> set[str]:
    """What the commits add; where the first is gone, the files of the oldest checkpoint's version, too."""
    commits = commit_names(files, r"/_delta_log/(\d{20})\.json$")
    checkpoints = commit_names(files, r"/_delta_log/(\d{20})\.checkpoint\.")
    named = {path for commit in commits for path in _added(table, commit)}
    if checkpoints and f"{0:020}" not in commits:
        reader = table.spark.read.format(table.name).option(table.version_option, int(min(checkpoints)))
        named.update(path.removeprefix("file:") for path in reader.load(table.path).inputFiles())
    return named


def _added(table: Delta, commit: str) -> Iterator[str]:
    """The data files that a commit adds, and those of its change feed."""
    folder = listed_as(table.path)
    text = read_text(table.spark, f"{folder}/_delta_log/{commit}.json") or ""
    for action in map(json.loads, filter(str.strip, text.split("\n"))):
        if file := action.get("add") or action.get("cdc"):
            yield f"{folder}/{local_path(file['path'])}"


def _without_void(dtype: DataType) -> DataType | None:
    """The array or map of void as one of texts; None for other types."""
    from pyspark.sql.types import ArrayType, MapType, NullType, StringType

    if isinstance(dtype, ArrayType) and isinstance(dtype.elementType, NullType):
        return ArrayType(StringType(), dtype.containsNull)
    if isinstance(dtype, MapType) and isinstance(dtype.valueType, NullType):
        return MapType(dtype.keyType, StringType(), dtype.valueContainsNull)
    return None


def _counts(metrics: Mapping[str, str]) -> dict[str, int]:
    """One commit's metrics; the output of a MERGE is also counted by what it did to each row."""
    merged = "numTargetRowsInserted" in metrics
    counted = {key: int(value) for key, value in metrics.items() if not (merged and key == "numOutputRows")}
    values = {name: [counted[key] for key in keys if key in counted] for name, keys in _METRICS.items()}
    return {name: sum(counts) for name, counts in values.items() if counts}
