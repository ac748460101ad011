"""The tables of a case, or of its warm-up: their names, how they are built, which are kept. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from otfbench.data.dataset import Dataset
from otfbench.errors import UnsupportedError
from otfbench.tables.importable import ImportableFiles
from otfbench.tables.restorable import FilledTable, State
from otfbench.tables.session import Session
from otfbench.tables.table import SessionTable


@dataclass(frozen=True)
class CaseTables:
    """Builds tables for rows of a dataset, as a variant of the session's format has them."""

    session: Session
    dataset: Dataset
    variant: str
    name: str
    """The name of a table that only this case has."""
    shared_name: str | None
    """How the names of tables begin that cases share; None if each case is to leave its own, for the user."""
    loaded_only: bool = False
    """Whether each filled table but imported ones is one that was loaded, whatever it should have been through."""
    guard: Callable[[], AbstractContextManager[None]] = nullcontext
    """The context in which tables are built and removed."""

    def target(self, partitioned: bool = False) -> Iterator[SessionTable]:
        """One table that doesn't exist yet, removed when the iterator goes on, unless tables are kept.

        Raises UnsupportedError if the rows can't be partitioned as asked.
        """
        with self.guard():
            table = self.session.table(self.name, self.dataset, self.variant, self._columns(partitioned))
        yield table
        if self.session.jvm.alive and self.shared_name is not None:
            with self.guard():
                table.format.drop()

    def filled(self, state: State, partitioned: bool = False) -> FilledTable:
        """A table that holds rows; raises UnsupportedError if they can't be partitioned as asked."""
        state = State.LOADED if self.loaded_only and state is not State.IMPORTED else state
        with self.guard():
            self._columns(partitioned)
            name = self.name
            if self.shared_name is not None:
                other = [state.value] if state in (State.WIDENED, State.IMPORTED) else []
                name = "_".join([self.shared_name, self.variant, *other, *(["partitioned"] if partitioned else [])])
            return self.session.states.filled(name, self.dataset, state, self.variant, partitioned)

    def importable(self, in_place: bool, partitioned: bool = False) -> Iterator[ImportableFiles]:
        """Parquet files of which a table is to be made; it is removed when the iterator goes on, unless it is kept.

        Raises UnsupportedError where the format can't import them as they are.
        """
        with self.guard():
            self._columns(partitioned)
            files = self.session.states.importable(self.name, self.dataset, self.variant, partitioned, in_place)
        yield files
        if self.session.jvm.alive and self.shared_name is not None:
            with self.guard():
                files.format.drop()

    def _columns(self, partitioned: bool) -> tuple[str, ...]:
        if partitioned and not self.dataset.partition_by:
            raise UnsupportedError("no partition columns are given for the rows")
        return self.dataset.partition_by if partitioned else ()
