"""Apache Paimon, in a file-system catalog. Knows no other format."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from otfbench.formats.base import TableFormat
from otfbench.formats.catalogs import Catalog
from otfbench.formats.change_feed import DELETE, INSERT, UPDATE, labelled
from otfbench.formats.commits import commit_names, row_counts, summed
from otfbench.formats.model import Capability, Loss, Variant
from otfbench.formats.sql import sql_text
from otfbench.formats.stored import DATA_BYTES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter
    from pyspark.sql.types import DataType

_PACKING = {"compaction.max.file-num": "5"}  # else a compaction leaves fewer than 50 small files alone


class Paimon(TableFormat):
    """Paimon: ORC or Parquet files in buckets, manifests and snapshots."""

    name = "paimon"
    catalog = "lake"
    catalogs = {"filesystem": Catalog()}
    # Of two merges at once both commit, and rows of the files that both have replaced are there twice. What it migrates
    # are tables of a Hive metastore.
    capabilities = frozenset(Capability) - {Capability.CONFLICTS, Capability.IMPORT}
    # Random names and times are in the metadata; writers of a compaction take rows in no fixed order.
    tolerances = {"shuffle_write_bytes": 0.001, **dict.fromkeys(DATA_BYTES, 0.001), "metadata_bytes": 0.01}
    variants = {
        "shipped": Variant(),
        "aligned": Variant({"file.compression": "zstd", "target-file-size": "128 mb"}),
        "cow": Variant({"deletion-vectors.enabled": "false", **_PACKING}),
        "mor": Variant({"deletion-vectors.enabled": "true", **_PACKING}),
        "keyed": Variant({"primary-key": "{key}", "bucket": "2"}),
        "feed": Variant({"primary-key": "{key}", "bucket": "2", "changelog-producer": "lookup"}),
    }
    version_option = "scan.snapshot-id"
    guest_conf = {"spark.paimon.requiredSparkConfsCheck.enabled": "false"}
    conflict = re.compile(r"conflicts? (are|is|was|were)? ?detected|Give up committing", re.IGNORECASE)
    marker = "snapshot/snapshot-*"
    metadata = re.compile(r"^(snapshot|schema|manifest|index|statistics|tag|branch)/")
    refused_in_names = re.compile(r"^\s*$")
    reserved_names = re.compile("_KEY_|(_SEQUENCE_NUMBER|_VALUE_KIND|_VALUE_COUNT)$")
    oldest = {"date": "1582-10-15", "timestamp": "1582-10-15 00:00:00+00:00"}
    losses = {
        **TableFormat.losses,
        **dict.fromkeys(
            ("date before 1582", "date before the year 1", "timestamp before 1582", "timestamp before the year 1")
            + ("partition value: date before 1582",),
            "days before 1582 are taken for days of the Julian calendar, and become others",
        ),
        "struct of nulls": "it is read as null",
        "array of structs of nulls": "it is read as an array of null",
        "partition value: binary": "the folder is named by an address in memory, and is not found again",
    }
    unreported_reads = {"input_bytes": "Paimon's readers don't report bytes to Spark"}

    def conf(self, warehouse: str) -> dict[str, str]:
        """Extension and catalog; without the catalog's cache, which would outlive a table put back to its start."""
        return {
            "spark.sql.extensions": "org.apache.paimon.spark.extensions.PaimonSparkSessionExtensions",
            "spark.sql.catalog.lake": "org.apache.paimon.spark.SparkCatalog",
            "spark.sql.catalog.lake.warehouse": warehouse,
            "spark.sql.catalog.lake.cache-enabled": "false",
        }

    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """Only void, intervals and structs without fields are refused; intervals as text can be cast back."""
        from pyspark.sql.types import DayTimeIntervalType, NullType, StringType, StructType, YearMonthIntervalType

        if isinstance(dtype, NullType):
            return StringType(), "Paimon refuses void"
        if isinstance(dtype, DayTimeIntervalType | YearMonthIntervalType):
            return StringType(), "Paimon refuses intervals"
        if dtype == StructType():
            return StringType(), "Paimon refuses a struct without fields"
        return None

    def loses(self, dtype: DataType) -> Loss | None:
        """Nulls around structs, as Paimon's reader has them: it takes a struct for null if nothing is in it."""
        from pyspark.sql.types import StructType

        if not isinstance(dtype, StructType):
            return super().loses(dtype)
        names = dtype.names
        if any(isinstance(field.dataType, StructType) for field in dtype.fields):
            reason = "Paimon can't read back null in place of a struct that holds a struct, nor a struct of nulls"
            return Loss(lambda value: value.isNull() | _is_empty(value, names), reason)
        return Loss(lambda value: _is_empty(value, names), "Paimon reads a struct of nulls as null")

    def live_files(self, files: Collection[str]) -> set[str]:
        """From the system table `$files`, which has names without folders; each name holds a UUID."""
        names = {row[0] for row in self.spark.sql(f"SELECT file_path FROM {self._system('files')}").collect()}
        return {path for path in files if path.rsplit("/", 1)[-1] in names}

    def reachable_files(self, files: Collection[str]) -> set[str]:
        """Those of the first snapshot, what the others and their changelogs add, and those of tags."""
        opened = _opened(self)
        snapshots = list(opened.snapshotManager().safelyGetAllSnapshots())
        scans = [("ALL", each) for each in (*snapshots[:1], *opened.tagManager().tags().keySet())]
        scans += [("DELTA", each) for each in snapshots[1:]]
        scans += [("CHANGELOG", each) for each in snapshots if each.changelogManifestList()]
        names = {entry.file().fileName() for kind, each in scans for entry in _entries(self, opened, kind, each)}
        return {path for path in files if path.rsplit("/", 1)[-1] in names}

    def version(self) -> str:
        """The current snapshot's number."""
        return str(self.spark.sql(f"SELECT max(snapshot_id) FROM {self._system('snapshots')}").collect()[0][0])

    def versions(self) -> list[str]:
        """The numbers of the snapshots that are kept."""
        snapshots = self.spark.sql(
            f"SELECT snapshot_id FROM {self._system('snapshots')} ORDER BY snapshot_id"
        ).collect()
        return [str(row[0]) for row in snapshots]

    def reported(self, new_files: Collection[str]) -> dict[str, int] | None:
        """The files that each snapshot adds and removes, with their rows.

        Not the rows of tables whose files don't hold them as they are: some are deleted beside them, or older versions.
        """
        opened = _opened(self)
        by_rows = not opened.primaryKeys() and opened.options().get("deletion-vectors.enabled") != "true"
        snapshots = map(int, commit_names(new_files, r"/snapshot/snapshot-(\d+)$"))
        return summed(_counts(_entries(self, opened, "DELTA", number), by_rows) for number in snapshots)

    def changes(self, version: str, key: Sequence[str]) -> DataFrame:
        """From the audit log between two snapshots; rows as they were before an update are left out."""
        reader = self.spark.read.option("incremental-between", f"{version},{self.version()}")
        return labelled(reader.table(self._system("audit_log")), "rowkind", {"+I": INSERT, "+U": UPDATE, "-D": DELETE})

    def write_stream(self, writer: DataStreamWriter) -> StreamingQuery:
        """Write to the path: Paimon's catalog takes no streams."""
        return writer.format(self.name).start(self.path)

    def compact(self) -> None:
        """Pack small files."""
        self._call("compact")

    def expire(self) -> None:
        """Expire all snapshots but the current one."""
        self._call("expire_snapshots", ", retain_max => 1")

    def _system(self, name: str) -> str:
        """One of the table's system tables."""
        return f"{self.identifier[:-1]}${name}`"

    def _call(self, procedure: str, arguments: str = "") -> None:
        name = sql_text(f"{self.namespace}.{self.table.name}")
        self.spark.sql(f"CALL {self.catalog}.sys.{procedure}(table => {name}{arguments})")


