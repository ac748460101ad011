"""The warm-up of a session: a workload of each family of its cases, on small data. Times nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.errors import UnsupportedError
from otfbench.formats.model import SHIPPED
from otfbench.measure.bench import Bench
from otfbench.plugin import cases
from otfbench.registry import load_input
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from otfbench.data.dataset import Dataset
    from otfbench.tables.session import Session

_TABLE = "warm_up"


def warm_up(items: Iterable[pytest.Item], bench: Bench, session: Session, log: Path) -> None:
    """Run a workload of each family of the session's cases on small data: no case pays for classes that all need.

    What is special about a workload, an input or a variant is met in the case's own warm-up rounds. A run without
    warm-up rounds has no warm-up of sessions, either. What fails here fails again in its case, and is told there; here
    it is only logged.
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
                return


def _one_each(items: Iterable[pytest.Item], bench: Bench, session: Session) -> list[pytest.Function]:
    """The first case of each family and of each kind of subject that runs in this session."""
    found: dict[object, pytest.Function] = {}
    for item in items:
        if isinstance(item, pytest.Function) and cases.is_timed(item) and not cases.why_impossible(item, bench):
            if cases.jvm_of(item) == (session.format.name, bool(session.guests)):
                found.setdefault((item.path, "source" in item.fixturenames), item)
    return list(found.values())


def _run_once(item: pytest.Function, bench: Bench, session: Session) -> None:
    """Call the workload with stand-ins for the fixtures that it asks for."""
    variant = cases.parameter(item, cases.VARIANT) or SHIPPED
    small = bench.small[cases.dataset_of(item, bench).name]
    name = f"{_TABLE}_{small.name}_{variant}"
    stand_ins: dict[str, Callable[[], Any]] = {
        "source": lambda: bench.source(small, load_input(cases.parameter(item, cases.INPUT) or "")),
        "source_table": lambda: bench.tables[cases.parameter(item, cases.SOURCE_FORMAT) or ""],
        "spark": lambda: session.spark,
        "target": lambda: session.table(_TABLE, small, variant),
        "partitioned_target": lambda: session.table(_TABLE, small, variant, small.partition_by),
        "partitioned": lambda: session.states.filled(f"{name}_partitioned", small, variant=variant, partitioned=True),
        **dict.fromkeys(
            ("table", "aged", "compacted", "widened"), lambda: session.states.filled(name, small, variant=variant)
        ),
    }
    own = getattr(item, "callspec", None)
    values: dict[str, Any] = dict(own.params) if own else {}
    wanted = [name for name in item.fixturenames if name in item.function.__code__.co_varnames and name != "measure"]
    with session.variant_conf(variant):
        given = {name: stand_ins[name]() if name in stand_ins else values[name] for name in wanted}
        tables = [value for value in given.values() if isinstance(value, SessionTable)]

        def measure(action: Callable[..., Any], *args: Any, expect: Dataset | DataFrame) -> None:
            for table in tables:
                table.restore()
            action(*args)

        item.function(**given, measure=measure)
        for table in tables:
            table.restore()
