"""A format bound to a table: its session, its name and its folder. Knows no statement, and no format by name."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from typing_extensions import Self

from otfbench.formats.declaration import FormatDeclaration
from otfbench.formats.model import Table
from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class BindableFormat(FormatDeclaration):
    """What a format is, and which table it is bound to, if it is."""

    _bound: tuple[SparkSession, Table] | None = None

    def at(self, spark: SparkSession, table: Table) -> Self:
        """A copy that is bound to a table, whether that exists or not, in a session of this format."""
        bound = copy(self)
        bound._bound = (spark, table)
        return bound

    @property
    def spark(self) -> SparkSession:
        """The session that it is bound to; raises TypeError if it isn't bound."""
        return self._binding()[0]

    @property
    def table(self) -> Table:
        """The table that it is bound to; raises TypeError if it isn't bound."""
        return self._binding()[1]

    def _binding(self) -> tuple[SparkSession, Table]:
        if self._bound is None:
            raise TypeError(f"{self.name} is not bound to a table: its statements are those of at(spark, table)")
        return self._bound

    @property
    def identifier(self) -> str:
        """The table's name in SQL, quoted."""
        return f"{self._quoted_namespace}.{quoted(self.table.name)}"

    @property
    def path(self) -> str:
        """The folder that holds all of the table."""
        return f"{self.table.warehouse}/{self.namespace}.db/{self.table.name}"
