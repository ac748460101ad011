"""JSON by a reader that isn't Spark: every record and every digit, or an error that says where it is; no JVM."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.errors import DatasetError
from otfbench.inputs.arrow_types import in_words
from otfbench.inputs.records import Number
from otfbench.registry import load_input
from tests.processes import peak_growth

DOCUMENT = {"multiline": "true"}
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs"]))
digits = st.from_regex(r"-?(0|[1-9][0-9]{0,60})(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
rows = st.lists(st.dictionaries(texts, values, max_size=4), max_size=5)


def written(folder: Path, content: str | bytes, name: str = "file.json") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def found(path: str, options: dict[str, str] | None = None) -> list[dict]:
    return [record.values for record in load_input("json").records([path], options or {})]


def column(folder: Path, kind: pa.DataType, content: str) -> list:
    """The values of the field a, read as a type."""
    batches = load_input("json").batches([written(folder, content)], {}, pa.schema([("a", kind)]))
    return [value for batch in batches for value in batch.column("a").to_pylist()]


def as_numbers(value):
    """What Python writes, as it is read: numbers are their digits."""
    if isinstance(value, dict):
        return {name: as_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_numbers(each) for each in value]
    return Number(json.dumps(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


# Records


@same_folder
@given(rows)
def test_any_records_are_read_back(tmp_path, rows):
    """Any objects that Python writes are read back: as lines, as one array, and as documents one after the other."""
    expected = [as_numbers(row) for row in rows]
    assert found(written(tmp_path, "\n".join(map(json.dumps, rows)))) == expected
    for text in (json.dumps(rows, indent=3), json.dumps(rows), " ".join(map(json.dumps, rows))):
        assert found(written(tmp_path, text), DOCUMENT) == expected


@same_folder
@given(digits)
def test_any_digits_are_kept(tmp_path, number):
    """A number of any length keeps all of its digits, as a value and as a text."""
    line = f'{{"a": {number}}}'
    [record] = found(written(tmp_path, line))
    assert record == {"a": number} and type(record["a"]) is Number
    assert column(tmp_path, pa.string(), line) == [number]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ('{"a": 1}\n\n \t\n{"a": 2}\n', {}, ["1", "2"]),
        ('{"a": 1}\r\n{"a": 2}\r{"a": 3}', {}, ["1", "2", "3"]),
        ('[{"a": 1},\n{"a": 2}]', DOCUMENT, ["1", "2"]),
        ('{\n"a": 1\n}\n{"a": 2}[{"a": 3}]', DOCUMENT, ["1", "2", "3"]),
        ("[ ]", DOCUMENT, []),
        ("", DOCUMENT, []),
        ("", {}, []),
        ('\ufeff{"a": "ü"}', {}, ["ü"]),
        ('{"a": "\\ud83d\\ude00"}', {}, ["\U0001f600"]),
        ('{"a": "\\\\ud800"}', {}, ["\\ud800"]),
    ],
)
def test_records_of_a_file(tmp_path, content, options, expected):
    """Blank lines, all line ends, arrays, documents and a byte order mark are what they are."""
    assert [values["a"] for values in found(written(tmp_path, content), options)] == expected


@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("utf-8-sig", {}),
        ("utf-16", {}),
        ("utf-32", {}),
        ("iso-8859-15", {"encoding": "ISO-8859-15"}),
        ("cp1252", {"charset": "windows-1252"}),
        ("utf-16-be", {"encoding": "UTF-16"}),
    ],
)
def test_mark_or_option_tells_encoding(tmp_path, encoding, options):
    """A mark at the beginning tells the encoding, or an option does."""
    content = '{"a": "Zoë €"}\n'.encode(encoding)
    assert found(written(tmp_path, content), options) == [{"a": "Zoë €"}]
    assert found(written(tmp_path, content), {**options, **DOCUMENT}) == [{"a": "Zoë €"}]


def test_gzip_is_known_by_name(tmp_path):
    """What is compressed is read by its name; one that lost its end is an error."""
    packed = gzip.compress(json.dumps({"a": list(range(99_999))}).encode(), mtime=0)
    assert found(written(tmp_path, packed, "file.json.gz")) == [{"a": list(map(str, range(99_999)))}]
    with pytest.raises(DatasetError, match=r"file\.json\.gz: it is damaged, or cut off"):
        found(written(tmp_path, packed[:-99], "file.json.gz"))


def test_location_of_a_record(tmp_path):
    """A record knows its file, its number there, and the line that it begins in."""
    path = written(tmp_path, '[{"a": 1}, {"a":\n2},\n\n{"a": 3}]')
    records = list(load_input("json").records([path], DOCUMENT))
    assert [(each.file, each.number, each.line) for each in records] == [(path, 1, 1), (path, 2, 1), (path, 3, 4)]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ('{"a": 1}\n\n{"a": }', {}, r"record 2 \(line 3\): it is no JSON: Expecting value .* in line 3"),
        ('{"a": 1', {}, "record 1 .* it is no JSON: Expecting ',' delimiter .* give datasets.format json-multiline"),
        ('{"a": 1}{"a": 2}', {}, "it is no JSON: Extra data .* several objects, give datasets.format json-multiline"),
        ('{"a": 1} // x', {}, "it is no JSON: Extra data .* Comments are none of JSON: take them out"),
        ('{"a": 1} 2', {}, "record 1 .* it is no JSON: Extra data"),
        ("{'a': 1}", {}, "it is no JSON: .* Names and texts stand in double quotes"),
        ('[{"a": 1}]', {}, r"record 1 \(line 1\): \[{\"a\": 1}\] is no object"),
        ("3", {}, "3 is no object"),
        ('{"a": 1}\n{"b": {"a": 1, "a": 2}}', {}, r"record 2 \(line 2\): the key a is there twice"),
        ('{"b": {"c": ["\\ud800"]}}', {}, r"record 1 \(line 1\): b\.c: a lone surrogate"),
        ('{"\\uDC00": 1}', {}, r"record 1 \(line 1\): \\udc00: a lone surrogate"),
        ('{"a": ' + 99_999 * "[", {}, "nested too deep"),
        ('[{"a": 1},\n{"a": 2}', DOCUMENT, r"record 3 \(line 2\): it is no JSON: Expecting ',' delimiter"),
        ('[{"a": 1}\n{"a": 2}]', DOCUMENT, r"record 2 \(line 2\): it is no JSON: Expecting ',' delimiter"),
        ('[{"a": 1},]', DOCUMENT, "record 2 .* it is no JSON: Illegal trailing comma.* Take out the comma before it"),
        ('{"a": 1,}', {}, "Take out the comma before it|Illegal trailing comma"),
        ('{"a":}', {}, r"line 1\.$"),
        ('{"a": 1},\n{"a": 2}', DOCUMENT, "A comma stands only between .* put \\[ and \\] around"),
        ('{"a": "x\ty"}', {}, r"Invalid control character .* a tab as \\t"),
        ('[{"a": 1},\n\n{"a": "x]', DOCUMENT, r"record 2 \(line 3\): .* Unterminated string"),
        ('[{"a": 1}, 2]', DOCUMENT, r"record 2 \(line 1\): 2 is no object"),
        ('[{"a": 1}, [{"a": 2}]]', DOCUMENT, "is no object"),
        (b'{"a": 1}\n{"a": "\xff"}', {}, "the byte at offset 16 is no UTF-8: give its encoding by .*encoding"),
    ],
)
def test_what_is_no_record_is_an_error(tmp_path, content, options, message):
    """What is broken, or holds a value that can't be kept, is an error with file, record and line."""
    with pytest.raises(DatasetError, match=message) as caught:
        found(written(tmp_path, content), options)
    assert str(caught.value).startswith(str(tmp_path / "file.json"))


