"""The counter gate: a run held to a stored baseline. Judges by metrics.KINDS; knows no time, and prints nothing.

COST   more than the baseline, beyond its tolerance: red; less: an improvement, which passes
WORK   more or less: red, for other work was done
FAULT  anything but zero: red, whatever the baseline holds, for its other counters can't be trusted
NOTE   never judged

A case of the baseline that has no number is red. What differed between rounds or could not be measured is not judged,
and reported.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from otfbench.compare.baseline import Baseline, data_of
from otfbench.compare.metrics import GATED, KINDS, Kind, figures, unstable
from otfbench.compare.provenance import VERSION, differing, run_kind, settings
from otfbench.compare.tolerances import differs
from otfbench.config.schema import GateException
from otfbench.data import generated
from otfbench.errors import ConfigError, IncomparableError
from otfbench.hints import did_you_mean
from otfbench.runs.outcome import Outcome, Run, Status
from otfbench.runs.record import Record, RoundRecord

NO_TIME = (
    "Time is not gated against a stored number: the same code takes longer on another machine, or on the same one an"
    " hour later, by more than most changes make. Gate counters, which repeat; look at times of two runs of one"
    " machine with: otfbench compare BASE HEAD"
)
_NOT_RUN = "it was not run: select it (no -k, the same suite and formats), or accept that it is gone"
_TIMES = ("time", "median", "mean", "min", *RoundRecord.__annotations__)


@dataclass(frozen=True)
class Finding:
    """Something about a case, or about one figure of it; `base` and `now` are None where there is no number."""

    case: str
    figure: str | None
    base: int | None
    now: int | None
    why: str
    reproduce: str | None = None


@dataclass(frozen=True)
class Judgement:
    """What the gate says of a run."""

    checked: int
    """How many numbers were compared."""
    red: tuple[Finding, ...]
    excused: tuple[tuple[Finding, GateException], ...]
    improved: tuple[Finding, ...]
    new: tuple[str, ...]
    ungated: tuple[Finding, ...]
    unused: tuple[GateException, ...]
    """Exceptions that excused nothing: they can go."""
    settings: tuple[str, ...]
    """Settings of the YAML file that are others than the baseline's: what changed may be due to them."""


def check(exceptions: Sequence[GateException], today: date) -> None:
    """Raises ConfigError if an exception has expired, or is about something that is never gated."""
    mistakes = []
    for number, each in enumerate(exceptions):
        name = f"gate.exceptions[{number}] ({each.case}{f', {each.counter}' if each.counter else ''})"
        if each.until < today:
            mistakes.append(f"{name} has expired on {each.until} ({each.reason}): mend what it excused, or renew it.")
        if each.counter in _TIMES:
            mistakes.append(f"{name}: {NO_TIME}")
        elif each.counter is not None and KINDS.get(each.counter) in (None, Kind.NOTE):
            gated = [figure for figure, kind in KINDS.items() if kind is not Kind.NOTE]
            mistakes.append(f"{name}: nobody gates that.{did_you_mean(each.counter, gated)} Gated: {', '.join(gated)}.")
    if mistakes:
        raise ConfigError("\n".join(mistakes))


def judge_run(
    baseline: Baseline, run: Run, records: Mapping[str, Record], exceptions: Sequence[GateException] = ()
) -> Judgement:
    """Hold a run to a baseline; raises IncomparableError if it is one of other data, versions or threads.

    So it does where nothing is red, and nothing could be compared either: that is no run to be content with.
    """
    refuse_other(baseline, run)
    outcomes = {outcome.id: outcome for outcome in run.outcomes.values()}
    judged = [each for case in baseline.cases for each in _case(baseline, case, run, outcomes, records.get(case))]
    worse, improved, ungated = (
        [finding for verdict, finding in judged if verdict == wanted] for wanted in ("red", "improved", "ungated")
    )
    strangers = [outcome for outcome in outcomes.values() if outcome.id not in baseline.cases]
    ungated += [
        Finding(o.id, None, None, None, o.fate) for o in strangers if o.status in (Status.FAILED, Status.CRASHED)
    ]
    excused = [(each, why) for each in worse if (why := _excuse(each, exceptions))]
    used = {id(why) for _, why in excused}
    red = tuple(each for each in worse if not _excuse(each, exceptions))
    compared = [each for verdict, each in judged if verdict != "ungated" and _is_gated(each.figure)]
    if not red and not compared:
        raise IncomparableError(
            "No number of the run could be held to the baseline: all are excused, differ between rounds, or are unknown"
        )
    return Judgement(
        checked=len(compared),
        red=red,
        excused=tuple(excused),
        improved=tuple(improved),
        new=tuple(sorted(set(records) - set(baseline.cases))),
        ungated=tuple(ungated),
        unused=tuple(each for each in exceptions if id(each) not in used),
        settings=tuple(differing(baseline.settings, settings(run))),
    )


