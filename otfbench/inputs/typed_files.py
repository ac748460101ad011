"""Files that tell their columns: all are asked before a row is read, in types that Spark has. Knows no kind of file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs.arrow_types import in_words, spark_type
from otfbench.inputs.base import Input
from otfbench.inputs.casting import cast, first_unfit
from otfbench.inputs.options import LOCATIONS, unknown
from otfbench.inputs.sniffing import head, packed
from otfbench.inputs.undeclared import fields_left_out
from otfbench.inputs.unified_schema import FileColumns, Schemas, parts, unify_schemas

if TYPE_CHECKING:
    import pyarrow as pa

CALENDAR = {"datetimeRebaseMode": "CORRECTED"}
"""Days before 1582 are those of today's calendar, unless the file says that an old Spark wrote it."""
_CALENDARS = ("datetimerebasemode", "int96rebasemode")
_KNOWN = ("compression", "mode", "mergeschema", *_CALENDARS, *LOCATIONS)
"""Columns of several files are unified anyway."""
_THREADS = 8
"""The footers that are read at once: they are small, and waiting for them is most of the time."""
_SHOWN = 80
"""The most characters of a value that a message shows."""
_CAUSE = 300
"""The most characters of a library's own message that are shown."""


class Damaged(ValueError):
    """What is wrong with a file, in words: where it is damaged."""


@dataclass(frozen=True)
class TypedReader:
    """How files of one kind are read: what they tell of their columns, these as Arrow has them, and the rows."""

    kind: str
    magic: bytes
    footer_of: Callable[[str], Any]
    """Path -> footer: equal for files of the same columns, and quickly had, since there may be thousands."""
    columns_of: Callable[[Any], pa.Schema]
    """Footer -> columns."""
    batches_of: Callable[[str], Iterator[pa.RecordBatch]]

    def columns(self, paths: Sequence[str], schema: pa.Schema | None = None) -> FileColumns:
        """The columns of all files, or those of a schema, in Spark's types.

        Raises DatasetError with the file for one that can't be read; with two files and the column for types that
        nothing holds.
        """
        schemas = self._schemas(paths)
        if schema is None:
            return unify_schemas(schemas)
        names = [name for each, _ in schemas for name in each.names]
        undeclared = dict.fromkeys(name for each, _ in schemas for name in fields_left_out(each, schema))
        return FileColumns(schema, {}, parts(schema, schemas), names, undeclared=tuple(undeclared))

    def batches(self, paths: Sequence[str], schema: pa.Schema | None) -> Iterator[pa.RecordBatch]:
        """The rows of the files, in the columns of all, or of a schema; at first a batch without a row.

        Raises DatasetError as columns() does, and for a value that has no equal in the type of its column.
        """
        import pyarrow as pa

        wanted = self.columns(paths).schema if schema is None else schema
        yield pa.RecordBatch.from_pylist([], wanted)
        for path in paths:
            with self._in_words(path):
                for batch in self.batches_of(path):
                    yield _as(path, batch, wanted)

    def _schemas(self, paths: Sequence[str]) -> Schemas:
        """The different schemas, each with its files, by the order in which they come."""
        found: list[tuple[Any, list[str]]] = []
        with ThreadPoolExecutor(_THREADS) as pool:
            for path, footer in zip(paths, pool.map(self._footer, paths), strict=True):
                same = next((files for known, files in reversed(found) if known == footer), None)
                if same is None:
                    found.append((footer, [path]))
                else:
                    same.append(path)
        return [(self._columns(footer, files[0]), files) for footer, files in found]

    def _footer(self, path: str) -> Any:
        with self._in_words(path):
            return self.footer_of(path)

    def _columns(self, footer: Any, path: str) -> pa.Schema:
        with self._in_words(path):
            return self.columns_of(footer)

    @contextmanager
    def _in_words(self, path: str) -> Iterator[None]:
        """Libraries raise many an exception where a file is damaged, or holds what they don't know."""
        import pyarrow as pa

        try:
            yield
        except DatasetError as error:
            begin = () if path in str(error) else (f"{path}: ",)
            raise DatasetError(*begin, *error.args) from None
        except (pa.ArrowException, ArithmeticError, OSError, ValueError) as error:
            words = f"{path} can't be read as {self.kind.lower()}: {self._reason(path, error)}"
            raise DatasetError(words) from None

    def _reason(self, path: str, error: Exception) -> str:
        cause = " ".join(str(error).split())[:_CAUSE]
        if not head(path).startswith(self.magic):
            if what := packed(path):
                return f"it is {what}"
            return f"it is no {self.kind} file, whatever it is called: its first bytes are {head(path)[:16]!r}"
        if isinstance(error, Damaged):
            return cause
        return f"it is damaged, or has something in it that the second reader doesn't know: {cause}"


