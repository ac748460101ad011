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
    spark: SparkSession, files: Sequence[str], batches: Callable[[str, set[str]], Iterator[pa.RecordBatch]]
) -> tuple[Evidence, set[str]]:
    """The evidence of all files, in no order, and the names that columns leave out, which `batches` adds to a set.

    Raises DatasetError as the reader of one of the files does, and whatever Spark raises where the executors' Python
    lacks otfbench, or a library of the reader.
    """

    def read(paths: Iterable[str]) -> Iterator[tuple[Evidence, set[str]] | DatasetError]:
        from otfbench.data.column_hashes import evidence

        for path in paths:
            undeclared: set[str] = set()
            try:
                yield evidence(batches(path, undeclared)), undeclared
            except DatasetError as error:  # as a value: of an exception only Spark's text comes back
                yield error

    total, names = NO_ROW, set[str]()
    for found in spark.sparkContext.parallelize(files, len(files)).mapPartitions(read).collect():
        if isinstance(found, DatasetError):
            raise found
        total += found[0]
        names |= found[1]
    return total, names
