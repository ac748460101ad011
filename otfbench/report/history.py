"""Saved runs over time: what each case took in each run, and what was another between two. Knows no page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otfbench.report.facts import Case
from otfbench.report.questions import label_of
from otfbench.runs.file import SavedRun
from otfbench.runs.record import Record
from otfbench.units import format_count, format_size

METRICS = {
    "wall_s": ("wall time, median", "s"),
    "cpu_s": ("CPU time, median", "s"),
    "peak_bytes": ("largest resident memory", "B"),
    "disk_bytes": ("bytes on disk", "B"),
    "jobs": ("jobs", "count"),
    "stages": ("stages", "count"),
    "tasks": ("tasks", "count"),
    "input_bytes": ("input bytes", "B"),
    "output_bytes": ("output bytes", "B"),
    "shuffle_write_bytes": ("shuffle bytes", "B"),
}
"""Metric -> what it is called, unit."""
_COUNTERS = ("jobs", "stages", "tasks", "input_bytes", "output_bytes", "shuffle_write_bytes")
_MACHINE = ("os", "cpu", "cores", "java", "python", "spark", "otfbench", "profile")
_OPTIONS = ("master", "driver_memory", "rounds", "warmup", "verify")


@dataclass(frozen=True)
class RunChange:
    """What a run had otherwise than the run before it, and its letter in the charts."""

    letter: str
    run: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The same operation on the same rows and input: a line per format. Only what is the same may share a line."""

    id: str
    operation: str
    label: str
    about: str
    """Rows, dataset and seed."""
    rows: tuple[tuple[Any, ...], ...]
    """Run, format, and a value per metric, None where there is none."""
    metrics: tuple[str, ...]
    """The metrics that say anything."""


@dataclass(frozen=True)
class History:
    """All runs, the oldest first, under names that are theirs alone."""

    runs: Mapping[str, SavedRun]
    formats: tuple[str, ...]
    changes: tuple[RunChange, ...]
    groups: tuple[Group, ...]


def history(saved: Iterable[SavedRun]) -> History:
    """The history of these runs, in whatever order they come."""
    runs = _named(sorted(saved, key=lambda run: run.at))
    control = {r["case"]["format"]: r["control"] for run in runs.values() for r in run.records.values()}
    formats = sorted((name for name in control if name), key=lambda name: (not control[name], name))
    return History(runs, tuple(formats), tuple(_changes(runs)), tuple(_groups(runs)))


def _named(runs: Sequence[SavedRun]) -> dict[str, SavedRun]:
    """Two machines may have saved runs under the same number."""
    times = Counter(run.name for run in runs)
    return {
        run.name if times[run.name] == 1 else f"{run.name} ({number})": run for number, run in enumerate(runs, start=1)
    }


def _changes(runs: Mapping[str, SavedRun]) -> Iterator[RunChange]:
    names = list(runs)
    number = 0
    for before, after in zip(names, names[1:], strict=False):
        changes = tuple(_differences(_identity(runs[before]), _identity(runs[after])))
        if changes:
            yield RunChange(_letter(number), after, changes)
            number += 1


def _letter(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    first, last = divmod(number, 26)
    return (_letter(first - 1) if first else "") + chr(ord("A") + last)


def _identity(run: SavedRun) -> dict[str, Any]:
    """What tells runs apart beside the code under test: versions, machine, options."""
    environment, options = run.run.environment, run.run.options
    memory = environment.get("memory_bytes")
    return {
        **{name: environment.get(name) for name in _MACHINE},
        "memory": format_size(memory) if memory else None,
        "executors": _executors(environment.get("executors")),
        **environment.get("formats", {}),
        **environment.get("inputs", {}),
        **{f"{name}'s own jars": ", ".join(jars) for name, jars in environment.get("own_jars", {}).items()},
        **{name: options.get(name) for name in _OPTIONS},
    }


def _executors(executors: Mapping[str, int] | None) -> str | None:
    if executors is None:
        return None
    return f"{format_count(executors['count'], 'executor')}, {format_count(executors['cores'], 'core')}"


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What both runs have, and differs; a format that one of them left out has not changed."""
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new and (None not in (old, new) or name.endswith("own jars")):
            yield f"{name.replace('_', ' ')} {old or 'none'} \u2192 {new or 'none'}"


def _groups(runs: Mapping[str, SavedRun]) -> Iterator[Group]:
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for name, run in runs.items():
        for record in run.records.values():
            case = record["case"]
            label = label_of(case["id"], case["format"])
            key = (case["operation"], label, case["dataset"], case["rows"], case["seed"])
            groups.setdefault(key, []).append((name, case["format"] or "", *_values(record)))
    for number, ((operation, label, dataset, rows, seed), lines) in enumerate(groups.items()):
        seeded = "" if seed is None else f", seed {seed}"
        telling = [m for column, m in enumerate(METRICS, start=2) if any(line[column] for line in lines)]
        about = f"{rows:,} rows of {dataset}{seeded}"
        yield Group(f"group-{number}", operation, label, about, tuple(lines), tuple(telling))


def _values(record: Record) -> Iterator[float | None]:
    """A value per metric, in their order."""
    case, stored = Case(record, "", None, None), record["storage"]
    yield round(case.median_s, 4)
    yield case.typical("process_cpu_s")
    yield case.peak("peak_rss_bytes")
    yield stored["live_bytes"] + stored["dead_bytes"] + stored["metadata_bytes"] if stored else None
    yield from (record["counters"].get(name) for name in _COUNTERS)
