"""What a case is about: files, a table, or both. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otfbench.data.dataset import Readable, Source
from otfbench.data.user_files import UserFiles
from otfbench.tables.restorable import FilledTable
from otfbench.tables.source import TableSource
from otfbench.tables.table import SessionTable


@dataclass(frozen=True)
class Subject:
    """What a case is about: files, a table that doesn't exist yet, a table that holds rows, or files and a table."""

    source: Readable | None
    table: SessionTable | None

    @property
    def filled(self) -> FilledTable | None:
        """The table, if it holds rows before each round."""
        return self.table if isinstance(self.table, FilledTable) else None


def subject_of(things: Sequence[object]) -> Subject:
    """The first source and the first table among these."""
    source = next((each for each in things if isinstance(each, Source | UserFiles | TableSource)), None)
    return Subject(source, next((each for each in things if isinstance(each, SessionTable)), None))
