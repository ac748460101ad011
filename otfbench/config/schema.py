"""The keys of otfbench.yaml, their values and defaults. Knows neither what is installed nor what becomes of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, WrapValidator

from otfbench.config.strict_model import StrictModel
from otfbench.config.values import (
    BadRecordPolicy,
    CaseTimeout,
    CatalogChoice,
    Folder,
    InferPolicy,
    JarList,
    JvmsPolicy,
    KeepTables,
    Master,
    Memory,
    Mixes,
    NameList,
    Prices,
    Rounds,
    RowCounts,
    Seed,
    Suite,
    Texts,
    VerifyLevel,
    Warmup,
)
from otfbench.data import generated
from otfbench.hints import did_you_mean

ROWS = (20_000, 200_000)
"""The rows of a generated dataset by default, fewer of wide ones: far enough apart that what a row costs shows."""
_ROWS = ", ".join(map(str, ROWS))


def generated_name(name: str) -> str:
    """The name of a generated dataset; raises ValueError if it is none."""
    if name not in generated.names():
        there = generated.names()
        raise ValueError(f"no dataset of that name.{did_you_mean(name, there)} There are: {', '.join(there)}")
    return name


class SparkSection(StrictModel):
    """The Spark session of every JVM."""

    master: Master = "local[2]"
    driver_memory: Memory = "2g"
    conf: Texts = Field(
        default={},
        description="Spark settings for every session; those that the harness or a format sets itself are refused",
        examples=[{"spark.sql.adaptive.enabled": False}],
    )
    jars: NameList | None = Field(
        default=None,
        description="jars of every session, as those of a file system: group:artifact:version, or a path to a .jar",
        examples=[["com.google.cloud.bigdataoss:gcs-connector:hadoop3-2.2.22"]],
    )


class FormatSection(StrictModel):
    """What is special about one table format in this run."""

    properties: Texts = Field(
        default={},
        description="table properties (for plain files: writer options), given to CREATE TABLE",
        examples=[{"compression": "zstd"}],
    )
    variants: NameList | None = Field(
        default=None,
        description="which of the format's variants to run (default: what the suite runs)",
        examples=[["cow"]],
    )
    catalog: CatalogChoice | None = Field(
        default=None,
        description="what lists the tables: one of the format's kinds of catalogs, or `type` and options of it",
        examples=["NAME"],
    )
    jars: JarList | None = Field(
        default=None,
        description="jars beside the locked ones, or in place of those of the same artifact: group:artifact:version, or"
        " a path to a .jar; `replace: [...]` in place of all locked ones",
        examples=[["org.slf4j:slf4j-nop:2.0.17"]],
    )

    @property
    def user_jars(self) -> list[str]:
        """The jars that the user names, in either form."""
        return self.jars["replace"] if isinstance(self.jars, dict) else self.jars or []


class GeneratedSection(StrictModel):
    """Generated rows: the same on any machine."""

    name: Annotated[str, AfterValidator(generated_name)] = Field(
        default="trips", description="which dataset", json_schema_extra={"enum": [*generated.names()]}
    )
    rows: RowCounts | None = Field(
        default=None,
        description="rows of the dataset; the first may have a list of them: workloads whose cost grows run with each"
        f" (default: {_ROWS}; of wide {', '.join(str(generated.rows_of('wide', each)) for each in ROWS)})",
        examples=[ROWS[0]],
    )
    seed: Annotated[Seed, Field(description="seed of the dataset: other rows of the same kind")] = 42


class OwnSection(StrictModel):
    """Your own files, or a table, instead of generated rows."""

    path: str = Field(
        min_length=1,
        description="file, folder or glob, relative to the YAML file; or the URI of one",
        examples=["data/*.csv"],
    )
    format: str | None = Field(
        default=None,
        min_length=1,
        description="what they are: the name of an input (default: found by their content); or, for a table of which"
        " operations are to run on a copy, that of its table format",
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
        description="columns and types as in CREATE TABLE (default: inferred from all rows, once, before the run)",
        examples=["id bigint, name string, paid decimal(10,2)"],
    )
    infer: InferPolicy = "lossless"
    bad_records: BadRecordPolicy = "fail"
    key: NameList | None = Field(
        default=None,
        description="columns that identify a row, by exact name; checked before the run (needed to merge)",
        examples=[["id"]],
    )
    partition_by: NameList | None = Field(
        default=None, description="columns by which a partitioned table is split, by exact name", examples=[["name"]]
    )


class StorageSection(StrictModel):
    """Where tables are made."""

    warehouse: Folder | None = Field(
        default=None,
        description="folder for the tables, relative to the YAML file, or URI of one (default: a temporary folder)",
        examples=["lake", "hdfs://host:8020/lake"],
    )
    keep_tables: KeepTables = False


class ReportSection(StrictModel):
    """How `otfbench report` shows a run."""

    template: Path | None = Field(
        default=None,
        description="your own template of the page, relative to the YAML file",
        examples=["page.html"],
    )


class GateException(StrictModel):
    """A finding of the counter gate that is let pass for a while."""

    case: str = Field(min_length=1, description="id of the case", examples=["append[NAME]"])
    counter: str | None = Field(
        default=None,
        min_length=1,
        description="a counter or a figure of storage (default: whatever is found about the case)",
        examples=["tasks"],
    )
    reason: str = Field(min_length=1, description="why", examples=["an upgrade plans differently"])
    until: date = Field(
        description="the last day on which it holds; after it, the gate is an error", examples=["2027-01-31"]
    )


class GateSection(StrictModel):
    """What the counter gate lets pass."""

    exceptions: list[GateException] = Field(
        default=[],
        description="findings that are let pass, each with a reason and an end",
        examples=[
            [
                {
                    "case": "append[NAME]",
                    "counter": "tasks",
                    "reason": "an upgrade plans differently",
                    "until": "2027-01-31",
                }
            ]
        ],
    )


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


def _dataset(value: Any, _: Any) -> GeneratedSection | OwnSection:
    """Files of one's own have a path; who names another key of theirs has forgotten it."""
    file_keys = isinstance(value, dict) and value.keys() & {
        field.alias or key for key, field in OwnSection.model_fields.items()
    }
    return OwnSection.model_validate(value) if file_keys else GeneratedSection.model_validate(value)


