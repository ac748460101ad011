"""The stored numbers of the counter gate: made of a run, read, as text. Judges nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import JsonValue, TypeAdapter
from typing_extensions import TypedDict

from otfbench.compare.metrics import GATED, KINDS, STORAGE, figures, unstable
from otfbench.compare.provenance import differing, renamed, run_kind, settings
from otfbench.errors import RunFileError, UsageError
from otfbench.runs import document
from otfbench.runs.outcome import Run, Status
from otfbench.runs.record import Count, Record, Share

SCHEMA = 1
_PLACES = ("path", "files", "bytes")
"""What a run file says of user data that is not its content."""


class GatedCase(TypedDict):
    """The gated numbers of one case, and the share by which some of bytes may differ; others are exact."""

    counters: dict[str, Count]
    storage: dict[str, Count]
    tolerances: dict[str, Share]


class BaselineFile(TypedDict):
    """The content of a baseline file."""

    schema: int
    suite: str
    datasets: list[dict[str, JsonValue]]
    kind: dict[str, JsonValue]
    settings: dict[str, JsonValue]
    cases: dict[str, GatedCase]


_CONTENT = TypeAdapter(BaselineFile)


@dataclass(frozen=True)
class Baseline:
    """What a run is held to; `kind` and `settings` by the names of otfbench.compare.provenance."""

    suite: str
    datasets: Sequence[Mapping[str, Any]]
    kind: Mapping[str, Any]
    settings: Mapping[str, Any]
    cases: Mapping[str, GatedCase]

    def numbers(self, case: str) -> dict[str, int]:
        """All gated numbers of a case."""
        return self.cases[case]["counters"] | self.cases[case]["storage"]


def of_run(run: Run, records: Mapping[str, Record]) -> Baseline:
    """A baseline of everything in the run that can be gated; raises UsageError if a case of it has failed."""
    broken = [outcome.id for outcome in run.outcomes.values() if outcome.status not in (Status.PASSED, Status.SKIPPED)]
    if broken:
        raise UsageError(
            f"A baseline is made of a run in which no case failed. Here failed: {', '.join(broken[:5])}"
            f"{f' and {len(broken) - 5} more' if len(broken) > 5 else ''}. Nothing was written."
        )
    if not records:
        raise UsageError("A baseline is made of a run with numbers, and this one has none. Nothing was written.")
    cases = {name: _gated(records[name]) for name in sorted(records)}
    if not any(case["counters"] or case["storage"] for case in cases.values()):
        raise UsageError("No counter of this run can be gated: all differ between rounds, or are unknown.")
    return Baseline(run.options.get("suite", ""), data_of(run), run_kind(run), settings(run), cases)


def data_of(run: Run) -> list[dict[str, Any]]:
    """The datasets of a run, without where they lie."""
    return [{key: value for key, value in each.items() if key not in _PLACES} for each in run.options["datasets"]]


def read(path: Path) -> Baseline:
    """The baseline that a file holds; raises RunFileError if it holds none."""
    content = _content(path)
    if isinstance(content.get("schema"), int) and content["schema"] > SCHEMA:
        newer = document.shown(str(content["schema"]))
        _refuse(path, f"its schema is {newer}, and this otfbench reads up to {SCHEMA}. Upgrade otfbench.")
    if "benchmarks" in content:
        _refuse(path, "it is a run file. The run is the argument, --baseline the file that it is held to.")
    try:
        checked = document.check(_CONTENT, content)
    except ValueError as error:
        _refuse(path, f"at {error}. Was it changed by hand?")
    for fault in _faults(checked["cases"]):
        _refuse(path, f"{document.shown(fault)}. Was it changed by hand?")
    kind = {name: renamed(value) if name == "parallelism" else value for name, value in checked["kind"].items()}
    return Baseline(checked["suite"], checked["datasets"], kind, checked["settings"], checked["cases"])


def _faults(cases: Mapping[str, GatedCase]) -> Iterator[str]:
    """What no baseline holds that was made of a run; a gate that checks nothing would be green over anything."""
    numbers = {name for case in cases.values() for name in (*case["counters"], *case["storage"])}
    tolerances = {name for case in cases.values() for name in case["tolerances"]}
    if unknown := (numbers | tolerances) - set(KINDS):
        yield f"nobody measures {', '.join(sorted(unknown))}"
    if exact := [name for name in sorted(tolerances) if not name.endswith("_bytes")]:
        yield f"only bytes have a tolerance, not {', '.join(exact)}"
    if not any(KINDS.get(name) in GATED for name in numbers):
        yield "it holds no number that a run could be held to"


def text(baseline: Baseline) -> str:
    """The file: a line per group of numbers of a case, cases in the order of their names, so that diffs are small."""
    head = {"schema": SCHEMA, "suite": baseline.suite}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    lines += [' "datasets": [', *_comma([f"  {json.dumps(each)}" for each in baseline.datasets]), " ],"]
    for key, values in (("kind", baseline.kind), ("settings", baseline.settings)):
        entries = _comma([f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()])
        lines += [f' "{key}": {{', *entries, " },"]
    lines += [' "cases": {', *_comma([_case_text(name, case) for name, case in baseline.cases.items()])]
    return "\n".join(["{", *lines, " }", "}"]) + "\n"


def diff(old: Baseline, new: Baseline) -> Iterator[str]:
    """What differs in the new one, a line each."""
    yield from differing({**old.kind, **old.settings}, {**new.kind, **new.settings})
    if old.suite != new.suite or old.datasets != new.datasets:
        yield f"data: {old.suite}, {old.datasets} -> {new.suite}, {new.datasets}"
    for case in sorted({*old.cases, *new.cases}):
        if case not in new.cases:
            yield f"{case}: removed"
        elif case not in old.cases:
            yield f"{case}: new"
        elif old.cases[case] != new.cases[case]:
            before, now = old.numbers(case), new.numbers(case)
            names = [name for name in KINDS if before.get(name) != now.get(name)]
            changes = [f"{name} {_known(before.get(name))} -> {_known(now.get(name))}" for name in names]
            yield f"{case}: {', '.join(changes) or 'tolerances'}"


def _known(value: int | None) -> str:
    return "not gated" if value is None else str(value)


def _gated(record: Record) -> GatedCase:
    """What is judged of a case: costs and work, where they are known and did not differ between rounds."""
    differing_in_rounds = unstable(record)
    numbers = {
        name: value
        for name, value in figures(record).items()
        if value is not None and name not in differing_in_rounds and KINDS[name] in GATED
    }
    return {
        "counters": {name: value for name, value in numbers.items() if name not in STORAGE},
        "storage": {name: value for name, value in numbers.items() if name in STORAGE},
        "tolerances": {name: share for name, share in sorted(record["tolerances"].items()) if name in numbers},
    }


def _case_text(name: str, case: GatedCase) -> str:
    groups = _comma([f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in case.items()])
    return "\n".join([f"  {json.dumps(name)}: {{", *groups, "  }"])


def _comma(lines: list[str]) -> list[str]:
    return [line + "," for line in lines[:-1]] + lines[-1:]


def _content(path: Path) -> dict[str, Any]:
    try:
        return document.load(path, "baseline")
    except OSError as error:
        _refuse(path, f"{error.strerror}. The first one is made by: otfbench gate RUN --baseline {path} --update")
    except ValueError as error:
        _refuse(path, f"{error}.")


def _refuse(path: Path, why: str) -> NoReturn:
    raise RunFileError(f"{path} can't be read as a baseline: {why}") from None
