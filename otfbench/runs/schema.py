"""A run file as types: what is checked when one is read. Knows not how the numbers came about, nor who shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter
from typing_extensions import NotRequired, TypedDict

from otfbench.runs.outcome import SCHEMA, Status
from otfbench.runs.record import Count, Record, Seconds, Verdict, WallSeconds

_MORE = ConfigDict(extra="allow")
_Versions = dict[str, str | None]


def _status(value: object) -> object:
    return Status(value) if isinstance(value, str) else value


def _moment(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class DatasetRecord(TypedDict):
    """The rows of a run; what else identifies them is in keys of their own kind."""

    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    rows: Count
    name: NotRequired[str]
    path: NotRequired[str]
    seed: NotRequired[int | None]


class OptionsRecord(TypedDict):
    """What a run was asked to do, as far as anything depends on it."""

    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    datasets: Annotated[list[DatasetRecord], Field(min_length=1)]
    suite: NotRequired[str]
    master: NotRequired[str]
    driver_memory: NotRequired[str]
    file_system: NotRequired[str]
    conf: NotRequired[dict[str, JsonValue]]
    properties: NotRequired[dict[str, dict[str, JsonValue]]]
    catalogs: NotRequired[dict[str, dict[str, JsonValue]]]
    mixes: NotRequired[dict[str, Annotated[dict[str, _Positive], Field(min_length=1)]]]
    prices: NotRequired[dict[str, _Positive]]


class ExecutorsRecord(TypedDict):
    """The executors of a cluster, and into how many tasks it splits work; see otfbench.spark.cluster.Executors."""

    count: Count
    cores: Count
    default_parallelism: Count
    shuffle_partitions: Count
    listing_parallelism: Count


class EnvironmentRecord(TypedDict):
    """Machine and versions, as far as anything depends on them."""

    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    formats: _Versions
    inputs: _Versions
    own_jars: NotRequired[dict[str, dict[str, str]]]
    replaced_jars: NotRequired[dict[str, list[str]]]
    jars: NotRequired[dict[str, str]]
    profile: NotRequired[str]
    cores: NotRequired[Count]
    memory_bytes: NotRequired[Count | None]
    executors: NotRequired[ExecutorsRecord | None]
    spark_defaults: NotRequired[dict[str, str]]


class RulerRecord(TypedDict):
    """The same small write and read, timed in each JVM: seconds per round, and their median; None if it failed."""

    format: str
    when: Literal["before", "after"]
    rows: Count
    rounds_s: list[Seconds]
    median_s: WallSeconds | None
    failed: str | None


class FidelityRecord(TypedDict):
    """What becomes of one cell of otfbench.fidelity.cells in a format."""

    cell: str
    outcome: Literal["kept", "changed", "refused", "corrupted"]
    detail: str | None
    adapted: NotRequired[str | None]


class IdleRecord(TypedDict):
    """What a JVM used while cases of others ran."""

    wall_s: Seconds
    cpu_s: Seconds


class OutcomeRecord(TypedDict):
    """What became of one selected case."""

    id: str
    nodeid: str
    status: Annotated[Status, BeforeValidator(_status)]
    reason: str | None
    verdict: Verdict


class RunRecord(TypedDict):
    """The top-level key `otfbench`."""

    schema: Literal[1, 2]
    environment: EnvironmentRecord
    options: OptionsRecord
    load_per_core_before: Seconds | None
    jvms: NotRequired[Literal["together", "apart"]]
    order_seed: NotRequired[int | None]
    spent: NotRequired[dict[str, Seconds]]
    idle: NotRequired[dict[str, IdleRecord]]
    rulers: list[RulerRecord]
    fidelity: dict[str, list[FidelityRecord]]
    outcomes: list[OutcomeRecord]


def _current(record: object) -> object:
    """A case's record of an older schema as this one has it; anything else as it is."""
    if not isinstance(record, dict) or record.get("schema") != 1:
        return record
    renamed = {"unreported" if key == "unfed" else key: value for key, value in record.items()}
    return {"reported": None} | renamed | {"schema": SCHEMA}


class ExtraInfo(TypedDict):
    """What pytest-benchmark keeps for us of a case."""

    otfbench: Annotated[Record, BeforeValidator(_current)]


class BenchmarkRecord(TypedDict):
    """What pytest-benchmark keeps of a case, which has ours in it."""

    extra_info: ExtraInfo


class CommitInfo(TypedDict):
    """What pytest-benchmark found of the checkout, as far as it is shown."""

    id: NotRequired[str | None]
    branch: NotRequired[str | None]


class RunFile(TypedDict):
    """The whole file, but for what only pytest-benchmark reads."""

    datetime: Annotated[AwareDatetime, BeforeValidator(_moment)]
    commit_info: CommitInfo
    benchmarks: list[BenchmarkRecord]
    otfbench: RunRecord


class JournalHead(TypedDict):
    """The first line of a journal: what identifies its run."""

    schema: NotRequired[int]
    environment: dict[str, JsonValue]
    options: dict[str, JsonValue]


class FinishedExtra(TypedDict):
    """The same in a journal, which is of this version of otfbench alone."""

    otfbench: Record


class FinishedBenchmark(TypedDict):
    """What pytest-benchmark keeps of a case that a journal has, as far as anything depends on it."""

    fullname: str
    stats: dict[str, JsonValue]
    extra_info: FinishedExtra


class JournalLine(TypedDict):
    """Each other line: a case that has ended, and the rulers so far."""

    outcome: OutcomeRecord
    benchmark: FinishedBenchmark | None
    rulers: list[RulerRecord]


RUN_FILE = TypeAdapter(RunFile)
JOURNAL_HEAD = TypeAdapter(JournalHead)
JOURNAL_LINE = TypeAdapter(JournalLine)
