"""What becomes of each cell in a table format, found by really writing and reading it. Knows no format by name."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from otfbench.fidelity.cells import CELLS, Cell
from otfbench.fidelity.snapshot import Snapshot, content
from otfbench.formats.adaptation import Adaptation, adapted
from otfbench.formats.model import Table
from otfbench.formats.sql import CHAR_TYPE
from otfbench.spark.causes import first_cause
from otfbench.tables.table import SessionTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_NUMBER = "n"
_LONGEST = 200
"""The most characters of an error that the matrix keeps."""
_NOT_NULL = " not null"


@dataclass(frozen=True)
class Fate:
    """What became of a cell: `kept`, `changed`, `refused` or `corrupted`; and to what, or why."""

    outcome: str
    detail: str = ""


def matrix(table: SessionTable, cells: Iterable[Cell], adapt: bool = False) -> dict[str, Fate]:
    """The fate of each cell, by its name, as the format is, or with what its adapt() asks for.

    Cells share a table as long as all of them are kept: whatever isn't has had a table of its own. The names of these
    tables begin with the given one's: what a format leaves of one that failed does no harm to the next.
    """
    chosen = list(cells)
    tables: dict[str, list[Cell]] = {}
    for cell in chosen:
        doubted = cell.name in table.format.losses or not adapt and adaptations(table, cell)
        by_type = cell.partition and not doubted
        key = f"by {cell.type}" if by_type else cell.name if doubted or cell.alone else "columns"
        tables.setdefault(key, []).append(cell)
    fates: dict[str, Fate] = {}
    for together in tables.values():
        _settle(table, together, adapt, fates)
    return {cell.name: fates[cell.name] for cell in chosen}


def records(table: SessionTable) -> list[dict[str, str | None]]:
    """The matrix as results record it: cell, outcome, detail, and what adapt() makes of the column, if anything."""
    fates = matrix(table, CELLS.values())
    changes = {name: ", ".join(change.after for change in adaptations(table, CELLS[name])) for name in fates}
    return [
        {"cell": name, "outcome": fate.outcome, "detail": fate.detail, "adapted": changes[name] or None}
        for name, fate in fates.items()
    ]


def adaptations(table: SessionTable, cell: Cell) -> list[Adaptation]:
    """What the format's adapt() says of a cell."""
    return table.format.adapt(_schema(table.format.spark, cell))


