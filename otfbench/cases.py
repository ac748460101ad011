"""What pytest's items are as cases: identity, format, input, order, warm-up. Holds no hook and no fixture."""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.bench import Bench
from otfbench.datasets import Dataset, Readable
from otfbench.measure import Case
from otfbench.registry import control, load_input

if TYPE_CHECKING:
    from otfbench.session import Session

CONTENDER, INPUT = "contender", "input_name"
_TIMED, _UNTIMED = "measure", "record_fidelity"
_SHIPPED, _CUSTOM = "shipped", "custom"


def is_case(item: pytest.Item) -> bool:
    """Whether the item asks for `measure`, or for what records without timing."""
    return isinstance(item, pytest.Function) and not {_TIMED, _UNTIMED}.isdisjoint(item.fixturenames)


def parameter(item: pytest.Item, name: str) -> str | None:
    """The value of one of the item's parameters, if it has it."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params[name]) if callspec and name in callspec.params else None


def parameters(items: Iterable[pytest.Item], name: str) -> list[str]:
    """All values of a parameter among the items, sorted."""
    return sorted({value for item in items if (value := parameter(item, name)) is not None})


def case_id(item: pytest.Item) -> str:
    """`convert[x-csv]` for `test_convert[x-csv]`."""
    return item.name.removeprefix("test_")


def table_name(item: pytest.Item) -> str:
    """The case's id as a plain name for its table."""
    return re.sub(r"\W+", "_", case_id(item)).strip("_")


def jvm_of(item: pytest.Item) -> str:
    """The format in whose JVM the case runs: its own, or the control's if it has none."""
    return parameter(item, CONTENDER) or control().name


def sort(items: list[pytest.Item], formats: Sequence[str]) -> None:
    """Put the cases of one JVM together, so that each JVM starts once; what is no case comes first."""
    rank = {name: number for number, name in enumerate(formats, 1)}
    items.sort(key=lambda item: rank.get(jvm_of(item), 0) if is_case(item) else -1)


def has_workloads(argument: Path) -> bool:
    """Whether a workload is in a file or folder; for the one process of pytest-xdist that collects nothing itself."""
    files = argument.rglob("test_*.py") if argument.is_dir() else [argument]
    return any(_asks_to_measure(file) for file in files if file.is_file())


def _asks_to_measure(file: Path) -> bool:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # pytest will tell
        return False
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return any(argument.arg in (_TIMED, _UNTIMED) for test in tests for argument in test.args.args)


def describe(item: pytest.Function, source: Readable, bench: Bench) -> Case:
    """What identifies the case in results."""
    name = parameter(item, CONTENDER)
    return Case(
        id=case_id(item),
        operation=item.originalname.removeprefix("test_"),
        format=name,
        format_version=bench.version_of(name) if name else None,
        input=source.input.name,
        variant=(_CUSTOM if bench.config.properties.get(name) else _SHIPPED) if name else None,
        rows=source.dataset.rows,
        seed=source.dataset.seed,
        profile=bench.profile.name,
    )


def warm_up(items: Iterable[pytest.Item], bench: Bench, session: Session, log: Path) -> None:
    """Run each workload of the session's cases on small data, twice: no case pays for the class loading of another.

    What fails here fails again in its case, and is told there; here it is only logged.
    """
    table = session.table("warm_up", bench.small)
    for item in items:
        if isinstance(item, pytest.Function) and _TIMED in item.fixturenames and jvm_of(item) == session.format.name:
            small = bench.source(bench.small, load_input(parameter(item, INPUT) or ""))
            stand_ins = {"source": small, "table": table, "spark": session.spark, "measure": _twice(table.restore)}
            code = item.function.__code__
            try:
                item.function(**{name: stand_ins[name] for name in code.co_varnames[: code.co_argcount]})
                table.drop()
            except Exception as error:
                with log.open("a") as file:
                    file.write(f"\n--- warm-up of {case_id(item)} failed ---\n{traceback.format_exc()}\n")
                if session.jvm.ended_by(error):
                    return


def _twice(restore: Callable[[], None]) -> Callable[..., None]:
    """Stands in for `measure`."""

    def run(action: Callable[..., Any], *args: Any, expect: Dataset) -> None:
        for _ in range(2):
            restore()
            action(*args)

    return run
