"""The house: what imports what between rooms, its picture in the docs, how large pieces are, how tests are named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import grimp
import pytest

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "architecture.md"
GROUND = {"errors", "files", "hints", "ownership", "redaction", "units"}
"""Rooms that any other may use: they are left out of the picture."""
FILES = sorted((PROJECT / "otfbench").rglob("*.py"))


def arrows() -> set[tuple[str, str]]:
    """(a, b) for each two rooms of which a imports b."""
    graph = grimp.build_graph("otfbench", cache_dir=None)
    pairs = [(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)]
    rooms = {(one.split(".")[1], other.split(".")[1]) for one, other in pairs if "." in one and "." in other}
    return {(one, other) for one, other in rooms if one != other}


def without_detours(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows that no way over other rooms stands for."""
    below: dict[str, set[str]] = {}

    def reached(room: str) -> set[str]:
        if room not in below:
            direct = {other for one, other in edges if one == room}
            below[room] = direct.union(*map(reached, direct))
        return below[room]

    return {
        (one, other)
        for one, other in edges
        if not any(other in reached(between) for start, between in edges if start == one and between != other)
    }


def picture() -> str:
    """The rooms as Mermaid draws them."""
    drawn = {edge for edge in arrows() if not GROUND & set(edge) and "__main__" not in edge}
    return "\n".join(["flowchart TD", *(f"    {one} --> {other}" for one, other in sorted(without_detours(drawn)))])


def test_picture_is_the_code() -> None:
    """The picture on the page has just the arrows of the code: none is missing, none is too many."""
    [shown] = re.findall(r"```mermaid\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert shown == picture()


def test_few_arrows() -> None:
    """A stranger can hold the house in mind: 110 arrows between its rooms, and 15 to the two of all files on disk."""
    to_files = {(one, other) for one, other in arrows() if {"files", "ownership"} & {one, other}}
    assert len(arrows() - to_files) <= 110 and len(to_files) <= 15


@pytest.mark.parametrize("question", re.findall(r"^\| .*\? \| `(.*?)` \|$", PAGE.read_text(), re.MULTILINE))
def test_answers_are_there(question: str) -> None:
    """Where the page says that something is there is something."""
    assert (PROJECT / question).exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_pieces_are_small(path: Path) -> None:
    """A module has 300 lines at most, a class 150, a function 30 beside its docstring."""
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno < 150, node.name
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            assert not body or body[-1].end_lineno - body[0].lineno < 30, node.name


def test_names_of_tests_say_a_fact() -> None:
    """A test is named after what holds, in two words at least: a report of failures can be read by itself."""
    paths = {str(path) for folder in ("tests", "otfbench/testing") for path in (PROJECT / folder).rglob("*.py")}
    found = [
        (path, node.name)
        for path in sorted(paths)
        for node in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert len(found) > 500
    assert [f"{path}: {name}" for path, name in found if name.count("_") == 1] == []
