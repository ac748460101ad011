"""What a reader other than Spark finds in files, and where Spark reads something else. Knows no input by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otfbench.data import record_inference
from otfbench.data.digest import chained, evidence_of, quoted, value_hash
from otfbench.data.discovery import OwnData
from otfbench.data.evidence import Evidence, column_hashes, evidence, row_hashes
from otfbench.data.inference import infer, typed
from otfbench.data.path_columns import by_values, root_of
from otfbench.errors import DatasetError
from otfbench.inputs.base import Input
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

Batches: TypeAlias = "Callable[[], Iterator[pa.RecordBatch]]"
"""Reads the files from the beginning, by the second reader; types are those that Spark gives the columns."""
_COLUMNS = 3
"""So many columns that differ are shown."""
_TEXT = 80


@dataclass(frozen=True)
class SecondReading:
    """The evidence of the files, and who found it: the name and version of a library."""

    reader: str
    evidence: Evidence

    def as_dict(self) -> dict[str, Any]:
        """As results record it."""
        return {"reader": self.reader, **self.evidence.as_dict()}


@dataclass(frozen=True)
class SecondReader:
    """Reads the user's files without Spark, as often as it is asked."""

    input: Input
    files: tuple[str, ...]
    data: OwnData

    @property
    def why_not(self) -> str | None:
        """Why it can't read them; None if it can."""
        if self.data.bad_records == "aside":
            return "records that don't fit are kept aside"
        return self.input.why_unread(self._options) if self.data.read_twice else "the source is not to be verified"

    @property
    def infers(self) -> bool:
        """Whether it is to find the types, where no schema is given."""
        return self.data.infer != "spark" and not self.input.typed and self.why_not is None

    @property
    def _options(self) -> dict[str, str]:
        return {name.lower(): value for name, value in {**self.input.foreign_options, **self.data.options}.items()}

    def infer(self) -> tuple[StructType, Mapping[str, str]]:
        """The columns with types from which all of the text can be got back, and what is to be said of some of them."""
        from pyspark.sql.pandas.types import from_arrow_schema

        if self.data.infer == "none":
            return from_arrow_schema(next(self._batches(None)).schema), {}
        records = self.input.records(self.files, self._options)
        schema, notes = infer(self._batches(None)) if records is None else record_inference.infer(records)
        return from_arrow_schema(schema), notes

    def compare(self, rows: DataFrame) -> SecondReading | str:
        """What it finds; if it can't read them, why. Raises DatasetError if Spark reads something else."""
        from pyspark.sql.pandas.types import to_arrow_schema

        if self.why_not is not None:
            return self.why_not
        schema = to_arrow_schema(rows.schema)
        return read_twice(rows, lambda: self._batches(schema), f"{self.input.reader} {version(self.input.reader)}")

    def _batches(self, schema: pa.Schema | None) -> Iterator[pa.RecordBatch]:
        """The rows, with the columns that are in their paths as text, or all of them in the types of a schema."""
        import pyarrow as pa

        for values, group in by_values(self.files, root_of(self.data)):
            inside = schema and pa.schema([field for field in schema if field.name not in values])
            for batch in self.input.batches(group, self._options, inside):
                for name, value in values.items():
                    batch = batch.append_column(name, pa.repeat(pa.scalar(value, pa.string()), batch.num_rows))
                yield batch if schema is None else typed(batch, schema)


def read_twice(rows: DataFrame, batches: Batches, reader: str) -> SecondReading:
    """Read the files by both readers; raises DatasetError with columns and values where they don't find the same."""
    second, first = evidence(batches()), evidence_of(rows)
    if first == second:
        return SecondReading(reader, second)
    raise DatasetError("\n".join(_differences(first, second, rows, batches, reader)))


def _differences(first: Evidence, second: Evidence, rows: DataFrame, batches: Batches, reader: str) -> Iterable[str]:
    if first.digest.rows != second.digest.rows:
        there = format_count(second.digest.rows, "row")
        yield f"Spark reads {format_count(first.digest.rows, 'row')} where {reader} finds {there}."
    wrong = first.differing(second)
    if not wrong:
        yield f"Spark reads values into other rows than {reader}: the columns are the same, the rows are not."
    elif first.digest.rows == second.digest.rows:
        yield f"Spark reads something else than {reader}:"
        for column in wrong[:_COLUMNS]:
            yield f"  {_column_difference(column, rows, batches, set(wrong))}"
        if len(wrong) > _COLUMNS:
            yield f"  and in {format_count(len(wrong) - _COLUMNS, 'more column')}: {', '.join(wrong[_COLUMNS:])}"[:400]


def _column_difference(column: str, rows: DataFrame, batches: Batches, wrong: set[str]) -> str:
    """The column, in how many rows it differs, and both values of one of them."""
    lacking, count = _lacking(_second_hashes(batches, column), _first_hashes(rows, column))
    for batch in batches():
        hashes = column_hashes(batch.column(column))
        found = np.flatnonzero(np.isin(hashes, lacking))
        if len(found):
            row = batch.slice(int(found[0]), 1)
            rest = row.drop_columns(sorted(wrong.intersection(batch.schema.names)))
            pair = _value_of_spark(column, rows, int(row_hashes(rest)[0]), [n for n in rows.columns if n not in wrong])
            value = row.column(column)[0].as_py()
            return f"{column}: the file has {_short(value)}, Spark reads {pair} ({format_count(count, 'row')} differ)"
    return f"{column}: in {format_count(count, 'row')}"


def _value_of_spark(column: str, rows: DataFrame, rest: int, others: list[str]) -> str:
    """What Spark reads in the row whose other columns have this hash."""
    from pyspark.sql import functions as F

    if not others:
        found = rows.select(quoted(column)).limit(2).collect()
        return _short(found[0][0]) if len(found) == 1 else "another value"
    signed = rest - 2**64 if rest >= 2**63 else rest
    hashed = chained(value_hash(F.col(quoted(name)), rows.schema[name].dataType) for name in others)
    found = rows.where(hashed == F.lit(signed).cast("bigint")).select(quoted(column)).limit(1).collect()
    return _short(found[0][0]) if found else "another value"


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}..."


def _second_hashes(batches: Batches, column: str) -> NDArray[np.uint64]:
    return np.concatenate([column_hashes(batch.column(column)) for batch in batches()])


def _first_hashes(rows: DataFrame, column: str) -> NDArray[np.uint64]:
    """Spark's hashes of a column, by a file: millions of them don't pass through the driver one by one."""
    import pyarrow.parquet as pq
    from pyspark.sql import functions as F

    hashed: Column = F.coalesce(value_hash(F.col(quoted(column)), rows.schema[column].dataType), F.lit(0))
    with tempfile.TemporaryDirectory(prefix="otfbench-") as folder:
        path = Path(folder) / "hashes"
        rows.select(hashed.cast("bigint").alias("h")).write.parquet(str(path))
        values: NDArray[np.int64] = pq.read_table(path).column("h").to_numpy()
    return values.view(np.uint64)


def _lacking(second: NDArray[np.uint64], first: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], int]:
    """The hashes that the second reader has more often, and how many values only it has."""
    values, counts = np.unique(second, return_counts=True)
    others, other_counts = np.unique(first, return_counts=True)
    at = np.searchsorted(others, values)
    known = (at < len(others)) & (others[np.minimum(at, max(0, len(others) - 1))] == values)
    surplus = counts - np.where(known, other_counts[np.minimum(at, max(0, len(others) - 1))], 0)
    more = surplus > 0
    return values[more], int(surplus[more].sum())
