"""A checked mapping of a configuration file, and what is said of values that can't be. Knows no key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_TOLD = "told"
_SHAPES = {
    "missing": "is missing",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "string_type": "must be text",
}


class Section(BaseModel):
    """A mapping of the YAML file; one without any key is as good as none."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"type": ["object", "null"]})

    @model_validator(mode="wrap")
    @classmethod
    def _told(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        """Say of each error what is allowed instead, which takes the model that it is in."""
        try:
            return handler({} if value is None else value)
        except ValidationError as error:
            raise ValidationError.from_exception_data(cls.__name__, [cls._retold(e) for e in error.errors()]) from None

    @classmethod
    def _retold(cls, error: ErrorDetails) -> InitErrorDetails:
        message = told(error)
        if error["type"] == "extra_forbidden":
            keys = [field.alias or name for name, field in cls.model_fields.items()]
            message = f"no such key.{did_you_mean(str(error['loc'][-1]), keys)} Allowed: {', '.join(keys)}."
        custom = PydanticCustomError(_TOLD, "{told}", {"told": message})
        return InitErrorDetails(type=custom, loc=error["loc"], input=error["input"])


def told(error: ErrorDetails) -> str:
    """What a value must be, in our words."""
    if error["type"] == _TOLD:
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
