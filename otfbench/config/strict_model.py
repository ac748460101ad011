"""The model of a mapping in the YAML file: refuses unknown keys, and says what is allowed instead. Knows no key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from otfbench.hints import DESCRIBED, describe, did_you_mean


class StrictModel(BaseModel):
    """A mapping that takes no other keys than its fields; one without any key is as good as none."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"type": ["object", "null"]})

    @model_validator(mode="wrap")
    @classmethod
    def _reworded(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        """Say of each error what is allowed instead, which takes the model that it is in."""
        try:
            return handler({} if value is None else value)
        except ValidationError as error:
            raise ValidationError.from_exception_data(cls.__name__, [cls._retold(e) for e in error.errors()]) from None

    @classmethod
    def _retold(cls, error: ErrorDetails) -> InitErrorDetails:
        message = describe(error)
        if error["type"] == "extra_forbidden":
            keys = [field.alias or name for name, field in cls.model_fields.items()]
            message = f"no such key.{did_you_mean(str(error['loc'][-1]), keys)} Allowed: {', '.join(keys)}."
        custom = PydanticCustomError(DESCRIBED, "{message}", {"message": message})
        return InitErrorDetails(type=custom, loc=error["loc"], input=error["input"])
