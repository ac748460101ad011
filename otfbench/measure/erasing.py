"""Where the texts of erased rows are still to be found, after each step towards their end. Times nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from otfbench.data.text_search import search
from otfbench.errors import UnsupportedError
from otfbench.formats.hadoop import listed_as
from otfbench.tables.restorable import FilledTable


@dataclass(frozen=True)
class Searched:
    """What is left after a step: how many files still hold one of the texts, and into how many nobody could look."""

    after: str
    data_files: int
    metadata_files: int
    unread_files: int


def searched(table: FilledTable, texts: tuple[str, ...], steps: Mapping[str, Callable[[], object]]) -> list[Searched]:
    """Go through the steps from the beginning, and look into each file of the table's folder after each.

    Raises UnsupportedError where the folder is on no disk of this machine, or its files show no text that is there.
    """
    table.restore()
    if not _searched(table, "", texts).data_files:
        raise UnsupportedError("texts of the rows are found in no file of the table, though they are in it")
    found = []
    for name, step in steps.items():
        step()
        found.append(_searched(table, name, texts))
    return found


def _searched(table: FilledTable, name: str, texts: tuple[str, ...]) -> Searched:
    traces, root = search(texts, table.files()), listed_as(table.format.path).rstrip("/") + "/"
    metadata = sum(bool(table.format.metadata.search(path.removeprefix(root))) for path in traces.found)
    return Searched(name, len(traces.found) - metadata, metadata, len(traces.unread))
