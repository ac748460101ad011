"""What a second reader does while Spark starts, and while it writes. Knows no destination and no verdict."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Protocol

from otfbench.data.inspection import OpenedFiles
from otfbench.data.second_reading import Inferred, SecondReader, SecondReading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


class EarlyTypes:
    """Types that a second reader finds while a session starts.

    It begins once the JVM's process is there: a thread that imports beside a fork could wait for it for ever.
    """

    def __init__(self, reader: SecondReader | None) -> None:
        """No reader: nothing is begun."""
        self._reader, self._stopped, self._pool = reader, Event(), ThreadPoolExecutor(1)
        self.result: Callable[[], Inferred] | None = None
        """Waits for the types, or raises what the reader does; None if it doesn't look for them."""

    def begin(self) -> None:
        """Let the reader find the types, if it is to find some."""
        if self._reader and self._reader.infers:
            self.result = self._pool.submit(self._reader.infer, self._stopped.is_set).result

    def __enter__(self) -> EarlyTypes:
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._pool.shutdown()


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
