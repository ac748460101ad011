"""Columns of records and their types: each value can be got back from its column. Knows no syntax of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from otfbench.data.early_evidence import EarlyEvidence
from otfbench.data.leaf_types import KINDS, LeafTypes
from otfbench.errors import DatasetError
from otfbench.inputs.records import Element, FileRecord, Plain, Repeated
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

Notes = dict[str, str]
_LEVELS = 32
"""The most levels of nested columns; what is deeper is text. Spark's stack, of Java's size, overflows at 200."""


def infer(
    chunks: Iterable[list[FileRecord] | Plain], early: EarlyEvidence[list[FileRecord] | Plain] | None = None
) -> tuple[pa.Schema, Notes]:
    """The columns of records, in the order in which they were first seen, and what is to be said of paths.

    `early` is told of the rows, too. Raises DatasetError with a record if two names in one object, or in the same one
    of other records, differ in case only.
    """
    root, location = _Node(""), ""
    try:
        for chunk in chunks:
            if isinstance(chunk, Plain) and not root.add_columns(chunk):
                chunk = chunk.one_by_one()
            if not isinstance(chunk, Plain):
                location = chunk[-1].location
                _add(root, chunk)
            if early is not None:
                early.add(root.schema({}), chunk)
        notes = Notes()
        return root.schema(notes), notes
    except RecursionError:
        raise DatasetError(f"{location}, or before: values are nested too deep to be read.") from None


def _add(root: _Node, records: list[FileRecord]) -> None:
    try:
        root.add([record.values for record in records])
    except _OtherCase:
        raise _in_two_cases(root, records) from None


def as_texts(schema: pa.Schema) -> pa.Schema:
    """The same columns, and all values that hold no others are text."""
    import pyarrow as pa

    return pa.schema([pa.field(each.name, _as_text(each.type)) for each in schema])


def _as_text(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(_as_text(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(each.name, _as_text(each.type)) for each in kind])
    return pa.string()


class _OtherCase(ValueError):
    """A name that differs in case only from one that was there before."""

    def __init__(self, path: str, other: str) -> None:
        super().__init__(path)
        self.path, self.other = path, other


def _in_two_cases(root: _Node, chunk: list[FileRecord]) -> DatasetError:
    """The error of a chunk in which a record has a name in another case than before."""
    for record in chunk:
        try:
            root.add([record.values])
        except _OtherCase as found:
            both = f"{record.location}: {found.path} is there, and {found.other}, too"
            return DatasetError(f"{both}, which is the same name to Spark: rename one of them in the file.")
    raise AssertionError("each record alone has each name in one case")


@dataclass
class _Node:
    """All values that are in the same field, or in the lists of one."""

    path: str
    depth: int = 0
    leaves: LeafTypes = field(default_factory=LeafTypes)
    """The types of values that hold no others; of XML also of the text beside attributes and elements."""
    structs: int = 0
    lists: int = 0
    fields: dict[str, _Node] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Name in small letters -> as it is written."""
    element: _Node | None = None
    """What is in the lists of JSON."""
    repeated: bool = False
    """Whether elements of XML are there several times."""
    has_elements: bool = False
    has_attributes: bool = False
    text_name: str = ""

    def add(self, values: list[Any]) -> None:
        """Look at further values; null doesn't count."""
        for kind in dict.fromkeys(map(type, values)):
            some: list[Any] = [value for value in values if type(value) is kind]
            if kind in KINDS:
                self.leaves.add(some, kind)
            elif kind is Element:
                self._add_elements(some)
            elif kind is dict:
                self._add_structs(some)
            elif kind is Repeated:
                self.repeated = True
                self.add([each for many in some for each in many])
            elif kind is list:
                self._add_lists(some)

    def add_columns(self, rows: Plain) -> bool:
        """Look at further records; False, and nothing is done, if they have a name in another case than before."""
        if any(self.names.get(name.lower(), name) != name for name in rows.columns):
            return False
        if len({name.lower() for name in rows.columns}) < len(rows.columns):
            return False
        self.structs += rows.count
        for name, leaves in rows.columns.items():
            if name not in self.fields:
                self._add_field(name)
            self.fields[name].leaves.add_column(leaves)
        return True

    def _add_structs(self, structs: list[dict[str, Any]]) -> None:
        self.structs += len(structs)
        if self.depth == _LEVELS:
            return
        columns: dict[str, list[Any]] = {}
        for struct in structs:
            for name, value in struct.items():
                if name in columns:
                    columns[name].append(value)
                else:
                    columns[name] = [value]
        for name, values in columns.items():
            if name not in self.fields:
                self._add_field(name)
            self.fields[name].add(values)

    def _add_field(self, name: str) -> None:
        path = f"{self.path}.{name}" if self.path else name
        other = self.names.setdefault(name.lower(), name)
        if other != name:
            raise _OtherCase(path, other)
        self.fields[name] = _Node(path, self.depth + 1)

    def _add_elements(self, elements: list[Element]) -> None:
        """The text beside attributes is of the same column as the text of elements without attributes."""
        self.text_name = elements[0].text_name
        self.has_elements = self.has_elements or any(element.has_elements for element in elements)
        self.has_attributes = self.has_attributes or any(element.attributes for element in elements)
        self.add([element[self.text_name] for element in elements if self.text_name in element])
        self._add_structs([{k: v for k, v in element.items() if k != self.text_name} for element in elements])

    def _add_lists(self, lists: list[list[Any]]) -> None:
        self.lists += len(lists)
        if self.depth == _LEVELS:
            return
        self.element = self.element or _Node(f"{self.path}[]", self.depth + 1)
        self.element.add([each for one in lists for each in one])

    def schema(self, notes: Notes) -> pa.Schema:
        """The fields with their types, as columns; notes as in columns()."""
        import pyarrow as pa

        return pa.schema(list(self.columns(notes)))

    def columns(self, notes: Notes) -> Iterator[pa.Field]:
        """The fields with their types; notes get a sentence for each that is text for want of a type."""
        import pyarrow as pa

        for name, node in self.fields.items():
            yield pa.field(name, node.type(notes))
        if self.text_name and self.leaves.counts:
            yield pa.field(self.text_name, self._leaf_type(f"{self.path}.{self.text_name}".lstrip("."), notes))

    def type(self, notes: Notes) -> pa.DataType:
        """The type of all the values."""
        import pyarrow as pa

        single = self._single_type(notes)
        return pa.list_(single) if self.repeated else single

    def _single_type(self, notes: Notes) -> pa.DataType:
        import pyarrow as pa

        if self.text_name and self.has_elements and self.leaves.counts and not self.has_attributes:
            notes[self.path] = "text: there is text beside elements, so all is kept with its markup"
            return pa.string()
        if sum((bool(self.structs), bool(self.lists), bool(self.leaves.counts) and not self.text_name)) > 1:
            notes[self.path] = f"text: no other type holds {self._in_words()}"
            return pa.string()
        if self.depth == _LEVELS and (self.structs or self.lists):
            if self.has_attributes:
                raise RecursionError  # its text would be without them
            notes[self.path] = f"text: it is nested more than {_LEVELS} levels deep"
            return pa.string()
        if self.element is not None:
            return pa.list_(self.element.type(notes))
        if self.structs:
            fields = list(self.columns(notes))
            return pa.struct(fields) if fields else pa.string()
        return self._leaf_type(self.path, notes)

    def _leaf_type(self, path: str, notes: Notes) -> pa.DataType:
        kind, sentence = self.leaves.type()
        if sentence:
            notes[path] = sentence
        return kind

    def _in_words(self) -> str:
        counts = {"object": self.structs, "list": self.lists}
        nested = [format_count(count, what) for what, count in counts.items() if count]
        return ", ".join([*nested, *([self.leaves.in_words()] if self.leaves.counts else [])])
