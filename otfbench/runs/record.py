"""What a run file says of one measured case, as types. Knows nothing of how it was measured, or what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

_CLOSED = ConfigDict(allow_inf_nan=False)
Count = Annotated[int, Field(strict=True, ge=0)]
Seconds = Annotated[float, Field(strict=True)]


class CaseRecord(TypedDict):
    """What identifies a case; format and variant are None where no table is made, input where no file is read."""

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
"""A column's type or name, and what it became in the table."""


class RoundRecord(TypedDict):
    """One timed round: seconds (`_s`) and bytes; None could not be measured, for the reason in `unmeasured`."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]  # how pydantic configures a typed dictionary

    wall_s: Annotated[float, Field(strict=True, gt=0)]
    planning_s: Seconds | None
    executor_cpu_s: Seconds
    process_cpu_s: Seconds
    gc_s: Seconds
    peak_rss_bytes: Count | None


class StorageRecord(TypedDict):
    """Number and bytes of the files in a table's folder: live data, dead data, metadata."""

    live_files: Count
    live_bytes: Count
    dead_files: Count
    dead_bytes: Count
    metadata_files: Count
    metadata_bytes: Count


class ReportedRecord(TypedDict, total=False):
    """What a format itself reports: rows and data files; see otfbench.formats.commits. Absent: it doesn't say."""

    added_rows: Count
    removed_rows: Count
    rewritten_rows: Count
    added_files: Count
    removed_files: Count


class SourceRecord(TypedDict):
    """Number and bytes of the files that were read."""

    files: Count
    bytes: Count


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
    counters: dict[str, Count | None]
    unreported: dict[str, str]
    reported: ReportedRecord | None
    tolerances: dict[str, Annotated[float, Field(ge=0)]]
    unstable: list[str]
    storage_before: StorageRecord | None
    storage: StorageRecord | None
    derived: dict[str, float | None]
    source: SourceRecord | None
    settings: SettingsRecord


def walls(record: Mapping[str, Any]) -> list[float]:
    """Wall seconds of the timed rounds of a case's record, in order."""
    return [each["wall_s"] for each in record["rounds"]]
