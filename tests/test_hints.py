"""What is said of a wrong value: in words of ours, whatever a library calls it."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from otfbench.hints import describe


class Colour(enum.Enum):
    """Two values."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    """A dataclass."""

    x: int


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, "x", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (float, "x", "must be a number"),
        (bool, "perhaps", "must be true or false"),
        (str, 1, "must be text"),
        (Annotated[int, Field(ge=1)], 0, "must be greater than or equal to 1"),
        (Annotated[int, Field(lt=3)], 3, "must be less than 3"),
        (Annotated[list[int], Field(min_length=1)], [], "must have at least 1 item"),
        (Annotated[str, Field(min_length=2)], "x", "must have at least 2 characters"),
        (Annotated[str, Field(pattern="^(a|b{1})$")], "c", "must match pattern '^(a|b{1})$'"),
        (Colour, "green", "must be 'red' or 'blue'"),
        (dict[str, int], 1, "must be a mapping (key: value)"),
        (Point, 1, "must be a mapping (key: value)"),
        (date, "soon", "must be a date: 2026-12-31"),
        (datetime, "soon", "must be a day with a time: 2026-12-31T23:59:59"),
        (type(None), 1, "must be None"),
        (int, None, "has no value: give it one, or leave the key out"),
    ],
)
def test_words_are_ours(kind: Any, value: Any, words: str) -> None:
    """What a value must be, without the library's `Input should be`."""
    with pytest.raises(ValidationError) as error:
        TypeAdapter(kind).validate_python(value)
    assert describe(error.value.errors()[0]) == words
