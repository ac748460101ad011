"""The warm-up of a session: a workload of each family of its cases, on small data. Times nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from inspect import isgenerator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.errors import OtfbenchError, UnsupportedError, UsageError
from otfbench.formats.model import SHIPPED
from otfbench.measure.bench import Bench
from otfbench.plugin import cases
from otfbench.plugin.case_tables import CaseTables
from otfbench.registry import load_input
from otfbench.spark.causes import first_cause
from otfbench.tables.table import SessionTable, State

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from otfbench.data.dataset import Dataset
    from otfbench.tables.session import Session

_TABLE = "warm_up"


def warm_up(items: Iterable[pytest.Item], bench: Bench, session: Session, log: Path) -> None:
    """Run a workload of each family of the session's cases on small data: no case pays for classes that all need.

    What is special about a workload, an input or a variant is met in the case's own warm-up rounds. A run without
    warm-up rounds has no warm-up of sessions, either. What fails is said: the rounds of its case are the first of their
    kind in the JVM.
    """
    for item in _one_each(items, bench, session) if bench.config.warmup else ():
        try:
            _run_once(item, bench, session)
        except UnsupportedError:
            continue  # the case tells
        except Exception as error:
            with log.open("a") as file:
                file.write(f"\n--- warm-up of {cases.case_id(item)} failed ---\n{traceback.format_exc()}\n")
            if session.jvm.ended_by(error):
                return  # the case tells
            cause = str(error) if isinstance(error, OtfbenchError) else first_cause(error)
            cost = "its first rounds pay for it"
            bench.say(f"warning: the warm-up of {cases.case_id(item)} failed, {cost}: {cause.splitlines()[0]}")


def _one_each(items: Iterable[pytest.Item], bench: Bench, session: Session) -> list[pytest.Function]:
    """The first case of each family and of each kind of subject that runs in this session."""
    first: dict[object, pytest.Function] = {}
    for item in items:
        if isinstance(item, pytest.Function) and cases.is_timed(item) and not cases.why_impossible(item, bench):
            if cases.jvm_of(item) == (session.format.name, bool(session.guests)):
                first.setdefault((item.path, "source" in item.fixturenames), item)
    return list(first.values())


def _run_once(item: pytest.Function, bench: Bench, session: Session) -> None:
    """Call the workload with stand-ins for our fixtures, and with the user's own, which are built of these."""
    variant = cases.parameter(item, cases.VARIANT) or SHIPPED
    small = bench.small[cases.dataset_of(item, bench).name]
    info = item._fixtureinfo  # pytest has no public way from a test to its fixtures
    tables = CaseTables(session, small, variant, _TABLE, f"{_TABLE}_{small.name}")
    values: dict[str, Any] = {"bench": bench, "dataset": small, "format_session": session, "spark": session.spark}
    params = item.callspec.params if hasattr(item, "callspec") else {}
    stand_ins = _stand_ins(item, bench, tables)

    def value(name: str) -> Any:
        if name not in values:
            values[name] = stand_ins[name]() if name in stand_ins else _built(info, name, params, value, stack)
        return values[name]

    def restore_tables() -> None:
        for each in values.values():
            if isinstance(each, SessionTable):
                each.restore()

    def measure(action: Callable[..., Any], *args: Any, expect: Dataset | DataFrame) -> None:
        values.update({f"argument {number}": each for number, each in enumerate(args)})
        restore_tables()
        action(*args)

    values["measure"] = measure
    with session.variant_conf(variant), ExitStack() as stack:
        item.function(**{name: value(name) for name in info.argnames})
        restore_tables()


def _stand_ins(item: pytest.Function, bench: Bench, tables: CaseTables) -> dict[str, Callable[[], Any]]:
    """Fixture -> what builds its stand-in; a table that was aged, compacted or widened is one that was loaded."""
    loaded = ("table", "aged", "compacted", "widened")
    return {
        "source": lambda: bench.source(tables.dataset, load_input(cases.parameter(item, cases.INPUT) or "")),
        "source_table": lambda: bench.tables[cases.parameter(item, cases.SOURCE_FORMAT) or ""],
        "target": tables.target,
        "partitioned_target": lambda: tables.target(partitioned=True),
        "partitioned": lambda: tables.filled(State.LOADED, partitioned=True),
        **dict.fromkeys(loaded, lambda: tables.filled(State.LOADED)),
    }


def _built(info: Any, name: str, params: Mapping[str, Any], value: Callable[[str], Any], stack: ExitStack) -> Any:
    """The value of a user's fixture, or of a parameter; a fixture with a `yield` goes on when the warm-up ends."""
    if not info.name2fixturedefs.get(name):
        raise UsageError(f"{name} is there in a case only")
    fixture = info.name2fixturedefs[name][-1]
    # Of pytest's request only `param` can be had without a case.
    given = {"request": SimpleNamespace(param=params[name])} if name in params else {}
    result = fixture.func(**{each: given[each] if each in given else value(each) for each in fixture.argnames})
    if not isgenerator(result):
        return result
    stack.callback(next, result, None)
    return next(result)
