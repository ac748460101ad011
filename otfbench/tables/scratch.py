"""Files beside the tables of a session: materialized rows, copies of tables. Knows no table format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

from otfbench.formats.hadoop import copy_folder, remove_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ANY_DAY = dict.fromkeys((f"spark.sql.parquet.{what}RebaseModeInWrite" for what in ("datetime", "int96")), "CORRECTED")


class Scratch:
    """A folder for them, each under a new name."""

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._spark, self._folder, self._numbers = spark, folder, count()
        remove_folder(spark, folder)  # of an earlier session of this format, which has ended or died

    def materialize(self, rows: DataFrame) -> DataFrame:
        """The rows, written to files and read from there; days before 1582, too, which Spark refuses by default."""
        return self._spark.read.parquet(self.files(rows))

    def files(self, rows: DataFrame, partition_by: Sequence[str] = (), conf: Mapping[str, str] | None = None) -> str:
        """The path of a folder with the rows in Parquet files, in folders `name=value` where columns are given."""
        path = f"{self._folder}/rows-{next(self._numbers)}"
        with settings(self._spark, {**_ANY_DAY, **(conf or {})}):
            writer = rows.write.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
            writer.parquet(path, partitionBy=list(partition_by))
        return path

    def copy(self, folder: str) -> str:
        """The path of a copy of the folder."""
        path = f"{self._folder}/table-{next(self._numbers)}"
        copy_folder(self._spark, folder, path)
        return path


@contextmanager
def settings(spark: SparkSession, conf: Mapping[str, str]) -> Iterator[None]:
    """Settings of the running session while a block runs; afterwards they are what they were."""
    before = {key: spark.conf.get(key, None) for key in conf}
    for key, value in conf.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        with suppress(Exception):  # values that were there before; the JVM may have died in the block
            for key, old in before.items():
                spark.conf.unset(key) if old is None else spark.conf.set(key, old)
