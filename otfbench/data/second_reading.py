"""What a reader other than Spark finds in files, and where Spark reads something else. Knows no input by name."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

from otfbench.data import record_inference
from otfbench.data.bad_records import RESERVED
from otfbench.data.discovery import UserData
from otfbench.data.distributed_reading import distributed_evidence
from otfbench.data.early_evidence import EarlyEvidence
from otfbench.data.evidence import Evidence
from otfbench.data.path_columns import Groups
from otfbench.data.read_ahead import read_ahead
from otfbench.data.reading_differences import check_same
from otfbench.data.text_inference import infer, typed
from otfbench.errors import DatasetError, Text
from otfbench.files import is_uri
from otfbench.inputs.base import Input, Misreading
from otfbench.inputs.records import in_chunks
from otfbench.inputs.undeclared import names_without_field
from otfbench.spark.cluster import has_executors

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

Rows = TypeVar("Rows")
EQUAL = "equal"
"""The verdict on a content that is the expected one."""
EQUAL_TO_SPARK = "equal to Spark's reading"
"""The same, where what is expected is known by Spark's own reading of the source alone."""
_VAGUE = "something in it that the second reader doesn't know"


def is_vague(fault: Text) -> bool:
    """Whether a reader doesn't know either what is wrong: of that, Spark may tell more."""
    return any(_VAGUE in str(part) for part in fault)


@dataclass(frozen=True)
class SecondReading:
    """The evidence of the files, and who found it: the name and version of a library."""

    reader: str
    evidence: Evidence
    undeclared: tuple[str, ...] = ()
    """Names in its records that the declared columns leave out."""

    def as_dict(self) -> dict[str, Any]:
        """The reading as results have it."""
        left_out = {"undeclared": list(self.undeclared)} if self.undeclared else {}
        return {"reader": self.reader, **self.evidence.as_dict(), **left_out}


@dataclass(frozen=True)
class Inferred:
    """The columns in files, with types that keep each text, and notes on some of them."""

    schema: StructType
    notes: Mapping[str, str]
    evidence: Evidence | None = None
    """The evidence of the rows in these types; None if that takes another pass."""

    def evidence_in(self, schema: StructType) -> Evidence | None:
        """The evidence, if it is of columns of these types in this order."""
        return self.evidence if self.schema.fields == schema.fields else None


