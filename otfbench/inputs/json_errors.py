"""What is said of text that is no JSON: where it is, what is wrong, what is to be done. Reads no file."""

from __future__ import annotations

import json

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs.records import location

_SHOWN = 20
"""The characters on each side of an error that a message shows."""
TRAILING_COMMA = "Illegal trailing comma before end of array"
_HINTS: dict[str, Text] = {
    "/": (" Comments are none of JSON: take them out.",),
    "'": (" Names and texts stand in double quotes.",),
    ",": (" A comma stands only between the values of an array or an object: put [ and ] around, or take it out.",),
}
"""What broken JSON goes on with -> what is to be done."""


class RepeatedKey(ValueError):
    """A key that is there twice in one object."""


def hint_of_line(error: Exception, text: str) -> Text:
    """What to do about a line that is no JSON."""
    position = getattr(error, "pos", 0)
    if position >= len(text.rstrip()):
        return (" Where an object goes over several lines, give ", Key("format"), " json-multiline.")
    if text[position:].lstrip().startswith("{"):
        return (" Where a line has several objects, give ", Key("format"), " json-multiline.")
    return hint(error)


def hint(error: Exception) -> Text:
    """What to do about what is no JSON."""
    if not isinstance(error, json.JSONDecodeError):
        return ()
    if error.msg.startswith("Invalid control character"):
        return (r" In texts a line break is written as \n, a tab as \t.",)
    before, rest = error.doc[: error.pos].rstrip(), error.doc[error.pos :].lstrip()
    if error.msg == TRAILING_COMMA or before.endswith(",") and rest.startswith(("}", "]")):
        return (" Take out the comma before it.",)
    return next((words for start, words in _HINTS.items() if rest.startswith(start)), ())


def broken(error: Exception, path: str, number: int, line: int, what_to_do: Text) -> DatasetError:
    """What is wrong, with file, record and line, and what is to be done."""
    where = location(path, number, line)
    if isinstance(error, RepeatedKey):
        return DatasetError(f"{where}: the key {error} is there twice in one object: rename one of both.")
    if isinstance(error, json.JSONDecodeError):
        near = error.doc[max(0, error.pos - _SHOWN) : error.pos + _SHOWN]
        at = line + error.doc.count("\n", 0, error.pos)
        wrong = f"{where}: it is no JSON: {error.msg.removesuffix(' at')} at {near!r} in line {at:,}."
        return DatasetError(wrong, *what_to_do)
    return DatasetError(f"{where}: it is nested too deep to be read.")
