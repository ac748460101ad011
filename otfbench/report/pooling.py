"""Several runs of one configuration as one: each is a block of JVMs of its own. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, cast

from otfbench.compare.provenance import of_cases, of_data, of_machines, of_settings
from otfbench.errors import IncomparableError, UsageError
from otfbench.report.facts import Facts, facts
from otfbench.runs.file import SavedRun
from otfbench.runs.outcome import Outcome, Status
from otfbench.runs.record import Record

_WORST_FIRST = ("unequal", "unchecked", "equal to Spark's reading", "equal")


def pooled(runs: Sequence[SavedRun]) -> Facts:
    """What a report shows of all runs together; raises IncomparableError if one is of another configuration.

    A case has the rounds of all runs; what it left on disk, and its counters, are those of the last one.
    """
    first, last = runs[0], runs[-1]
    paths = [each.path.resolve() for each in runs]
    if twice := next((each for each in runs if paths.count(each.path.resolve()) > 1), None):
        raise UsageError(f"{twice.name} is named twice; each run has its JVMs once.")
    for other in runs[1:]:
        if difference := next(_differences(first, other), None):
            raise IncomparableError(
                f"{first.name} and {other.name} can't be pooled: {difference}. Without --pool, the last one is compared"
                " with the others."
            )
    ids = dict.fromkeys(chain.from_iterable(run.records for run in runs))
    records = [_pooled([run.records[each] for run in runs if each in run.records]) for each in ids]
    fidelity = {name: cells for each in runs for name, cells in each.run.fidelity.items()}
    run = replace(last.run, outcomes=_outcomes(runs), fidelity=fidelity)
    blocks = [(each.run, list(each.records.values())) for each in runs]
    return facts(run, records, ", ".join(each.name for each in runs), last.at, blocks)


def _differences(first: SavedRun, other: SavedRun) -> Iterator[str]:
    """In what two runs differ that is no result."""
    yield from of_machines(first.run, other.run)
    yield from of_settings(first.run, other.run)
    for name, record in first.records.items():
        if name in other.records:
            data = of_data(record, other.records[name])
            yield from (f"{name}: {each}" for each in [*filter(None, [data]), *of_cases(record, other.records[name])])


def _pooled(records: Sequence[Record]) -> Record:
    last = records[-1]
    counters = {name for each in records for name, count in each["counters"].items() if count != last["counters"][name]}
    return cast(
        Record,
        {
            **last,
            "verdict": min((each["verdict"] for each in records), key=_WORST_FIRST.index),
            "rounds": [measured for each in records for measured in each["rounds"]],
            "unstable": sorted(counters.union(*(each["unstable"] for each in records))),
        },
    )


def _outcomes(runs: Sequence[SavedRun]) -> dict[str, Outcome]:
    """Of each case the last one, or that of a run in which it passed."""
    outcomes: dict[Any, Outcome] = {}
    for run in runs:
        for name, outcome in run.run.outcomes.items():
            if name not in outcomes or outcomes[name].status is not Status.PASSED:
                outcomes[name] = outcome
    return outcomes
