"""The evidence of lists of columns, as Spark hands them over, is that of the columns themselves; no Spark."""

import pyarrow as pa
import pytest

from otfbench.data.column_hashes import evidence
from otfbench.data.wide_evidence import figures, joined

TABLE = pa.table(
    {
        "a": ["x", None, "", "ü", None],
        "n": pa.array([1, 2, None, 4, -5], pa.int64()),
        "b": ["y", "z", None, None, "x" * 40],
        "m": pa.array([None, -(2**63), 2**63 - 1, 0, 7], pa.int64()),
        "l": [[1.5], [], None, [None, 0.0], [-0.0]],
    }
)
GROUPS = [["a", "b"], ["n", "m"], ["l"]]


def lists(table):
    """A batch with a list for each group: the values of its columns in this row."""
    columns = []
    for names in GROUPS:
        rows = table.select(names).to_pylist()
        kind = pa.list_(table.schema.field(names[0]).type)
        columns.append(pa.array([list(row.values()) for row in rows], kind))
    return pa.record_batch(columns, names=["0", "1", "2"])


@pytest.mark.parametrize("batches", [[lists(TABLE)], [lists(TABLE.slice(0, 3)), lists(TABLE.slice(3))]])
def test_same_as_of_columns(batches):
    """In one batch or several, whatever the order of the types."""
    places = [[TABLE.column_names.index(name) for name in names] for names in GROUPS]
    assert joined([figures(batches, places)], TABLE.column_names) == evidence(TABLE.to_batches())
    assert joined([figures([each], places) for each in batches], TABLE.column_names) == evidence(TABLE.to_batches())


def test_no_row():
    """Each column has evidence, of nothing."""
    found = joined([figures([], [[0, 2], [1]])], ["a", "b", "c"])
    assert found.digest.rows == 0 and [each.nulls for each in found.columns.values()] == [0, 0, 0]
