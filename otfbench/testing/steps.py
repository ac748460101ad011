"""Random changes of a small table, and the same on a dictionary: for the contract suites. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from otfbench.formats.base import TableFormat
from otfbench.formats.model import Capability
from otfbench.formats.sql import sql_text
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RowsById = dict[int, tuple[str | None, int | None]]
"""Key -> the other two values of its row."""

_KEYS = st.sampled_from(range(1, 9))
_TEXTS = st.sampled_from([None, "", "a", "it's"])
_AMOUNTS = st.sampled_from([None, -2, -1, 0, 1, 2])
ROWS = st.dictionaries(_KEYS, st.tuples(_TEXTS, _AMOUNTS), min_size=1, max_size=4)


@dataclass(frozen=True)
class Condition:
    """Which rows an update or a delete is about: in SQL, and in Python."""

    sql: str
    holds: Callable[[int, int | None], bool] = field(repr=False)
    """Of a key and an amount; as in SQL, nothing holds of null."""


def _among(keys: Collection[int]) -> Condition:
    return Condition(f"id IN ({', '.join(map(str, sorted(keys)))})", lambda key, _: key in keys)


def _below(limit: int) -> Condition:
    return Condition(f"amount < {limit}", lambda _, amount: amount is not None and amount < limit)


_BY_KEY = st.builds(_among, st.sets(_KEYS, min_size=1, max_size=3))
_CONDITIONS = _BY_KEY | st.builds(_below, st.sampled_from(range(-1, 3)))


@dataclass(frozen=True)
class Step:
    """One change. A compaction changes nothing."""

    kind: Capability
    rows: RowsById = field(default_factory=dict)
    """What an append or a merge brings."""
    where: Condition = Condition("true", lambda *_: True)
    text: str | None = None
    """What an update sets."""

    def brought(self, content: RowsById) -> RowsById:
        """The rows that it brings to this content: an append leaves out those whose keys exist."""
        if self.kind is Capability.MERGE:
            return self.rows
        return {key: row for key, row in self.rows.items() if key not in content}

    def make(self, bound: TableFormat, content: RowsById) -> None:
        """Change the table that the format is bound to, which holds this content."""
        brought = self.brought(content)
        if self.kind is Capability.APPEND and brought:
            bound.append(as_frame(bound.spark, brought))
        elif self.kind is Capability.MERGE:
            bound.merge(as_frame(bound.spark, brought), ["id"])
        elif self.kind is Capability.UPDATE:
            value = "NULL" if self.text is None else sql_text(self.text)
            bound.update("text", value, self.where.sql)
        elif self.kind is Capability.DELETE:
            bound.delete(self.where.sql)
        elif self.kind is Capability.COMPACT:
            bound.compact()

    def applied(self, content: RowsById) -> RowsById:
        """The content after it."""
        chosen = {key for key, (_, amount) in content.items() if self.where.holds(key, amount)}
        if self.kind is Capability.UPDATE:
            return {key: (self.text if key in chosen else text, amount) for key, (text, amount) in content.items()}
        if self.kind is Capability.DELETE:
            return {key: row for key, row in content.items() if key not in chosen}
        return content | self.brought(content)


_STEPS: Mapping[Capability, Mapping[str, st.SearchStrategy[Any]]] = {
    Capability.DELETE: {"where": _CONDITIONS},  # first: the simplest example empties a table, and deletes again
    Capability.UPDATE: {"where": _CONDITIONS, "text": _TEXTS},
    Capability.MERGE: {"rows": ROWS},
    Capability.APPEND: {"rows": ROWS},
    Capability.COMPACT: {},
}


def steps(capabilities: Collection[Capability], unknown: bool) -> st.SearchStrategy[list[Step]]:
    """Three to five changes of those that a format can make; `unknown`: also deletes whose conditions may be null."""
    each = _STEPS if unknown else {**_STEPS, Capability.DELETE: {"where": _BY_KEY}}
    kinds = [st.builds(Step, st.just(kind), **rest) for kind, rest in each.items() if kind in capabilities]
    return st.lists(st.one_of(kinds), min_size=3, max_size=5)


def as_frame(spark: SparkSession, content: RowsById) -> DataFrame:
    """The content as rows of Spark."""
    rows = [(key, text, amount) for key, (text, amount) in content.items()]
    return spark.createDataFrame(rows, "id bigint, text string, amount int")


def as_content(rows: DataFrame) -> RowsById:
    """Rows of Spark as content. Fails if a key occurs more than once."""
    values = [(row["id"], row["text"], row["amount"]) for row in rows.collect()]
    content = {key: (text, amount) for key, text, amount in values}
    assert len(content) == len(values), f"keys that occur more than once: {values}"
    return content


class StepContract:
    """Random sequences of changes, in each of the format's variants."""

    deletes_unknown: ClassVar[Collection[str]] = ()
    """Variants in which a delete also removes rows of which its condition is null: a loss that a test must state."""

    @pytest.mark.parametrize("variant", ["shipped", "cow", "mor", "keyed"])
    def test_any_changes(self, session: Session, variant: str) -> None:
        """Whatever is appended, merged, updated, deleted and compacted in turn: the content is a dictionary's."""
        if variant not in session.format.variants or (variant == "shipped" and "cow" in session.format.variants):
            pytest.skip(f"{session.format.name} has no variant {variant}, or others whose changes differ")
        bound = session.at("any_changes", variant, ["id"])

        # Each example creates a table: a few must do, the same on any machine, without half an hour of shrinking.
        @settings(max_examples=4, phases=[Phase.generate], deadline=None, derandomize=True, database=None)
        @given(ROWS, steps(session.format.capabilities, variant not in self.deletes_unknown))
        def check_steps(rows: RowsById, changes: list[Step]) -> None:
            bound.create(as_frame(session.spark, rows))
            try:
                for step in changes:
                    step.make(bound, rows)
                    rows = step.applied(rows)
                assert as_content(bound.read()) == rows
            finally:
                bound.drop()

        with session.variant_conf(variant):
            check_steps()
