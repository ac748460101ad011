"""Evidence of files, computed by Spark's executors where these are other machines. Knows no input.

Each file is a task: the second reader of files doesn't split them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from otfbench.data.evidence import NO_ROW, Evidence
from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession


def distributed_evidence(
    spark: SparkSession, files: Sequence[str], batches: Callable[[str], Iterator[pa.RecordBatch]]
) -> Evidence:
    """The evidence of all files, in no order; raises DatasetError as the reader of one of them does.

    Raises whatever Spark raises where the executors' Python lacks otfbench, or a library of the reader.
    """

    def read(paths: Iterable[str]) -> Iterator[Evidence | DatasetError]:
        from otfbench.data.column_hashes import evidence

        for path in paths:
            try:
                yield evidence(batches(path))
            except DatasetError as error:  # as a value: of an exception only Spark's text comes back
                yield error

    total = NO_ROW
    for found in spark.sparkContext.parallelize(files, len(files)).mapPartitions(read).collect():
        if isinstance(found, DatasetError):
            raise found
        total += found
    return total
