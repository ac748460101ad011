"""Text gets a type only if every value can be got back from it, and the reason is said where most would."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otfbench.data.text_inference import TextTypes, infer, typed, value_like_name
from otfbench.errors import DatasetError

INT, DOUBLE, TEXT, DATE, BOOL = pa.int64(), pa.float64(), pa.string(), pa.date32(), pa.bool_()
TIME = pa.timestamp("us", "UTC")

TYPES = [
    (["1", "-20", "0", None], INT),
    (["9223372036854775807", "-9223372036854775808"], INT),
    (["9223372036854775808"], pa.decimal128(19, 0)),
    (["007"], TEXT),
    (["+1"], TEXT),
    (["1", "-0"], DOUBLE),
    (["1", "2.50"], DOUBLE),
    (["0.1", "1e5", "-1.5E-07", "12.00", "NaN"], DOUBLE),
    (["1", "NaN"], DOUBLE),
    (["NaN"], TEXT),
    (["nan", "1.5"], TEXT),
    (["inf", "1.5"], TEXT),
    (["1e400"], TEXT),
    (["1e99999999999999999999"], TEXT),
    (["1e-400"], TEXT),
    ([".5"], TEXT),
    (["5."], TEXT),
    (["1D", "2F"], TEXT),
    (["0x10"], TEXT),
    ([" 1"], TEXT),
    (["1 "], TEXT),
    (["1_000"], TEXT),
    (["٣"], TEXT),
    (["−1"], TEXT),
    (["1.5", "Infinity"], TEXT),
    (["1e22", "10000000000000000000000"], DOUBLE),
    (["10000000000000000000000"], pa.decimal128(23, 0)),
    (["5e-324", "1.7976931348623157e308"], DOUBLE),
    (["1,5"], TEXT),
    (["0.1234567890123456789", "10"], pa.decimal128(21, 19)),
    (["9007199254740993", "0.5"], pa.decimal128(17, 1)),
    (["0." + "1" * 38], pa.decimal128(38, 38)),
    (["0." + "1" * 38, "1"], TEXT),
    (["0.1234567890123456789", "1e5"], TEXT),
    (["0.1234567890123456789", "NaN"], TEXT),
    (["true", "false", None], BOOL),
    (["true", "False"], TEXT),
    (["true", "1"], TEXT),
    (["yes", "no"], TEXT),
    (["2024-02-29", "0001-01-01", "9999-12-31"], DATE),
    (["2023-02-29"], TEXT),
    (["0000-01-01"], TEXT),
    (["2024-1-1"], TEXT),
    (["2024-01"], TEXT),
    (["09:30"], TEXT),
    (["2024-01-01 10:00:00", "1969-12-31 23:59:59"], TIME),
    (["2024-01-01T10:00:00Z"], TIME),
    (["2024-01-01T10:00:00.12", "2024-01-01T10:00:00.00"], TIME),
    (["2024-01-01T10:00:00.12345Z"], TIME),
    (["2024-01-01 10:00:00.123456"], TIME),
    (["2024-01-01 10:00:00", "2024-01-01T10:00:00"], TEXT),
    (["2024-01-01 10:00:00", "2024-01-01 10:00:00Z"], TEXT),
    (["2024-01-01 10:00:00.1", "2024-01-01 10:00:00.12"], TEXT),
    (["2024-01-01 10:00:00+01:00"], TEXT),
    (["2024-01-01 10:00:00.1234567"], TEXT),
    (["2024-01-01 10:00"], TEXT),
    (["2024-01-01 24:00:00"], TEXT),
    (["2016-12-31 23:59:60"], TEXT),
    (["2024-02-30 10:00:00"], TEXT),
    (["10000-01-01"], TEXT),
    (["10000-01-01 00:00:00"], TEXT),
    (["0000-01-01 00:00:00"], TEXT),
    (["-2024-01-01"], TEXT),
    (["٢٠٢٤-01-01"], TEXT),
    (["2024-W01-1"], TEXT),
    (["20240101"], INT),
    (["2024-01-01", "2024-01-01 10:00:00"], TEXT),
    (["", "1"], TEXT),
    ([None, None], TEXT),
    ([], TEXT),
]


def column(*parts: list[str | None]) -> TextTypes:
    """A column to which these were added, one after the other."""
    found = TextTypes()
    for part in parts:
        found.add(pa.array(part, TEXT))
    return found


@pytest.mark.parametrize("values, right", TYPES)
def test_narrowest_type_keeps_all_values(values: list[str | None], right: pa.DataType) -> None:
    """The narrowest type that keeps all values, whether they come at once or one by one."""
    assert column(values).type()[0] == right
    assert column(*([value] for value in values)).type()[0] == right


SENTENCES = [
    (["1", "2", "007", "08"], "text; as int 2 of 4 values would lose leading zeros"),
    (["1.5", "+2", "03.5"],
     "text; as double 1 of 3 values would lose leading zeros, 1 of 3 values would lose their plus sign"),
    (["1", "2", "n/a"], "text; as int 1 of 3 values are no numbers"),
    (["1D", "2F", "7"], "text; as int 2 of 3 values would lose the letter behind them"),
    (["1.5", ".5"], "text; as double 1 of 2 values have no digit on one side of the point"),
    (["1e5", "0.1234567890123456789"], "text; as double values would lose digits (0.1234567890123456789)"),
    (["true", "true", "yes"], "text; as boolean 1 of 3 values are neither true nor false"),
    (["2024-01-31", "2024-02-31", "2024-03-31"], "text; as date 1 of 3 values are no days of the calendar"),
    (["2024-01-31", "2024-02-28", "?"], "text; as date 1 of 3 values are no dates"),
    (["2024-01-01 10:00:00+01:00"] * 2, "text; as timestamp 2 of 2 values would lose their offset from UTC"),
    (["2024-01-01T10:00:00.1234567", "2024-01-01T10:00:00.123456789Z"],
     "text; as timestamp 2 of 2 values have more than six digits of a second"),
    (["12E5", "1200000"], "text; as double 1 of 2 values are names rather than numbers, as 12E5"),
    (["1E05", "1E5", "x"],
     "text; as double 2 of 3 values are names rather than numbers, as 12E5, 1 of 3 values are no numbers"),
    (["2024-01-01 10:00"], "text; as timestamp 1 of 1 value have no seconds"),
    (["2024-01-01 10:00:00", "2024-01-01T10:00:00"],
     "text; as timestamp 1 of 2 values are written otherwise than 2024-01-01 10:00:00"),
    (["2024-01-01 10:00:00", "2024-01-01 25:00:00"], "text; as timestamp 1 of 2 values are no times of the calendar"),
    (["a", "b", "1"], None), (["1", "2"], None), (["09:30"], None), ([None], None),
]  # fmt: skip


@pytest.mark.parametrize("values, sentence", SENTENCES)
def test_text_that_looks_like_a_type_says_why_it_is_none(values: list[str | None], sentence: str | None) -> None:
    """How many values lose what; nothing where the type is no surprise."""
    found, told = column(values).type()
    assert told == sentence and (sentence is None or found == TEXT)


def test_losses_are_counted_over_all_batches() -> None:
    """The values before the first loss count, too."""
    assert column(["1"] * 50, ["01"] * 3, ["2", "02"]).type() == (
        TEXT,
        "text; as int 4 of 55 values would lose leading zeros",
    )


def test_schema_covers_all_batches() -> None:
    """The schema of all batches, and sentences by column."""
    parts = [pa.record_batch({"id": ["1"], "zip": ["01"]}), pa.record_batch({"id": ["2"], "zip": ["12"]})]
    schema = pa.schema({"id": INT, "zip": TEXT})
    assert infer(parts) == (schema, {"zip": "text; as int 1 of 2 values would lose leading zeros"})


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"1": INT, "foo": TEXT, "2024-01-01": DATE}, "1"),
        ({"id": INT, "2": INT}, None),
        ({"foo": TEXT}, None),
        ({"_c0": INT}, None),
    ],
)
def test_names_that_may_be_values(columns: dict[str, pa.DataType], name: str | None) -> None:
    """A header that is a row has a value of each column."""
    assert value_like_name(pa.schema(columns)) == name


def test_a_header_that_is_repeated() -> None:
    """Files that were put together: their headers are rows, and that is said."""
    rows = {"id": ["1", "id", "2", "\ufeffid", "5", "6"], "v": ["a", "v", "b", "v", "v", None]}
    assert infer([pa.record_batch(rows)])[1] == {
        "id": "text; as int 2 of 6 values are no numbers; 2 more lines like the header: read as rows"
    }
    assert infer([pa.record_batch({"v": ["a", "v"]})])[1] == {"v": "1 more line like the header: read as rows"}


def test_path_columns_are_typed_by_name() -> None:
    """Columns that already have their type are left, those of text are cast, in the order of the schema."""
    batch = pa.record_batch({"day": ["2024-01-01", None], "id": pa.array([1, 2], pa.int64())})
    schema = pa.schema({"id": INT, "day": DATE})
    assert typed(batch, schema).to_pylist() == [{"id": 1, "day": date(2024, 1, 1)}, {"id": 2, "day": None}]
    with pytest.raises(DatasetError, match="column day: '2024-01-01' has no equal as bigint: give another type in"):
        typed(batch, pa.schema({"id": INT, "day": INT}))


DIGITS = st.text("0123456789", max_size=22)
NUMBERS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "-", "-", "+"]), st.sampled_from(["", "0", "1"]) | DIGITS,
    st.sampled_from(["", "."]), DIGITS, st.sampled_from(["", "", "e5", "E-07", "e+22", "e308", "e-320"]),
)  # fmt: skip
TIMES = st.builds(
    "{:%Y-%m-%d}{}{}{}{}".format,
    st.dates(), st.sampled_from(" T"), st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "10:00"]),
    st.sampled_from(["", ".1", ".120", ".123456"]), st.sampled_from(["", "Z", "+00:00"]),
)  # fmt: skip
GOOD = st.one_of(
    st.integers(-(2**70), 2**70).map(str), st.floats(allow_infinity=False).map(repr), st.dates().map(str),
    st.sampled_from(["true", "false", "NaN"]), st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)  # fmt: skip


def number(text: str) -> Decimal | None:
    """The number that a text is."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@settings(max_examples=1000, deadline=None)
@given(
    st.one_of(*(st.lists(st.none() | each, min_size=1, max_size=4) for each in (NUMBERS, TIMES, GOOD, NUMBERS | GOOD))),
    st.integers(1, 3),
)
def test_every_value_can_be_got_back(values: list[str | None], size: int) -> None:
    """From the type that was chosen: the same text, or the same number; and batches don't matter."""
    batch = pa.record_batch({"a": pa.array(values, TEXT)})
    schema, _ = infer(batch.slice(start, size) for start in range(0, len(values), size))
    assert infer([batch])[0] == schema
    found = typed(batch, schema)[0]
    for text, value in zip(values, found):
        if text is None or value.type == TEXT:
            assert value.as_py() == text
        elif value.type in (INT, DOUBLE) or pa.types.is_decimal(value.type):
            assert text == "NaN" or number(repr(value.as_py()).removeprefix("Decimal('").removesuffix("')")) == number(
                text
            )
            assert not re.match(r"[+]|-?0[0-9]|-?[.]", text)
        elif value.type == TIME:
            written = value.cast(TEXT).as_py()
            assert (written[:10] + text[10] + written[11:]).startswith(text.removesuffix("Z"))
        else:
            assert value.cast(TEXT).as_py() == text
