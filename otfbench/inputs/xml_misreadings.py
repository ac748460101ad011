"""What spark-xml 0.18 is known to misread in well-formed XML, by expat. Knows no values.

It looks for the letters `<ROW` in the bytes of a file, parses each row alone, and takes an element for text or for
elements, not both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from otfbench.errors import Key
from otfbench.inputs.base import Misreading
from otfbench.inputs.decoding import detected_encoding, is_utf_8, line_of, text_pieces
from otfbench.inputs.xml_reader import Names, declared_encoding

if TYPE_CHECKING:
    import pyarrow as pa


_TIME_WITH_ZONE = re.compile(r"\d{4}-\d\d?-\d\d? \d\d?:\d\d?[\d:.]*\s*(?:Z|UTC|GMT|[+-]\d\d?)")


def misread(paths: Sequence[str], options: Mapping[str, str]) -> Misreading | None:
    """The first thing that it misreads; raises DatasetError for a file that can't be read."""
    names = Names.of(options)
    for path in paths:
        encoding = options.get("charset") or declared_encoding(path)
        if "charset" not in options and not is_utf_8(encoding or detected_encoding(path)):
            other = encoding or detected_encoding(path)
            reason = f"it is in {other}, which Spark's reader takes for UTF-8"
            option = None if other.startswith("utf-") else Key("options", ("charset", other))
            return Misreading(path, reason, option, of_rows=True)
        found = next(_of_file(text_pieces(path, encoding, "charset"), names), None)
        if found is not None:
            reason, of_rows = found
            return Misreading(path, reason, of_rows=of_rows)
    return None


def misread_times(paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
    """A time with a blank behind its day, and a zone, at which it fails where times are asked for."""
    for path in paths if any("timestamp" in str(each.type) for each in schema) else ():
        line = line_of(_TIME_WITH_ZONE, text_pieces(path, options.get("charset") or declared_encoding(path), "charset"))
        if line is not None:
            return Misreading(path, f"line {line:,}: Spark's reader knows no time with both a blank and a zone")
    return None


def _of_file(pieces: Iterator[str], names: Names) -> Iterator[tuple[str, bool]]:
    """What it misreads, with lines, and whether rows are concerned; what is not well-formed is for others to say."""
    scan = _Scan(names)
    try:
        for piece in pieces:
            scan.look_for_tags(piece)
            scan.parser.Parse(piece, False)
            yield from scan.found
        scan.parser.Parse("", True)
    except expat.ExpatError:
        pass
    yield from scan.found


@dataclass
class _Content:
    """What is directly in an element whose end is still to come."""

    name: str
    text: bool = False
    elements: bool = False
    interrupted: bool = False
    """Whether a comment or a processing instruction interrupts it."""


class _Scan:
    """Goes through a file, and notes what is misread there."""

    def __init__(self, names: Names) -> None:
        self.found: list[tuple[str, bool]] = []
        self._row = names.row
        self._tag = re.compile(rf"</?{re.escape(names.row)}[\s/>]")
        self._odd_tag = re.compile(rf"<{re.escape(names.row)}(\s*/>|[\t\r\n])|</{re.escape(names.row)}\s+>")
        self._longest = len(names.row) + 9
        self._tail, self._lines = "", 1
        self._open: list[_Content] = []
        self._kinds: dict[tuple[str, ...], bool] = {}
        """Names of elements, from the row on -> whether the innermost is a text."""
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda text: self._apart("a comment", text)
        parser.ProcessingInstructionHandler = lambda name, text: self._apart("a processing instruction", text)
        parser.StartCdataSectionHandler = lambda: self._cdata(True)
        parser.EndCdataSectionHandler = lambda: self._cdata(False)
        parser.EntityDeclHandler = lambda *_: self._note("an entity is declared, which Spark's reader doesn't know")
        parser.AttlistDeclHandler = lambda *_: self._note("attributes have defaults, which Spark's reader doesn't know")
        self._in_cdata = False

    def look_for_tags(self, piece: str) -> None:
        """Find rows that don't begin and end as Spark's reader wants them to."""
        text = self._tail + piece
        odd = self._odd_tag.search(text)
        if odd:
            line = self._lines + text.count("\n", 0, odd.start())
            self.found.append((f"line {line:,}: {odd[0].strip()} is a tag that Spark's reader doesn't know", True))
        self._tail = text[-self._longest :]
        self._lines += text.count("\n", 0, len(text) - len(self._tail))

    def _note(self, what: str, of_rows: bool = False) -> None:
        self.found.append((f"line {self.parser.CurrentLineNumber:,}: {what}", of_rows))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._open:
            self._open[-1].elements = True
            self._check_mixed()
        if not self._open and name == self._row and any(">" in value for value in attributes.values()):
            self._note("a tag of a row holds >, where Spark's reader ends it", True)
        if self._open or name == self._row:
            self._open.append(_Content(name))
        if self._open and "" in attributes.values():
            self._note("an attribute is empty, which Spark's reader takes for no null")

    def _end(self, name: str) -> None:
        if self._open:
            self._check_kinds(tuple(content.name for content in self._open), self._open[-1])
            self._open.pop()

    def _check_kinds(self, path: tuple[str, ...], content: _Content) -> None:
        """Note an element that is a text here and has elements there."""
        if len(path) > 1 and content.text != content.elements:
            self._kinds.setdefault(path, content.text)
            if self._kinds[path] != content.text:
                self._note(
                    f"<{path[-1]}> is a text in one row and has elements in another, of which Spark takes a part"
                )

    def _text(self, text: str) -> None:
        if self._in_cdata and self._tag.search(text):
            self._note(f"<{self._row}> in CDATA is no row, but Spark's reader takes it for one", True)
        if not self._open or not text.strip():
            return
        content = self._open[-1]
        if len(self._open) == 1:
            self._note("there is text directly in a row, which Spark's reader leaves out")
        elif content.interrupted:
            self._note("a comment is in a text, of which Spark's reader takes a part")
        content.text = True
        self._check_mixed()

    def _check_mixed(self) -> None:
        if len(self._open) > 1 and self._open[-1].text and self._open[-1].elements:
            self._note("there is text beside elements, of which Spark's reader takes a part")

    def _apart(self, what: str, text: str) -> None:
        if self._tag.search(f"{text}>"):
            self._note(f"<{self._row}> in {what} is no row, but Spark's reader takes it for one", True)
        if self._open:
            self._open[-1].interrupted = True
            if self._open[-1].text:
                self._note(f"{what} is in a text, of which Spark's reader takes a part")

    def _cdata(self, begins: bool) -> None:
        self._in_cdata = begins
