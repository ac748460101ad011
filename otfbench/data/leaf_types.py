"""The type of values that hold no others: texts, numbers, booleans. Knows no file and no record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from otfbench.data.text_inference import TextTypes
from otfbench.inputs.records import Leaves, Number, UntypedText
from otfbench.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {str: "text", Number: "number", UntypedText: "text", bool: "boolean"}
"""Kinds of values that hold no others -> what they are called."""

_NO_DIGITS = ("NaN", "Infinity", "-Infinity")


@dataclass
class LeafTypes:
    """The type that all values seen so far can be got back from; those of different kinds only as text.

    Text that may be anything, and is empty, is null in any other type than text.
    """

    counts: Counter[type] = field(default_factory=Counter)
    texts: TextTypes = field(default_factory=TextTypes)
    """The types of numbers, and of text that may be a number or anything else."""

    def add(self, values: list[Any], kind: type) -> None:
        """Look at further values, all of one of the kinds."""
        import pyarrow as pa

        self.counts[kind] += len(values)
        if kind is Number:
            values = ["NaN" if each in _NO_DIGITS else each.lower() for each in values]  # a double holds all
        elif kind is UntypedText:
            values = [value for value in values if value]
        if kind in (Number, UntypedText):
            self.texts.add(pa.array(values, pa.string()))

    def add_column(self, leaves: Leaves) -> None:
        """Look at further values, none of which is NaN or infinite; nulls don't count."""
        count = len(leaves.texts) - leaves.texts.null_count
        if not count:
            return
        self.counts[leaves.kind] += count
        if leaves.kind is Number:
            self.texts.add(_small(leaves.texts))

    def type(self) -> tuple[pa.DataType, str | None]:
        """The type, and what to say of it if it is text for want of another; text if there is no value."""
        import pyarrow as pa

        if len(self.counts) > 1:
            return pa.string(), f"text: no other type holds {self.in_words()}"
        if bool in self.counts:
            return pa.bool_(), None
        if str in self.counts:
            return pa.string(), None
        kind, sentence = self.texts.type()
        if Number in self.counts and pa.types.is_string(kind):
            return kind, "text: neither a double nor a decimal of 38 digits holds every number"
        return kind, sentence

    def in_words(self) -> str:
        """How many there are of which kind."""
        return ", ".join(format_count(count, KINDS[kind]) for kind, count in self.counts.items())


def _small(numbers: pa.StringArray) -> pa.StringArray:
    """The numbers with a small `e`: in JSON `1E5` is a number beyond doubt."""
    import pyarrow.compute as pc

    data = numbers.buffers()[2]
    return pc.ascii_lower(numbers) if data and b"E" in data.to_pybytes() else numbers
