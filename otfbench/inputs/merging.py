"""The columns of several files together, where their types allow that. Knows no kind of file, and reads none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from otfbench.errors import DatasetError, Key
from otfbench.inputs.arrow_types import as_stored, in_words, refusal, spark_type, wider
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

Schemas: TypeAlias = "Sequence[tuple[pa.Schema, Sequence[str]]]"
"""Each schema with the files that tell it, as they tell it."""


@dataclass(frozen=True)
class FileColumns:
    """The columns of all files; what is to be said of some; the files by the schema that Spark can read them by."""

    schema: pa.Schema
    notes: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[tuple[pa.Schema, Sequence[str]]] = ()
    """Those of one part have the same; where its types are narrower than those of the whole, they are cast."""
    names: Sequence[str] = ()
    """Of the columns that the files have."""

    @property
    def agree(self) -> bool:
        """Whether Spark finds the same from any one file."""
        return not self.notes and all(schema.equals(self.schema) for schema, _ in self.parts)

    def without(self, names: Collection[str]) -> FileColumns:
        """The others."""
        return replace(
            self,
            schema=_without(self.schema, names),
            parts=[(_without(schema, names), files) for schema, files in self.parts],
        )


@dataclass
class _Column:
    """One column, by name without case: its type so far, and the files that had a say in that."""

    name: str
    kind: pa.DataType
    file: str
    files: int = 0
    note: str = ""


def _without(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([each for each in schema if each.name not in names])


def merged(schemas: Schemas) -> FileColumns:
    """Missing columns are null, narrower numbers are as wide as those of other files; the first file's names count.

    Raises DatasetError for a type that Spark doesn't have, and for two files with types that nothing holds.
    """
    import pyarrow as pa

    columns: dict[str, _Column] = {}
    for raw, files in schemas:
        for each in _as_spark(files[0], raw):
            column = columns.setdefault(each.name.lower(), _Column(each.name, each.type, files[0]))
            _widen(column, each, files[0])
            column.files += len(files)
    total = sum(len(files) for _, files in schemas)
    for column in columns.values():
        if column.files < total:
            _note(column, _missing(column, schemas, total))
    schema = pa.schema([(column.name, column.kind) for column in columns.values()])
    notes = {column.name: column.note for column in columns.values() if column.note}
    return FileColumns(schema, notes, parts(schema, schemas), schema.names)


def parts(schema: pa.Schema, schemas: Schemas) -> Sequence[tuple[pa.Schema, Sequence[str]]]:
    """The files by the schema that Spark reads them by: the whole one, in the types that they have stored."""
    import pyarrow as pa

    found: list[tuple[pa.Schema, list[str]]] = []
    for raw, files in schemas:
        part = pa.schema(list(_part(schema, raw, files[0])))
        for known, together in found:
            if known.equals(part):
                together.extend(files)
                break
        else:
            found.append((part, list(files)))
    return found


def _part(schema: pa.Schema, raw: pa.Schema, path: str) -> Iterator[pa.Field]:
    """Columns without a type are left out: Spark can't read them as another."""
    import pyarrow as pa

    stored = {each.name.lower(): each for each in raw}
    for wanted in schema:
        each = stored.get(wanted.name.lower(), wanted)
        _refuse(path, each)
        kind = spark_type(each.type)
        if wider(wanted.type, kind) != wanted.type:
            yield wanted
        elif kind == wanted.type or not pa.types.is_null(kind):
            yield wanted.with_type(as_stored(wanted.type, spark_type(each.type, nanoseconds=True)))


def _refuse(path: str, column: pa.Field) -> None:
    if words := refusal(column):
        raise DatasetError(f"{path}: {words}, or declare the other columns in ", Key("schema"), ".")


def _widen(column: _Column, each: pa.Field, file: str) -> None:
    if each.name != column.name:
        _note(column, f"called {each.name} in {file}, {column.name} in {column.file}: read as one")
    kind = wider(column.kind, each.type)
    if kind is None:
        here, there = in_words(column.kind), in_words(each.type)
        raise DatasetError(
            f"column {column.name} is {here} in {column.file}, {there} in {file}: no type holds both. Rewrite one of "
            "the files, or convert them apart."
        )
    if column.kind != each.type:
        here, there = in_words(column.kind), in_words(each.type)
        _note(column, f"{here} in {column.file}, {there} in {file}: read as {in_words(kind)}")
    if column.kind != kind:
        column.kind, column.file = kind, file


def _note(column: _Column, sentence: str) -> None:
    """The first of a kind is enough."""
    if sentence.split()[0] not in column.note:
        column.note = "; ".join(filter(None, (column.note, sentence)))


def _missing(column: _Column, schemas: Schemas, total: int) -> str:
    lacking = next(
        files[0] for raw, files in schemas if column.name.lower() not in (name.lower() for name in raw.names)
    )
    return f"null in {format_count(total - column.files, 'file')} of {total:,} that don't have it, as {lacking}"


def _as_spark(path: str, schema: pa.Schema) -> pa.Schema:
    """The columns in Spark's types; raises DatasetError for a type that Spark doesn't have, and for repeated names."""
    import pyarrow as pa

    fields: dict[str, pa.Field] = {}
    for each in schema:
        _refuse(path, each)
        twin = fields.setdefault(each.name.lower(), pa.field(each.name, spark_type(each.type)))
        if twin.name != each.name or len(schema.get_all_field_indices(each.name)) > 1:
            raise DatasetError(
                f"{path}: two columns are called {twin.name} and {each.name}, one name to Spark. Rename one."
            )
    return pa.schema(list(fields.values()))
