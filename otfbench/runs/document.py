"""JSON as others may have left it: parsed, checked against types, the first fault in a line. Knows no schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from otfbench import redaction
from otfbench.hints import describe

_LONGEST = 200
"""The most characters of a value from a file that a message shows."""
T = TypeVar("T")


def load(path: Path, what: str) -> dict[str, Any]:
    """The object that a JSON file holds, without secrets: it may be of a version that hid less.

    Raises ValueError as parse() does, or if it is no `what`, and OSError.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ValueError("it is no file")
    value = parse(path.read_bytes())
    if not isinstance(value, dict):
        raise ValueError(f"it is JSON, but no {what}")
    hidden: dict[str, Any] = redaction.redact_json(value)
    return hidden


def parse(data: bytes) -> Any:
    """The value that JSON text holds; raises ValueError with the reason.

    What JSON doesn't have is refused (NaN, Infinity, a lone surrogate), and so is nesting deeper than 200.
    """
    try:
        return from_json(data.decode(), allow_inf_nan=False)
    except UnicodeDecodeError:
        raise ValueError("it is no text") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON, or was cut off: {error}") from None


def check(types: TypeAdapter[T], value: object) -> T:
    """The value as these types have it; raises ValueError with the first place that is otherwise, in one line."""
    try:
        return types.validate_python(value, strict=True)
    except ValidationError as error:
        first, more = error.errors(include_url=False)[0], error.error_count() - 1
        place = shown(".".join(map(str, first["loc"])))
        others = f" (and {more} more)" if more else ""
        raise ValueError(f"{place}: {shown(describe(first))}{others}") from None


def shown(text: str) -> str:
    """Text of a file as a message may have it: in one line, not too long, without what moves a cursor."""
    plain = "".join(each if each.isprintable() else "?" for each in text[: _LONGEST + 1])
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}..."
