"""Types of records: each value can be got back from its column; no JVM."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.data.record_inference import as_texts, infer
from otfbench.errors import DatasetError
from otfbench.inputs.records import in_chunks
from otfbench.registry import load_input

TEXT, LONG, DOUBLE, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
numbers = (
    st.integers(-(10**40), 10**40).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,25})?", fullmatch=True)
)


def inferred(folder: Path, name: str, content: str) -> tuple[pa.Schema, dict[str, str], list[dict]]:
    """The schema and the notes, and the rows as they are read by that schema."""
    (folder / "file").write_text(content)
    files = load_input(name)
    schema, notes = infer(in_chunks(files.records([str(folder / "file")], {})))
    batches = files.batches([str(folder / "file")], {}, schema)
    return schema, notes, [row for batch in batches for row in batch.to_pylist()]


def of_json(folder: Path, *values: str) -> tuple[pa.DataType, str | None, list]:
    """The type of a field that has these values in JSON, one a record; its note; the values in it."""
    schema, notes, rows = inferred(folder, "json", "\n".join(f'{{"a": {value}}}' for value in values))
    return schema.field("a").type, notes.get("a"), [row["a"] for row in rows]


def of_xml(folder: Path, *rows: str) -> tuple[pa.DataType, str | None, list]:
    """The same for the element a in rows of XML."""
    elements = "".join(f"<ROW>{row}</ROW>" for row in rows)
    schema, notes, read = inferred(folder, "xml", f"<ROWS>{elements}</ROWS>")
    return schema.field("a").type, notes.get("a"), [row["a"] for row in read]


# JSON


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (["1", "null", "-2"], LONG, [1, None, -2]),
        (["9223372036854775807"], LONG, [2**63 - 1]),
        (["9223372036854775808", "1"], pa.decimal128(19, 0), [Decimal(2**63), Decimal(1)]),
        (["9" * 38], pa.decimal128(38, 0), [Decimal("9" * 38)]),
        (["9" * 39, "1"], TEXT, ["9" * 39, "1"]),
        (["1", "2.5"], DOUBLE, [1.0, 2.5]),
        (["0.10", "1e3"], DOUBLE, [0.1, 1000.0]),
        (["1", "NaN"], DOUBLE, [1.0, pytest.approx(float("nan"), nan_ok=True)]),
        (["1", "Infinity", "-Infinity"], DOUBLE, [1.0, float("inf"), float("-inf")]),
        (["9007199254740993", "1.5"], pa.decimal128(17, 1), [Decimal("9007199254740993.0"), Decimal("1.5")]),
        (["0.1234567890123456789"], pa.decimal128(20, 19), [Decimal("0.1234567890123456789")]),
        (["0.1234567890123456789", "1e5"], TEXT, ["0.1234567890123456789", "1e5"]),
        (["1e400"], TEXT, ["1e400"]),
        (["0e99999999999999999999", "1"], TEXT, ["0e99999999999999999999", "1"]),
        (["true", "false"], FLAG, [True, False]),
        (['"1"', '"2024-01-01"'], TEXT, ["1", "2024-01-01"]),
        (["1", '"x"'], TEXT, ["1", "x"]),
        (["true", "1.0"], TEXT, ["true", "1.0"]),
        (["null"], TEXT, [None]),
        (["{}"], TEXT, ["{}"]),
        (["[]", "[[]]"], pa.list_(pa.list_(TEXT)), [[], [[]]]),
        (["[1, 2.5]", "[]"], pa.list_(DOUBLE), [[1.0, 2.5], []]),
        (["[1]", "2"], TEXT, ["[1]", "2"]),
        (['{"b": [1.10]}', "[true]"], TEXT, ['{"b":[1.10]}', "[true]"]),
        (
            ['{"b": 1}', '{"c": "x"}'],
            pa.struct([("b", LONG), ("c", TEXT)]),
            [{"b": 1, "c": None}, {"b": None, "c": "x"}],
        ),
        (['[{"b": 1}, {"b": 0.5}, null]'], pa.list_(pa.struct([("b", DOUBLE)])), [[{"b": 1.0}, {"b": 0.5}, None]]),
    ],
)
def test_types_of_json(tmp_path, values, kind, read):
    """A type that holds every value with its digits; text if there is none."""
    found, _, rows = of_json(tmp_path, *values)
    assert (found, rows) == (kind, read)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (["1", "2.5", "9" * 20 + ".5"], None),
        (['"1"'], None),
        (["9" * 39], "text: neither a double nor a decimal of 38 digits holds every number"),
        (["1", '"x"', "2"], "text: no other type holds 2 numbers, 1 text"),
        (["[1]", "{}", "true"], "text: no other type holds 1 object, 1 list, 1 boolean"),
    ],
)
def test_notes_of_json(tmp_path, values, note):
    """What is text for want of another type is said."""
    assert of_json(tmp_path, *values)[1] == note


def test_notes_name_the_way(tmp_path):
    """The note of a field that is not at the top is under the way to it."""
    _, notes, _ = inferred(tmp_path, "json", '{"a": [{"b": 1}, {"b": true}]}')
    assert notes == {"a[].b": "text: no other type holds 1 number, 1 boolean"}


def test_columns_of_texts():
    """Without types, whatever holds no other value is text."""
    schema = pa.schema([("a", LONG), ("b", pa.list_(pa.struct([("c", DOUBLE)])))])
    assert as_texts(schema) == pa.schema([("a", TEXT), ("b", pa.list_(pa.struct([("c", TEXT)])))])


def test_fields_in_the_order_of_the_file(tmp_path):
    """Fields come in the order in which they are first seen."""
    schema, _, _ = inferred(tmp_path, "json", '{"z": 1, "b": 1}\n{"a": 1, "z": 2}')
    assert schema.names == ["z", "b", "a"]


@pytest.mark.parametrize(
    "content", ['{"id": 1}\n{"ID": 2}', '{"a": {"id": 1, "ID": 2}}', '{"a": [{"ID": 1}, {"id": 2}]}']
)
def test_names_that_differ_in_case_only(tmp_path, content):
    """Two names that are one to Spark are an error that names both; in other objects they are not."""
    with pytest.raises(
        DatasetError,
        match=r"record \d \(line \d\): .*(id is there, and ID|ID is there, and id), too, which is the same name",
    ):
        inferred(tmp_path, "json", content)
    assert inferred(tmp_path, "json", '{"id": {"ID": 1}}')[0].names == ["id"]


def test_types_of_many_records(tmp_path):
    """The last of many records counts as the first does."""
    lines = ['{"a": 1, "b": {"c": "x"}}'] * 40_000 + ['{"a": 1.5, "b": {"d": 9007199254740993}}']
    schema, _, rows = inferred(tmp_path, "json", "\n".join(lines))
    assert schema == pa.schema([("a", DOUBLE), ("b", pa.struct([("c", TEXT), ("d", LONG)]))])
    assert len(rows) == 40_001 and rows[-1] == {"a": 1.5, "b": {"c": None, "d": 2**53 + 1}}


def test_numbers_that_a_double_does_not_hold(tmp_path):
    """Numbers of 17 to 42 digits, whole and not, beside short ones: every digit is there."""
    lines = [
        '{"id": 9007199254740993, "amount": 1234567890123.4567890, "big": 123456789012345678901234567890123456789012}',
        '{"id": 1.5, "amount": 2.5, "big": 1}',
        '{"id": 76561198003753554, "amount": 0.1, "big": 2}',
    ]
    schema, notes, rows = inferred(tmp_path, "json", "\n".join(lines))
    assert [field.type for field in schema] == [pa.decimal128(18, 1), pa.decimal128(20, 7), TEXT]
    assert [row["id"] for row in rows] == [Decimal(9007199254740993), Decimal("1.5"), Decimal(76561198003753554)]
    assert [row["amount"] for row in rows] == [Decimal("1234567890123.4567890"), Decimal("2.5"), Decimal("0.1")]
    assert [row["big"] for row in rows] == ["123456789012345678901234567890123456789012", "1", "2"]
    assert list(notes) == ["big"]


@same_folder
@given(st.lists(numbers, min_size=1, max_size=4))
def test_any_numbers_are_got_back(tmp_path, values):
    """Whatever the type, each value in it is the number that is written, digit for digit."""
    kind, _, read = of_json(tmp_path, *values)
    for text, value in zip(values, read, strict=True):
        if kind == TEXT:
            assert value == text
        else:
            assert Decimal(repr(value) if kind == DOUBLE else value) == Decimal(text)


@same_folder
@given(st.data())
def test_any_records_are_got_back(tmp_path, data):
    """Any records, read in the types that were inferred, are the same: what is null and what is missing are alike."""
    names = st.sampled_from("abcd")
    leaf = st.none() | st.booleans() | st.integers(-9, 2**70) | st.sampled_from(["x", "1", ""])
    value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))
    records = data.draw(st.lists(st.dictionaries(names, value, max_size=3), min_size=1, max_size=4))
    schema, _, rows = inferred(tmp_path, "json", "\n".join(map(json.dumps, records)))
    for record, row in zip(records, rows if schema.names else [{}] * len(records), strict=True):
        assert set(record) <= set(schema.names)
        assert all(same(record.get(name), row[name], schema.field(name).type) for name in schema.names)


def same(value, read, kind: pa.DataType) -> bool:
    """Whether a value is what was read of it, in its type."""
    if value is None or read is None:
        return value is None and read is None
    if pa.types.is_struct(kind):
        return all(same(value.get(each.name), read[each.name], each.type) for each in kind)
    if pa.types.is_list(kind):
        return len(value) == len(read) and all(same(v, r, kind.value_type) for v, r in zip(value, read, strict=True))
    if kind == TEXT and not isinstance(value, str):
        return json.loads(read) == value
    return value == read


def test_deeper_than_columns_go(tmp_path):
    """What is nested more than 32 levels deep is text there, in JSON, and it is said."""
    content = '{"a": ' * 40 + "1.50" + "}" * 40
    _, notes, [row] = inferred(tmp_path, "json", content)
    assert list(notes.values()) == ["text: it is nested more than 32 levels deep"]
    for _ in range(32):
        row = row["a"]
    assert row == '{"a":' * 8 + "1.50" + "}" * 8


@pytest.mark.parametrize("depth", range(50, 1_000, 25))
def test_deep_records(tmp_path, depth):
    """Records nested deep are read, or are an error in words."""
    for content in ('{"a": ' + "[" * depth + "1" + "]" * depth + "}", '{"a": ' * depth + "1" + "}" * depth):
        try:
            schema, _, rows = inferred(tmp_path, "json", content)
        except DatasetError as error:
            assert depth > 50 and "nested too deep" in str(error)
        else:
            assert schema.names == ["a"] and len(rows) == 1


# XML


def test_deep_attributes(tmp_path):
    """An attribute that is deeper than columns go is an error: text has no place for it."""
    content = "<ROW>" + "<a>" * 40 + "x" + "</a>" * 40 + "</ROW>"
    assert len(inferred(tmp_path, "xml", content)[1]) == 1
    with pytest.raises(DatasetError, match="nested too deep to be read"):
        inferred(tmp_path, "xml", content.replace("<a>", "<a k='1'>"))


@pytest.mark.parametrize(
    ("rows", "kind", "read"),
    [
        (["<a>1</a>", "<a/>", ""], LONG, [1, None, None]),
        (["<a>01067</a>", "<a>1</a>"], TEXT, ["01067", "1"]),
        (["<a>+1</a>"], TEXT, ["+1"]),
        (["<a>1D</a>"], TEXT, ["1D"]),
        (["<a>09:30</a>"], TEXT, ["09:30"]),
        (["<a>1.50</a>", "<a>2</a>"], DOUBLE, [1.5, 2.0]),
        (["<a>0.12345678901234567890</a>"], pa.decimal128(21, 20), [Decimal("0.12345678901234567890")]),
        (["<a>true</a>", "<a>false</a>"], FLAG, [True, False]),
        (["<a/>", "<a>x</a>"], TEXT, ["", "x"]),
        (["<a/>"], TEXT, [""]),
        (["<a>1</a><a>2</a>", "<a>3</a>", "<a/>"], pa.list_(LONG), [[1, 2], [3], [None]]),
        (['<a b="1">x</a>'], pa.struct([("_b", LONG), ("_VALUE", TEXT)]), [{"_b": 1, "_VALUE": "x"}]),
        (
            ['<a b="1">7</a>', "<a>8</a>"],
            pa.struct([("_b", LONG), ("_VALUE", LONG)]),
            [{"_b": 1, "_VALUE": 7}, {"_b": None, "_VALUE": 8}],
        ),
        (['<a b=""/>', '<a b="1"/>'], pa.struct([("_b", LONG)]), [{"_b": None}, {"_b": 1}]),
        (['<a b=""/>', '<a b="x"/>'], pa.struct([("_b", TEXT)]), [{"_b": ""}, {"_b": "x"}]),
        (['<a id="1"><id>x</id></a>'], pa.struct([("_id", LONG), ("id", TEXT)]), [{"_id": 1, "id": "x"}]),
        (["<a><b>1</b></a>", "<a/>"], pa.struct([("b", LONG)]), [{"b": 1}, {"b": None}]),
        (["<a><b>1</b></a>", "<a>x</a>"], TEXT, ["<b>1</b>", "x"]),
        (["<a>x<b>1</b></a>"], TEXT, ["x<b>1</b>"]),
        (['<a>x<b k="1">y</b></a>'], TEXT, ['x<b k="1">y</b>']),
        (
            ['<a k="1">x<b>2</b>y</a>', "<a>z</a>"],
            pa.struct([("_k", LONG), ("b", LONG), ("_VALUE", TEXT)]),
            [{"_k": 1, "b": 2, "_VALUE": "xy"}, {"_k": None, "b": None, "_VALUE": "z"}],
        ),
    ],
)
def test_types_of_xml(tmp_path, rows, kind, read):
    """Text gets a type that every value can be got back from; elements are structs, lists, or text with markup."""
    found, _, values = of_xml(tmp_path, *rows)
    assert (found, values) == (kind, read)


def test_texts_that_look_like_numbers(tmp_path):
    """Phone numbers, postal codes, codes and times of day stay as they are written."""
    row = {"phone": "+4930123", "zip": "01067", "code": "1D", "t": "09:30"}
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in row.items())
    schema, notes, rows = inferred(tmp_path, "xml", f"<people><ROW>{elements}</ROW></people>")
    assert rows == [row] and schema.types == [TEXT] * 4 and list(notes) == ["phone", "zip", "code"]


def test_dates_of_xml(tmp_path):
    """Days and times of one form get a type."""
    kinds = [of_xml(tmp_path, f"<a>{text}</a>")[0] for text in ("2024-02-29", "2024-02-30", "2024-01-01T10:00:00Z")]
    assert kinds == [pa.date32(), TEXT, pa.timestamp("us", "UTC")]


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        (["<a>01067</a>", "<a>1</a>"], "text; as int 1 of 2 values would lose leading zeros"),
        (["<a>x<b>1</b></a>"], "text: there is text beside elements, so all is kept with its markup"),
        (["<a>1</a>", "<a/>"], None),
    ],
)
def test_notes_of_xml(tmp_path, rows, note):
    """What is text although it looks like a type is said."""
    assert of_xml(tmp_path, *rows)[1] == note
