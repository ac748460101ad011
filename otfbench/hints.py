"""Messages about invalid values, and suggestions for misspelled names. Knows no key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from pydantic_core import ErrorDetails

DESCRIBED = "described"
"""The type of errors whose message is one of ours already."""
_SHAPES = {
    "missing": "is missing",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "string_type": "must be text",
}


def describe(error: ErrorDetails) -> str:
    """What is wrong with a value, or what it must be, in our words instead of pydantic's."""
    if error["type"] == DESCRIBED:
        return error["msg"]
    if error["input"] is None and error["type"] != "missing":
        return "has no value: give it one, or leave the key out"
    message = _SHAPES.get(error["type"]) or re.sub(
        r"^(Value error, |Input |List |Dictionary |String )", "", error["msg"]
    )
    message = message.replace("should be", "must be").replace("should have", "must have")
    message = message.replace("a valid integer", "a whole number")
    return message.replace(", unable to parse string as an integer", "")


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """A hint, with a blank before it, if an allowed name is near; else nothing."""
    near = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
