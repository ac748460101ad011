"""XML by expat: the rows as records in a stream, with the names that spark-xml 0.18 gives. Knows no Spark.

Text stays text: a number, a date, or a word, nothing in XML says which. Where spark-xml leaves text out (beside
elements, in a row itself), it is here nevertheless.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from xml.parsers import expat

from otfbench.errors import DatasetError, Key
from otfbench.inputs.decoding import head, text_pieces
from otfbench.inputs.options import LOCATIONS, unknown
from otfbench.inputs.records import Element, FileRecord, Repeated, UntypedText, location

if TYPE_CHECKING:
    import pyarrow as pa

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_BLANKS = " \t\r\n"
_IRRELEVANT = {*LOCATIONS, "compression", "codec", "samplingratio", "inferschema"}
_WRITING = {"roottag", "declaration", "arrayelementname"}


@dataclass(frozen=True)
class Names:
    """What a row is, and what its values are called: the options of spark-xml, and their defaults there."""

    row: str = "ROW"
    text: str = "_VALUE"
    attribute_prefix: str = "_"
    attributes: bool = True
    namespaces: bool = True
    trimmed: bool = False
    empty_is_null: bool = False
    """Whether an empty element is null; else it is the empty text, where it is read as text."""

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Names:
        """The names as options have them."""
        return cls(
            options.get("rowtag", cls.row),
            options.get("valuetag", cls.text),
            options.get("attributeprefix", cls.attribute_prefix),
            not _is_set(options, "excludeattribute"),
            not _is_set(options, "ignorenamespace"),
            _is_set(options, "ignoresurroundingspaces"),
            options.get("nullvalue") == "",
        )


def why_unread(options: Mapping[str, str]) -> str | None:
    """An option that changes values in another way than those of Names."""
    known = {"rowtag", "valuetag", "attributeprefix", "excludeattribute", "ignorenamespace", "ignoresurroundingspaces"}
    if options.get("nullvalue", ""):
        return "the second reader knows no text for null but the empty one"
    return unknown(options, {*known, "nullvalue", "charset", "mode", *_IRRELEVANT, *_WRITING}, options.get("charset"))


def records(paths: Sequence[str], options: Mapping[str, str]) -> Iterator[FileRecord]:
    """The rows of the files; raises DatasetError with file and line where a file is not well-formed.

    An empty element is None, an empty attribute the empty text.
    """
    names = Names.of(options)
    for path in paths:
        encoding = options.get("charset") or declared_encoding(path)
        yield from _of_file(path, text_pieces(path, encoding, "charset"), names)


def shaped_records(
    records: Iterable[FileRecord], schema: pa.Schema, options: Mapping[str, str]
) -> Iterator[FileRecord]:
    """The rows with the values that their types would have, by spark-xml's rules."""
    import pyarrow as pa

    names, kind = Names.of(options), pa.struct(list(schema))
    for record in records:
        yield record._replace(values=_shaped(record.values, kind, names))


def _shaped(value: Any, kind: pa.DataType, names: Names) -> Any:
    """A value as its type would have it.

    One element may stand for a list, and text for all of an element; an empty element is a struct without values. A
    text that is to be has all that is between the tags.
    """
    from pyarrow import types

    if types.is_list(kind):
        many = value if isinstance(value, Repeated) else [value]
        return [_shaped(each, kind.value_type, names) for each in many]
    if types.is_struct(kind):
        inner = {names.text: value} if isinstance(value, UntypedText) else value
        return _fields({} if inner is None else inner, kind, names)
    if types.is_map(kind):
        return _entries(value, kind, names) if isinstance(value, dict) else value
    if isinstance(value, Element):
        text = value.markup.strip(_BLANKS) if names.trimmed else value.markup
        value = UntypedText(text) if text else None
    if value == "" and not types.is_string(kind):
        return None
    if value is None and types.is_string(kind) and not names.empty_is_null:
        return ""
    return value


def _fields(value: Any, kind: pa.DataType, names: Names) -> Any:
    """The fields that are there, and what else is; anything but an element is left for an error."""
    if not isinstance(value, dict):
        return value
    return {**value, **{each.name: _shaped(value[each.name], each.type, names) for each in kind if each.name in value}}


def _entries(value: dict[str, Any], kind: pa.DataType, names: Names) -> dict[str, Any]:
    return {name: _shaped(each, kind.item_type, names) for name, each in value.items()}


