"""The API pages in docs/api: what they name exists, and nothing public lacks a docstring. `make docs` builds them."""

from __future__ import annotations

import inspect
import re
import runpy
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

API = Path(__file__).parents[1] / "docs" / "api"
PAGES = {path.name: path.read_text() for path in API.glob("*.md")}
MODULES = sorted(name for text in PAGES.values() for name in re.findall(r"automodule:: (\S+)", text))

CONTRACTS = """
    otfbench.errors otfbench.plugin.fixtures otfbench.plugin.measuring otfbench.inputs.base
    otfbench.formats.base otfbench.formats.declaration otfbench.formats.model
    otfbench.runs.record otfbench.runs.outcome otfbench.runs.file
    otfbench.testing.formats otfbench.testing.inputs otfbench.testing.operations
    otfbench.workloads
""".split()


def described(thing: Any, module: str) -> Iterator[tuple[str, Any]]:
    """The public classes, functions and fixtures of a module, and the public members of its classes."""
    for name, member in vars(thing).items():
        if name.startswith("_") or getattr(member, "__module__", module) != module:
            continue
        if inspect.isclass(member) or callable(member) or isinstance(member, property | classmethod):
            yield f"{thing.__name__}.{name}", member
        if inspect.isclass(member):
            yield from described(member, module)


def excluded(module: ModuleType) -> set[str]:
    """What the pages leave out of a module on purpose."""
    options = "".join(text.partition(f"automodule:: {module.__name__}\n")[2].split("..")[0] for text in PAGES.values())
    return {name.strip() for names in re.findall(r":exclude-members: (.*)", options) for name in names.split(",")}


def test_contracts_are_documented() -> None:
    """Each contract is on a page, and no module is on two."""
    assert set(CONTRACTS) <= set(MODULES) and len(set(MODULES)) == len(MODULES)


def test_pages_are_reachable() -> None:
    """The index leads to each page of the API."""
    toctree = PAGES["index.md"].partition("```{toctree}")[2].split()
    assert {f"{name}.md" for name in toctree} >= PAGES.keys() - {"index.md"}


@pytest.mark.parametrize("name", MODULES)
def test_public_names_say_what_they_are(name: str) -> None:
    """Each public class, function, method and fixture of a documented module has a docstring: others aren't shown."""
    module = import_module(name)
    beside = re.findall(r'(?m)^(\w+) = .*\n"""', inspect.getsource(module))  # a docstring below an assignment
    silent = [full for full, member in described(module, name) if not (member.__doc__ or "").strip()]
    assert [full for full in silent if full.rpartition(".")[2] not in beside] == []
    assert excluded(module) <= vars(module).keys()


def test_command_line_is_the_code() -> None:
    """The page of commands and options is what docs/command_line.py makes of the code."""
    page = runpy.run_path(str(API.parent / "command_line.py"))["text"]()
    assert page == (API.parent / "command-line.md").read_text(), "python docs/command_line.py docs/command-line.md"
