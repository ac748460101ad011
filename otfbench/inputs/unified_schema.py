"""The columns of several files together, where their types allow that. Knows no kind of file, and reads none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from otfbench.errors import DatasetError, Key
from otfbench.inputs.arrow_types import as_stored, in_words, refusal, remark, spark_type, wider
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
    """Files of one part have the same columns; where its types are narrower than those of the whole, they are cast."""
    names: Sequence[str] = ()
    """The names of the columns that the files have."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Column -> what its values mean, where Spark's type doesn't tell."""
    undeclared: Sequence[str] = ()
    """The names of columns and fields in the files that a schema leaves out."""

    @property
    def agree(self) -> bool:
        """Whether Spark finds the same from any one file."""
        return not self.notes and all(schema.equals(self.schema) for schema, _ in self.parts)


@dataclass
class _Column:
    """One column, by name without case: its type so far, its types and names with the first file of each."""

    kind: pa.DataType
    kinds: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    files: int = 0

    @property
    def name(self) -> str:
        """The name in the first file."""
        return next(iter(self.names))

    def add(self, each: pa.Field, files: Sequence[str]) -> None:
        """Take in the column of further files; raises DatasetError if no type holds the values of both."""
        self.names.setdefault(each.name, files[0])
        kind, there = wider(self.kind, each.type), in_words(each.type)
        if kind is None:
            here = in_words(self.kind) if in_words(self.kind) in self.kinds else next(iter(self.kinds))
            raise DatasetError(
                f"column {self.name} is {here} in {self.kinds[here]}, {there} in {files[0]}: no type holds both. "
                "Rewrite one of the files, or convert them apart."
            )
        self.kinds.setdefault(there, files[0])
        self.kind = kind
        self.files += len(files)

    def notes(self, lacking: Sequence[str], total: int) -> Iterator[str]:
        """What is to be said: other names, other types, files that don't have it."""
        if len(self.names) > 1:
            each = ", ".join(f"{name} in {file}" for name, file in self.names.items())
            yield f"called {each}: read as one"
        if len(self.kinds) > 1:
            each = ", ".join(f"{words} in {file}" for words, file in self.kinds.items())
            yield f"{each}: read as {in_words(self.kind)}"
        if lacking:
            yield f"null in {format_count(len(lacking), 'file')} of {total:,} that don't have it, as {lacking[0]}"


def unify_schemas(schemas: Schemas) -> FileColumns:
    """Missing columns are null, narrower numbers are as wide as those of other files; the first file's names count.

    Raises DatasetError for a type that Spark doesn't have, and for two files with types that nothing holds.
    """
    import pyarrow as pa

    columns: dict[str, _Column] = {}
    for raw, files in schemas:
        for each in _as_spark(files[0], raw):
            columns.setdefault(each.name.lower(), _Column(each.type)).add(each, files)
    total = sum(len(files) for _, files in schemas)
    notes = {}
    for name, column in columns.items():
        lacking = [] if column.files == total else _lacking(name, schemas)
        notes[column.name] = "; ".join(column.notes(lacking, total))
    schema = pa.schema([(column.name, column.kind) for column in columns.values()])
    filled_notes = {name: note for name, note in notes.items() if note}
    remarks = {each.name: words for raw, _ in schemas for each in raw if (words := remark(each))}
    return FileColumns(schema, filled_notes, parts(schema, schemas), schema.names, remarks)


def _lacking(name: str, schemas: Schemas) -> list[str]:
    """The files without a column of this name in small letters."""
    return [file for raw, files in schemas if name not in map(str.lower, raw.names) for file in files]


def parts(schema: pa.Schema, schemas: Schemas) -> Sequence[tuple[pa.Schema, Sequence[str]]]:
    """The files by the schema that Spark reads them by: the whole one, in the types that they have stored."""
    import pyarrow as pa

    parts_by_schema: list[tuple[pa.Schema, list[str]]] = []
    for raw, files in schemas:
        part = pa.schema(list(_part(schema, raw, files[0])))
        for known, together in parts_by_schema:
            if known.equals(part):
                together.extend(files)
                break
        else:
            parts_by_schema.append((part, list(files)))
    return parts_by_schema


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
