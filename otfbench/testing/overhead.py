"""A change of a table as bare SQL, and the work that an action takes, for the contract suites. Knows no format."""

from __future__ import annotations

from collections.abc import Callable

from otfbench.data.changes import Change
from otfbench.formats.model import Capability
from otfbench.formats.sql import quoted
from otfbench.tables.restorable import FilledTable
from otfbench.tables.session import Session


def change_of(table: FilledTable, kind: Capability) -> Change:
    """A change of a few rows of the table."""
    initial = table.initial_rows
    if kind is Capability.APPEND:
        return initial.appended(0.1)
    if kind is Capability.MERGE:
        return initial.upserted(0.05, 0.01)
    return initial.updated(initial.range(0.05)) if kind is Capability.UPDATE else initial.deleted(initial.some(7))


def statement(table: FilledTable, kind: Capability, change: Change) -> str:
    """The change as SQL; the rows that it brings are a temporary view from now on."""
    name = table.format.identifier
    if change.rows is not None:
        change.rows.createOrReplaceTempView("contract_change")
    if kind is Capability.APPEND:
        return f"INSERT INTO {name} BY NAME SELECT * FROM contract_change"
    if kind is Capability.MERGE:
        same = " AND ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in table.initial_rows.key)
        clauses = "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        return f"MERGE INTO {name} t USING contract_change s ON {same} {clauses}"
    if kind is Capability.UPDATE:
        return f"UPDATE {name} SET {quoted(change.column)} = {change.value} WHERE {change.where}"
    return f"DELETE FROM {name} WHERE {change.where}"


def work(session: Session, table: FilledTable, action: Callable[[], object]) -> dict[str, int]:
    """The jobs, stages and tasks that an action takes on the restored table."""
    table.restore()
    session.reader.settle()
    before = session.reader.now()
    action()
    session.reader.settle()
    counters = session.reader.since(before).counters
    return {name: counters[name] for name in ("jobs", "stages", "tasks")}
