"""Saved runs: found, read, checked. Knows nothing of how they were measured, or what is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import NotRequired, TypedDict

from otfbench import redaction
from otfbench.errors import RunFileError
from otfbench.hints import describe
from otfbench.runs.outcome import SCHEMA, Outcome, Run, Status
from otfbench.runs.record import Count, Record
from otfbench.spark.counters import COUNTERS

STORAGE = Path(".benchmarks")
"""Where pytest-benchmark saves runs, unless it is told otherwise."""


_MORE = ConfigDict(extra="allow")


class DatasetRecord(TypedDict):
    """The rows of a run; what else identifies them is in keys of their own kind."""

    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    rows: Count


class _Options(TypedDict):
    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    datasets: list[DatasetRecord]
    conf: NotRequired[dict[str, Any]]
    properties: NotRequired[dict[str, dict[str, Any]]]


class _Environment(TypedDict):
    __pydantic_config__ = _MORE  # type: ignore[misc]  # pydantic's way

    formats: dict[str, str | None]
    inputs: dict[str, str | None]
    own_jars: NotRequired[dict[str, dict[str, str]]]


class RulerRecord(TypedDict):
    """The same small write and read, timed in each JVM: seconds per round, and their median; None if it failed."""

    format: str
    when: Literal["before", "after"]
    rows: int
    rounds_s: list[float]
    median_s: Annotated[float, Field(gt=0)] | None
    failed: str | None


class OutcomeRecord(TypedDict):
    """What became of one selected case."""

    id: str
    nodeid: str
    status: Status
    reason: str | None
    verdict: str


class _RunRecord(TypedDict):
    schema: int
    environment: _Environment
    options: _Options
    load_per_core_before: float | None
    rulers: list[RulerRecord]
    fidelity: dict[str, list[dict[str, str | None]]]
    outcomes: list[OutcomeRecord]


def _current(record: object) -> object:
    """A case's record of an older schema as this one has it; anything else as it is."""
    if not isinstance(record, dict) or record.get("schema") != 1:
        return record
    renamed = {"unreported" if key == "unfed" else key: value for key, value in record.items()}
    return {"reported": None} | renamed | {"schema": SCHEMA}


class _Extra(TypedDict):
    otfbench: Annotated[Record, BeforeValidator(_current)]


class _Benchmark(TypedDict):
    extra_info: _Extra


class _File(TypedDict):
    __pydantic_config__ = ConfigDict(strict=False, allow_inf_nan=False)  # type: ignore[misc]  # pydantic's way

    datetime: datetime
    commit_info: dict[str, Any]
    benchmarks: list[_Benchmark]
    otfbench: _RunRecord


_FILE = TypeAdapter(_File)


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
    """The run that a file holds; raises RunFileError with the cause on one screen if it holds none."""
    document = redaction.redact_json(_document(path))  # it may be of a version that hid less
    run_record = document.get("otfbench")
    if not isinstance(run_record, dict):
        what = "pytest-benchmark's, of a run without otfbench" if "benchmarks" in document else "no run file"
        _refuse(path, f"it is {what}. Run: pytest benchmarks --benchmark-autosave")
    if isinstance(run_record.get("schema"), int) and run_record["schema"] > SCHEMA:
        _refuse(
            path, f"its schema is {run_record['schema']}, and this otfbench reads up to {SCHEMA}. Upgrade otfbench."
        )
    try:
        checked = _FILE.validate_python(document)
    except ValidationError as error:
        _refuse(path, _damage(error))
    return _saved(path, checked)


def find(name: str, folder: Path = STORAGE) -> Path:
    """The run file of this path, or the saved run whose number or name begins so; raises RunFileError."""
    if Path(name).is_file():
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


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        _refuse(path, f"{error.strerror}.")
    except UnicodeDecodeError:
        _refuse(path, "it is no text.")
    except ValueError as error:
        _refuse(path, f"it is no JSON, or was cut off: {error}.")
    if not isinstance(document, dict):
        _refuse(path, "it is JSON, but no run file.")
    return document


def _damage(error: ValidationError) -> str:
    """The first places that are not as a run file has them."""
    details = error.errors()
    lines = [f"  {'.'.join(map(str, detail['loc']))}: {describe(detail)}" for detail in details[:3]]
    more = [f"  and {len(details) - 3} more"] if len(details) > 3 else []
    why = "it was changed by hand, or written by another version of otfbench:"
    return "\n".join([why, *lines, *more])


def _saved(path: Path, checked: _File) -> SavedRun:
    run_record, commit = checked["otfbench"], checked["commit_info"]
    run = Run(
        dict(run_record["environment"]),
        dict(run_record["options"]),
        load_per_core=run_record["load_per_core_before"],
        fidelity=run_record["fidelity"],
    )
    run.rulers = [dict(ruler) for ruler in run_record["rulers"]]
    run.outcomes = {outcome["nodeid"]: Outcome(**outcome) for outcome in run_record["outcomes"]}
    records = [benchmark["extra_info"]["otfbench"] for benchmark in checked["benchmarks"]]
    _check_ids(path, [record["case"]["id"] for record in records])
    for record in records:
        absent = [name for name in COUNTERS if name not in record["counters"]]
        if absent or not record["rounds"]:
            _refuse(path, f"{record['case']['id']} has no {', '.join(absent) or 'rounds'}: it was changed by hand.")
    by_id = {record["case"]["id"]: record for record in records}
    return SavedRun(path, checked["datetime"], _known(commit.get("id")), _known(commit.get("branch")), run, by_id)


def _known(text: str | None) -> str | None:
    """What pytest-benchmark knows of a checkout: it says `unversioned` and `(unknown)` where it knows nothing."""
    return None if text is None or text == "unversioned" or text.startswith("(") else text


def _check_ids(path: Path, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            _refuse(path, f"the case {name} is there twice: it was changed by hand.")
        seen.add(name)


def _refuse(path: Path, why: str) -> NoReturn:
    raise RunFileError(f"{path} can't be read as a run: {why}")
