"""What a run is asked to do, checked. Knows neither pytest nor which formats and inputs are installed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from otfbench.errors import ConfigError

_MASTER = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://\S+|yarn|k8s://\S+")
_SECRET = re.compile(r"secret|password|token|access[._]?key|credential", re.IGNORECASE)
_TOLD = "told"
_SHAPES = {
    "missing": "is missing",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "string_type": "must be text",
}


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
Rows = Annotated[int, Field(ge=1, description="rows of the dataset")]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="seed of the dataset: other rows of the same kind")]
Rounds = Annotated[int, Field(ge=1, description="timed rounds per case")]
Warmup = Annotated[int, Field(ge=0, description="untimed rounds per case before them")]
Verify = Annotated[
    Literal["off", "count", "digest"], Field(description="what proves that the rows are right", examples=["digest"])
]
Master = Annotated[str, AfterValidator(_master), Field(description="Spark master")]
Memory = Annotated[str, AfterValidator(_memory), Field(description="heap of the driver JVM")]
KeepTables = Annotated[bool, Field(description="leave each case's last table where it is")]
BadRecordPolicy = Annotated[
    Literal["fail", "aside"],
    Field(description="what becomes of records that don't fit: an error, or left out and counted", examples=["aside"]),
]
# A number or a truth value is taken as its text, as it is written.
Texts = dict[str, Annotated[str, Field(json_schema_extra={"type": ["string", "number", "boolean"]})]]


class Options(BaseModel):
    """The options of a run. Field names are the options' names without `--otf-`, underscores for dashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    own: OwnData | None = None


# The YAML file


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """A hint, with a blank before it, if an allowed name is near; else nothing."""
    near = difflib.get_close_matches(name, list(allowed), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def redacted(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings with the values hidden whose keys sound like secrets: results are shared."""
    return {key: "(hidden)" if _SECRET.search(key) else value for key, value in settings.items()}


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


def _one_each(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("must name each only once")
    return names


NameList = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_one_each),
]
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


def _line(name: str, message: str, value: object) -> str:
    shown = ",".join(value) if isinstance(value, tuple) else value
    return f"--otf-{name.replace('_', '-')} {shown}: {message}"
