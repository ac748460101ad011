"""Which elements of an XML file may be meant as rows, where none has the name of a row. Knows no values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from xml.parsers import expat
from xml.parsers.expat import errors

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs.decoding import text_pieces
from otfbench.inputs.xml_reader import Names, declared_encoding

_LEVELS = 8
"""The most levels above rows."""
_HINTS: dict[str, Text] = {
    errors.XML_ERROR_UNDEFINED_ENTITY: (": names as &nbsp; are HTML's: write the letter itself",),
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: (": one element must be around all that is there",),
    errors.XML_ERROR_MISPLACED_XML_PI: (": nothing, not even a blank line, may be before <?xml",),
    errors.XML_ERROR_NO_ELEMENTS: (": its end is missing",),
    errors.XML_ERROR_UNCLOSED_TOKEN: (": its end is missing",),
    errors.XML_ERROR_INCORRECT_ENCODING: (": give ", Key("options", ("charset", "UTF-8")), " if it is that"),
}
"""What expat says -> what is to be done."""


def fault(path: str, options: Mapping[str, str]) -> Text | None:
    """What is wrong with a well-formed file without a row: the option for elements that are there many times.

    None where there is a row, and where no element is likely to be one.
    """
    name = Names.of(options).row
    if _has_tag(path, options, name):
        return None
    likely = _likely(_counts(path, options))
    if likely is None:
        return None
    row, count = likely
    there = f"no element in it is called {name}, as a row is; {count:,} are called {row}: give "
    return there, Key("options", ("rowTag", row))


def why_broken(path: str, options: Mapping[str, str], error: expat.ExpatError) -> Text:
    """What is wrong with a file that is not well-formed, and what is to be done."""
    said = expat.ErrorString(error.code)
    wrong = f"it is not well-formed XML: {error}"
    try:
        if said == errors.XML_ERROR_INVALID_TOKEN:
            for _ in text_pieces(path, _encoding(path, options), "charset"):
                pass
    except DatasetError as bytes_error:
        where, *others = bytes_error.args
        return f"{wrong}: {where.removeprefix(f'{path}: ')}", *others
    return wrong, *_HINTS.get(said, ())


def _has_tag(path: str, options: Mapping[str, str], name: str) -> bool:
    """Whether something in the text may be the tag of such an element: in no time, unlike parsing."""
    tag, tail = re.compile(rf"<{re.escape(name)}[\s/>]"), ""
    for piece in text_pieces(path, _encoding(path, options), "charset"):
        if tag.search(tail + piece):
            return True
        tail = piece[-len(name) - 1 :]
    return False


def _encoding(path: str, options: Mapping[str, str]) -> str | None:
    return options.get("charset") or declared_encoding(path)


def _counts(path: str, options: Mapping[str, str]) -> Counter[tuple[str, ...]]:
    """How often there are elements, by their names and those of the elements around."""
    found: Counter[tuple[str, ...]] = Counter()
    around: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        around.append(name)
        if len(around) <= _LEVELS:
            found[tuple(around)] += 1

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, lambda _: around.pop()
    for piece in text_pieces(path, _encoding(path, options), "charset"):
        parser.Parse(piece, False)
    parser.Parse("", True)
    return found


def _likely(counts: Counter[tuple[str, ...]]) -> tuple[str, int] | None:
    """Of the elements that are there several times, the highest ones; of these, those that are there most often."""
    several = [(-len(path), count, path[-1]) for path, count in counts.items() if count > 1 and len(path) > 1]
    _, count, name = max(several, default=(0, 0, ""))
    return (name, count) if several else None
