"""Messages about invalid values, and suggestions for misspelled names. Knows no key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic_core import ErrorDetails

DESCRIBED = "described"
"""The type of errors whose message is one of ours already."""
_WORDS = {
    "missing": "is missing",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be less than or equal to {le}",
    "too_short": "must have at least {min_length} item{plural}",
    "string_too_short": "must have at least {min_length} character{plural}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match pattern '{pattern}'",
    "none_required": "must be None",
    "is_instance_of": "must be an instance of {class}",
    "dataclass_type": "must be a mapping (key: value)",
    "value_error": "{error}",
    "datetime_type": "must be a day with a time: 2026-12-31T23:59:59",
    "datetime_parsing": "must be a day with a time: 2026-12-31T23:59:59",
    "datetime_from_date_parsing": "must be a day with a time: 2026-12-31T23:59:59",
    "datetime_object_invalid": "must be a day with a time: 2026-12-31T23:59:59",
    "date_type": "must be a date: 2026-12-31",
    "date_parsing": "must be a date: 2026-12-31",
    "date_from_datetime_parsing": "must be a date: 2026-12-31",
    "date_from_datetime_inexact": "must be a date without a time: 2026-12-31",
}
"""What is said of an error by its type; pydantic's own message is for the others."""


def describe(error: ErrorDetails) -> str:
    """What is wrong with a value, or what it must be, in our words instead of pydantic's."""
    if error["type"] == DESCRIBED:
        return error["msg"]
    if error["input"] is None and error["type"] != "missing":
        return "has no value: give it one, or leave the key out"
    words, facts = _WORDS.get(error["type"]), error.get("ctx", {})
    return words.format(plural="" if facts.get("min_length") == 1 else "s", **facts) if words else error["msg"]


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """A hint, with a blank before it, if an allowed name is near; else nothing.

    >>> did_you_mean("apend", ["append", "merge"])
    " Did you mean 'append'?"
    """
    near = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
