"""What a run file says of one measured case, as types. Knows nothing of how it was measured, or what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict  # pydantic needs this one before Python 3.12

# The bounds are beyond whatever is measured, and keep every ratio and sum of such numbers finite.
Count = Annotated[int, Field(ge=0, lt=2**63)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
WallSeconds = Annotated[float, Field(ge=1e-9, le=1e9)]
Figure = Annotated[float, Field(ge=-1e30, le=1e30)]
Share = Annotated[float, Field(ge=0, lt=1)]
Verdict = Literal["equal", "equal to Spark's reading", "unequal", "unchecked"]


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
    rows: Count
    dataset: str
    seed: int | None
    profile: str


class DigestRecord(TypedDict):
    """A content: its rows and their digest, None where it was not checked."""

    rows: Count | None
    digest: str | None


AdaptationRecord = TypedDict("AdaptationRecord", {"column": str, "from": str, "to": str, "reason": str})
"""A column's type or name, and what it became in the table."""


class RoundRecord(TypedDict):
    """One timed round: seconds (`_s`) and bytes; None could not be measured, for the reason in `unmeasured`."""

    wall_s: WallSeconds
    planning_s: Seconds | None
    executor_cpu_s: Seconds
    executor_gc_s: NotRequired[Seconds]
    executor_peak_heap_bytes: NotRequired[Count | None]
    process_cpu_s: Seconds | None
    gc_s: Seconds | None
    peak_rss_bytes: Count | None


SPLIT = ("time_travel_files", "time_travel_bytes", "orphan_files", "orphan_bytes")
"""The figures of storage that dead files are split into."""


class StorageRecord(TypedDict):
    """Number and bytes of the files in a table's folder: live data, dead data, metadata.

    What is dead is kept for time travel, or an orphan; None where the format doesn't say; absent in older files.
    """

    live_files: Count
    live_bytes: Count
    dead_files: Count
    dead_bytes: Count
    metadata_files: Count
    metadata_bytes: Count
    time_travel_files: NotRequired[Count | None]
    time_travel_bytes: NotRequired[Count | None]
    orphan_files: NotRequired[Count | None]
    orphan_bytes: NotRequired[Count | None]


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


COMPACT, EXPIRE = "compact", "expire"
UPKEEP = (COMPACT, EXPIRE)
"""The actions of a life that change no row."""


class ActionRecord(TypedDict):
    """One action of a round of a life; planning is of reads."""

    wall_s: WallSeconds
    planning_s: Seconds | None


class LivedRecord(TypedDict):
    """A round of a table's life: the commits up to its end, each action, and what the table took then."""

    commits: Count
    actions: dict[str, ActionRecord]
    size: StorageRecord


class SearchedRecord(TypedDict):
    """After a step of an erasure: files that still hold a text of an erased row, and those nobody could look into."""

    after: str
    data_files: Count
    metadata_files: Count
    unread_files: Count


class Record(TypedDict):
    """Everything that a case carries beside pytest-benchmark's own figures: `extra_info["otfbench"]`."""

    schema: Literal[2]
    case: CaseRecord
    control: bool
    verdict: Verdict
    expected: DigestRecord
    actual: DigestRecord
    adaptations: list[AdaptationRecord]
    rounds: Annotated[list[RoundRecord], Field(min_length=1)]
    unmeasured: dict[str, str]
    counters: dict[str, Count | None]
    unreported: dict[str, str]
    reported: ReportedRecord | None
    tolerances: dict[str, Share]
    unstable: list[str]
    storage_before: StorageRecord | None
    storage: StorageRecord | None
    derived: dict[str, Figure | None]
    source: SourceRecord | None
    settings: SettingsRecord
    searched: NotRequired[Annotated[list[SearchedRecord], Field(min_length=1)]]
    life: NotRequired[Annotated[list[LivedRecord], Field(min_length=1)]]
    figures: NotRequired[dict[str, Annotated[list[Figure], Field(min_length=1)]]]
    """What the workload itself counts or times, round by round; `_s` is seconds, `_bytes` bytes."""


def walls(record: Mapping[str, Any]) -> list[float]:
    """Wall seconds of the timed rounds of a case's record, in order."""
    return [each["wall_s"] for each in record["rounds"]]
