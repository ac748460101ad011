"""Apache Hudi, in Spark's session catalog, the only one that its catalog class works in. Knows no other format."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from otfbench.formats import hudi_bootstrap, hudi_changes
from otfbench.formats.base import TableFormat
from otfbench.formats.catalogs import HIVE, Catalog
from otfbench.formats.commits import commit_names, summed
from otfbench.formats.declaration import ANCIENT, OLDEST, REBASE
from otfbench.formats.hadoop import listed_as
from otfbench.formats.model import Capability, Variant
from otfbench.formats.sql import sql_text
from otfbench.formats.stored import DATA_BYTES

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter
    from pyspark.sql.types import DataType, StructType

_PAST_METRICS = "Hudi writes files from inside its own tasks, past Spark's output metrics"
_METADATA_TABLE = "it includes Hudi's metadata table, whose files hold times and differ in size from commit to commit"
_META_COLUMNS = [
    f"_hoodie_{what}" for what in ("commit_time", "commit_seqno", "record_key", "partition_path", "file_name")
]
_CONFLICT = re.compile(
    r"Hoodie(WriteConflict|ClusteringUpdate)Exception|ConcurrentModificationException"
    r"|NoSuchElementException: FileID .* does not exist"
)
"""Matches also what is said of a file that a clustering has replaced meanwhile."""
_SEVERAL_WRITERS = {
    "hoodie.write.concurrency.mode": "optimistic_concurrency_control",
    "hoodie.write.lock.provider": "org.apache.hudi.client.transaction.lock.InProcessLockProvider",
    "hoodie.clean.failed.writes.policy": "LAZY",  # else a writer takes another's running commit for a failed one
}
_LOSSES = {
    "not null": "Hudi's columns are nullable",
    "not null, given null": "Hudi's columns are nullable",
    "partition value: empty string": "null and the empty string are one folder",
    "partition value: '__HIVE_DEFAULT_PARTITION__'": "it is the folder name of null",
    "partition value: 'x%20y'": "it is decoded as if it were part of a URL",
    "partition value: 'a:b?c#d'": "a colon makes it a URL, which it isn't",
    "partition value: date before 1582": "Hudi refuses days before 1582",
    "partition value: timestamp": "microseconds are cut off",
    "partition value: timestamp_ntz": "it is written as a number that isn't read back",
    "partition value: binary": "an address in memory is written instead of the bytes",
}
_FEED = Variant(
    {"type": "cow", "primaryKey": "{key}", "hoodie.table.cdc.enabled": "true"},
    {"hoodie.spark.sql.insert.into.operation": "upsert"},  # of plain inserts into files the feed can't be read
)
_VARIANTS = {
    "shipped": Variant(),
    "aligned": Variant({"hoodie.parquet.compression.codec": "zstd", "hoodie.parquet.max.file.size": "134217728"}),
    "cow": Variant({"type": "cow"}),
    "mor": Variant({"type": "mor"}),
    "keyed": Variant({"type": "cow", "primaryKey": "{key}"}),
    "feed": _FEED,
}
_MEMBER = re.compile(r"member\d+")
_FILES_OF_PARTITION = 2
"""The type of such a record in Hudi's metadata table."""