def _is_gated(figure: str | None) -> bool:
    return figure is not None and KINDS[figure] in GATED


def _case(
    baseline: Baseline, case: str, run: Run, outcomes: Mapping[str, Outcome], record: Record | None
) -> Iterator[tuple[str, Finding]]:
    """The findings of one case of the baseline, each with its verdict: red, improved, same or ungated."""
    command = _reproduce(run, outcomes.get(case), record)
    if record is None:
        yield "red", Finding(case, None, None, None, outcomes[case].fate if case in outcomes else _NOT_RUN, command)
        return
    if record["verdict"] == "unequal":
        yield "red", Finding(case, None, None, None, "it holds other rows than it must", command)
    yield from _figures(baseline, case, record, command)


def refuse_other(baseline: Baseline, run: Run) -> None:
    """Raises IncomparableError, with all that differs, if the baseline is one of another kind of run, or other data."""
    now = run_kind(run)
    # A run of fewer formats lacks their versions; that their cases are missing is reported case by case.
    both = [name for name in now if name in baseline.kind]
    names = [name for name in {**baseline.kind, **now} if name in both or not name.startswith(VERSION)]
    differences = list(
        differing({name: baseline.kind.get(name) for name in names}, {name: now.get(name) for name in names})
    )
    if baseline.datasets != data_of(run):
        differences.append(f"data: {baseline.datasets}, now {data_of(run)}")
    if differences:
        raise IncomparableError(
            "The baseline is of another kind of run:\n  "
            + "\n  ".join(differences)
            + "\nRun the suite as the baseline was made, or take this run as the new one: --update"
        )


def _figures(baseline: Baseline, case: str, record: Record, command: str | None) -> Iterator[tuple[str, Finding]]:
    """What is to be said of each figure of a case, and whether it is red."""
    numbers, tolerances = baseline.numbers(case), baseline.cases[case]["tolerances"]
    for name, now in figures(record).items():
        base, meaning = numbers.get(name), KINDS[name]
        if meaning is Kind.FAULT and now:
            yield "red", Finding(case, name, 0, now, "tasks failed and ran again: look into the log", command)
        if meaning not in GATED or base is None and now is None:
            continue
        if name in unstable(record):
            yield "ungated", Finding(case, name, base, now, "differed between rounds")
        elif base is None:
            yield "ungated", Finding(case, name, base, now, "is not in the baseline yet")
        elif now is None:
            yield "ungated", Finding(case, name, base, now, record["unreported"].get(name, "could not be measured"))
        elif differs(name, base, now, tolerances):
            better = meaning is Kind.COST and now < base
            why = "less work" if better else "more work" if meaning is Kind.COST else "other work"
            yield "improved" if better else "red", Finding(case, name, base, now, why, command)
        else:
            yield "same", Finding(case, name, base, now, "")


def _excuse(finding: Finding, exceptions: Sequence[GateException]) -> GateException | None:
    for each in exceptions:
        if each.case == finding.case and each.counter in (None, finding.figure):
            return each
    return None


def _reproduce(run: Run, outcome: Outcome | None, record: Record | None) -> str | None:
    """The command that runs this case alone, as it was run; own data is named by the YAML file.

    pytest leaves the file out of the id of a case whose file, outside of its root folder, was named alone.
    """
    if outcome is None:
        return None
    options = [f"--otf-suite {run.options.get('suite', 'default')}"]
    datasets = run.options["datasets"]
    if all(each.get("name") in generated.names() and "seed" in each for each in datasets):
        # a wide one has fewer than asked
        first = datasets[0]
        factor = 1000 // generated.rows_of(first["name"], 1000)
        asked = ",".join(str(each["rows"] * factor) for each in datasets if each["name"] == first["name"])
        options += [f"--otf-dataset {','.join(dict.fromkeys(each['name'] for each in datasets))}"]
        options += [f"--otf-rows {asked} --otf-seed {first['seed']}"]
    file = f"test_{record['case']['family']}.py" if record and outcome.nodeid.startswith("::") else ""
    return f"otfbench run {shlex.quote(file + outcome.nodeid)} {' '.join(options)}"
