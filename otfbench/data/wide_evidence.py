"""The evidence of what Spark reads, where it has many columns. Knows no dataset and no format.

Spark plans and compiles a figure of each column: of 1,000 columns and as many rows that takes 68 s, and this here 4 s.
So it hands its rows over to Python beside its tasks, the columns of each type as one array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otfbench.data.evidence import ColumnEvidence, Digest, Evidence
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_Function: TypeAlias = "Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]"
_VALUES = 4_000_000
"""The most values that Spark hands over at once, but one row at least: what bounds the memory."""
_BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"


def wide_evidence(rows: DataFrame) -> Evidence:
    """The evidence of a DataFrame, by one Spark job; raises what Spark raises where its Python lacks a library."""
    places: dict[str, list[int]] = {}
    for place, field in enumerate(rows.schema.fields):
        places.setdefault(field.dataType.json(), []).append(place)
    names, groups, conf = rows.columns, list(places.values()), rows.sparkSession.conf
    listed = [", ".join(quoted(names[place]) for place in group) for group in groups]
    arrays = rows.selectExpr(*(f"array({each}) AS group{number}" for number, each in enumerate(listed)))

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        yield pa.RecordBatch.from_pydict({"figures": [figures(batches, groups).tobytes()]})

    before = conf.get(_BATCH_ROWS)
    conf.set(_BATCH_ROWS, str(max(1, _VALUES // len(names))))
    try:
        parts = _mapped(arrays, read, "figures binary").collect()
    finally:
        conf.set(_BATCH_ROWS, str(before))
    return joined((np.frombuffer(part[0], np.uint64) for part in parts), names)


def _mapped(rows: DataFrame, function: _Function, ddl: str) -> DataFrame:
    """As DataFrame.mapInArrow, which asks for pandas and makes no use of it."""
    from pyspark.rdd import PythonEvalType
    from pyspark.sql import DataFrame
    from pyspark.sql import types as T
    from pyspark.sql.udf import UserDefinedFunction

    mapping = UserDefinedFunction(
        function, T._parse_datatype_string(ddl), evalType=PythonEvalType.SQL_MAP_ARROW_ITER_UDF
    )
    columns = mapping(*(rows[name] for name in rows.columns))
    if rows.sparkSession.version.startswith("3."):
        mapped = rows._jdf.pythonMapInArrow(columns._jc.expr(), False)
    else:
        mapped = rows._jdf.mapInArrow(columns._jc, False, None)
    return DataFrame(mapped, rows.sparkSession)


def figures(batches: Iterable[pa.RecordBatch], groups: Sequence[Sequence[int]]) -> NDArray[np.uint64]:
    """The nulls of each column, and the number of rows; then the sum of hashes of each column, and that of the rows.

    Each batch has a list for each group: the values of some of the columns, whose places the group names.
    """
    from otfbench.data.column_hashes import column_hashes, hashed_once_more

    width = sum(map(len, groups))
    counts, totals = np.zeros((2, width + 1), np.uint64)
    for batch in batches:
        hashes = np.empty((width, batch.num_rows), np.uint64)
        for group, lists in zip(groups, batch.columns, strict=True):
            values = lists.flatten()
            hashes[group] = column_hashes(values).reshape(-1, len(group)).T
            nulls = values.is_null().to_numpy(zero_copy_only=False).reshape(-1, len(group))
            counts[group] += nulls.sum(axis=0, dtype=np.uint64)
        totals[:-1] += hashes.sum(axis=1, dtype=np.uint64)
        totals[-1:] += hashed_once_more(hashes, batch.num_rows).sum(dtype=np.uint64)
        counts[-1:] += np.uint64(batch.num_rows)
    return np.concatenate([counts, totals])


def joined(parts: Iterable[NDArray[np.uint64]], names: Sequence[str]) -> Evidence:
    """The evidence of all rows, by the figures of each part of them."""
    counts, totals = sum(parts, np.zeros(2 * len(names) + 2, np.uint64)).reshape(2, -1).tolist()
    columns = {name: ColumnEvidence(*each) for name, *each in zip(names, counts, totals, strict=False)}
    return Evidence(Digest(counts[-1], totals[-1]), columns)
