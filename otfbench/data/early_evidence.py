"""The evidence of rows whose types are still being found, as long as those of the first rows hold. Knows no input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from otfbench.data.evidence import NO_ROW, Evidence
from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

Rows = TypeVar("Rows")


class EarlyEvidence(Generic[Rows]):
    """What is found while types are inferred; most files need no second pass then."""

    def __init__(self, batch: Callable[[Rows, pa.Schema], pa.RecordBatch]) -> None:
        """`batch` gives rows in the types of a schema, and raises DatasetError if they don't fit."""
        self._batch = batch
        self._schema: pa.Schema | None = None
        self._total: Evidence | None = NO_ROW

    def add(self, schema: pa.Schema, rows: Rows) -> None:
        """Count further rows; the schema has the types of all so far."""
        from otfbench.data.column_hashes import evidence

        if self._total is None:
            return
        self._schema = self._schema or schema
        try:
            batch = self._batch(rows, schema) if schema.equals(self._schema) else None
        except DatasetError:
            batch = None
        self._total = None if batch is None else self._total + evidence([batch])

    def of(self, schema: pa.Schema) -> Evidence | None:
        """The evidence of all rows; None unless they have had these types from the beginning."""
        return self._total if self._schema is not None and self._schema.equals(schema) else None