@pytest.mark.parametrize("size", [1, 7, 262_143, 262_144, 262_145, 600_000])
def test_records_across_the_pieces_of_a_file(tmp_path, size):
    """A record is whole wherever the file is cut in pieces for reading: texts, numbers and marks."""
    rows = [{"a": "é" * (size // 2), "b": 12345.678e-5, "c": [True, None]}, {"a": "\\", "b": -1, "c": []}] * 2
    expected = [as_numbers(row) for row in rows]
    assert found(written(tmp_path, json.dumps(rows, indent=1)), DOCUMENT) == expected
    assert found(written(tmp_path, "\r\n".join(map(json.dumps, rows)))) == expected


def test_memory_is_that_of_a_record(tmp_path):
    """An array of 60 MB in one line is read in less than 10 MB, also where it turns out to be broken."""
    record = json.dumps({"a": "x" * 200_000})
    small, large = (
        written(tmp_path, f"[{','.join([record] * records)} {{]", f"{records}.json") for records in (2, 300)
    )
    grown_bytes, said = peak_growth(read_until_it_breaks, small, large)
    assert said.startswith("300 ") and "record 301" in said and grown_bytes < 10_000_000 < os.path.getsize(large)


def read_until_it_breaks(path: str) -> str:
    """The number of the last record, and what is said of the next one."""
    number = 0
    with pytest.raises(DatasetError) as raised:
        for record in load_input("json").records([path], DOCUMENT):
            number = record.number
    return f"{number} {raised.value}"


# Columns


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (pa.int64(), "9223372036854775807", 2**63 - 1),
        (pa.int8(), "-128", -128),
        (pa.float64(), "0.10", 0.1),
        (pa.float64(), "1e3", 1000.0),
        (pa.float64(), "-0.0", -0.0),
        (pa.float64(), "NaN", pytest.approx(float("nan"), nan_ok=True)),
        (pa.float64(), '"Infinity"', float("inf")),
        (pa.float64(), "12345678901234567000", 12345678901234567000.0),
        (pa.float32(), "0.1", pytest.approx(0.1)),
        (
            pa.decimal128(38, 10),
            "1234567890123456789012345678.0123456789",
            Decimal("1234567890123456789012345678.0123456789"),
        ),
        (pa.decimal128(5, 2), '"1.5"', Decimal("1.50")),
        (pa.decimal128(5, 2), "1.500", Decimal("1.50")),
        (pa.string(), '"1.0"', "1.0"),
        (pa.string(), "1.0", "1.0"),
        (pa.string(), "true", "true"),
        (pa.string(), '{"b": [1.10, "\\"", null]}', '{"b":[1.10,"\\"",null]}'),
        (pa.string(), '""', ""),
        (pa.string(), '"\\u0000"', "\0"),
        (pa.bool_(), "false", False),
        (pa.date32(), '"2024-02-29"', date(2024, 2, 29)),
        (pa.timestamp("us", "UTC"), '"2024-01-01 10:00:00"', datetime(2024, 1, 1, 10, tzinfo=timezone.utc)),
        (
            pa.timestamp("us", "UTC"),
            '"2024-01-01T10:00:00.5+02:00"',
            datetime(2024, 1, 1, 8, 0, 0, 500_000, timezone.utc),
        ),
        (pa.timestamp("us"), '"2024-01-01T10:00:00.123456000"', datetime(2024, 1, 1, 10, 0, 0, 123456)),
        (pa.list_(pa.int32()), "[1, null]", [1, None]),
        (pa.map_(pa.string(), pa.int32()), '{"x": 1}', [("x", 1)]),
        (pa.struct([("b", pa.int32()), ("c", pa.string())]), '{"c": 7, "d": 1}', {"b": None, "c": "7"}),
    ],
)
def test_value_in_a_type(tmp_path, kind, text, value):
    """A value in a type that holds it; a key that is missing, and null, are null in any."""
    assert column(tmp_path, kind, f'{{"a": null}}\n{{"a": {text}}}\n{{}}') == [None, value, None]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (pa.int64(), "9223372036854775808"),
        (pa.int64(), "1.0"),
        (pa.int64(), '"1"'),
        (pa.int64(), "true"),
        (pa.int8(), "128"),
        (pa.float64(), "9007199254740993"),
        (pa.float64(), "0.1234567890123456789"),
        (pa.float64(), "1e400"),
        (pa.float64(), "1e-99999999999999999999"),
        (pa.float64(), '"1.5"'),
        (pa.float32(), "16777217"),
        (pa.decimal128(5, 1), "1.55"),
        (pa.decimal128(5, 1), "12345"),
        (pa.bool_(), '"true"'),
        (pa.date32(), '"2024-02-30"'),
        (pa.date32(), '"2024-01-01T00:00:00"'),
        (pa.timestamp("us", "UTC"), '"2024-01-01"'),
        (pa.timestamp("us", "UTC"), '"2024-01-01T10:00:00.1234567Z"'),
        (pa.timestamp("us", "UTC"), "1704103200"),
        (pa.timestamp("us"), '"2024-01-01T10:00:00Z"'),
        (pa.list_(pa.int32()), "7"),
        (pa.struct([("b", pa.int32())]), "[7]"),
        (pa.map_(pa.string(), pa.int32()), '"x"'),
    ],
)
def test_value_that_a_type_does_not_hold(tmp_path, kind, text):
    """A value without an equal in the type is an error with file, record, field, value and type."""
    content = '{"a": null}\n' * 99 + f'{{"a": {text}}}\n' + '{"a": null}\n' * 20
    with pytest.raises(DatasetError) as caught:
        column(tmp_path, kind, content)
    shown = json.dumps(json.loads(text)) if text.startswith(("[", '"')) else text
    assert f"file.json: record 100 (line 100): a: {shown} has no equal as {in_words(kind)}: give another" in str(
        caught.value
    )


