"""What a table format declares, without any table: facts and settings. Knows no format by name."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from otfbench.formats.adaptation import Adaptation, adaptations_for
from otfbench.formats.catalogs import CatalogDeclaration
from otfbench.formats.model import SHIPPED, Capability, Loss, Variant
from otfbench.formats.sql import sql_text

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

SPARK_3 = version("pyspark").startswith("3.")
"""Whether facts of Spark 3 hold: of the installed pyspark's line."""
_ANCIENT_CELLS = (
    *("date before 1582", "date before the year 1"),
    *("timestamp from 1582 to 1899", "timestamp before 1582", "timestamp before the year 1"),
)
ANCIENT = dict.fromkeys(
    _ANCIENT_CELLS if SPARK_3 else (),
    "Spark's Parquet writer refuses days before 1582 and times before 1900, which old readers take for others",
)
"""The losses of formats whose files are written by Spark's Parquet writer; that of Spark 4 refuses nothing."""
COUNTED_IN_PART = {} if SPARK_3 else {"input_bytes": "of Parquet files Spark 4 counts only a part of what it reads"}
"""The counter that Spark's Parquet reader feeds with some of its bytes (of a conversion: 10,176 of 306,564)."""
OLDEST = {"date": "1582-10-15", "timestamp": "1900-01-01 00:00:00+00:00"} if SPARK_3 else {}
"""The first of the days and times that this writer doesn't refuse."""
REBASE = "spark.sql.parquet.datetimeRebaseModeInWrite"
"""The setting of Spark's by which it does so."""
_LOCATION = "properties don't move a table: storage.warehouse moves all tables"


