"""Deterministic rows: a pure function of (name, rows, seed), and the files that hold them. Knows no table format."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import platformdirs

from otfbench.digest import Digest, digest
from otfbench.errors import DatasetError, UnsupportedError
from otfbench.formats.base import Adaptation, adapted
from otfbench.inputs.base import Input
from otfbench.storage import list_files

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_TRIPS = """
    trip_id bigint, vendor string, pickup_at timestamp, dropoff_at timestamp, pickup_date date, passengers smallint,
    distance_miles double, minutes float, pickup_zone int, dropoff_zone int, payment string, fare decimal(10,2),
    tip decimal(10,2), driver string, note string, is_shared boolean, rain_mm double
"""
_VERSION = 1  # of the rows: a change to any expression below makes new files necessary
_ROWS_PER_FILE = 500_000


class Dataset(Protocol):
    """Rows that are the same whenever they are asked for."""

    @property
    def rows(self) -> int:
        """How many."""

    @property
    def seed(self) -> int | None:
        """What they are made from; None if they are not made."""

    def generate(self, spark: SparkSession) -> DataFrame:
        """The rows themselves."""

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted; no file that a case reads and no table is read for it."""


class Readable(Protocol):
    """A dataset as files of one input."""

    @property
    def dataset(self) -> Dataset:
        """Whose rows they hold."""

    @property
    def input(self) -> Input:
        """What kind of files they are."""

    @property
    def size(self) -> dict[str, int]:
        """Files and bytes."""

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files."""

    def infer(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files by a schema that Spark infers now."""

    def inferred(self, spark: SparkSession) -> DataFrame:
        """What infer() must come to; neither the files nor what Spark infers from them is used for it."""