def test_path_of_a_value(tmp_path):
    """The field is named with the way to it."""
    kind = pa.list_(pa.struct([("b", pa.map_(pa.string(), pa.int32()))]))
    with pytest.raises(DatasetError, match=r"record 1 .*: a\[\]\.b\[\]: 1\.5 has no equal as int"):
        column(tmp_path, kind, '{"a": [{"b": {"x": 1, "y": 1.5}}]}')


def test_type_that_is_not_read(tmp_path):
    """A type that the reader doesn't know is an error that names it."""
    with pytest.raises(DatasetError, match="a: the second reader knows no columns of interval day to second"):
        column(tmp_path, pa.duration("us"), "{}")


# Options


@pytest.mark.parametrize("name", ["json", "json-gz", "json-multiline"])
def test_own_options_are_known(name):
    """The reader knows the options that these files are read with anyway."""
    files = load_input(name)
    assert files.reader == "python"
    assert files.why_unread({key.lower(): value for key, value in files.foreign_options.items()}) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "UTF-16", "recursivefilelookup": "true"}, None),
        ({"timestampformat": "yyyy"}, "the option timestampformat is not known to the second reader"),
        ({"mode": "DROPMALFORMED"}, "the second reader leaves out no record, as mode DROPMALFORMED may"),
        ({"encoding": "x-none"}, "the encoding x-none is not known to the second reader"),
        ({"linesep": ";"}, "the second reader knows no lines that end otherwise than in a line break"),
    ],
)
def test_why_unread(options, message):
    """Options that change values otherwise are the reason for not reading."""
    assert load_input("json").why_unread(options) == message


