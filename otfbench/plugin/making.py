"""The tables of one case: named, made, shared between cases or kept for the user. Knows nothing of pytest."""

from __future__ import annotations

from dataclasses import dataclass

from otfbench.data.dataset import Dataset
from otfbench.errors import UnsupportedError
from otfbench.tables.session import Session
from otfbench.tables.table import FilledTable, SessionTable, State


@dataclass(frozen=True)
class Making:
    """What the tables of a case are made of."""

    keep: bool
    session: Session
    dataset: Dataset
    variant: str
    case_table: str
    """The name of a table that only this case has."""

    def target(self, partitioned: bool) -> SessionTable:
        """A table that doesn't exist yet."""
        return self.session.table(self.case_table, self.dataset, self.variant, self._columns() if partitioned else ())

    def filled(self, state: State, partitioned: bool = False) -> FilledTable:
        """A table that holds rows; cases share it, unless each is to leave its own."""
        if partitioned:
            self._columns()
        widened = ["widened"] if state is State.WIDENED else []
        shared = "_".join([self.dataset.name, self.variant, *widened, *(["partitioned"] if partitioned else [])])
        return self.session.states.filled(
            self.case_table if self.keep else shared, self.dataset, state, self.variant, partitioned
        )

    def drop(self, table: SessionTable) -> None:
        """Remove a target, unless tables are kept."""
        if self.session.jvm.alive and not self.keep:
            table.format.drop()

    def _columns(self) -> tuple[str, ...]:
        if not self.dataset.partition_by:
            raise UnsupportedError("no partition columns are given for the rows")
        return self.dataset.partition_by