class Hudi(TableFormat):
    """Hudi: Parquet files with five meta columns, and a timeline."""

    name = "hudi"
    catalogs = {"session": Catalog(), "hive": HIVE}
    schema_in_catalog = True
    version_option = "as.of.instant"
    reader = "hudi"
    capabilities = frozenset(Capability)
    # Each row holds the time of its commit and the random name of its file; a file is read in buffers of 64 KiB, and a
    # few bytes more of a column can take one more of them.
    tolerances = {"input_bytes": 0.1, **dict.fromkeys(DATA_BYTES, 0.005), "metadata_bytes": 0.02}
    variants = _VARIANTS
    conflict = _CONFLICT
    writers_conf = _SEVERAL_WRITERS
    marker = ".hoodie/hoodie.properties"
    metadata = re.compile(r"^\.hoodie/|(^|/)\.hoodie_partition_metadata[^/]*$")
    unreported_writes = {
        "output_records": _PAST_METRICS,
        "output_bytes": _PAST_METRICS,
        "input_bytes": _METADATA_TABLE,
        "shuffle_write_bytes": _METADATA_TABLE,
    }
    refused_in_names = re.compile(r"[^\w]|[\U00010000-\U0010ffff]|^(?=\d)|^$")  # names become names in Avro's Java
    reserved_names = re.compile(f"({'|'.join(_META_COLUMNS)})$", re.IGNORECASE)

    foreign_names = re.compile(r"[^\x00-\x7f]")  # names in Avro are ASCII; only its Java can be told otherwise
    oldest = OLDEST
    rebase = dict.fromkeys(OLDEST, REBASE)
    losses = {**TableFormat.losses, **ANCIENT, **_LOSSES}

    def conf(self, warehouse: str) -> dict[str, str]:
        """Extension, catalog, and the serializer without which Hudi refuses to write."""
        return {
            "spark.sql.warehouse.dir": warehouse,
            "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
            "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
            "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.hudi.catalog.HoodieCatalog",
        }

    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Short integers are refused or unreadable; maps have string keys; intervals as text can be cast back."""
        from pyspark.sql import types as T

        if isinstance(dtype, T.ByteType):
            return T.IntegerType(), "Hudi refuses tinyint"
        if isinstance(dtype, T.ShortType):
            return T.IntegerType(), "Hudi writes smallint, but can't read it back"
        if isinstance(dtype, T.NullType | T.DayTimeIntervalType | T.YearMonthIntervalType):
            return T.StringType(), f"Hudi refuses {dtype.simpleString()}"
        if isinstance(dtype, T.CharType | T.VarcharType):
            return T.StringType(), "Hudi's texts have no length"
        if isinstance(dtype, T.MapType) and not isinstance(dtype.keyType, T.StringType):
            return T.MapType(T.StringType(), dtype.valueType, dtype.valueContainsNull), "Hudi's maps have string keys"
        if dtype == T.StructType():
            return T.StringType(), "Hudi refuses a struct without fields"
        return None

    def storable_names(self, names: Sequence[str]) -> list[str]:
        """A record of member0, member1, ... would be taken for one of Avro's unions."""
        unlike = [f"_{name}" for name in names] if all(map(_MEMBER.fullmatch, names)) else names
        return super().storable_names(unlike)

    def read(self, version: str | None = None) -> DataFrame:
        """The rows without Hudi's meta columns."""
        return super().read(version).drop(*_META_COLUMNS)

    def read_path(self, spark: SparkSession, path: str, version: str | None = None) -> DataFrame:
        """The rows without Hudi's meta columns."""
        return super().read_path(spark, path, version).drop(*_META_COLUMNS)

    def batches(self, path: str) -> Iterator[pa.RecordBatch]:
        """By hudi-rs, without Hudi's own columns; raises ValueError for a type at which it would panic."""
        from hudi import HudiTableBuilder

        table = HudiTableBuilder.from_base_uri(path).build()
        for field in json.loads(table.get_schema_in_avro_str())["fields"]:
            if "local-timestamp-" in json.dumps(field["type"]):
                raise ValueError(f"column {field['name']} has timestamps without a time zone")
        for batch in table.read_stream():
            yield batch.drop_columns([name for name in batch.schema.names if name in _META_COLUMNS])

    def as_of(self, version: str) -> str:
        """Versions are named by their instant; Hudi refuses numbers."""
        return f"TIMESTAMP AS OF {sql_text(version)}"

    def version(self) -> str:
        """The instant of the last commit."""
        return self.versions()[-1]

    def versions(self) -> list[str]:
        """The instants of the commits in the timeline."""
        commits = self._call("show_commits", ", limit => 100000").collect()  # the default is 10
        return sorted({str(commit["commit_time"]) for commit in commits})

    def reported(self, new_files: Collection[str]) -> dict[str, int] | None:
        """The statistics of each file that a commit writes, from its metadata; an overwrite doesn't count what goes."""
        commits = commit_names(
            new_files, r"(?<!\.hoodie/metadata)/\.hoodie/timeline/(\d+)_\d+\.(?:|delta|replace)commit$"
        )
        return summed(_counts(commit) for commit in _metadata(self.spark, self.path, commits))

    def reachable_files(self, files: Collection[str]) -> set[str] | None:
        """What commits have written and no cleaning has removed, by Hudi's metadata table; None where that is off."""
        known = any("/.hoodie/metadata/" in path for path in files)
        return _in_metadata_table(self).intersection(files) if known else None

    def changes(self, version: str, key: Sequence[str]) -> DataFrame:
        """From the feed of changes, which begins after the instant at which a commit was completed."""
        completed = {
            each.requestedTime(): each.getCompletionTime() for each in _commits(_timeline(self.spark, self.path))
        }
        return hudi_changes.changes(self, self.read().schema, completed[version])

    def why_not_imported(self, schema: StructType, key: Sequence[str]) -> str | None:
        """Rows with decimals, of which the next merge makes others, and rows without a key."""
        return hudi_bootstrap.why_not(schema, key)

    def import_files(self, folder: str, schema: StructType, key: Sequence[str]) -> None:
        """A bootstrap of metadata alone: Hudi's own columns are in files beside those that are imported."""
        self.spark.sql(hudi_bootstrap.statement(self, folder, key)).collect()
        self.register_table()

    def write_stream(self, writer: DataStreamWriter) -> StreamingQuery:
        """Write to the path: Hudi's catalog takes no streams."""
        options = {"hoodie.table.name": self.table.name, "hoodie.datasource.write.operation": "insert"}
        return writer.format(self.name).options(**options).start(self.path)

    def compact(self) -> None:
        """Clustering: packs small files, of either table type; logs of changes are folded in."""
        self._call("run_clustering").collect()
        self._refresh()  # the session would still count the old files

    def expire(self) -> None:
        """Clean all but the newest version of each file: cleaning by commits keeps more than one."""
        policy = ", clean_policy => 'KEEP_LATEST_FILE_VERSIONS', file_versions_retained => 1"
        self._call("run_clean", policy).collect()
        self._refresh()  # the session would still look for the removed files

    def _refresh(self) -> None:
        """What a user does who goes on in this session."""
        self.spark.sql(f"REFRESH TABLE {self.identifier}")

    def _call(self, procedure: str, arguments: str = "") -> DataFrame:
        return self.spark.sql(
            f"CALL {procedure}(table => {sql_text(f'{self.namespace}.{self.table.name}')}{arguments})"
        )