@dataclass(frozen=True)
class Trips:
    """Taxi-like trips: 17 flat columns of all common types, nulls in five of them.

    Every value is a function of (seed, column, row id) by xxHash64, so that the rows are the same for any number of
    partitions, on any master; `rand()` would depend on both.
    """

    rows: int
    seed: int
    name: str = "trips"
    schema: str = _TRIPS

    @property
    def key(self) -> str:
        """Names these rows, and no others."""
        return f"{self.name}-v{_VERSION}-{self.rows}-{self.seed}"

    @property
    def files(self) -> int:
        """Into how many files the rows are written: at least two."""
        return max(2, -(-self.rows // _ROWS_PER_FILE))

    def generate(self, spark: SparkSession) -> DataFrame:
        """The rows, computed; no file is read."""
        from pyspark.sql import functions as F

        start = F.lit(1_704_067_200_000_000) + (self._uniform("start") * (366 * 86_400_000_000)).cast("long")
        minutes = F.round(2 + self._uniform("minutes") * 58, 3)
        distance = F.round(0.3 + self._uniform("distance") * self._uniform("far") * 40, 2)
        fare = (F.round(3 + distance * 2.2, 2)).cast("decimal(10,2)")
        tip = F.round(fare * self._uniform("tip") * 0.3, 2).cast("decimal(10,2)")
        picked, dropped = F.timestamp_micros(start), F.timestamp_micros(start + (minutes * 60_000_000).cast("long"))
        driver = F.concat(
            F.lit("driver-"), F.lpad((self._uniform("driver") * 50_000).cast("int").cast("string"), 5, "0")
        )
        rain = F.when(self._uniform("rain") < 0.2, F.round(self._uniform("mm") * 12, 1))
        return spark.range(0, self.rows, 1, self.files).select(
            F.col("id").alias("trip_id"),
            self._pick("vendor", ["Ahorn", "Birke", "Cedar"]).alias("vendor"),
            picked.alias("pickup_at"),
            dropped.alias("dropoff_at"),
            F.to_date(picked).alias("pickup_date"),
            self._some("passengers", 0.97, (self._uniform("people") * 5 + 1).cast("smallint")).alias("passengers"),
            distance.alias("distance_miles"),
            minutes.cast("float").alias("minutes"),
            self._zone("from").alias("pickup_zone"),
            self._zone("to").alias("dropoff_zone"),
            self._pick("payment", ["card", "card", "card", "cash", "dispute"]).alias("payment"),
            fare.alias("fare"),
            self._some("tipped", 0.7, tip).alias("tip"),
            driver.alias("driver"),
            self._some("note", 0.1, F.concat(F.lit("left at "), F.hex(F.xxhash64("id")))).alias("note"),
            self._some("shared", 0.9, self._uniform("pool") < 0.15).alias("is_shared"),
            rain.alias("rain_mm"),
        )

    def digest(self, spark: SparkSession, adaptations: tuple[Adaptation, ...]) -> Digest:
        """The digest of the rows, adapted: from the expressions alone."""
        return digest(adapted(self.generate(spark), adaptations))

    def _uniform(self, tag: str) -> Column:
        """Uniform in [0, 1): 53 bits of a hash of (seed, tag, id)."""
        from pyspark.sql import functions as F

        return F.shiftrightunsigned(F.xxhash64(F.lit(self.seed), F.lit(tag), F.col("id")), 11) * F.lit(2.0**-53)

    def _pick(self, tag: str, values: list[str]) -> Column:
        from pyspark.sql import functions as F

        return F.element_at(F.array(*map(F.lit, values)), (self._uniform(tag) * len(values)).cast("int") + 1)

    def _some(self, tag: str, share: float, value: Column) -> Column:
        """The value in this share of the rows, null in the others."""
        from pyspark.sql import functions as F

        return F.when(self._uniform(tag) < share, value)

    def _zone(self, tag: str) -> Column:
        """One of 265 zones; low numbers are frequent."""
        return (self._uniform(tag) * self._uniform(tag + "skew") * 265 + 1).cast("int")


@dataclass(frozen=True)
class Source:
    """A dataset as files of one input."""

    dataset: Trips
    input: Input
    folder: Path

    def read(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files by the dataset's schema."""
        return self.input.read(spark, str(self.folder), self.dataset.schema)

    def infer(self, spark: SparkSession) -> DataFrame:
        """The rows, read from the files by a schema that Spark infers now."""
        return self.input.infer(spark, str(self.folder))

    def inferred(self, spark: SparkSession) -> DataFrame:
        """The dataset's rows in the types that its texts look like."""
        return as_inferred(self.dataset.generate(spark), self.input.inferences)

    @cached_property
    def size(self) -> dict[str, int]:
        """Files and bytes, markers of the writer left out."""
        sizes = [
            n for path, n in list_files(None, str(self.folder)).items() if not path.rsplit("/", 1)[-1].startswith("_")
        ]
        return {"files": len(sizes), "bytes": sum(sizes)}


def as_inferred(rows: DataFrame, inferences: Mapping[str, str | None]) -> DataFrame:
    """The rows in the types that an input takes their texts for; see Input.inferences.

    Raises UnsupportedError for nested columns: what is inferred from these depends on more than their types.
    """
    from pyspark.sql import functions as F

    nested = [name for name, kind in rows.dtypes if re.match("struct|array|map", kind)]
    if nested:
        raise UnsupportedError(f"what Spark infers from nested columns ({nested[0]}) can't be told from their types")
    small = [name for name, kind in rows.dtypes if kind == "bigint"]
    found = rows.agg(
        *(F.count(f"`{name}`").alias(f"values of {name}") for name in rows.columns),
        *(F.bool_and(F.col(f"`{name}`").between(-(2**31), 2**31 - 1)).alias(f"small {name}") for name in small),
    ).collect()[0]
    kinds = {name: re.sub(r"\(.*", "", kind) for name, kind in rows.dtypes}
    kinds |= {name: "int" for name in small if found[f"small {name}"]}
    kinds |= {name: "void" for name in rows.columns if not found[f"values of {name}"]}
    forms = {name: inferences.get(kind, "{}") for name, kind in kinds.items()}
    return rows.select(*(F.expr(form.format(f"`{name}`")).alias(name) for name, form in forms.items() if form))


def cache_folder() -> Path:
    """Where written datasets are kept between runs: in the user's cache folder."""
    return platformdirs.user_cache_path("otfbench") / "datasets"


def is_written(source: Source) -> bool:
    """Whether the files are there, whole: as many files and bytes as the manifest says."""
    try:
        written = json.loads(_manifest(source).read_text())["source"]
    except (OSError, ValueError, LookupError, TypeError):  # none, cut off, or of another kind
        return False
    return source.folder.is_dir() and bool(written == Source(source.dataset, source.input, source.folder).size)


def write(spark: SparkSession, sources: Iterable[Source]) -> None:
    """Write each source's files, whole or not at all, the manifest last. Files that are not whole are replaced."""
    for source in sources:
        source.folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=source.folder.parent, prefix=".writing-"))
        try:
            source.input.write(source.dataset.generate(spark), str(scratch / "files"))
            _manifest(source).unlink(missing_ok=True)
            shutil.rmtree(source.folder, ignore_errors=True)
            (scratch / "files").rename(source.folder)
            written = Source(source.dataset, source.input, source.folder).size
            (scratch / "manifest").write_text(json.dumps({"dataset": source.dataset.key, "source": written}) + "\n")
            os.replace(scratch / "manifest", _manifest(source))
        except OSError as error:
            raise DatasetError(
                f"The files of {source.dataset.key} as {source.input.name} can't be written: {error}"
            ) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _manifest(source: Source) -> Path:
    return source.folder.with_name(f"{source.folder.name}.manifest.json")
