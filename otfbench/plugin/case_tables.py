"""The tables of a case, or of its warm-up: their names, how they are built, which are kept. Knows nothing of pytest."""

from __future__ import annotations

from dataclasses import dataclass

from otfbench.data.dataset import Dataset
from otfbench.errors import UnsupportedError
from otfbench.tables.session import Session
from otfbench.tables.table import FilledTable, SessionTable, State


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

    def target(self, partitioned: bool = False) -> SessionTable:
        """A table that doesn't exist yet; raises UnsupportedError if the rows can't be partitioned as asked."""
        return self.session.table(self.name, self.dataset, self.variant, self._columns() if partitioned else ())

    def filled(self, state: State, partitioned: bool = False) -> FilledTable:
        """A table that holds rows; raises UnsupportedError if they can't be partitioned as asked."""
        if partitioned:
            self._columns()
        name = self.name
        if self.shared_name is not None:
            widened = ["widened"] if state is State.WIDENED else []
            name = "_".join([self.shared_name, self.variant, *widened, *(["partitioned"] if partitioned else [])])
        return self.session.states.filled(name, self.dataset, state, self.variant, partitioned)

    def drop(self, table: SessionTable) -> None:
        """Remove a target, unless tables are kept."""
        if self.session.jvm.alive and self.shared_name is not None:
            table.format.drop()

    def _columns(self) -> tuple[str, ...]:
        if not self.dataset.partition_by:
            raise UnsupportedError("no partition columns are given for the rows")
        return self.dataset.partition_by
