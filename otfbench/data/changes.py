"""What is done to a table's rows, and what they must be afterwards, from the rows alone. Knows no format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import TYPE_CHECKING

from otfbench.errors import UnsupportedError
from otfbench.formats.change_feed import CHANGE, DELETE, INSERT, UPDATE
from otfbench.formats.sql import quoted, sql_text

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

_PARTS = 10_000
"""The parts that keys are hashed into: shares of the rows are whole numbers of them."""
_MARK = "~"
# Updates and deletes come first, while files are few and large. A format may pack the files that one touches into tasks
# in the order of their random names, each of which writes a file: of many small ones others would be left each time.
_HISTORY = ("update", "delete", "update", "delete", *("append",) * 6)
_APPENDS = _HISTORY.count("append")


@dataclass(frozen=True, eq=False)
class Change:
    """One change of a table: how many rows it concerns, and the content that it must leave."""

    result: DataFrame
    count: int
    rows: DataFrame | None = None
    """New or changed rows, where the change brings some."""
    where: str | None = None
    """SQL for the rows that it concerns, where it says so; for a partition, its value as text."""
    column: str = ""
    value: str = ""
    """What is set to what, in SQL, where it is an update."""

    @property
    def kind(self) -> str:
        """What a change feed calls what it does, where it does one thing: INSERT, UPDATE, or DELETE."""
        return INSERT if self.rows is not None else UPDATE if self.column else DELETE


@dataclass(frozen=True, eq=False)
class InitialRows:
    """The rows that a table holds at first, as its format stores them, and the changes that can be made to them.

    Shares are of the rows: 0.05 is 5 %. Methods raise UnsupportedError where the rows lack what they need: a key, one
    partition column, a column that can be changed.
    """

    rows: DataFrame
    new_rows: Callable[[float], DataFrame]
    """Further rows of the kind, about this share of the number of rows."""
    key: tuple[str, ...]
    keep: Callable[[DataFrame], DataFrame]
    """The same rows, read from files: what a change brings is not computed while it is timed."""
    partition_by: tuple[str, ...] = ()

    def appended(self, share: float) -> Change:
        """New rows."""
        new = self.new_rows(share)
        return self._bringing(self.rows.unionByName(new), new)

    def replaced(self) -> Change:
        """All rows, changed in one column."""
        column = self.changed_column()
        return self._bringing(rows := self.rows.withColumn(column, _sql(self.changed_value(column))), rows)

    def partition_replaced(self) -> Change:
        """The rows of one partition, changed in one column; they come without the partition's column."""
        from pyspark.sql import functions as F

        if len(self.partition_by) != 1:
            raise UnsupportedError("the rows have no partition column, or more than one")
        name, column = self.partition_by[0], self.changed_column()
        text = self.rows.select(F.min(F.col(quoted(name)).cast("string"))).collect()[0][0]
        chosen = _sql(f"{quoted(name)} <=> {self.literal(name, text)}")
        new = self.rows.where(chosen).withColumn(column, _sql(self.changed_value(column)))
        return replace(self._bringing(self.rows.where(~chosen).unionByName(new), new.drop(name)), where=text)

    def upserted(self, updates: float, inserts: float) -> Change:
        """A share of the rows changed in one column, and new ones if a share of them is given."""
        chosen, column = self._scattered(updates), self.changed_column()
        both = self.rows.where(chosen).withColumn(column, _sql(self.changed_value(column)))
        if inserts:
            both = both.unionByName(self.new_rows(inserts))
        return self._bringing(self.rows.where(~chosen).unionByName(both), both)

    def updated(self, where: str) -> Change:
        """One column of the rows for which a condition holds."""
        from pyspark.sql import functions as F

        column = self.changed_column()
        value, chosen = self.changed_value(column), _sql(where)
        result = self.rows.withColumn(column, F.when(chosen, _sql(value)).otherwise(F.col(quoted(column))))
        return Change(result, self.rows.where(chosen).count(), where=where, column=column, value=value)

    def deleted(self, where: str) -> Change:
        """All but the rows for which a condition holds."""
        chosen = _sql(where)
        return Change(self.rows.where(~chosen), self.rows.where(chosen).count(), where=where)

    @cached_property
    def history(self) -> list[Change]:
        """Ten small changes, each made of what the one before it left: two updates, two deletes, six appends."""
        from pyspark.sql import functions as F

        self.first_key()  # updates and deletes choose rows by it
        new, changes, appended = self.keep(self.new_rows(0.02)), [], 0
        now, number = self, F.pmod(F.xxhash64(*(F.col(quoted(name)) for name in self.key)), F.lit(_APPENDS))
        for step, kind in enumerate(_HISTORY):
            where = f"pmod(xxhash64({', '.join(map(quoted, self.key))}), 100) = {step}"
            if kind == "append":
                part = new.where(number == F.lit(appended))
                change, appended = Change(now.rows.unionByName(part), part.count(), rows=part), appended + 1
            else:
                change = now.updated(where) if kind == "update" else now.deleted(where)
            changes.append(change)
            now = replace(now, rows=change.result)
        return changes

    def by_group(self, rows: DataFrame) -> DataFrame:
        """Number of rows, and the largest key, per value of the partition column."""
        from pyspark.sql import functions as F

        if not self.partition_by:
            raise UnsupportedError("the rows have no partition column to group by")
        largest = F.max(F.col(quoted(self.first_key())))
        return rows.groupBy(F.col(quoted(self.partition_by[0]))).agg(F.count("*").alias("rows"), largest.alias("last"))

    def range(self, share: float) -> str:
        """A condition for the rows with the largest values in the first column of the key: about this share of them."""
        from pyspark.sql import functions as F

        name = self.first_key()
        number = max(1, round(self.rows.count() * share))
        last = self.rows.select(F.col(quoted(name)).alias("k")).sort(F.desc("k")).limit(number)
        return f"{quoted(name)} >= {self.literal(name, last.agg(F.min('k').cast('string')).collect()[0][0])}"

    def some(self, number: int) -> str:
        """A condition for this many keys, scattered over all rows."""
        from pyspark.sql import functions as F

        if len(self.key) != 1:
            raise UnsupportedError("the rows have no key of one column")
        name = self.key[0]
        column = F.col(quoted(name))
        texts = self.rows.select(column.cast("string")).sort(F.xxhash64(column), column).limit(number).collect()
        values = ", ".join(self.literal(name, row[0]) for row in texts)
        return f"{quoted(name)} IN ({values})"

    def _bringing(self, result: DataFrame, rows: DataFrame) -> Change:
        kept = self.keep(rows)
        return Change(result, kept.count(), rows=kept)

    def first_key(self) -> str:
        """The first column of the key."""
        if not self.key:
            raise UnsupportedError("the rows have no key")
        return self.key[0]

    def literal(self, name: str, text: str) -> str:
        """A value of a column in SQL, from its text."""
        return f"CAST({sql_text(text)} AS {dict(self.rows.dtypes)[name]})"

    def _scattered(self, share: float) -> Column:
        from pyspark.sql import functions as F

        self.first_key()
        bucket = F.pmod(F.xxhash64(F.lit(_MARK), *(F.col(quoted(name)) for name in self.key)), F.lit(_PARTS))
        return bucket < F.lit(max(1, round(share * _PARTS)))

    def changed_column(self) -> str:
        """The column that updates change."""
        candidates = [name for name in _changeable(self.rows.schema) if name not in {*self.key, *self.partition_by}]
        if not candidates:
            raise UnsupportedError("no column could be changed: all others are of the key, partitions, or nested")
        return candidates[-1]

    def changed_value(self, column: str) -> str:
        """Another value of that column, in SQL."""
        name, dtype = quoted(column), dict(self.rows.dtypes)[column]
        if dtype == "string":
            return f"concat(coalesce({name}, ''), '{_MARK}')"
        if dtype == "boolean":
            return f"NOT coalesce({name}, true)"
        return f"CAST(-{name} AS {dtype})"


def changed_rows(initial: InitialRows) -> DataFrame:
    """The rows that the history inserts, updates and deletes, each with CHANGE; no row is changed twice."""
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    parts, before = [], initial.rows
    for change in initial.history:
        holds = _sql(change.where or "true")
        rows = change.rows or (before if change.kind == DELETE else change.result).where(holds)
        parts.append(rows.withColumn(CHANGE, F.lit(change.kind)))
        before = change.result
    return reduce(DataFrame.unionByName, parts)


def _changeable(schema: StructType) -> list[str]:
    """Columns with a value that SQL can change, text last."""
    from pyspark.sql.types import BooleanType, NumericType, StringType

    plain = [f.name for f in schema.fields if isinstance(f.dataType, BooleanType | NumericType)]
    return plain + [f.name for f in schema.fields if isinstance(f.dataType, StringType)]


def _sql(text: str) -> Column:
    from pyspark.sql import functions as F

    return F.expr(text)