@dataclass(frozen=True)
class SecondReader:
    """Reads the user's files without Spark, as often as it is asked."""

    input: Input
    groups: Groups
    data: UserData
    inferred: Inferred | None = None
    """What it has found already."""

    @property
    def why_not(self) -> str | None:
        """Why it doesn't read them beside Spark; None if it does."""
        return self._why_unread if self.data.read_twice else "the source is not to be verified"

    @property
    def _why_unread(self) -> str | None:
        """Why it can't read them; None if it can."""
        aside = self.data.bad_records == "aside"
        return "records that don't fit are kept aside" if aside else self.input.why_unread(self.options)

    @property
    def name(self) -> str:
        """The library, or Python itself, and its version."""
        reader = self.input.reader
        return f"{reader} {platform.python_version() if reader == 'python' else version(reader)}"

    @property
    def infers(self) -> bool:
        """Whether the reader is to find the types, where no schema is given."""
        return self.data.infer != "spark" and not self.input.typed and self._why_unread is None

    @property
    def is_text(self) -> bool:
        """Whether the files have columns of text: neither types nor records."""
        return not self.input.typed and self.input.records(self.files, self.options) is None

    @property
    def files(self) -> list[str]:
        """All of them."""
        return [file for _, files in self.groups for file in files]

    @property
    def options(self) -> dict[str, str]:
        """The options that are given, over those that the input has for files of others."""
        return self.data.options_over(self.input.foreign_options)

    @property
    def strict(self) -> SecondReader:
        """The same for which a record that doesn't fit is an error, whatever the options let pass."""
        options = {name: value for name, value in self.data.options.items() if name.lower() not in RESERVED}
        return replace(self, data=replace(self.data, options=options, bad_records="fail"), inferred=None)

    def infer(self, stopped: Callable[[], bool] = lambda: False) -> Inferred:
        """Find the columns, all of text where that is asked. It ends early, and finds less, once it is `stopped`."""
        from pyspark.sql.pandas.types import from_arrow_schema

        records = self.input.records(self.files, self.options)
        if self.data.infer == "none" and records is None:
            return Inferred(from_arrow_schema(next(self.batches(None)).schema), {})
        early = _early(self, typed if records is None else partial(self.input.batch, self.options))
        if records is None:
            schema, notes = infer(_until(stopped, self.batches(None)), early)
        else:
            schema, notes = record_inference.infer(_until(stopped, in_chunks(records)), early)
        if self.data.infer == "none":
            return Inferred(from_arrow_schema(record_inference.as_texts(schema)), {})
        notes = {**self.input.notes(self.files, self.options), **notes}
        return Inferred(from_arrow_schema(schema), notes, early.of(schema) if early else None)

    def read(
        self, spark: SparkSession, schema: StructType, stopped: Callable[[], bool] = lambda: False
    ) -> SecondReading:
        """What it finds in the files, in these types; raises DatasetError for what can't be read, or has no equal.

        It ends early, and finds less, once it is `stopped`.
        """
        from pyspark.sql.pandas.types import to_arrow_schema

        from otfbench.data.column_hashes import evidence

        if self.inferred and (known := self.inferred.evidence_in(schema)):
            return SecondReading(self.name, known)
        arrow = to_arrow_schema(schema)
        undeclared: set[str] = set()
        found = _distributed(self, spark, arrow, undeclared)
        evidence_of_files = found or evidence(_until(stopped, self.batches(arrow, undeclared)))
        return SecondReading(self.name, evidence_of_files, tuple(sorted(undeclared)))

    def compare(self, rows: DataFrame, known: Evidence | None = None) -> SecondReading | str:
        """What it finds, else why it can't read them; raises DatasetError if Spark finds something else (`known`)."""
        from pyspark.sql.pandas.types import to_arrow_schema

        if self.why_not is not None:
            return self.why_not
        reading, schema = self.read(rows.sparkSession, rows.schema), to_arrow_schema(rows.schema)
        check_same(rows, reading.evidence, lambda: self.batches(schema), self.name, known=known)
        return reading

    def fault(self, schema: StructType | None) -> Text | None:
        """What it says of files that Spark can't read, if only vaguely; None if it reads them, or can't try."""
        from pyspark.sql.pandas.types import to_arrow_schema

        if self.input.why_unread(self.options) is not None:
            return None
        try:
            for _ in self.batches(schema and to_arrow_schema(schema)):
                pass
        except DatasetError as error:
            return error.args
        except Exception:
            pass  # of what it doesn't know, Spark tells
        return None

    def misread(self, schema: StructType) -> Misreading | None:
        """What Spark is known to read otherwise in these files, or not at all; None if nothing is."""
        from pyspark.sql.pandas.types import to_arrow_schema

        try:
            return self.input.misread(self.files, self.options, to_arrow_schema(schema))
        except DatasetError:  # what neither reads is no misreading
            return None

    def batches(self, schema: pa.Schema | None, undeclared: set[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows as they are in the files; by a schema with the columns in their paths, all in its types.

        `undeclared` is given the names in records that declared columns leave out.
        """
        import pyarrow as pa

        if schema is not None:  # columns without a row have evidence, too
            yield pa.RecordBatch.from_pylist([], schema)
        for values, group in self.groups:
            if schema is None:
                yield from self.input.batches(group, self.options, None)
                continue
            in_path = {
                field.name: values[name] for name in values for field in schema if field.name.lower() == name.lower()
            }
            inside = pa.schema([field for field in schema if field.name not in in_path])
            for batch in _batches(self, group, inside, undeclared):
                for name, value in in_path.items():
                    batch = batch.append_column(name, pa.repeat(pa.scalar(value, pa.string()), batch.num_rows))
                yield typed(batch, schema)


def _distributed(reader: SecondReader, spark: SparkSession, schema: pa.Schema, undeclared: set[str]) -> Evidence | None:
    """The evidence by Spark's executors; None where there are none, or they can't: then the driver does it.

    What is compared from file to file is compared here, before the first row; columns that some files lack aren't.
    `undeclared` as in SecondReader.batches().
    """
    if any(map(is_uri, reader.files)):  # the driver's session reaches them
        return None
    if len(reader.files) < 2 or "mergeschema" in reader.options or not has_executors(spark):
        return None
    next(reader.batches(schema), None)
    try:
        found, names = distributed_evidence(
            spark, reader.files, lambda file, left_out: _alone(reader, file).batches(schema, left_out)
        )
    except DatasetError:
        raise
    except Exception:  # an executor's Python lacks a library, or sees other files
        return None
    undeclared |= names
    return found


def _alone(reader: SecondReader, file: str) -> SecondReader:
    return replace(reader, groups=[(values, [file]) for values, files in reader.groups if file in files], inferred=None)


def _batches(
    reader: SecondReader, files: Sequence[str], schema: pa.Schema, undeclared: set[str] | None
) -> Iterator[pa.RecordBatch]:
    """The rows of some files; `undeclared` as in SecondReader.batches()."""
    records = None if undeclared is None or reader.data.ddl is None else reader.input.records(files, reader.options)
    if records is None or undeclared is None:
        yield from reader.input.batches(files, reader.options, schema)
        return
    for chunk in in_chunks(records):
        undeclared.update(names_without_field(chunk, schema))
        yield reader.input.batch(reader.options, chunk, schema)


def _until(stopped: Callable[[], bool], rows: Iterator[Rows]) -> Iterator[Rows]:
    return takewhile(lambda _: not stopped(), read_ahead(rows))


def _early(reader: SecondReader, batch: Callable[[Any, pa.Schema], pa.RecordBatch]) -> EarlyEvidence[Any] | None:
    """What counts rows while their types are found; None where nobody needs that, or the table has other columns."""
    in_paths = any(values for values, _ in reader.groups)
    return EarlyEvidence(batch) if reader.data.read_twice and reader.data.infer == "lossless" and not in_paths else None