def _is_empty(struct: Column, names: list[str]) -> Column:
    """Whether the column is a struct all of whose fields are null."""
    return reduce(lambda one, other: one & other, (struct[name].isNull() for name in names), struct.isNotNull())


def _opened(table: Paimon) -> Any:
    """The table, as Paimon's Java has it."""
    paimon: Any = table.spark._jvm.org.apache.paimon  # type: ignore[union-attr]  # a classic session
    options = paimon.options.Options()
    options.set("path", table.path)
    context = paimon.catalog.CatalogContext.create(options, table.spark._jsc.hadoopConfiguration())
    return paimon.table.FileStoreTableFactory.create(context)


def _entries(table: Paimon, opened: Any, kind: str, snapshot: Any) -> list[Any]:
    """The data files that a snapshot consists of (ALL), adds and removes (DELTA), or has for its feed (CHANGELOG)."""
    jvm: Any = table.spark._jvm
    mode = getattr(jvm.org.apache.paimon.table.source.ScanMode, kind)
    return list(opened.store().newScan().withKind(mode).withSnapshot(snapshot).plan().files())


def _counts(entries: list[Any], by_rows: bool) -> dict[str, int]:
    """One snapshot's files."""
    added = [entry.file().rowCount() for entry in entries if entry.kind().toString() == "ADD"]
    removed = [entry.file().rowCount() for entry in entries if entry.kind().toString() == "DELETE"]
    files = {"added_files": len(added), "removed_files": len(removed)}
    return row_counts(sum(added), sum(removed)) | files if by_rows else files
