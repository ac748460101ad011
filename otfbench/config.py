"""What a run is asked to do, checked. Knows neither pytest nor which formats and inputs are installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from otfbench.errors import ConfigError

_MASTER = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://\S+|yarn|k8s://\S+")


def _names(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _all_named(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(names):
        raise ValueError("must be names with commas between them; one is empty")
    if len(set(names)) < len(names):
        raise ValueError("must name each only once")
    return names


def _memory(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*[mg]", value):
        raise ValueError("must be a size for Java: 900m, 2g")
    return value


def _master(value: str) -> str:
    if not _MASTER.fullmatch(value):
        raise ValueError("must be a Spark master: local[2], spark://HOST:PORT, yarn, k8s://...")
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_names), AfterValidator(_all_named)]


class Config(BaseModel):
    """The options of a run. Field names are the options' names without `--otf-`, underscores for dashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(100_000, ge=1, description="rows of the dataset")
    seed: int = Field(42, ge=0, lt=2**63, description="seed of the dataset: other rows of the same kind")
    formats: Names | None = Field(None, description="table formats, with commas between them (default: all installed)")
    inputs: Names | None = Field(None, description="inputs, with commas between them (default: all installed)")
    rounds: int = Field(3, ge=1, description="timed rounds per case")
    warmup: int = Field(2, ge=0, description="untimed rounds per case before them")
    verify: Literal["off", "count", "digest"] = Field("digest", description="what proves that the rows are right")
    master: Annotated[str, AfterValidator(_master)] = Field("local[2]", description="Spark master")
    driver_memory: Annotated[str, AfterValidator(_memory)] = Field("2g", description="heap of the driver JVM")
    warehouse: Path | None = Field(None, description="folder for the tables (default: a temporary one)")
    keep_tables: bool = Field(False, description="leave each case's last table where it is")
    resume: bool = Field(
        False, description="go on with the run that was killed: cases that it finished are not run again"
    )


def parse_config(values: Mapping[str, Any]) -> Config:
    """The configuration of these values; those that are None keep their defaults.

    Raises ConfigError with one line per value that can't be, all at once.
    """
    try:
        return Config(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        lines = [_line(str(detail["loc"][0]), detail["msg"], detail["input"]) for detail in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def _line(name: str, message: str, value: object) -> str:
    message = (
        re.sub(r"^(Value error, |Input )", "", message)
        .replace("should be", "must be")
        .replace("a valid integer", "a whole number")
    )
    message = message.replace(", unable to parse string as an integer", "")
    shown = ",".join(value) if isinstance(value, tuple) else value
    return f"--otf-{name.replace('_', '-')} {shown}: {message}"
