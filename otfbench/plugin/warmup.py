"""The warm-up of a session: a workload of each family of its cases, on small data. Times nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from inspect import isgenerator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.errors import OtfbenchError, UnsupportedError, UsageError
from otfbench.formats.model import SHIPPED
from otfbench.measure.ageing import Ageing
from otfbench.measure.prepared import Prepared
from otfbench.plugin import cases
from otfbench.plugin.case_tables import CaseTables
from otfbench.spark.causes import first_cause
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from otfbench.data.dataset import Dataset
    from otfbench.tables.session import Session

_TABLE = "warm_up"


def warm_up(items: Iterable[pytest.Item], prepared: Prepared, session: Session, log: Path) -> None:
    """Run a workload of each family of the session's cases on small data: no case pays for classes that all need.

    What is special about a workload, an input or a variant is met in the case's own warm-up rounds. A run without
    warm-up rounds has no warm-up of sessions, either. What fails is said: the rounds of its case are the first of their
    kind in the JVM.
    """
    for item in _one_each(items, prepared, session) if prepared.bench.config.warmup else ():
        try:
            _run_once(item, prepared, session)
        except UnsupportedError:
            continue  # the case tells
        except Exception as error:
            with suppress(OSError), log.open("a") as file:
                file.write(f"\n--- warm-up of {cases.case_id(item)} failed ---\n{traceback.format_exc()}\n")
            if session.jvm.ended_by(error):
                return  # the case tells
            cause = str(error) if isinstance(error, OtfbenchError) else first_cause(error)
            cost = "its first rounds pay for it"
            prepared.bench.say(f"warning: the warm-up of {cases.case_id(item)} failed, {cost}: {cause.splitlines()[0]}")


def _one_each(items: Iterable[pytest.Item], prepared: Prepared, session: Session) -> list[pytest.Function]:
    """The first case of each family and of each kind of subject that runs in this session."""
    first: dict[object, pytest.Function] = {}
    for item in items:
        if isinstance(item, pytest.Function) and cases.is_timed(item) and _is_possible(item, prepared):
            if cases.jvm_of(item) == (session.format.name, bool(session.guests)):
                first.setdefault((item.path, cases.parameter(item, cases.INPUT) is not None), item)
    return list(first.values())


def _is_possible(item: pytest.Item, prepared: Prepared) -> bool:
    try:
        return cases.why_impossible(item, prepared) is None
    except Exception:  # of a plugin; the case tells
        return False


def _run_once(item: pytest.Function, prepared: Prepared, session: Session) -> None:
    """Call the workload with its fixtures, ours and the user's, on small data; what measures calls the action once."""
    variant = cases.parameter(item, cases.VARIANT) or SHIPPED
    small = prepared.rows.small[cases.dataset_of(item, prepared).name]
    tables = CaseTables(session, small, variant, _TABLE, f"{_TABLE}_{small.name}", loaded_only=True)
    values: dict[str, Any] = {"prepared": prepared, "dataset": small, "format_session": session, "case_tables": tables}
    params = item.callspec.params if hasattr(item, "callspec") else {}
    info = item._fixtureinfo  # pytest has no public way from a test to its fixtures

    def value(name: str) -> Any:
        if name not in values:
            # Of pytest's request only `param` can be had without a case.
            given = {"request": SimpleNamespace(param=params[name])} if name in params else {}
            wanted = partial(_given_or_built, given, value)
            values[name] = _build(name, info.name2fixturedefs.get(name, ()), wanted, stack)
        return values[name]

    def restore_tables() -> None:
        for each in values.values():
            if isinstance(each, SessionTable):
                each.restore()

    def measure(action: Callable[..., Any], *args: Any, expect: Dataset | DataFrame) -> None:
        values.update({f"argument {number}": each for number, each in enumerate(args)})
        restore_tables()
        action(*args)

    values |= {"measure": measure, "measure_life": partial(_live_once, value), "search_files": lambda **steps: None}
    with session.variant_conf(variant), ExitStack() as stack:
        item.function(**{name: value(name) for name in info.argnames})
        restore_tables()


def _live_once(value: Callable[[str], Any], upkeep_every: int | None = None, **reads: Callable[[], object]) -> None:
    """The first round of a life, with upkeep if it has any."""
    ageing = Ageing(value("table"), value("life"), reads, 1 if upkeep_every else None)
    ageing.restore()
    ageing.prepare()
    ageing.live()


def _given_or_built(given: Mapping[str, Any], value: Callable[[str], Any], name: str) -> Any:
    return given[name] if name in given else value(name)


def _build(
    name: str, definitions: Sequence[pytest.FixtureDef[Any]], value: Callable[[str], Any], stack: ExitStack
) -> Any:
    """What a fixture gives by the last of its definitions; one with a `yield` goes on when the warm-up ends.

    A definition that asks for its own name gets what the one before it gives.
    """
    if not definitions:
        raise UsageError(f"{name} is there in a case only")
    *earlier, fixture = definitions
    asked = {each: _build(name, earlier, value, stack) if each == name else value(each) for each in fixture.argnames}
    result = fixture.func(**asked)
    if not isgenerator(result):
        return result
    stack.callback(next, result, None)
    return next(result)
