"""Types of text: one is given only if each text can be got back from its value. Knows no Spark and no file.

What is in the way of a type is counted, so that it can be said: leading zeros, digits that a double doesn't hold.
A column that is known to be text costs nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from otfbench.data.early_evidence import EarlyEvidence
from otfbench.data.text_candidates import Booleans, Candidate, Dates, Timestamps
from otfbench.data.text_numbers import Numbers
from otfbench.errors import DatasetError, Key
from otfbench.inputs.arrow_types import in_words
from otfbench.inputs.typed_text import as_type, first_unfit
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

_LOOKED_AT = 100
"""The number of values by which the types that a column may have are guessed."""
_CANDIDATES = (Numbers, Timestamps, Dates, Booleans)


class TextTypes:
    """The type that all texts of a column, seen so far, can be got back from."""

    def __init__(self) -> None:
        self._candidate: Candidate | None = None
        self._is_text = False
        self._values = 0
        self._losses: dict[str, int] = {}

    def add(self, texts: pa.Array) -> None:
        """Look at further texts; nulls don't count."""
        if self._is_text:
            return
        values = texts.drop_null() if texts.null_count else texts
        if not len(values):
            return
        self._candidate = self._candidate or _likely(values)
        self._values += len(values)
        if self._candidate is None:
            self._is_text = True
        elif self._losses or not self._candidate.takes(values):
            self._count_losses(self._candidate, values)

    def type(self) -> tuple[pa.DataType, str | None]:
        """The type, and what to say of it if it is text although most values look like another type."""
        import pyarrow as pa

        if self._candidate is None or self._is_text:
            return pa.string(), None
        if self._losses:
            total = format_count(self._values, "value")
            losses = ", ".join(f"{count:,} of {total} {loss}" for loss, count in self._losses.items())
            return pa.string(), f"text; as {self._candidate.name} {losses}"
        found = self._candidate.type()
        return (pa.string(), self._candidate.why_text()) if found is None else (found, None)

    def _count_losses(self, candidate: Candidate, values: pa.Array) -> None:
        unlike, losses = candidate.losses(values)
        for loss, count in losses.items():
            self._losses[loss] = self._losses.get(loss, 0) + count
        self._is_text = not self._losses or 2 * unlike > len(values)


def _likely(values: pa.Array) -> Candidate | None:
    """What most of the first values look like; None if they are words."""
    sample = values[:_LOOKED_AT].to_pylist()
    for candidate in _CANDIDATES:
        if 2 * sum(candidate.look.fullmatch(text) is not None for text in sample) > len(sample):
            return candidate(sample)
    return None


def infer(
    batches: Iterable[pa.RecordBatch], early: EarlyEvidence[pa.RecordBatch] | None = None
) -> tuple[pa.Schema, dict[str, str]]:
    """The columns of batches of text with their types, and what is to be said of some of them.

    `early` is told of the rows, too.
    """
    columns: dict[str, TextTypes] = {}
    headers = 0
    for batch in batches:
        headers += _headers(batch)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            columns.setdefault(name, TextTypes()).add(column)
        if early is not None:
            early.add(_schema(columns), batch)
    sentences = {name: each.type()[1] for name, each in columns.items()}
    notes = {name: sentence for name, sentence in sentences.items() if sentence}
    if headers:
        first, said = next(iter(columns)), format_count(headers, "more line") + " like the header: read as rows"
        notes[first] = f"{notes[first]}; {said}" if first in notes else said
    return _schema(columns), notes


def _headers(batch: pa.RecordBatch) -> int:
    """How many rows hold the names of the columns, as in exports of which several were put into one file."""
    import pyarrow.compute as pc

    for number, name in reversed([*enumerate(batch.schema.names)]):
        same = pc.equal(batch.column(number), name)
        if number == 0:  # a file may begin with a mark
            same = pc.or_kleene(same, pc.equal(batch.column(0), f"\ufeff{name}"))
        batch = batch.filter(same)
        if not batch.num_rows:
            return 0
    return int(batch.num_rows) if batch.num_columns else 0


def value_like_name(schema: pa.Schema) -> str | None:
    """The first name that looks like a value of its column, if those of all columns but text do: a row, maybe."""
    import pyarrow as pa

    others = [field for field in schema if not pa.types.is_string(field.type)]
    if all(first_unfit(pa.array([field.name]), field.type) is None for field in others):
        return next((field.name for field in others), None)
    return None


def _schema(columns: Mapping[str, TextTypes]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, each.type()[0]) for name, each in columns.items()])


def typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with its columns in these types; raises DatasetError for a value that has no equal there."""
    import pyarrow as pa

    columns = [_typed(batch.column(wanted.name), wanted) for wanted in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _typed(column: pa.Array, wanted: pa.Field) -> pa.Array:
    if column.type == wanted.type:
        return column
    if column.type != "string":
        return column.cast(wanted.type)
    try:
        return as_type(column, wanted.type)
    except (ValueError, NotImplementedError):
        unfit = column[first_unfit(column, wanted.type)].as_py()
        wrong = f"column {wanted.name}: {unfit!r} has no equal as {in_words(wanted.type)}: give another type in "
        raise DatasetError(wrong, Key("schema"), ".") from None