def _in_metadata_table(table: Hudi) -> set[str]:
    """The files of each partition, whose folder is the key: a point stands for the table's own."""
    name = sql_text(f"{table.namespace}.{table.table.name}")
    names = "explode(map_keys(map_filter(filesystemMetadata, (_, file) -> NOT file.isDeleted)))"
    listed = table.spark.sql(f"SELECT key, {names} FROM hudi_metadata({name}) WHERE type = {_FILES_OF_PARTITION}")
    folder = listed_as(table.path)
    return {f"{folder}/{key}/{file}".replace("/./", "/") for key, file in listed.collect()}


def _timeline(spark: SparkSession, path: str) -> Any:
    jvm: Any = spark._jvm
    conf = jvm.org.apache.hudi.storage.hadoop.HadoopStorageConfiguration(spark._jsc.hadoopConfiguration())
    client = jvm.org.apache.hudi.common.table.HoodieTableMetaClient.builder()
    return client.setConf(conf).setBasePath(path).build().getActiveTimeline()


def _commits(timeline: Any) -> list[Any]:
    """The completed ones."""
    return list(timeline.getCommitsTimeline().filterCompletedInstants().getInstants())


def _metadata(spark: SparkSession, path: str, commits: Collection[str]) -> Iterator[Any]:
    """The metadata of completed commits, by their names in the timeline."""
    timeline = _timeline(spark, path)
    for commit in _commits(timeline):
        if commit.requestedTime() in commits:
            replaces = commit.getAction() == "replacecommit"
            yield timeline.readReplaceCommitMetadata(commit) if replaces else timeline.readCommitMetadata(commit)


def _counts(commit: Any) -> dict[str, int]:
    """One commit's statistics: of new files, of rewritten files, and of logs beside files that stay."""
    stats = list(commit.getWriteStats())
    if not stats:  # a change of the schema
        return {}
    written, inserted = sum(stat.getNumWrites() for stat in stats), sum(stat.getNumInserts() for stat in stats)
    rewritten = [stat for stat in stats if stat.getPrevCommit() not in (None, "null") and ".log." not in stat.getPath()]
    files = {"added_files": len(stats), "removed_files": len(rewritten)}
    if commit.getClass().getSimpleName() != "HoodieReplaceCommitMetadata":
        deleted = sum(stat.getNumDeletes() for stat in stats)
        return files | {"added_rows": inserted, "removed_rows": deleted, "rewritten_rows": written - inserted}
    files["removed_files"] += sum(len(replaced) for replaced in commit.getPartitionToReplaceFileIds().values())
    return files | {"rewritten_rows" if commit.getOperationType().toString() == "CLUSTER" else "added_rows": written}