class FormatDeclaration(CatalogDeclaration, ABC):
    """What a format is and does without a table. Facts are class attributes."""

    name: ClassVar[str]
    """As in `USING name`; also the name of its entry point and of its package in a lock file."""
    contract: ClassVar[int] = 1
    """The contract of plugins that the class was written for: 1 if it doesn't say."""
    lock: ClassVar[Path | None] = None
    """A lock file with the format's jars, in the plugin's package; None if it needs none beside Spark's."""
    plain_files: ClassVar[bool] = False
    """Whether its files alone are the table: a folder of them can be read as files, too."""
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    """What it can do beyond creating, reading and dropping a table."""
    variants: ClassVar[Mapping[str, Variant]] = {SHIPPED: Variant()}
    """Named settings: `shipped` (the release's defaults), `aligned` (codec and file size as the other formats'),
    `cow` and `mor` (copy-on-write, merge-on-read), `keyed` (rows are found by a key), `feed` (with a change feed)."""
    marker: ClassVar[str] = ""
    """A glob that finds something in the folder of each of its tables, and in no other."""
    imports_at_home: ClassVar[bool] = False
    """Whether files that are imported lie in the table's own folder, to which one folder is added."""
    conflict: ClassVar[re.Pattern[str] | None] = None
    """Matches the error, class and message, with which a commit is refused since another one came first."""
    writers_conf: ClassVar[Mapping[str, str]] = {}
    """Settings of the session without which several writers at once would harm the table."""
    metadata: ClassVar[re.Pattern[str]]
    """Matches the path, relative to the table's folder, of each file that is not data."""
    unreported_writes: ClassVar[Mapping[str, str]] = {}
    """Counter -> why Spark doesn't see it when this format writes."""
    unreported_reads: ClassVar[Mapping[str, str]] = {}
    """Counter -> why Spark doesn't see it when this format reads."""
    tolerances: ClassVar[Mapping[str, float]] = {}
    """Counter of bytes -> share (0.01 is 1 %) by which it may differ in runs that did the same; others are exact."""
    refused_in_names: ClassVar[re.Pattern[str] | None] = None
    """Matches what a name must not contain, of a column or of a field in one; adapt() replaces it by an underscore."""
    reserved_names: ClassVar[re.Pattern[str] | None] = None
    """Matches the beginning of each column name that the format reserves; adapt() puts an underscore before it."""
    losses: ClassVar[Mapping[str, str]] = {
        "names differing in case only": "Spark takes them for one name",
        "partition value: 300 characters": "it is the name of a folder, which holds no more than 255 bytes",
    }
    """Cell of the fidelity matrix -> why it isn't kept, where adapt() can't help: neither type nor name shows it."""

    oldest: ClassVar[Mapping[str, str]] = {}
    """`date` or `timestamp` -> the first that is kept, where not all are."""
    rebase: ClassVar[Mapping[str, str]] = {}
    """The same types -> the setting of Spark's under which older ones are lost while it is EXCEPTION."""
    foreign_names: ClassVar[re.Pattern[str] | None] = None
    """Matches what other readers than Spark refuse in the name of a column."""

    schema_in_catalog: ClassVar[bool] = False
    """Whether the session's catalog keeps the schema, too: restoring the files doesn't restore it there."""
    guest_conf: ClassVar[Mapping[str, str]] = {}
    """Settings without which a session of another format doesn't read this format's tables by their paths."""
    properties_clause: ClassVar[str] = "TBLPROPERTIES"
    """The clause of CREATE TABLE by which settings of a table take effect."""
    refused_properties: ClassVar[Mapping[str, str]] = {}
    """Table property, in small letters -> why it can't be given, beside those that Spark itself reserves."""
    version_option: ClassVar[str] = ""
    """The option by which Spark's reader of the format takes a version that versions() names."""
    reader: ClassVar[str] = ""
    """The library that reads its tables beside Spark, as its distribution is called; empty if there is none."""

    @abstractmethod
    def conf(self, warehouse: str) -> dict[str, str]:
        """Spark settings, fixed when the JVM starts; tables lie below `warehouse`, a folder or a Hadoop URI."""

    @abstractmethod
    def substitute_type(self, dtype: DataType) -> tuple[DataType, str] | None:
        """The type to use instead, and why; None if the format keeps it. Nested types are asked level by level."""

    def loses(self, dtype: DataType) -> Loss | None:
        """Which values of a type are not kept, though the type is; nested types are asked level by level."""
        kind = dtype.typeName()
        if kind not in self.oldest:
            return None
        reason = self.losses[f"{kind} before 1582"]
        return Loss(lambda value: value < _literal(self.oldest[kind], kind), reason, self.rebase.get(kind))

    def adapt(self, schema: StructType) -> list[Adaptation]:
        """What has to change in these columns before this format can store them."""
        return adaptations_for(self, schema)

    def storable_names(self, names: Sequence[str]) -> list[str]:
        """The names of a table's columns, or of a struct's fields, as the format stores them."""
        return [self.refused_in_names.sub("_", name) if self.refused_in_names else name for name in names]

    def why_no_variant(self, name: str) -> str | None:
        """Why there is no such variant; None if there is one."""
        return (
            None if name in self.variants else f"{self.name} has no variant {name}: it has {', '.join(self.variants)}"
        )

    def why_refused(self, key: str) -> str | None:
        """Why this table property can't be given; None if it can."""
        refused = dict.fromkeys(("path", "location", "provider", "owner", "external", "is_managed_location"), _LOCATION)
        return (refused | dict(self.refused_properties)).get(key.lower())

    def is_table(self, folder: Path) -> bool:
        """Whether a table of this format lies in a local folder."""
        return bool(self.marker) and any(folder.glob(self.marker))

    def read_path(self, spark: SparkSession, path: str, version: str | None = None) -> DataFrame:
        """The current rows of the table in a folder, in a session of any format; the user's columns only.

        `version`: those of one that versions() names.
        """
        options = {self.version_option: version} if version is not None else {}
        return spark.read.format(self.name).options(**options).load(path)

    def why_unread(self, path: str) -> str | None:
        """Why the second reader can't read the table in that local folder; None if it can, or is to try."""
        if not self.reader:
            return f"no library beside Spark reads tables of {self.name}"
        if find_spec(self.reader) is None:
            return f"{self.reader} is not installed: pip install 'otfbench[readers]'"
        return None

    def batches(self, path: str) -> Iterator[pa.RecordBatch]:
        """The current rows by the second reader, streamed: the user's columns, in the types that this reader gives."""
        raise NotImplementedError(f"{self.name} has no second reader")

    def why_not_imported(self, schema: StructType, key: Sequence[str]) -> str | None:
        """Why Parquet files of these columns, with that key, can't be imported as they are, though others can."""
        return None

    def as_of(self, version: str) -> str:
        """The clause of a SELECT that reads a version."""
        return f"VERSION AS OF {version}"

    def _properties_sql(self, properties: Iterable[tuple[str, str]]) -> str:
        pairs = ", ".join(f"{sql_text(key)} = {sql_text(value)}" for key, value in properties)
        return f"{self.properties_clause} ({pairs}) " if pairs else ""


def _literal(text: str, kind: str) -> Column:
    from pyspark.sql import functions as F

    return F.lit(text).cast(kind)
