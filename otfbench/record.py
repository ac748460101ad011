"""What a run file says of one measured case, as types. Knows nothing of how it was measured, or what is made of it."""

from __future__ import annotations

from pydantic import ConfigDict
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

_CLOSED = ConfigDict(allow_inf_nan=False)


class CaseRecord(TypedDict):
    """What identifies a case; see docs/run-file.md for each key."""

    id: str
    family: str
    operation: str
    format: str | None
    format_version: str | None
    input: str | None
    variant: str | None
    detail: dict[str, str]
    rows: int
    dataset: str
    seed: int | None
    profile: str


class DigestRecord(TypedDict):
    """A content: its rows and their digest, None where it was not checked."""

    rows: int | None
    digest: str | None


AdaptationRecord = TypedDict("AdaptationRecord", {"column": str, "from": str, "to": str, "reason": str})


class RoundRecord(TypedDict):
    """One timed round: seconds and bytes."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]  # how pydantic configures a typed dictionary

    wall_s: float
    planning_s: float | None
    executor_cpu_s: float
    process_cpu_s: float
    gc_s: float
    peak_rss_bytes: int | None


class StorageRecord(TypedDict):
    """Files and bytes of a table's folder."""

    live_files: int
    live_bytes: int
    dead_files: int
    dead_bytes: int
    metadata_files: int
    metadata_bytes: int


class SourceRecord(TypedDict):
    """Files and bytes that were read."""

    files: int
    bytes: int


class SettingsRecord(TypedDict):
    """Effective settings, secrets hidden."""

    table_properties: dict[str, str]
    spark: dict[str, str]


class Record(TypedDict):
    """Everything that a case carries beside pytest-benchmark's own figures: `extra_info["otfbench"]`."""

    schema: int
    case: CaseRecord
    control: bool
    verdict: str
    expected: DigestRecord
    actual: DigestRecord
    adaptations: list[AdaptationRecord]
    rounds: list[RoundRecord]
    unmeasured: dict[str, str]
    counters: dict[str, int | None]
    unfed: dict[str, str]
    tolerances: dict[str, float]
    unstable: list[str]
    storage_before: StorageRecord | None
    storage: StorageRecord | None
    derived: dict[str, float | None]
    source: SourceRecord | None
    settings: SettingsRecord