class TypedInput(Input):
    """An input whose files tell their columns; a subclass says how they are read."""

    typed = True

    @property
    @abstractmethod
    def files(self) -> TypedReader:
        """How its files are read beside Spark."""

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(self.files.magic)

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return why_unread(options)

    def columns(self, paths: Sequence[str], schema: pa.Schema | None) -> FileColumns:
        """By the footers, or headers, of all files."""
        return self.files.columns(paths, schema)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them."""
        return self.files.batches(paths, schema)


def why_unread(options: Mapping[str, str]) -> str | None:
    """Why these options can't be honoured; None if they can."""
    for name in _CALENDARS:
        if options.get(name, "CORRECTED").upper() != "CORRECTED":
            return f"the second reader knows no other calendar than today's, and {name} is {options[name]}"
    return unknown(options, _KNOWN, None)


def _as(path: str, batch: pa.RecordBatch, columns: pa.Schema) -> pa.RecordBatch:
    """The batch in these columns, null where it has none; raises DatasetError for a value that would be another."""
    import pyarrow as pa

    places = {name.lower(): number for number, name in enumerate(batch.schema.names)}
    arrays = []
    for field in columns:
        number = places.get(field.name.lower())
        if number is None:
            arrays.append(pa.nulls(batch.num_rows, field.type))
            continue
        column = batch.column(number)
        try:
            arrays.append(column if column.type == field.type else cast(column, field.type))
            arrays[-1].validate(full=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DatasetError(f"{path}: column {field.name}: ", *_unfit(column, field.type, error)) from None
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def _unfit(column: pa.Array, wanted: pa.DataType, error: Exception) -> Text:
    from pyarrow import types

    if "UTF8" in str(error):
        return ("it has text that is no UTF-8. Declare the column as binary, or rewrite the file.",)
    kind = column.type
    if words := _too_fine(kind, wanted):
        return (words,)
    there = in_words(spark_type(kind) or kind)
    value = (
        "a value"
        if types.is_nested(kind)
        else str(column[first_unfit(column, lambda part: _fits(part, wanted))])[:_SHOWN]
    )
    found = f"it is {there} in the file, and {value} has no equal as {in_words(wanted)}"
    return f"{found}: declare it as {there} in ", Key("schema"), "."


def _fits(column: pa.Array, wanted: pa.DataType) -> bool:
    import pyarrow as pa

    try:
        cast(column, wanted).validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _too_fine(kind: pa.DataType, wanted: pa.DataType) -> str | None:
    """What is said of times and numbers that one type of several files holds, and another doesn't."""
    from pyarrow import types

    if types.is_timestamp(kind) and kind.unit == "ns" and types.is_timestamp(wanted):
        return (
            "it has times in nanoseconds, and Spark's have microseconds: some would lose digits. Declare the column as "
            "bigint, for nanoseconds since 1970, or rewrite the file in microseconds."
        )
    if types.is_integer(kind) and types.is_floating(wanted):
        return f"it has whole numbers that {in_words(wanted)} doesn't hold. Rewrite the file, or convert it apart."
    if types.is_timestamp(kind) and types.is_timestamp(wanted):
        return "it has times so far away that microseconds don't hold them: declare it as bigint, or rewrite the file."
    return None
