"""The pytest plugin as pytest finds it: loads the hooks once a workload is collected. Until then it costs nothing."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

_HOOKS = "otfbench.plugin.hooks"
_ALL_OPTIONS = ("-h", "--help", "--markers", "--fixtures", "--funcargs", "--fixtures-per-test")
TIMING = frozenset(("measure", "measure_life"))
"""The fixtures that time."""
MEASURING = TIMING | {"record_fidelity"}
"""The fixtures that make a test a workload."""
_MARKERS = (
    "infers: the workload lets Spark find the types of the source's files",
    "needs(capability, ...): what a format must be able to do",
    "variants(first, default=, full=): the variants of formats that the workload runs with, by suite",
    "every_dataset: the workload runs with each dataset, not only with the first",
    "every_size: the workload runs with each number of rows of the first dataset, not only with the least",
    "larger: the parameter is the first dataset with more rows",
    "only_in(suite): the smallest suite that it belongs to",
)

_ERROR = pytest.StashKey[pytest.UsageError]()

pytest.register_assert_rewrite("otfbench.testing")


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """An option of ours, or a question for all options, needs the hooks before the command line is parsed."""
    if any(argument.startswith("--otf-") or argument in _ALL_OPTIONS for argument in args):
        early_config.pluginmanager.import_plugin(_HOOKS)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers of workloads known, and refuse pytest-xdist here: its main process collects nothing."""
    for text in _MARKERS:
        config.addinivalue_line("markers", text)
    if config.getoption("numprocesses", None) and any(map(_has_workloads, config.args)):
        raise pytest.UsageError(
            "otfbench: Cases are timed one after the other, in one process: leave out -n (pytest-xdist)."
        )


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """The first module with a workload, or below a conftest.py with a fixture that measures, loads the hooks."""
    config = parent.config
    if config.pluginmanager.has_plugin(_HOOKS) or _ERROR in config.stash:
        return
    conftests = (folder / "conftest.py" for folder in module_path.parents if folder.is_relative_to(config.rootpath))
    if any(map(_measures, (module_path, *conftests))):
        try:
            config.pluginmanager.import_plugin(_HOOKS)
        except pytest.UsageError as error:  # as an error of the collection it would not be one screen
            config.stash[_ERROR] = error
            config.pluginmanager.unregister(name=_HOOKS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Say what is wrong with the options, where the hooks were loaded too late to say it before the collection."""
    if _ERROR in config.stash:
        raise config.stash[_ERROR]


def _has_workloads(argument: str) -> bool:
    path = Path(argument.split("::")[0]).absolute()
    return any(map(_measures, path.rglob("test_*.py") if path.is_dir() else [path]))


@cache
def _measures(file: Path) -> bool:
    """Whether a function of a file, or a method, asks for a fixture that measures."""
    try:
        code = file.read_bytes()
        tree = ast.parse(code) if any(name.encode() in code for name in MEASURING) else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):  # pytest itself will say so
        return False
    classes = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = [node for body in (tree.body, *classes) for node in body if isinstance(node, ast.FunctionDef)]
    return any(argument.arg in MEASURING for function in functions for argument in function.args.args)
