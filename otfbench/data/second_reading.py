"""What a reader other than Spark finds in files, and where Spark reads something else. Knows no input by name."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from otfbench.data import record_inference
from otfbench.data.digest import chained, column_lines, evidence_of, rows_differ, shown, value_hash
from otfbench.data.discovery import UserData
from otfbench.data.evidence import Evidence
from otfbench.data.inference import infer, typed
from otfbench.data.path_columns import Groups
from otfbench.data.spread_reading import has_executors, spread_evidence
from otfbench.errors import DatasetError, Text
from otfbench.formats.sql import quoted
from otfbench.inputs.base import Input, Misreading
from otfbench.ownership.folders import temporary_folder
from otfbench.units import format_count

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

Batches: TypeAlias = "Callable[[], Iterator[pa.RecordBatch]]"
"""Reads the files from the beginning, by the second reader; types are those that Spark gives the columns."""
EQUAL = "equal"
"""The verdict on a content that is the expected one."""
EQUAL_TO_SPARK = "equal to Spark's reading"
"""The same, where what is expected is known by Spark's own reading of the source alone."""
_BATCHES = 16
"""So many are written at once."""
_VAGUE = "something in it that the second reader doesn't know"


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
    groups: Groups
    data: UserData

    @property
    def why_not(self) -> str | None:
        """Why it can't read them; None if it can."""
        if self.data.bad_records == "aside":
            return "records that don't fit are kept aside"
        return self.input.why_unread(self._options) if self.data.read_twice else "the source is not to be verified"

    @property
    def name(self) -> str:
        """The library, or Python itself, and its version."""
        reader = self.input.reader
        return f"{reader} {platform.python_version() if reader == 'python' else version(reader)}"

    @property
    def infers(self) -> bool:
        """Whether it is to find the types, where no schema is given."""
        return self.data.infer != "spark" and not self.input.typed and self.why_not is None

    @property
    def is_text(self) -> bool:
        """Whether the files have columns of text: neither types nor records."""
        return not self.input.typed and self.input.records(self._files, self._options) is None

    @property
    def _files(self) -> list[str]:
        return [file for _, files in self.groups for file in files]

    def _alone(self, file: str) -> SecondReader:
        return replace(self, groups=[(values, [file]) for values, files in self.groups if file in files])

    @property
    def _options(self) -> dict[str, str]:
        return {name.lower(): value for name, value in {**self.input.foreign_options, **self.data.options}.items()}

    def infer(self) -> tuple[StructType, Mapping[str, str]]:
        """The columns in the files, with types that keep each text, and notes on some of them."""
        from pyspark.sql.pandas.types import from_arrow_schema

        records = self.input.records(self._files, self._options)
        if self.data.infer == "none" and records is None:
            return from_arrow_schema(next(self._batches(None)).schema), {}
        schema, notes = infer(self._batches(None)) if records is None else record_inference.infer(records)
        if self.data.infer == "none":
            return from_arrow_schema(record_inference.as_texts(schema)), {}
        return from_arrow_schema(schema), {**self.input.notes(self._files, self._options), **notes}

    def compare(self, rows: DataFrame) -> SecondReading | str:
        """What it finds; if it can't read them, why. Raises DatasetError if Spark reads something else."""
        from pyspark.sql.pandas.types import to_arrow_schema

        if self.why_not is not None:
            return self.why_not
        schema = to_arrow_schema(rows.schema)
        found = self._spread(rows.sparkSession, schema)
        return read_twice(rows, lambda: self._batches(schema), self.name, evidence_found=found)

    def _spread(self, spark: SparkSession, schema: pa.Schema) -> Evidence | None:
        """The evidence by Spark's executors; None where there are none, or they can't: then the driver does it.

        What is compared from file to file is compared here, before the first row; columns that some files lack aren't.
        """
        if len(self._files) < 2 or "mergeschema" in self._options or not has_executors(spark):
            return None
        next(self._batches(schema), None)
        try:
            return spread_evidence(spark, self._files, lambda file: self._alone(file)._batches(schema))
        except DatasetError:
            raise
        except Exception:  # an executor's Python lacks a library, or sees other files
            return None

    def fault(self, schema: StructType | None) -> Text | None:
        """What it says of files that Spark can't read; None if it reads them, can't try, or doesn't know either."""
        from pyspark.sql.pandas.types import to_arrow_schema

        if self.input.why_unread(self._options) is not None:
            return None
        try:
            for _ in self._batches(schema and to_arrow_schema(schema)):
                pass
        except DatasetError as error:
            return None if _VAGUE in str(error) else error.args
        except Exception:  # of what it doesn't know, Spark tells
            return None
        return None

    def misread(self, schema: StructType) -> Misreading | None:
        """What Spark is known to read otherwise in these files, or not at all; None if nothing is."""
        from pyspark.sql.pandas.types import to_arrow_schema

        try:
            return self.input.misread(self._files, self._options, to_arrow_schema(schema))
        except DatasetError:  # what neither reads is no misreading
            return None

    def rewrite(self, schema: StructType, path: Path) -> None:
        """Write what it finds as a Parquet file, in batches of some ten thousand rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq
        from pyspark.sql.pandas.types import to_arrow_schema

        arrow = to_arrow_schema(schema)
        batches = self._batches(arrow)
        with pq.ParquetWriter(path, arrow) as file:
            while some := list(islice(batches, _BATCHES)):
                file.write_table(pa.Table.from_batches(some))

    def _batches(self, schema: pa.Schema | None) -> Iterator[pa.RecordBatch]:
        """The rows as they are in the files; by a schema with the columns in their paths, all in its types."""
        import pyarrow as pa

        if schema is not None:  # columns without a row have evidence, too
            yield pa.RecordBatch.from_pylist([], schema)
        for values, group in self.groups:
            if schema is None:
                yield from self.input.batches(group, self._options, None)
                continue
            in_path = {
                field.name: values[name] for name in values for field in schema if field.name.lower() == name.lower()
            }
            inside = pa.schema([field for field in schema if field.name not in in_path])
            for batch in self.input.batches(group, self._options, inside):
                for name, value in in_path.items():
                    batch = batch.append_column(name, pa.repeat(pa.scalar(value, pa.string()), batch.num_rows))
                yield typed(batch, schema)


def read_twice(
    rows: DataFrame, batches: Batches, reader: str, source: str = "the file has", evidence_found: Evidence | None = None
) -> SecondReading:
    """Read the files by both readers; raises DatasetError with columns and values where they don't find the same.

    `source`: what is said before a value of the second reader; `evidence_found`: its evidence, if that is known.
    """
    from otfbench.data.column_hashes import evidence

    second, first = evidence_found or evidence(batches()), evidence_of(rows)
    if first == second or first.digest.rows == second.digest.rows == 0:  # without a batch there are no columns
        return SecondReading(reader, second)
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
    hashed = chained(value_hash(F.col(quoted(name)), rows.schema[name].dataType) for name in others)
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
    from pyspark.sql import functions as F

    hashed: Column = F.coalesce(value_hash(F.col(quoted(column)), rows.schema[column].dataType), F.lit(0))
    with temporary_folder("hashes") as folder:
        path = folder / "hashes"
        rows.select(hashed.cast("bigint").alias("h")).write.parquet(str(path))
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