@pytest.mark.parametrize("nested", [False, True])
def test_lenient_mode_leaves_out_lines_that_are_no_json(tmp_path, nested):
    """By the others types are found; in any other mode such a line is an error."""
    value = '{"b": 9007199254740993.5}' if nested else "9007199254740993.5"
    bad = ["xx", '{"a": 1, "a": 2}', "[1]", '{"a": "\\ud83d"}', ""]
    (tmp_path / "file.json").write_text("\n".join([f'{{"a": {value}}}', *bad, '{"a": null}']))
    paths = [str(tmp_path / "file.json")]

    found = load_input("json").records(paths, {"mode": "PERMISSIVE"})
    assert [record.number for record in found] == [1, 6]
    assert [record.values for record in found] == [
        {"a": {"b": "9007199254740993.5"} if nested else "9007199254740993.5"},
        {"a": None},
    ]
    with pytest.raises(DatasetError, match="it is no JSON"):
        list(load_input("json").records(paths, {}))


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        ('{"a": 1}'.encode("utf-16"), "utf-8", "begins with the mark of UTF-16: leave .*encoding: utf-8 out"),
        (b'\xef\xbb\xbf{"a": 1}', "utf-16", "begins with the mark of UTF-8: leave .*encoding: utf-16 out"),
        (b'{"a": "\xff"}', "ascii", "no ASCII: give another encoding by .*encoding: ..."),
    ],
)
def test_encoding_that_the_file_is_not_in(tmp_path, content, encoding, words):
    """Where one is given that can't be: another one, or none where a mark tells it."""
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        list(load_input("json").records([str(tmp_path / "a.json")], {"encoding": encoding}))
