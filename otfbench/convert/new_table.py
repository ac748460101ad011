"""A table made beside its folder, compared with what it must hold, and put in its place. Knows no command."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from otfbench.convert import losses, sources
from otfbench.convert.write import RowSource, append, convert
from otfbench.data.digest import differences, digest, evidence_of, keeps_digest, same_columns
from otfbench.data.evidence import NO_ROW, Digest, Evidence
from otfbench.data.file_stamps import Stamps
from otfbench.data.keys import check_key
from otfbench.data.second_reading import SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.errors import ConfigError, ContentError
from otfbench.formats.adaptation import adapted
from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import listed_as
from otfbench.formats.model import SHIPPED
from otfbench.formats.sql import quoted
from otfbench.tables.destination import Destination
from otfbench.tables.importable import OwnFiles
from otfbench.tables.remote_destination import RemoteDestination
from otfbench.tables.session import Session
from otfbench.tables.table import SessionTable
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Proof = Literal["off", "count", "digest", "source", "readers"]
"""What proves that the rows are right; `source`: also a reader other than Spark reads the source.

`readers`: such a reader reads the new table, too, and what it says is told.
"""
INCOMPLETE = "incomplete"
"""The verdict on a table that holds what Spark read, where some records of the source could not be read."""


@dataclass(frozen=True)
class ConversionResult:
    """The table as it is now: `rows` and `digest` are those of all of it, `seconds` those of the write alone."""

    rows: int | None
    digest: str | None
    files: int
    bytes: int
    metadata_bytes: int
    seconds: float
    verdict: str
    reader: str
    """Who has read the table, with the version."""
    evidence: Evidence | None = None
    """What was found in the table, column by column; None if its values were not compared."""
    second: SecondReading | str | None = None
    """What a reader other than Spark finds in the table, else why it finds nothing; None if it wasn't asked."""
    warnings: tuple[str, ...] = ()
    """What people must know who read it."""


