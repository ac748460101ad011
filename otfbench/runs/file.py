"""Saved runs: found, read, checked. Knows nothing of how they were measured, or what is made of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

from otfbench.errors import RunFileError
from otfbench.runs import document
from otfbench.runs.outcome import SCHEMA, Outcome, Run
from otfbench.runs.record import Record
from otfbench.runs.schema import RUN_FILE, RunFile
from otfbench.spark.counters import COUNTERS

STORAGE = Path(".benchmarks")
"""Where pytest-benchmark saves runs, unless it is told otherwise."""


@dataclass(frozen=True)
class SavedRun:
    """One run file: what the run was, and what it says of each case that has a number, by case id.

    `at` is when it was saved. `commit` and `branch` are those of the working directory; None without a repository.
    """

    path: Path
    at: datetime
    commit: str | None
    branch: str | None
    run: Run
    records: Mapping[str, Record]

    @property
    def name(self) -> str:
        """The number that pytest-benchmark gave the file, or the file's name."""
        number, _, rest = self.path.stem.partition("_")
        return number if rest and number.isdigit() else self.path.stem


def read(path: Path) -> SavedRun:
    """The run that a file holds, checked whole; raises RunFileError with the cause in one line if it holds none."""
    content = _content(path)
    run_record = content.get("otfbench")
    if not isinstance(run_record, dict):
        what = "pytest-benchmark's, of a run without otfbench" if "benchmarks" in content else "no run file"
        _refuse(path, f"it is {what}. Run: pytest benchmarks --benchmark-autosave")
    if isinstance(run_record.get("schema"), int) and run_record["schema"] > SCHEMA:
        newer = document.shown(str(run_record["schema"]))
        _refuse(path, f"its schema is {newer}, and this otfbench reads up to {SCHEMA}. Upgrade otfbench.")
    content["benchmarks"] = _ours(content.get("benchmarks"), run_record.get("outcomes"))
    try:
        checked = document.check(RUN_FILE, content)
    except ValueError as error:
        _refuse(path, f"it was changed by hand, or written by another version of otfbench: {error}.")
    for fault in _contradictions(checked):
        _refuse(path, f"{document.shown(fault)}: it was changed by hand.")
    return _saved(path, checked)


def find_run(name: str, folder: Path = STORAGE) -> Path:
    """The run file of this path, or the saved run whose number or name begins so; raises RunFileError."""
    if os.path.isfile(name):  # Path's own raises where a name is too long
        return Path(name)
    matches = [path for path in saved(folder) if path.stem == name or path.stem.split("_")[0] == name.zfill(4)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise RunFileError(f"More than one saved run is {name!r}: {', '.join(map(str, matches))}. Name the file.")
    known = ", ".join(path.stem.split("_")[0] for path in saved(folder)[-10:]) or "none"
    raise RunFileError(f"There is no run {name!r}: no such file, and saved in {folder} are: {known}.")


def saved(folder: Path = STORAGE) -> Sequence[Path]:
    """The run files of a storage folder, of all machines, in the order of their numbers."""
    return sorted(folder.glob("**/*.json"), key=lambda path: (path.name, path))


def _content(path: Path) -> dict[str, Any]:
    try:
        return document.load(path, "run file")
    except OSError as error:
        _refuse(path, f"{error.strerror}.")
    except ValueError as error:
        _refuse(path, f"{error}.")


def _ours(benchmarks: Any, outcomes: Any) -> Any:
    """The benchmarks without tests of the same session that are no cases; as they are if damaged."""
    if not isinstance(benchmarks, list) or not isinstance(outcomes, list):
        return benchmarks
    cases = [each.get("nodeid") for each in outcomes if isinstance(each, dict)]
    return [each for each in benchmarks if not _is_plain(each, cases)]


def _is_plain(benchmark: Any, cases: Container[Any]) -> bool:
    """Whether the benchmark is of a test that knows nothing of otfbench."""
    if not isinstance(benchmark, dict) or not isinstance(benchmark.get("extra_info"), dict):
        return False
    name = benchmark.get("fullname")
    return isinstance(name, str) and name not in cases and "otfbench" not in benchmark["extra_info"]


def _contradictions(checked: RunFile) -> Iterator[str]:
    """What no run writes, though each part has its type."""
    records = [benchmark["extra_info"]["otfbench"] for benchmark in checked["benchmarks"]]
    outcomes = checked["otfbench"]["outcomes"]
    known = {outcome["id"] for outcome in outcomes}
    for name, count in Counter(record["case"]["id"] for record in records).items():
        if count > 1:
            yield f"the case {name} is there twice"
    for node, count in Counter(outcome["nodeid"] for outcome in outcomes).items():
        if count > 1:
            yield f"{node} has two outcomes"
    for record in records:
        case = record["case"]
        if case["id"] not in known or case["id"].partition("[")[0] != case["operation"]:
            yield f"no outcome is that of the case {case['id']} of the operation {case['operation']}"
        if absent := [name for name in COUNTERS if name not in record["counters"]]:
            yield f"{case['id']} has no {', '.join(absent)}"


def _saved(path: Path, checked: RunFile) -> SavedRun:
    run_record, commit = checked["otfbench"], checked["commit_info"]
    run = Run(
        dict(run_record["environment"]),
        dict(run_record["options"]),
        jvms=run_record.get("jvms", "apart"),
        order_seed=run_record.get("order_seed"),
        idle={name: dict(cast(Any, used)) for name, used in run_record.get("idle", {}).items()},
        spent=dict(run_record.get("spent", {})),
        load_per_core=run_record["load_per_core_before"],
        fidelity=cast(Any, run_record["fidelity"]),  # mypy takes a typed dictionary for no dictionary
    )
    run.rulers = [dict(ruler) for ruler in run_record["rulers"]]
    run.outcomes = {outcome["nodeid"]: Outcome(**outcome) for outcome in run_record["outcomes"]}
    records = [benchmark["extra_info"]["otfbench"] for benchmark in checked["benchmarks"]]
    by_id = {record["case"]["id"]: record for record in records}
    return SavedRun(path, checked["datetime"], _known(commit.get("id")), _known(commit.get("branch")), run, by_id)


def _known(text: str | None) -> str | None:
    """What pytest-benchmark knows of a checkout: it says `unversioned` and `(unknown)` where it knows nothing."""
    return None if text is None or text == "unversioned" or text.startswith("(") else text


def _refuse(path: Path, why: str) -> NoReturn:
    raise RunFileError(f"{path} can't be read as a run: {why}") from None
