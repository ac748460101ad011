"""Evidence of rows as Arrow holds them: what makes two contents the same, without Spark."""

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.data.column_hashes import evidence
from otfbench.data.evidence import NO_ROW, ColumnEvidence
from otfbench.data.xxhash64 import of_bytes, of_ints, of_longs

values = st.one_of(st.none(), st.text(max_size=50))
contents = st.lists(st.tuples(values, values), max_size=20)


def of(rows, kind=pa.string()):
    """The evidence of rows of two columns, a and b."""
    arrays = [pa.array([row[i] for row in rows], kind) for i in range(2)]
    return evidence([pa.record_batch(arrays, names=["a", "b"])])


class TestHash:
    """The hash is xxHash64 with seed 42; right values by the reference implementation in C."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (b"", 0x98B1582B0977E704),
            (b"a", 0x88E4FE59ADF7B0CC),
            (b"otfbench", 0x0287231152631D69),
            (b"x" * 31, 0xE82DE6C821DF41DE),
            (b"x" * 32, 0x1209BCC9FA7C79F8),
            (b"0123456789abcdef" * 6 + b"tail", 0xA703668E16207FDC),
        ],
    )
    def test_texts_hash_to_known_values(self, text, expected):
        """Of each length class: nothing, bytes, words, stripes of 32 bytes and what is left behind them."""
        starts, lengths = np.array([0]), np.array([len(text)])
        assert int(of_bytes(np.frombuffer(text, np.uint8), starts, lengths)[0]) == expected

    def test_many_at_once(self):
        """Texts of many lengths beside each other have the hashes that each of them has alone."""
        texts = [bytes(range(length % 256)) for length in range(100)]
        lengths = np.array(list(map(len, texts)))
        starts = np.cumsum(lengths) - lengths
        together = of_bytes(np.frombuffer(b"".join(texts), np.uint8), starts, lengths)
        alone = [of_bytes(np.frombuffer(t, np.uint8), np.array([0]), np.array([len(t)]))[0] for t in texts]
        assert together.tolist() == alone

    def test_numbers_hash_as_their_bytes(self):
        """Whole numbers are hashed as their bytes, little-endian."""
        longs, ints = np.array([0, 1, -1, 2**62]), np.array([0, 1, -5], np.int32)
        for hashes, raw in ((of_longs(longs), longs.astype("<i8")), (of_ints(ints), ints.astype("<i4"))):
            data = np.frombuffer(raw.tobytes(), np.uint8)
            starts = np.arange(len(raw)) * raw.itemsize
            assert hashes.tolist() == of_bytes(data, starts, np.full(len(raw), raw.itemsize)).tolist()


@given(contents, st.randoms())
def test_order_does_not_matter(rows, random):
    """The same rows in another order have the same evidence."""
    shuffled = random.sample(rows, len(rows))
    assert of(rows) == of(shuffled)


@given(contents, contents)
def test_parts_add_up(one, other):
    """However the rows are cut into batches, the evidence is the same."""
    assert of(one) + of(other) == of(one + other)
    assert of(one) + NO_ROW == of(one)


@given(contents, contents)
def test_other_rows_have_other_evidence(one, other):
    """Contents that differ in anything but the order have different evidence."""
    assert (of(one) == of(other)) == (sorted(map(repr, one)) == sorted(map(repr, other)))


def test_column_that_differs_is_named():
    """One changed value: its column differs, and no other."""
    assert of([("x", "y"), ("u", "v")]).differing(of([("x", "y"), ("u", "w")])) == ["b"]


def test_values_in_other_rows_are_seen():
    """Columns whose values have changed rows: each is the same, but the rows are not."""
    one, other = of([("x", "1"), ("y", "2")]), of([("x", "2"), ("y", "1")])
    assert one.columns == other.columns and one.digest != other.digest


def test_null_is_not_empty():
    """Nulls are counted, and are not the empty text."""
    assert of([(None, "")]).columns["a"] == ColumnEvidence(1, 0)
    assert of([(None, "")]).columns["b"].nulls == 0


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (0.0, -0.0, pa.float64()),
        ([1, None], [None, 1], pa.list_(pa.int64())),
        ([[1], [2]], [[1, 2]], pa.list_(pa.list_(pa.int64()))),
        ([], None, pa.list_(pa.int64())),
        ({"x": None}, None, pa.struct([("x", pa.int32())])),
        ([("k", 1)], [("k", 2)], pa.map_(pa.string(), pa.int64())),
        ([("k", None)], [], pa.map_(pa.string(), pa.int64())),
        (Decimal("1.10"), Decimal("1.11"), pa.decimal128(38, 2)),
        (b"\x00", b"\x00\x00", pa.binary()),
        (True, False, pa.bool_()),
    ],
)
def test_what_differs_by_little(one, other, kind):
    """Nulls, empty values, signs of zero and borders between values are told apart, also inside of values."""
    assert of([(one, one)], kind).differing(of([(one, other)], kind)) == ["b"]


@pytest.mark.parametrize(
    ("value", "narrow", "wide"),
    [
        (5, pa.int8(), pa.int64()),
        (1.5, pa.float32(), pa.float64()),
        ("é", pa.string(), pa.large_string()),
        ("é", pa.string(), pa.dictionary(pa.int32(), pa.string())),
        (b"xy", pa.binary(2), pa.large_binary()),
        ([1, 2], pa.list_(pa.int16()), pa.large_list(pa.int64())),
    ],
)
def test_width_does_not_matter(value, narrow, wide):
    """One value in types of different width has one hash."""
    assert of([(value, value)], narrow) == of([(value, value)], wide)


def test_maps_have_no_order():
    """Two maps of the same entries are the same, whatever the order of these."""
    kind = pa.map_(pa.string(), pa.int64())
    one, other = [("a", 1), ("b", None)], [("b", None), ("a", 1)]
    assert of([(one, one)], kind) == of([(other, other)], kind)


def test_slices_are_hashed_alone():
    """A batch that is a part of a larger one has the evidence of its own rows, at every level of nesting."""
    kind = pa.struct([("l", pa.list_(pa.string())), ("m", pa.map_(pa.string(), pa.decimal128(30, 1)))])
    rows = [{"l": [str(i)] * i, "m": [(str(i), Decimal(i))]} for i in range(6)]
    whole = pa.record_batch(
        [pa.array(rows, kind), pa.array([date(2024, 1, i + 1) for i in range(6)])], names=["a", "b"]
    )
    part = pa.record_batch(
        [pa.array(rows[2:5], kind), pa.array([date(2024, 1, i) for i in (3, 4, 5)])], names=["a", "b"]
    )
    assert evidence([whole.slice(2, 3)]) == evidence([part])


leaf_types = st.sampled_from(
    [pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string(), pa.binary()]
    + [pa.large_string(), pa.decimal128(9, 2), pa.decimal128(38, 10), pa.date32(), pa.timestamp("us"), pa.binary(3)]
)
any_types = st.recursive(
    leaf_types,
    lambda kinds: st.one_of(
        kinds.map(pa.list_),
        kinds.map(lambda kind: pa.map_(pa.string(), kind)),
        st.lists(kinds, min_size=1, max_size=2).map(
            lambda several: pa.struct([(f"f{number}", kind) for number, kind in enumerate(several)])
        ),
    ),
    max_leaves=4,
)


@given(any_types, st.integers(0, 70))
def test_nulls_are_nulls_however_they_were_made(kind, rows):
    """Arrow lays out a column that a file lacks, and all in it, in other ways than one that was read."""
    made = (pa.nulls(rows, kind), pa.array([None] * rows, kind), pa.nulls(rows + 1, kind).slice(1))
    first, *others = (evidence([pa.record_batch([each], names=["a"])]) for each in made)
    assert all(each == first for each in others) and first.columns["a"].nulls == rows


def test_type_that_spark_lacks_is_an_error():
    """A type that no column of Spark has can't be evidence of one."""
    with pytest.raises(TypeError, match="time64"):
        evidence([pa.record_batch([pa.array([1], pa.time64("us"))], names=["a"])])
