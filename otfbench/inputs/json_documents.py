"""How many documents a text of JSON holds, in any of Spark's lenient forms: comments, single quotes, bare names.

Knows no values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MARKS = re.compile(r"""//|/\*|\*/|\\.?|["'\[\]{}\n]""", re.DOTALL)
_ENDS = {'"': '"', "'": "'", "//": "\n", "/*": "*/"}
"""What ends what begins a text or a comment."""
_HALVES = ("\\", "/", "*")
"""What may be the first half of a mark."""


def several_documents(pieces: Iterable[str]) -> bool:
    """Whether more than one array or object is on the top level."""
    depth = count = 0
    end = ""
    for mark in _marks(pieces):
        if end:
            end = "" if mark == end else end
        elif mark in _ENDS:
            end = _ENDS[mark]
        elif mark in "[{":
            count, depth = count + (depth == 0), depth + 1
        elif mark in "]}":
            depth -= 1
        if count > 1:
            return True
    return False


def _marks(pieces: Iterable[str]) -> Iterator[str]:
    half = ""
    for piece in pieces:
        text = half + piece
        marks = _MARKS.findall(text)
        whole = marks and len(marks[-1]) == 2 and text.endswith(marks[-1])
        half = text[-1] if text.endswith(_HALVES) and not whole else ""
        yield from marks[:-1] if half == "\\" else marks