def _settle(table: SessionTable, cells: list[Cell], adapt: bool, fates: dict[str, Fate]) -> None:
    outcomes = _stacked(table, cells, adapt) if cells[0].partition else _fates(table, cells, adapt)
    if len(cells) < 2 or all(fate.outcome == "kept" for fate in outcomes.values()):
        fates |= outcomes
    else:
        _settle(table, cells[: len(cells) // 2], adapt, fates)
        _settle(table, cells[len(cells) // 2 :], adapt, fates)


def _stacked(table: SessionTable, cells: list[Cell], adapt: bool) -> dict[str, Fate]:
    """What becomes of cells that are rows of one table, as values of the same column that it is partitioned by."""
    values = tuple(value for cell in cells for value in cell.values)
    [fate] = _fates(table, [replace(cells[0], values=values)], adapt).values()
    return {cell.name: fate for cell in cells}


def _fates(table: SessionTable, cells: list[Cell], adapt: bool) -> dict[str, Fate]:
    """What becomes of these cells in one table."""
    from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]  # py4j has no types
    from pyspark.errors import PySparkException

    if adapt:
        cells = [_redeclared(cell, table) for cell in cells]
    spark = table.format.spark
    written = rows(spark, cells)
    changes = table.format.adapt(written.schema) if adapt else []
    kept = adapted(rows(spark, [replace(cell, values=cell.read_as or cell.values) for cell in cells]), changes)
    cell_format = table.format.at(spark, _table(table.format.table, cells))
    cell_table = SessionTable(cell_format, tuple(changes))
    failed = "refused"
    try:
        _create(cell_table, written, cells[0])
        failed = "corrupted"
        cell_format.invalidate_caches()
        actual = _read_content(cell_table.read(), cells[0])
    except (PySparkException, Py4JJavaError) as error:  # not one of py4j's own: those are the death of the JVM
        expected = failed == "refused" and not cells[0].fits
        fate = Fate("kept") if expected else Fate(failed, reason(first_cause(error), table.format.table.warehouse))
        return {cell.name: fate for cell in cells}
    finally:
        with suppress(PySparkException, Py4JJavaError):
            cell_format.drop()
    wanted = content(kept)
    if cells[0].declared:
        wanted = replace(wanted, columns=(wanted.columns[0], (wanted.columns[1][0], cells[0].type)))
    return _compared(cells, wanted, actual)


def _read_content(read: DataFrame, cell: Cell) -> Snapshot:
    """What is there; with NOT NULL where columns were declared, for those made of a query never are."""
    actual = content(read)
    if not cell.declared:
        return actual
    nulls = ["" if field.nullable else _NOT_NULL for field in read.schema.fields]
    return replace(actual, columns=tuple((n, k + null) for (n, k), null in zip(actual.columns, nulls, strict=True)))


def _table(table: Table, cells: Sequence[Cell]) -> Table:
    """A table for these cells, named by where they stand in the list, and how many values they have."""
    index = list(CELLS).index(cells[0].name)
    values = sum(len(cell.values) for cell in cells)
    partition_by = tuple(name for cell in cells if cell.partition for name in cell.columns)
    return replace(table, name=f"{table.name}_{index}_{values}", partition_by=partition_by)


def _redeclared(cell: Cell, table: SessionTable) -> Cell:
    """The cell as adapt() declares it."""
    changes = adaptations(table, cell) if cell.declared else []
    return replace(cell, type=changes[0].after, read_as=(), fits=True) if changes else cell


def reason(text: str, warehouse: str) -> str:
    """Why a cell was refused or can't be read: in one line, without the folders of this machine."""
    line = text.replace(warehouse, "WAREHOUSE").replace(os.getcwd(), ".")
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)
    return textwrap.shorten(line, _LONGEST, placeholder=" ...")


def _schema(spark: SparkSession, cell: Cell) -> StructType:
    """The columns of a cell, as adapt() is asked about them."""
    from pyspark.sql.types import StructType, _parse_datatype_string

    if not cell.declared:
        return rows(spark, [cell]).schema
    declared = _parse_datatype_string(f"{_NUMBER} int, v {cell.type}")
    assert isinstance(declared, StructType)
    return declared


def _create(table: SessionTable, written: DataFrame, cell: Cell) -> None:
    if not cell.declared:
        table.create(written)
        return
    spark, identifier, names = table.format.spark, table.format.identifier, written.columns
    spark.sql(f"CREATE TABLE {identifier} ({names[0]} int, {names[1]} {cell.type}) USING {table.format.name}")
    written.createOrReplaceTempView("otfbench_cell")
    spark.sql(f"INSERT INTO {identifier} SELECT * FROM otfbench_cell")


def _compared(cells: Sequence[Cell], wanted: Snapshot, actual: Snapshot) -> dict[str, Fate]:
    start = int(cells[0].numbered)
    order = [name for name, _ in actual.columns]
    names = [name for name, _ in wanted.columns]
    if sorted(order) == sorted(names):  # a format may move the columns of partitions
        indexes = [order.index(name) for name in names]
        moved = sorted((tuple(row[index] for index in indexes) for row in actual.rows), key=repr)
        actual = Snapshot(tuple(actual.columns[index] for index in indexes), tuple(moved))
    if len(order) != len(names) or len(actual.rows) != len(wanted.rows):
        fate = classified(wanted, actual)
        return {cell.name: fate for cell in cells}
    fates = {}
    for cell in cells:
        stop = start + max(1, len(cell.columns))
        fate = classified(wanted.of(start, stop), actual.of(start, stop))
        fates[cell.name] = fate if cell.fits or fate.outcome != "kept" else Fate("corrupted", "took what doesn't fit")
        start = stop
    return fates


def classified(wanted: Snapshot, actual: Snapshot) -> Fate:
    """What the difference between what was written and what is read is called."""
    if len(actual.columns) != len(wanted.columns):
        return Fate("corrupted", f"columns {[name for name, _ in actual.columns]}")
    if len(actual.rows) != len(wanted.rows):
        return Fate("corrupted", f"{len(actual.rows)} rows instead of {len(wanted.rows)}")
    pairs = zip(wanted.rows, actual.rows, strict=True)
    values = [
        (old, new) for before, after in pairs for old, new in zip(before, after, strict=True) if repr(old) != repr(new)
    ]
    changes = [new for old, new in zip(wanted.columns, actual.columns, strict=True) if old != new]
    differences = [f"{_short(new)} instead of {_short(old)}" for old, new in values[:1]]
    if changes:
        names = {name for name, _ in wanted.columns}
        return Fate(
            "changed", ", ".join([kind if name in names else f"{name} {kind}" for name, kind in changes] + differences)
        )
    return Fate("corrupted", differences[0]) if differences else Fate("kept")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def rows(spark: SparkSession, cells: Sequence[Cell]) -> DataFrame:
    """The rows of a table of these cells: a row number, and each cell's columns."""
    longest = max(len(cell.values) for cell in cells)
    count = longest if cells[0].alone else longest + 1
    names, kinds, values = [_NUMBER], ["int"], [[str(n) for n in range(count)]]
    for number, cell in enumerate(cells):
        for name in cell.columns or [f"c{number}"]:
            names.append(name)
            kinds.append(_plain_type(cell))
            values.append([*cell.values, *["null"] * (count - len(cell.values))])
    if not cells[0].numbered:
        names, kinds, values = names[1:], kinds[1:], values[1:]
    # One row at least, for the types; it goes if the cell has none.
    lines = list(zip(*values, strict=True)) or [tuple("null" for _ in names)]
    structs = (
        ", ".join(f"'c{i}', CAST({v} AS {k})" for i, (v, k) in enumerate(zip(row, kinds, strict=True))) for row in lines
    )
    frame = spark.sql(f"SELECT inline(array({', '.join(f'named_struct({each})' for each in structs)}))").toDF(*names)
    for cell in cells:
        if "char(" in cell.type and not cell.declared:
            frame = frame.withMetadata(names[-1], {CHAR_TYPE: cell.type})  # as if it were a column of a table
    return frame if count else frame.limit(0)


def _plain_type(cell: Cell) -> str:
    """The type of the values before they meet a declared column."""
    return "string" if "char(" in cell.type else cell.type.removesuffix(_NOT_NULL)
