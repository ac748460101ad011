"""What a run is asked to do, checked. Knows neither pytest nor which formats and inputs are installed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from otfbench.config.schema import ROWS, GeneratedSection, generated_name
from otfbench.config.values import (
    CaseTimeout,
    Folder,
    JvmsPolicy,
    KeepTables,
    Master,
    Memory,
    Names,
    Rounds,
    RowCounts,
    Seed,
    Suite,
    Texts,
    VerifyLevel,
    Versions,
    Warmup,
)
from otfbench.data import generated
from otfbench.data.discovery import UserData
from otfbench.data.life import LIFE_ROUNDS
from otfbench.errors import ConfigError
from otfbench.files import is_uri
from otfbench.hints import describe
from otfbench.spark import machine

_SUITES: dict[Any, dict[str, Any]] = {
    "quick": {"rows": (5_000,), "rounds": 2, "warmup": 0},
    "full": {"dataset": tuple(generated.names())},
    "life": {"rows": (20_000,), "rounds": LIFE_ROUNDS},
}
"""Suite -> the options that have other defaults in it."""


_GIB = 2**30


def _heap(memory_bytes: int) -> str:
    """2g, or half of the memory where that is less: the rest is for Python and for what Java keeps outside of the heap.

    Spark refuses a heap below 450 MiB.
    """
    return "2g" if memory_bytes >= 4 * _GIB else f"{max(512, memory_bytes // 2**21)}m"


def _generated(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(generated_name, names))


DatasetNames = Annotated[Names, AfterValidator(_generated)]


class Options(BaseModel):
    """The options of a run. Field names are the options' names without `--otf-`, underscores for dashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: Suite = "default"
    dataset: DatasetNames | None = Field(
        None, description="generated datasets, with commas between them (default: trips)"
    )
    rows: RowCounts = ROWS
    seed: Seed = 42
    formats: Names | None = Field(None, description="table formats, with commas between them (default: all installed)")
    versions: Versions = None
    inputs: Names | None = Field(None, description="inputs, with commas between them (default: all installed)")
    rounds: Rounds = None
    warmup: Warmup = 1
    case_timeout: CaseTimeout = 3600
    verify: VerifyLevel = "digest"
    master: Master = Field(default_factory=lambda: f"local[{min(2, machine.cores())}]")
    driver_memory: Memory = Field(default_factory=lambda: _heap(machine.memory_bytes()))
    jvms: JvmsPolicy = None
    warehouse: Folder | None = Field(
        None, description="folder for the tables, or URI of one: hdfs://host:8020/lake (default: a temporary folder)"
    )
    keep_tables: KeepTables = False
    resume: bool = Field(
        False, description="go on with the run that was killed: cases that it finished are not run again"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_suite(cls, values: Any) -> Any:
        """What isn't said is what the suite has."""
        return {**_SUITES.get(values.get("suite"), {}), **values} if isinstance(values, dict) else values


class GeneratedData(BaseModel):
    """Generated rows: exactly as many as are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int
    seed: int


class Config(Options):
    """All that a run is asked to do: its options, and what only the YAML file can say."""

    datasets: tuple[GeneratedData, ...] = ()
    """Empty if the rows are the user's own. The first one may be there again, with more rows."""
    user_data: UserData | None = None
    conf: Texts = {}
    properties: dict[str, Texts] = {}
    variants: dict[str, tuple[str, ...]] = {}
    """Format -> variants of it, none if the file names none."""
    jars: dict[str, tuple[str, ...]] = {}
    """Format -> jars beside those of the profile: group:artifact:version, or an absolute path."""
    replaced: tuple[str, ...] = ()
    """Formats that have these jars alone, and none of the profile."""
    catalogs: dict[str, Texts] = {}
    """Format -> the `type` of the catalog that lists its tables, and that catalog's options."""
    operations: tuple[str, ...] | None = None
    """The operations to run; None for all."""
    mixes: dict[str, dict[str, float]] = {}
    """Mix -> operation -> how often, for the report."""
    prices: dict[str, float] = {}

    @property
    def named_datasets(self) -> dict[str, GeneratedData]:
        """Name in cases -> dataset: the dataset's own name, or how many rows it has where it is there again."""
        named: dict[str, GeneratedData] = {}
        for each in self.datasets:
            named[generated.short_count(each.rows) if each.name in named else each.name] = each
        return named

    @property
    def remote(self) -> bool:
        """Whether tables are below a URI."""
        return self.warehouse is not None and is_uri(self.warehouse)


def parse_config(values: Mapping[str, Any]) -> Config:
    """The configuration of these values; those that are None keep their defaults.

    Raises ConfigError with one line per value that can't be, all at once.
    """
    try:
        config = Config(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        lines = [_line(str(detail["loc"][0]), describe(detail), detail["input"]) for detail in error.errors()]
        raise ConfigError("\n".join(lines)) from None
    if config.user_data or config.datasets:
        return config
    return config.model_copy(update={"datasets": generated_datasets(config.dataset or ("trips",), config, {})})


def _line(name: str, message: str, value: object) -> str:
    shown = ",".join(value) if isinstance(value, tuple) else value
    return f"--otf-{name.replace('_', '-')} {shown}: {message}"


def generated_datasets(
    names: Iterable[str], options: Options, sections: Mapping[str, GeneratedSection], given: Collection[str] = ()
) -> tuple[GeneratedData, ...]:
    """The generated datasets of a run: what a dataset's section says, but for the options that were given.

    The first one comes once more for each number of rows but the least, last; of the others there is only that.
    """
    datasets: list[tuple[GeneratedData, ...]] = []
    for name in names:
        section = sections.get(name, GeneratedSection())
        rows = section.rows if section.rows and "rows" not in given else _rows_of(name, options)
        seed = section.seed if name in sections and "seed" not in given else options.seed
        datasets.append(tuple(GeneratedData(name=name, rows=each, seed=seed) for each in rows))
    return (*(each[0] for each in datasets), *datasets[0][1:])


def _rows_of(name: str, options: Options) -> tuple[int, ...]:
    return tuple(dict.fromkeys(generated.rows_of(name, each) for each in options.rows))
