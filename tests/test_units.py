"""Durations, sizes and shares as people read them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.units import format_count, format_seconds, format_share, format_size, parse_seconds

SECONDS = [
    (0, "0 ms"),
    (0.0014, "1 ms"),
    (0.85, "850 ms"),
    (0.9994, "999 ms"),
    (0.9996, "1.00 s"),
    (1.236, "1.24 s"),
    (9.994, "9.99 s"),
    (9.996, "10.0 s"),
    (12.4, "12.4 s"),
    (119.94, "119.9 s"),
    (119.96, "2.0 min"),
    (126, "2.1 min"),
    (7200, "120.0 min"),
]
SIZES = [
    (0, "0 B"),
    (1, "1 B"),
    (999, "999 B"),
    (1000, "1.00 kB"),
    (9_994, "9.99 kB"),
    (9_996, "10.0 kB"),
    (99_940, "99.9 kB"),
    (99_960, "100 kB"),
    (999_499, "999 kB"),
    (999_500, "1.00 MB"),
    (5_051_000, "5.05 MB"),
    (48_300_000, "48.3 MB"),
    (2 * 10**9, "2.00 GB"),
    (10**12, "1.00 TB"),
    (12_345 * 10**12, "12345 TB"),
]


@pytest.mark.parametrize(("value", "text"), SECONDS)
def test_seconds_have_the_digits_that_matter(value, text):
    """A duration has the digits that matter; what rounds up to the next unit is shown in it."""
    assert format_seconds(value) == text


@pytest.mark.parametrize(("value", "text"), SIZES)
def test_size_has_three_digits(value, text):
    """A size has three digits in decimal units; bytes are exact; what rounds up to the next unit is shown in it."""
    assert format_size(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 %"), (0.07, "7 %"), (0.126, "13 %"), (1, "100 %"), (2.5, "250 %")])
def test_share_is_in_whole_percent(value, text):
    """A share is in whole percent."""
    assert format_share(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("850 ms", 0.85), ("1.24 s", 1.24), ("2 min", 120), ("90s", 90), (" 3.5  s ", 3.5), ("30m", 1800), ("1.5h", 5400)],
)
def test_parse_seconds(text, value):
    """A duration is read with or without blanks."""
    assert parse_seconds(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "s", "12", "-1 s", "1.5.2 s", "1 d", "1 MS", "1 MB", "1e3 s", "one s", "1 s 2", ".5 s"]
)
def test_no_duration(text):
    """What is no duration is a ValueError that shows it."""
    with pytest.raises(ValueError, match=f"^{text!r} is no"):
        parse_seconds(text)


def read_size(text: str) -> float:
    """The inverse of format_size(), within its rounding."""
    number, unit = text.split()
    return float(number) * 1000 ** ("B", "kB", "MB", "GB", "TB").index(unit)


@given(st.floats(0, 10_000))
def test_seconds_round_trip(value):
    """What is shown and read back is the value, within half of the last digit shown."""
    half = 0.0005 if value < 1 else 0.005 if value < 10 else 0.05 if value < 119.96 else 3
    assert parse_seconds(format_seconds(value)) == pytest.approx(value, rel=1e-9, abs=half * 1.000001)


@given(st.integers(0, 10**16))
def test_size_round_trip(value):
    """What is shown and read back is the value, within half of the third digit."""
    assert read_size(format_size(value)) == pytest.approx(value, rel=0.005, abs=0)


@given(st.integers(0, 999))
def test_bytes_are_exact(value):
    """Below one kilobyte nothing is rounded."""
    assert read_size(format_size(value)) == value


@given(st.floats(0, 10_000))
def test_seconds_shown_twice(value):
    """What was read from a shown duration is shown the same."""
    assert format_seconds(parse_seconds(format_seconds(value))) == format_seconds(value)


@given(st.integers(0, 10**16))
def test_size_shown_twice(value):
    """What was read from a shown size is shown the same."""
    assert format_size(round(read_size(format_size(value)))) == format_size(value)


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_longer_is_not_shown_shorter(one, other):
    """Rounding and units don't turn an order round."""
    low, high = sorted((one, other))
    assert parse_seconds(format_seconds(low)) <= parse_seconds(format_seconds(high))


def test_numbers_of_things():
    """One is one, and others have commas between thousands."""
    assert [format_count(count, "row") for count in (0, 1, 20_000)] == ["0 rows", "1 row", "20,000 rows"]
