"""A new table is written by Spark while a second reader reads the files. Knows no destination and no verdict."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Protocol

from otfbench.data.inspection import OpenedFiles
from otfbench.data.second_reading import SecondReading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


class Written(Protocol):
    """What is written of the rows of files."""

    @property
    def source_schema(self) -> StructType:
        """The columns of the files, in the order in which they are written."""

    def write(self) -> None:
        """Read the files by Spark, and write their rows."""


def write_and_read(spark: SparkSession, new: Written, opened: OpenedFiles) -> SecondReading:
    """Write it, and read the files beside; what is found there. Raises what either raises: the other is stopped."""
    stopped = Event()

    def stop_spark(reading: Future[SecondReading]) -> None:
        if reading.exception() is not None:
            spark.sparkContext.cancelAllJobs()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(opened.second_reader.read, spark, new.source_schema, stopped.is_set)
        reading.add_done_callback(stop_spark)
        try:
            new.write()
            return reading.result()
        finally:
            stopped.set()