def _is_set(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == "true"


def declared_encoding(path: str) -> str | None:
    """The encoding that the file tells; None for UTF-8, and for what can be seen by its first bytes."""
    found = _DECLARED.match(head(path).removeprefix(codecs.BOM_UTF8))
    name = found[1].decode().lower() if found else "utf-8"
    return None if name.startswith(("utf-", "ucs-")) else name  # what is read as ASCII is no UTF-16


def _of_file(path: str, pieces: Iterator[str], names: Names) -> Iterator[FileRecord]:
    rows = _Rows(path, names)
    try:
        for piece in pieces:
            rows.parser.Parse(piece, False)
            yield from rows.take()
        rows.parser.Parse("", True)
    except expat.ExpatError as error:
        raise DatasetError(f"{path}: it is not well-formed XML: {error}.") from None
    yield from rows.take()


@dataclass
class _Open:
    """An element whose end is still to come."""

    element: Element
    attributes: set[str]
    texts: list[str]


class _Rows:
    """The rows of one file, as expat finds them."""

    def __init__(self, path: str, names: Names) -> None:
        self._path, self._names = path, names
        self._records: list[FileRecord] = []
        self._open: list[_Open] = []
        self._parts: list[str] = []
        self._number = self._line = 0
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = parser.ordered_attributes = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.ExternalEntityRefHandler = lambda context, *_: self._refuse(context)
        parser.SkippedEntityHandler = lambda name, _: self._refuse(name)

    def take(self) -> list[FileRecord]:
        """The rows that have come to an end since the last time."""
        found, self._records = self._records, []
        return found

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._open:
            self._open[-1].element.has_elements = True
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            shown = "".join(f' {key}="{value}"' for key, value in pairs)
            self._parts.append(f"<{name}{shown}>")
        elif name == self._names.row:
            self._parts, self._line = [], self.parser.CurrentLineNumber
            self._number += 1
        else:
            return
        element = Element(self._names.text, self._parts)
        if self._names.attributes:
            self._add_attributes(element, attributes)
            element.attributes = tuple(element)
        self._open.append(_Open(element, set(element), []))

    def _add_attributes(self, element: Element, attributes: list[str]) -> None:
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            text = self._trimmed(value)
            if text or not self._names.empty_is_null:
                element[f"{self._names.attribute_prefix}{self._local(name)}"] = UntypedText(text)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)
            self._parts.append(text)

    def _end(self, name: str) -> None:
        if not self._open:
            return
        ended = self._open.pop()
        value = self._value(ended)
        if self._open:
            self._parts.append(f"</{name}>")
            self._add(self._open[-1], self._local(name), value)
        else:
            size = sum(map(len, self._parts))
            self._records.append(FileRecord(ended.element, self._path, self._number, self._line, size))

    def _value(self, ended: _Open) -> Element | UntypedText | None:
        """Text alone, or all that is in an element."""
        element, text = ended.element, self._trimmed("".join(ended.texts))
        if element.has_elements:
            text = text.strip(_BLANKS)  # beside elements it is layout
        elif not self._open and not text.strip(_BLANKS):
            text = ""
        element.close()
        if self._open and not element:
            return UntypedText(text) if text else None
        if text and self._names.text in element:
            taken = f"{self._where}: text, and an element or attribute, are both called {self._names.text}: give "
            raise DatasetError(taken, Key("options", ("valueTag", "_TEXT")))
        if text:
            element[self._names.text] = UntypedText(text)
        return element

    def _add(self, parent: _Open, name: str, value: Element | UntypedText | None) -> None:
        element = parent.element
        if name not in element:
            element[name] = value
        elif name in parent.attributes:
            option = ("attributePrefix", "@")
            wrong = f"{self._where}: an attribute and an element are both called {name}: give another prefix by "
            raise DatasetError(wrong, Key("options", option))
        elif isinstance(element[name], Repeated):
            element[name].append(value)
        else:
            element[name] = Repeated([element[name], value])

    @property
    def _where(self) -> str:
        return location(self._path, self._number, self.parser.CurrentLineNumber)

    def _trimmed(self, text: str) -> str:
        return text.strip(_BLANKS) if self._names.trimmed else text

    def _local(self, name: str) -> str:
        return name if self._names.namespaces else name.rpartition(":")[2]

    def _refuse(self, entity: str | None) -> NoReturn:
        raise DatasetError(f"{self._where}: the entity {entity} is not in the file: write its text instead.")
