"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(PROJECT).with_suffix("").parts)
    for path in (PROJECT / "otfbench").rglob("*.py")
    if "\n    >>> " in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    """Each example of the module prints what its docstring shows."""
    failed, attempted = doctest.testmod(importlib.import_module(name))
    assert attempted and not failed
