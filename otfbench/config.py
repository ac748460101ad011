"""What a run is asked to do, checked. Knows neither pytest nor which formats and inputs are installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WrapValidator, model_validator

from otfbench.errors import ConfigError
from otfbench.fieldtypes import (
    BadRecordPolicy,
    KeepTables,
    Master,
    Memory,
    NameList,
    Names,
    Rounds,
    Rows,
    Seed,
    Suite,
    Texts,
    Verify,
    Warmup,
)
from otfbench.section import Section, told

_SUITES: dict[Any, dict[str, int]] = {"quick": {"rows": 5_000, "rounds": 2, "warmup": 0}}
"""Suite -> the options whose defaults are others in it."""
_SECRET = re.compile(r"secret|password|token|access[._]?key|credential", re.IGNORECASE)


class Options(BaseModel):
    """The options of a run. Field names are the options' names without `--otf-`, underscores for dashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: Suite = "default"
    rows: Rows = 100_000
    seed: Seed = 42
    formats: Names | None = Field(None, description="table formats, with commas between them (default: all installed)")
    inputs: Names | None = Field(None, description="inputs, with commas between them (default: all installed)")
    rounds: Rounds = 3
    warmup: Warmup = 2
    verify: Verify = "digest"
    master: Master = "local[2]"
    driver_memory: Memory = "2g"
    warehouse: Path | None = Field(None, description="folder for the tables (default: a temporary one)")
    keep_tables: KeepTables = False
    resume: bool = Field(
        False, description="go on with the run that was killed: cases that it finished are not run again"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_suite(cls, values: Any) -> Any:
        """What isn't said is what the suite has."""
        return {**_SUITES.get(values.get("suite"), {}), **values} if isinstance(values, dict) else values


class OwnData(BaseModel):
    """The user's own files: `path` as the file says it, which is in `folder`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    folder: Path
    format: str
    options: Texts = {}
    ddl: str | None = None
    bad_records: BadRecordPolicy = "fail"


class Config(Options):
    """All that a run is asked to do: its options, and what only the YAML file can say."""

    conf: Texts = {}
    properties: dict[str, Texts] = {}
    variants: dict[str, tuple[str, ...]] = {}
    own: OwnData | None = None


# The YAML file


def redacted(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings with the values hidden whose keys sound like secrets: results are shared."""
    return {key: "(hidden)" if _SECRET.search(key) else value for key, value in settings.items()}


class SparkSection(Section):
    """The Spark session of every JVM."""

    master: Master = "local[2]"
    driver_memory: Memory = "2g"
    conf: Texts = Field(
        default={},
        description="Spark settings for every session; those that the harness or a format sets itself are refused",
        examples=[{"spark.sql.adaptive.enabled": False}],
    )


class FormatSection(Section):
    """What is special about one table format in this run."""

    properties: Texts = Field(
        default={},
        description="table properties (for plain files: writer options), given to CREATE TABLE",
        examples=[{"compression": "zstd"}],
    )


class TripsSection(Section):
    """Generated rows: the same on any machine."""

    name: Literal["trips"] = Field(default="trips", description="which dataset")
    rows: Rows = 100_000
    seed: Seed = 42


class OwnSection(Section):
    """Your own files, instead of generated rows."""

    path: str = Field(
        min_length=1, description="file, folder or glob, relative to the YAML file", examples=["data/*.csv"]
    )
    format: str | None = Field(
        default=None,
        min_length=1,
        description="what they are: the name of an input (default: found by their content)",
        examples=["csv"],
    )
    options: Texts = Field(
        default={},
        description="Spark's options for reading them; they win over the input's own",
        examples=[{"encoding": "ISO-8859-1", "multiLine": True}],
    )
    ddl: str | None = Field(
        default=None,
        alias="schema",
        min_length=1,
        description="columns and types as in CREATE TABLE (default: inferred by Spark, once, before the run)",
        examples=["id bigint, name string, paid decimal(10,2)"],
    )
    bad_records: BadRecordPolicy = "fail"


class StorageSection(Section):
    """Where tables are made."""

    warehouse: str | None = Field(
        default=None,
        min_length=1,
        description="folder for the tables, relative to the YAML file (default: a temporary one)",
        examples=["lake"],
    )
    keep_tables: KeepTables = False


_FormatMap = Annotated[dict[Annotated[str, Field(min_length=1)], FormatSection], Field(min_length=1)]
_LIST: TypeAdapter[list[str]] = TypeAdapter(NameList)
_MAP: TypeAdapter[dict[str, FormatSection]] = TypeAdapter(_FormatMap)


def _formats(value: Any, _: Any) -> dict[str, FormatSection]:
    """A list of names is a mapping without settings. Chosen by hand: a union would tell the errors of both kinds."""
    if isinstance(value, dict):
        return _MAP.validate_python(value)
    if isinstance(value, list):
        return dict.fromkeys(_LIST.validate_python(value), FormatSection())
    raise ValueError("must be a list of names, or a mapping from names to their settings")


def _dataset(value: Any, _: Any) -> TripsSection | OwnSection:
    """Files of one's own have a path; who names another key of theirs has forgotten it."""
    if isinstance(value, TripsSection | OwnSection):
        return value
    own = isinstance(value, dict) and value.keys() & {"path", "format", "options", "schema", "bad_records"}
    return OwnSection.model_validate(value) if own else TripsSection.model_validate(value)


class ConfigFile(Section):
    """The whole file: every key may be left out."""

    model_config = ConfigDict(title="otfbench.yaml", json_schema_extra={"type": "object"})

    spark: SparkSection = Field(default=SparkSection(), description="the Spark session of every JVM")
    formats: Annotated[NameList | _FormatMap, WrapValidator(_formats)] | None = Field(
        default=None,
        description="table formats: a list of names, or a mapping from names to settings (default: all installed)",
        examples=[{"parquet": {"properties": {"compression": "zstd"}}}],
    )
    inputs: NameList | None = Field(
        default=None,
        description="inputs: a list of names (default: all installed); with your own files, their format",
        examples=[["csv", "parquet"]],
    )
    rounds: Rounds = 3
    warmup: Warmup = 2
    verify: Verify = "digest"
    dataset: Annotated[TripsSection | OwnSection, WrapValidator(_dataset)] = Field(
        default=TripsSection(), description="the rows: generated ones, or your own files"
    )
    storage: StorageSection = Field(default=StorageSection(), description="where tables are made")


def schema() -> dict[str, Any]:
    """The JSON Schema of the YAML file, for editors that complete and check it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ConfigFile.model_json_schema(by_alias=True)}


# What is said of values that can't be


def parse_config(values: Mapping[str, Any]) -> Config:
    """The configuration of these values; those that are None keep their defaults.

    Raises ConfigError with one line per value that can't be, all at once.
    """
    try:
        return Config(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        lines = [_line(str(detail["loc"][0]), told(detail), detail["input"]) for detail in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def _line(name: str, message: str, value: object) -> str:
    shown = ",".join(value) if isinstance(value, tuple) else value
    return f"--otf-{name.replace('_', '-')} {shown}: {message}"
