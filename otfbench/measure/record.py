"""The record of a case: what its rounds gave, as results carry it, and figures derived from that. Times nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, cast

from pydantic import TypeAdapter

from otfbench import redaction
from otfbench.data.changes import Change
from otfbench.data.evidence import Digest
from otfbench.errors import PluginError
from otfbench.inputs.parquet import Parquet
from otfbench.measure.ageing import LivedRound
from otfbench.measure.content import Verified
from otfbench.measure.erasing import Searched
from otfbench.measure.subject import Subject
from otfbench.registry import CONTROL
from otfbench.runs import document
from otfbench.runs.outcome import SCHEMA
from otfbench.runs.record import SPLIT, CaseRecord, Record
from otfbench.spark.cluster import has_executors
from otfbench.spark.counters import COUNTERS, Counted
from otfbench.spark.process import DRIVER_ONLY, NO_PEAK, NOT_ASKED, ONE_PROCESS, Used
from otfbench.tables.restorable import FilledTable
from otfbench.tables.session import Session
from otfbench.tables.storage import TableSize
from otfbench.tables.table import SessionTable

_RECORD = TypeAdapter(Record)
NO_RECORD = "the format keeps no record of what it did"
NO_VERSIONS = "the format doesn't say which files its versions consist of"
NOT_OF_LIVES = "of many commits in a row a format keeps what upkeep leaves"


@dataclass(frozen=True)
class Reading:
    """What was read after one round."""

    counted: Counted
    used: Used
    planning_s: float | None
    figures: Mapping[str, float]
    """What the action itself has counted or timed."""
    lived: LivedRound | None
    """What it was like, if it went on from what the one before had left."""


@dataclass(frozen=True)
class Measured:
    """All that the rounds of a case gave, but for their wall times, which pytest-benchmark has."""

    session: Session
    identity: CaseRecord
    subject: Subject
    readings: tuple[Reading, ...]
    change: Change | None
    writes: bool
    """Whether the action changes a table: one that returns rows reads."""
    content: Verified
    searched: tuple[Searched, ...] = ()
    """What was found of erased rows, after each step."""

    @property
    def life(self) -> tuple[LivedRound, ...]:
        """The rounds, where each went on from what the one before had left."""
        return tuple(each.lived for each in self.readings if each.lived)


def record(case: Measured, wall_s: Sequence[float]) -> Record:
    """All of it, as `extra_info["otfbench"]` carries it; one wall time per timed round.

    Raises PluginError where a format or an input gave what no run file may hold.
    """
    unreported, table, filled = _unreported(case), case.subject.table, case.subject.filled
    files = table.files() if table else {}
    size, reported = _size(case, files), _reported(case, files)
    parts = {
        "schema": SCHEMA,
        "case": case.identity,
        "control": bool(table and table.format.name == CONTROL),
        "verdict": case.content.verdict,
        "expected": _digest_record(case.content, case.content.expected),
        "actual": _digest_record(case.content, case.content.actual),
        "adaptations": [change.as_dict() for change in table.adaptations] if table else [],
        "rounds": [_round(each, wall) for wall, each in zip(wall_s, case.readings, strict=True)],
        "unmeasured": _unmeasured(case, reported is None) | _unsplit(filled.initial_size if filled else None, size),
        "counters": {name: None if name in unreported else _counted(case, name) for name in COUNTERS},
        "unreported": unreported,
        "reported": reported,
        "tolerances": dict(table.format.tolerances) if table else {},
        "unstable": [name for name in COUNTERS if name not in unreported and _differs(case, name)],
        "storage_before": asdict(filled.initial_size) if filled else None,
        "storage": asdict(size) if size else None,
        "derived": _derived(case, median(wall_s), files, size),
        "source": case.subject.source.size if case.subject.source else None,
        "settings": {
            "table_properties": _shown(case, table.format.properties()) if table else {},
            "spark": _shown(case, case.session.format_conf | case.session.running_conf),
        },
        **{name: found for name, found in _more(case) if found},
    }
    return checked(parts)


def _more(case: Measured) -> Iterator[tuple[str, object]]:
    """What only some cases have."""
    yield "life", [asdict(each) for each in case.life]
    yield "searched", [asdict(each) for each in case.searched]
    yield "figures", _figures(case)


def _figures(case: Measured) -> dict[str, list[float]]:
    """Round by round, by their names."""
    first, *others = (each.figures for each in case.readings)
    if other := next((each for each in others if each.keys() != first.keys()), None):
        names = ", ".join(sorted(first.keys() ^ other.keys()))
        raise PluginError(f"The workload has figures in one round that it doesn't have in another: {names}.")
    return {name: [each.figures[name] for each in case.readings] for name in first}


def _counted(case: Measured, name: str) -> int:
    """Of the last round; of a life, of all its rounds, of which no two are alike."""
    read = [each.counted.counters[name] for each in case.readings]
    return sum(read) if case.life else read[-1]


def _differs(case: Measured, name: str) -> bool:
    """Whether rounds that did the same were counted differently."""
    return not case.life and len({each.counted.counters[name] for each in case.readings}) > 1


def checked(parts: dict[str, Any]) -> Record:
    """The record, if a run file may hold it; else PluginError: one case would keep all others from being read."""
    try:
        document.check(_RECORD, document.parse(json.dumps(parts, default=str).encode()))
    except ValueError as error:
        raise PluginError(f"The format or the input gave what no run file may hold: {error}.") from None
    return cast(Record, parts)  # what dataclasses give as dictionaries has no types


def _shown(case: Measured, settings: Mapping[str, str]) -> dict[str, str]:
    return redaction.redact_settings(case.session.without_location(settings))


def _round(reading: Reading, wall_s: float) -> dict[str, Any]:
    counted = reading.counted
    executors = {
        "executor_cpu_s": counted.executor_cpu_s,
        "executor_gc_s": counted.executor_gc_s,
        "executor_peak_heap_bytes": counted.executor_peak_heap_bytes,
    }
    return {"wall_s": wall_s, "planning_s": reading.planning_s, **executors, **asdict(reading.used)}


def _size(case: Measured, files: dict[str, int]) -> TableSize | None:
    """What the table takes now; its metadata need not be asked again where no file has changed."""
    filled = case.subject.filled
    if filled and files == filled.initial_files:
        return filled.initial_size
    return case.subject.table.size(files) if case.subject.table else None


def _reported(case: Measured, files: dict[str, int]) -> dict[str, int] | None:
    """What the format itself says of the last round, by the files that are new; None of a read, and of a life."""
    filled = case.subject.filled
    before = filled.initial_files.keys() if filled else set()
    return (
        case.subject.table.format.reported(files.keys() - before)
        if case.subject.table and case.writes and not case.life
        else None
    )


def _unmeasured(case: Measured, no_record: bool) -> dict[str, str]:
    """Why a figure of the rounds is None."""
    reasons = {"reported": NOT_OF_LIVES if case.life else NO_RECORD} if no_record and case.writes else {}
    if has_executors(case.session.spark):
        if None in [each.counted.executor_peak_heap_bytes for each in case.readings]:
            reasons["executor_peak_heap_bytes"] = NOT_ASKED
        return reasons | dict.fromkeys(("process_cpu_s", "gc_s", "peak_rss_bytes"), DRIVER_ONLY)
    if None in [each.used.peak_rss_bytes for each in case.readings]:
        reasons["peak_rss_bytes"] = NO_PEAK
    return reasons | {"executor_peak_heap_bytes": ONE_PROCESS}


def _unsplit(*sizes: TableSize | None) -> dict[str, str]:
    """Why figures of storage are None."""
    return dict.fromkeys(SPLIT, NO_VERSIONS) if any(size and size.orphan_files is None for size in sizes) else {}


def _derived(case: Measured, wall_s: float, files: dict[str, int], size: TableSize | None) -> dict[str, float | None]:
    """Figures derived from measured ones."""
    rows = case.change.count if case.change else case.content.actual.rows if case.content.actual else None
    of_many = case.life or case.readings[-1].figures  # in which more is done than to change or read some rows
    per_s = rows / wall_s if rows is not None and not of_many else None
    if not case.subject.table or not size or not case.writes:
        return {"rows_per_s": per_s}
    return {"rows_per_s": per_s, **storage_figures(case.subject.table, files, size, case.content.actual, case.change)}


def _digest_record(content: Verified, digest: Digest | None) -> dict[str, Any]:
    hashed = digest is not None and content.hashed
    return {"rows": digest.rows if digest else None, "digest": digest.hex if digest and hashed else None}


def _unreported(case: Measured) -> dict[str, str]:
    """Counters that Spark doesn't see here: those that the input, the reader or the writer doesn't report."""
    source, table, filled = case.subject.source, case.subject.table, case.subject.filled
    return {
        **(source.input.unreported_reads if source else {}),
        # the rows of a change are kept in such files
        **(Parquet.unreported_reads if case.change or case.life or case.readings[-1].figures else {}),
        **(filled.format.unreported_reads if filled else {}),
        **(table.format.unreported_writes if table and case.writes else {}),
    }


def storage_figures(
    table: SessionTable, files: Mapping[str, int], size: TableSize, content: Digest | None, change: Change | None
) -> dict[str, float | None]:
    """What an operation did to a table's folder.

    - `space_amplification`: all bytes of the folder / bytes of its rows in a table that has just been created;
    - `write_amplification`: bytes of all files that are new or have another size / bytes of the changed rows, as
      such a table would hold them; None where no rows were changed;
    - `metadata_bytes_added`: what the metadata grew by, which for one commit is what a commit costs;
    - `freed_bytes`: by how much the folder shrank.
    """
    total = size.live_bytes + size.dead_bytes + size.metadata_bytes
    if not isinstance(table, FilledTable):
        return {"space_amplification": total / size.live_bytes if size.live_bytes else None}
    initial = table.initial_size
    fresh_bytes = content.rows * table.bytes_per_row if content else None
    changed_bytes = change.count * table.bytes_per_row if change else None
    before = initial.live_bytes + initial.dead_bytes + initial.metadata_bytes
    return {
        "space_amplification": total / fresh_bytes if fresh_bytes else None,
        "write_amplification": written_bytes(table, files) / changed_bytes if changed_bytes else None,
        "metadata_bytes_added": size.metadata_bytes - initial.metadata_bytes,
        "freed_bytes": max(0, before - total),
    }


def written_bytes(table: FilledTable, files: Mapping[str, int]) -> int:
    """Bytes of the files that are new, or of another size than in the restored table."""
    return sum(length for path, length in files.items() if table.initial_files.get(path) != length)