class NewTable:
    """The table to be: `write` makes it in the work folder of its destination, `publish` puts it in its place."""

    def __init__(
        self,
        session: Session,
        destination: Destination | RemoteDestination,
        source: RowSource,
        key: Sequence[str] = (),
        partition_by: Sequence[str] = (),
        own: OwnFiles | None = None,
    ) -> None:
        """`own`: the files of the source, where the table is made of them as they are."""
        self._destination, self._source, self._own = destination, source, own
        self._spark, rows = session.spark, source.read(session.spark)
        self.adaptations = tuple(session.format.adapt(rows.schema))
        self._partition_by = tuple(partition_by)
        variant = "keyed" if key and "keyed" in session.format.variants else SHIPPED
        name = re.sub(r"[^a-z0-9]+", "_", destination.name.lower()).strip("_") or "table"
        self._table: SessionTable = session.table_for(name, self.adaptations, variant, key, partition_by)
        self._format = self._table.format
        # Known from here on: in place of itself a source is gone when the table has taken its place.
        self._wanted = adapted(rows, self.adaptations)
        self._key = tuple(self._wanted.columns[rows.columns.index(name)] for name in key)
        self.source_schema = rows.schema
        """The columns of the source, as the table has them."""
        self.warnings = tuple(losses.warnings(self._wanted.columns, session.format))
        self._before: Digest | None = None
        self._evidence: Evidence | None = None
        self._verify: Proof = "off"
        self._expected, self._seconds = NO_ROW.digest, 0.0
        self._second: SecondReading | str | None = None

    @property
    def keeps_digest(self) -> bool:
        """Whether its rows have the digest of those of the source."""
        return all(map(keeps_digest, self.adaptations))

    def check_losses(self, seen: Evidence | None) -> None:
        """Raise DatasetError for values that the format doesn't keep; `seen`: what a second reader has found."""
        losses.check(self._wanted, self._table.format, seen)

    def copy(self) -> None:
        """Begin with what is in the destination; raises ConfigError if that has other columns, or keys of the rows."""
        from pyspark.sql.types import StructType

        self._destination.copy_to(self._format.path)
        self._format.rewrite_paths(str(self._destination.folder), new_folder=self._format.path)
        self._format.register_table()
        there = self._table.read()
        if not same_columns(there, self._wanted):
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in there.dtypes)
            raise ConfigError(
                f"The rows don't fit the table in {self._destination.folder}:\n{differences(there, self._wanted)}"
                f"\nThe table's columns: {columns}"
            )
        places = [self._wanted.columns.index(name) for name in there.columns]
        self.source_schema = StructType([self.source_schema.fields[place] for place in places])
        self._wanted = self._wanted.select(*map(quoted, there.columns))
        check_key(there.unionByName(self._wanted), self._key, "of the table and the new rows")
        self._before = digest(there)

    def discard(self) -> None:
        """Remove what has been made."""
        self._format.drop()

    def write(self) -> None:
        """Make the table, or add the rows to the copy."""
        start = time.perf_counter()
        if self._own:
            self._own.bring_in(self._table, self.source_schema)
        else:
            (convert if self._before is None else append)(self._source, self._table)
        self._seconds = time.perf_counter() - start

    def digest_of_source(self) -> Digest:
        """The digest of the rows that are added, by one Spark job."""
        return digest(self._wanted)

    def check(self, verify: Proof, rows: Digest) -> None:
        """Compare it with what it must hold: these rows, and those before; raises ContentError if it doesn't."""
        self._verify, self._expected = verify, rows if self._before is None else self._before + rows
        self._evidence = self._check(self._table.read(), listed_as(self._format.path))

    def note_sources(self, files: Stamps) -> None:
        """Put a list of the files that it was made of into its folder."""
        sources.write(self._spark, self._format.path, files)

    def publish(self, proven: str) -> ConversionResult:
        """Put it in its place; raises ContentError if it doesn't hold there what it must.

        `proven`: the verdict on a table that holds what Spark reads from the source.
        Where metadata was written anew for the new place, or is put beside files, it is compared there once more.
        """
        evidence, verify = self._evidence, self._verify
        size = self._table.size(self._own.sizes(self._table) if self._own else None)
        warnings = tuple(_types_of_folders(self._spark, self._format, self._wanted.dtypes, self._partition_by))
        rewritten = self._format.rewrite_paths(self._format.path, new_folder=str(self._destination.folder))
        self._destination.swap_in(self._format.path)
        try:
            if rewritten or self._own:
                folder = str(self._destination.folder)
                self._check(self._format.read_path(self._spark, folder), folder)
        except BaseException:
            self._destination.roll_back()
            raise
        self._destination.commit()
        compared = evidence is not None and verify != "count"
        return ConversionResult(
            evidence.digest.rows if evidence else None,
            evidence.digest.hex if evidence and compared else None,
            size.live_files,
            size.live_bytes,
            size.metadata_bytes,
            self._seconds,
            proven if compared or proven == INCOMPLETE else "unchecked",
            f"Spark {self._spark.version}",
            evidence if compared else None,
            self._second,
            warnings,
        )

    def _check(self, actual: DataFrame, folder: str) -> Evidence | None:
        """What is there; None if nobody asks for it. Raises ContentError if it isn't what it must be."""
        if self._verify == "off":
            return None
        if not same_columns(self._wanted, actual):
            raise ContentError(f"{self._subject} has other columns:\n{differences(self._wanted, actual)}")
        actual = actual.select(*map(quoted, self._wanted.columns))
        if self._verify == "count":
            evidence = Evidence(Digest(actual.count(), self._expected.total))
        else:
            evidence = evidence_of(actual)
        if evidence.digest != self._expected:
            wrong = f"{self._subject} doesn't hold what it must: {self._difference(actual, evidence.digest)}"
            raise ContentError(wrong, *losses.in_partitions(self._wanted, actual, self._partition_by))
        if self._verify == "readers":
            beside, final = read_beside(self._format, folder, actual, evidence), str(self._destination.folder)
            self._second = beside.replace(folder, final) if isinstance(beside, str) else beside
        return evidence

    def _difference(self, actual: DataFrame, there: Digest) -> str:
        """Rows, or columns with values; of an append rows alone: what must be there is in no one place."""
        counts = f"it has {format_count(there.rows, 'row')}, and must have {self._expected.rows:,}."
        return counts if self._before is not None else f"{counts}\n{differences(self._wanted, actual)}"

    @property
    def _subject(self) -> str:
        return f"The table that was made for {self._destination.folder}"


def _types_of_folders(
    spark: SparkSession, table_format: TableFormat, columns: Sequence[tuple[str, str]], partition_by: Sequence[str]
) -> Iterator[str]:
    """What readers make of columns that are in the names of folders alone, where no metadata has their types."""
    if not table_format.plain_files or not partition_by:
        return
    there = dict(table_format.read_path(spark, table_format.path).dtypes)
    for name, kind in columns:
        if name in partition_by and there.get(name, kind) != kind:
            what = f"{name}: its values, of type {kind}, are in names of folders alone, of which Spark makes"
            yield f"{what} {there[name]} where it is not told otherwise"
