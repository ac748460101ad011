"""Text in a type that is asked for: each value exactly, or an error; right values by Python."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Context, Decimal
from math import inf, isfinite

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.inputs.typed_text import as_type, first_unfit

UTC, LOCAL = pa.timestamp("us", "UTC"), pa.timestamp("us")
TEN = datetime(2024, 1, 1, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(("text", "kind", "value"), [
    ("1", pa.int8(), 1), ("+1", pa.int32(), 1), ("007", pa.int32(), 7), ("-0", pa.int64(), 0),
    ("3.9", pa.decimal128(10, 2), Decimal("3.90")), ("3.900", pa.decimal128(10, 2), Decimal("3.90")),
    ("1e2", pa.decimal128(10, 2), Decimal("100.00")),
    ("0.1", pa.float64(), 0.1), ("0.10", pa.float32(), 0.10000000149011612), ("-Infinity", pa.float64(), -inf),
    ("0.30000000000000004", pa.float64(), 0.1 + 0.2), ("1.000000000000000056e-01", pa.float64(), 0.1),
    ("70000000.70000010", pa.float64(), 70000000.7000001), ("5e-324", pa.float64(), 5e-324),
    ("true", pa.bool_(), True), ("FALSE", pa.bool_(), False), ("x", pa.string(), "x"),
    ("2024-01-01", pa.date32(), date(2024, 1, 1)),
    ("2024-01-01T10:00:00", UTC, TEN), ("2024-01-01 11:00:00+01:00", UTC, TEN), ("2024-01-01 10:00", UTC, TEN),
    ("2024-01-01 08:30:00-01:30", UTC, TEN), ("2024-01-01T10:00:00Z", UTC, TEN),
    ("2024-01-01", UTC, TEN.replace(hour=0)), ("2024-01-01 10:00:00", LOCAL, TEN.replace(tzinfo=None)),
])  # fmt: skip
def test_texts_become_their_values(text: str, kind: pa.DataType, value: object) -> None:
    """The value that the text stands for; null stays null."""
    found = as_type(pa.array([None, text], pa.string()), kind)
    assert (found.type, found.to_pylist()) == (kind, [None, value])


@pytest.mark.parametrize(("text", "kind"), [
    ("3.999", pa.decimal128(10, 2)), ("123456789.1", pa.decimal128(10, 2)), ("NaN", pa.decimal128(10, 2)),
    ("300", pa.int8()), ("1.5", pa.int32()), ("1.0", pa.int32()), ("0x10", pa.int64()), (" 1", pa.int64()),
    ("++1", pa.int64()), ("", pa.int64()), ("1_000", pa.int64()), ("٣", pa.int64()),
    ("1e39", pa.float32()), ("1e400", pa.float64()), ("0.1234567890123456789", pa.float64()), ("1D", pa.float64()),
    ("9007199254740993", pa.float64()), ("inf", pa.float64()), ("nan", pa.float64()), ("1e-400", pa.float64()),
    ("16777217", pa.float32()),
    ("1", pa.bool_()), ("yes", pa.bool_()),
    ("2023-02-29", pa.date32()), ("0000-01-01", pa.date32()), ("2024-1-1", pa.date32()),
    ("2024-01-01 10:00:00", pa.date32()),
    ("noon", UTC), ("09:30", UTC), ("2024-01-01 24:00:00", UTC), ("2016-12-31 23:59:60", UTC),
    ("2024-01-01 10:00:00.1234567", UTC), ("0000-01-01 00:00:00", UTC), ("2024-01-01T10:00:00Z", LOCAL),
])  # fmt: skip
def test_no_equal(text: str, kind: pa.DataType) -> None:
    """Refused, and found among others."""
    good = pa.array([None] * 9, pa.string())
    texts = pa.concat_arrays([good, pa.array([text, text])])
    with pytest.raises(ValueError):
        as_type(texts, kind)
    assert first_unfit(texts, kind) == 9
    assert first_unfit(good, kind) is None


def test_times_with_and_without_a_zone() -> None:
    """Those without one are in UTC."""
    texts = pa.array(["2024-01-01 10:00:00", None, "2024-01-01 12:00:00+02:00", "2024-01-01T10:00:00Z"])
    assert as_type(texts, UTC).to_pylist() == [TEN, None, TEN, TEN]


@given(st.floats(allow_nan=False), st.integers(1, 25))
def test_doubles_in_any_number_of_digits(number: float, digits: int) -> None:
    """A text of so many digits is taken if the double next to it, written with as many, is the same number."""
    text = str(Context(prec=digits).create_decimal(number)).replace("Infinity", "inf") if isfinite(number) else "inf"
    value = float(text)
    kept = isfinite(value) and Context(prec=digits).create_decimal(value) == Decimal(text)
    assert (first_unfit(pa.array([text]), pa.float64()) is None) == kept
