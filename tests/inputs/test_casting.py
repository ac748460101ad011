"""Columns of Arrow in other types keep their values: lists of any layout, fields by names, slices, nulls."""

import pyarrow as pa
import pytest

from otfbench.inputs.casting import cast

INT = pa.int32()
LISTS = [pa.list_(INT), pa.large_list(INT), pa.list_(INT, 2), pa.list_view(INT), pa.large_list_view(INT)]
SLICES = [(0, 4), (1, 3), (1, 1), (4, 0)]
INNER = pa.struct([("x", INT)])


@pytest.mark.parametrize(("start", "length"), SLICES)
@pytest.mark.parametrize("kind", LISTS, ids=str)
def test_sliced_lists_keep_their_values(kind, start, length):
    """However they lie in memory, also beside nulls: Arrow's own cast loses what is in a view then."""
    values = [[1, 2], None, [3, 4], [5, 6]]
    found = cast(pa.array(values, kind).slice(start, length), pa.list_(pa.int64()))
    found.validate(full=True)
    assert found.to_pylist() == values[start : start + length]


@pytest.mark.parametrize(("start", "length"), SLICES)
def test_fields_are_matched_by_name(start, length):
    """Fields by name, in any case and order; one that isn't there is null."""
    rows = [{"l": [{"x": 1}, None], "m": [("k", 1)]}, None, {"l": None, "m": None}, {"l": [], "m": []}]
    right = [{"m": [("k", 1)], "l": [{"X": 1, "y": None}, None]}, None, {"m": None, "l": None}, {"m": [], "l": []}]
    narrow = pa.struct([("l", pa.list_(INNER)), ("m", pa.map_(pa.string(), INT))])
    wide = pa.struct([("X", pa.int64()), ("y", pa.string())])
    kind = pa.struct([("m", pa.map_(pa.string(), pa.int64())), ("l", pa.list_(wide))])
    found = cast(pa.array(rows, narrow).slice(start, length), kind)
    found.validate(full=True)
    assert found.to_pylist() == right[start : start + length]


def test_inexact_cast_is_an_error():
    """A value that would be another one is an error."""
    with pytest.raises(pa.ArrowInvalid):
        cast(pa.array([2**53 + 1]), pa.float64())
