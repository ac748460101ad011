"""The examples of plugins and the pages that show them: word for word the same, and short."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PAGES = PROJECT / "docs" / "spark-based-data" / "plugins"
SHOWN = [
    (page.name, name, code)
    for page in sorted(PAGES.glob("*.md"))
    for name, code in re.findall(r"<!-- (examples/\S+) -->\n\n```\w+\n(.*?)```", page.read_text(), re.DOTALL)
]
CODE = sorted((PROJECT / "examples").rglob("*.py")) + sorted((PROJECT / "examples").rglob("pyproject.toml"))


@pytest.mark.parametrize(("page", "name", "code"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_page_shows_the_example(page: str, name: str, code: str) -> None:
    """The code of a page is the file of the example."""
    assert code == (PROJECT / name).read_text()


def test_every_file_is_shown() -> None:
    """No file of an example is left out of the pages."""
    assert sorted(PROJECT / name for _, name, _ in SHOWN) == sorted(CODE)


@pytest.mark.parametrize("file", [path for path in CODE if path.suffix == ".py"], ids=lambda path: path.stem)
def test_examples_are_short(file: Path) -> None:
    """An example has at most 40 lines of code: docstrings, comments and blank lines don't count."""
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)]
    beside = {number for node in docstrings for number in range(node.lineno, (node.end_lineno or 0) + 1)}
    lines = enumerate(file.read_text().splitlines(), 1)
    assert len([line for number, line in lines if line.split("#")[0].strip() and number not in beside]) <= 40