_Dataset = Annotated[GeneratedSection | OwnSection, WrapValidator(_dataset)]
_DATASETS: TypeAdapter[list[GeneratedSection | OwnSection]] = TypeAdapter(
    Annotated[list[_Dataset], Field(min_length=1)]
)


def _datasets(value: Any, _: Any) -> list[GeneratedSection | OwnSection]:
    """One mapping stands for a list of one."""
    if not isinstance(value, list):
        return [_dataset(value, None)]
    sections = _DATASETS.validate_python(value)
    generated = [each.name for each in sections if isinstance(each, GeneratedSection)]
    if len(sections) > 1 and len(generated) < len(sections):
        raise ValueError("your own files are the only dataset of a run: leave the others out")
    if len(set(generated)) < len(generated):
        raise ValueError("must name each only once")
    if any(len(each.rows or ()) > 1 for each in sections[1:] if isinstance(each, GeneratedSection)):
        raise ValueError("only the first dataset may have several numbers of rows")
    return sections


class ConfigFile(StrictModel):
    """The whole file: every key may be left out."""

    model_config = ConfigDict(title="otfbench.yaml", json_schema_extra={"type": "object"})

    profile: str | None = Field(
        default=None,
        min_length=1,
        description="the profile that this file is for: another pyspark than its own is refused",
        examples=["spark-3.5"],
    )
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
    suite: Suite = "default"
    rounds: Rounds = None
    warmup: Warmup = 1
    case_timeout: CaseTimeout = 3600
    jvms: JvmsPolicy = None
    verify: VerifyLevel = "digest"
    operations: NameList | None = Field(
        default=None,
        description="operations to run: a list of names (default: all of the suite)",
        examples=[["convert", "read_source"]],
    )
    datasets: Annotated[
        Annotated[list[_Dataset], Field(min_length=1)] | GeneratedSection | OwnSection, WrapValidator(_datasets)
    ] = Field(
        default=GeneratedSection(),
        description="the rows: generated ones, one mapping or a list of them, or your own files",
    )
    mixes: Mixes = None
    prices: Prices = None
    storage: StorageSection = Field(default=StorageSection(), description="where tables are made")
    report: ReportSection = Field(default=ReportSection(), description="how `otfbench report` shows a run")
    gate: GateSection = Field(default=GateSection(), description="what the counter gate lets pass")


def schema() -> dict[str, Any]:
    """The JSON Schema of the YAML file, for editors that complete and check it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ConfigFile.model_json_schema(by_alias=True)}
