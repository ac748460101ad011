"""Where Spark reads something else than a second reader: columns, rows, and both values. Knows no input and no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from otfbench.data.digest import column_lines, evidence_of, rows_differ, shown
from otfbench.data.evidence import Evidence
from otfbench.data.value_hash import chained, known_hash, value_hash
from otfbench.errors import DatasetError
from otfbench.formats.sql import quoted
from otfbench.ownership.folders import temporary_folder
from otfbench.units import format_count

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

Batches: TypeAlias = "Callable[[], Iterator[pa.RecordBatch]]"
"""Reads the files from the beginning, by the second reader; types are those that Spark gives the columns."""


def check_same(
    rows: DataFrame,
    second: Evidence,
    batches: Batches,
    reader: str,
    source: str = "the file has",
    known: Evidence | None = None,
) -> None:
    """Raise DatasetError with columns and values where Spark finds other rows than these.

    `second`: what the second reader finds, whose name is `reader`; `source`: what is said before a value of it;
    `known`: what Spark finds, if that is known.
    """
    first = known or evidence_of(rows)
    if first == second or first.digest.rows == second.digest.rows == 0:  # without a batch there are no columns
        return
    raise DatasetError("\n".join(_differences(first, second, rows, batches, reader, source)))


def _differences(
    first: Evidence, second: Evidence, rows: DataFrame, batches: Batches, reader: str, source: str
) -> Iterable[str]:
    if first.digest.rows != second.digest.rows:
        there = format_count(second.digest.rows, "row")
        yield f"Spark reads {format_count(first.digest.rows, 'row')} where {reader} finds {there}."
    wrong = first.differing(second)
    if not wrong:
        yield f"Spark reads values into other rows than {reader}: the columns are the same, the rows are not."
    elif first.digest.rows == second.digest.rows:
        yield f"Spark reads something else than {reader}:"
        yield from column_lines(wrong, lambda name: _column_difference(name, rows, batches, set(wrong), source))


def _column_difference(column: str, rows: DataFrame, batches: Batches, wrong: set[str], source: str) -> str:
    """The column, in how many rows it differs, and both values of one of them."""
    import numpy as np

    from otfbench.data.column_hashes import column_hashes, row_hashes

    lacking, count = _lacking(_second_hashes(batches, column), _first_hashes(rows, column))
    for batch in batches():
        hashes = column_hashes(batch.column(column))
        found = np.flatnonzero(np.isin(hashes, lacking))
        if len(found):
            row = batch.slice(int(found[0]), 1)
            rest = row.drop_columns(sorted(wrong.intersection(batch.schema.names)))
            pair = _value_of_spark(column, rows, int(row_hashes(rest)[0]), [n for n in rows.columns if n not in wrong])
            value = row.column(column)[0].as_py()
            return f"{column}: {source} {shown(value)}, Spark reads {pair} {rows_differ(count)}"
    return f"{column} {rows_differ(count)}"


def _value_of_spark(column: str, rows: DataFrame, rest: int, others: list[str]) -> str:
    """What Spark reads in the row whose other columns have this hash."""
    from pyspark.sql import functions as F

    if not others:
        found = rows.select(quoted(column)).limit(2).collect()
        return shown(found[0][0]) if len(found) == 1 else "another value"
    signed = rest - 2**64 if rest >= 2**63 else rest
    hashed = F.expr(chained(value_hash(quoted(name), rows.schema[name].dataType) for name in others))
    found = rows.where(hashed == F.lit(signed).cast("bigint")).select(quoted(column)).limit(1).collect()
    return shown(found[0][0]) if found else "another value"


def _second_hashes(batches: Batches, column: str) -> NDArray[np.uint64]:
    import numpy as np

    from otfbench.data.column_hashes import column_hashes

    return np.concatenate([column_hashes(batch.column(column)) for batch in batches()])


def _first_hashes(rows: DataFrame, column: str) -> NDArray[np.uint64]:
    """Spark's hashes of a column, by a file: millions of them don't pass through the driver one by one."""
    import numpy as np
    import pyarrow.parquet as pq

    hashed = known_hash(value_hash(quoted(column), rows.schema[column].dataType))
    with temporary_folder("hashes") as folder:
        path = folder / "hashes"
        rows.selectExpr(f"{hashed} AS h").write.parquet(str(path))
        values: NDArray[np.int64] = pq.read_table(path).column("h").to_numpy()
    return values.view(np.uint64)


def _lacking(second: NDArray[np.uint64], first: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], int]:
    """The hashes that the second reader has more often, and how many values only it has."""
    import numpy as np

    values, counts = np.unique(second, return_counts=True)
    others, other_counts = np.unique(first, return_counts=True)
    at = np.searchsorted(others, values)
    known = (at < len(others)) & (others[np.minimum(at, max(0, len(others) - 1))] == values)
    surplus = counts - np.where(known, other_counts[np.minimum(at, max(0, len(others) - 1))], 0)
    more = surplus > 0
    return values[more], int(surplus[more].sum())
