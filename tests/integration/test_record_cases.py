"""`otfbench convert` of JSON and XML: the table holds what the files say, or one sentence says why not."""

from __future__ import annotations

import codecs
import gzip
import json
import shutil
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench import cli
from otfbench.inputs.json import Json
from otfbench.inputs.xml import Xml

Convert = Callable[..., tuple[int, str, list[dict[str, Any]]]]
CARS = """<?xml version="1.0"?>
<ROWS>
  <ROW><year>1997</year><make>A</make></ROW>
  <!--
  <ROW><year>2115</year><make>retired</make></ROW>
  -->
  <note><![CDATA[<ROW><year>1</year><make>example</make></ROW>]]></note>
  <ROW><year>2015</year><make>B</make></ROW>
</ROWS>
"""
PEOPLE = """<people>
<ROW><phone>+4930123</phone><zip>01067</zip><code>1D</code><t>09:30</t></ROW>
<ROW><phone>+4989456</phone><zip>80331</zip><code>2F</code><t>10:00</t></ROW>
</people>
"""
NUMBERS = """{"id": 9007199254740993, "amount": 1234567890123.4567890, "big": 1234567890123456789012345678901234567890}
{"id": 1.5, "amount": 2.5, "big": 1}
{"id": 76561198003753554, "amount": 0.1, "big": 2}
"""
many = settings(max_examples=500, suppress_health_check=list(HealthCheck), deadline=None, database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@pytest.fixture
def convert(
    in_one_jvm: None, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Convert:
    """Runs `otfbench convert` on a file with this content: exit code, what it prints, the rows of the table."""
    monkeypatch.chdir(folder)

    def call(name: str, content: str | bytes, *arguments: str) -> tuple[int, str, list[dict[str, Any]]]:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        command = ["otfbench", "convert", name, "table", "--to", "parquet", "--on-conflict", "replace", *arguments]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        code = int(ended.value.code or 0)
        files = [] if code else sorted((folder / "table").glob("*.parquet"))
        rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        return code, printed.out + printed.err, rows

    return call


def converted(convert: Convert, name: str, content: str | bytes, *arguments: str) -> list[dict[str, Any]]:
    """The rows of the table, which is known to be equal to the file."""
    code, printed, rows = convert(name, content, *arguments)
    assert code == 0 and printed.rstrip().endswith(": equal"), printed
    return rows


def test_declared_name_that_no_record_has(convert: Convert) -> None:
    """It is a column of nulls, and said: the file may call it otherwise."""
    code, printed, rows = convert("names.json", '{"nmae": "x", "n": 1}\n', "--schema", "name string, n int")
    assert (code, rows) == (0, [{"name": None, "n": 1}])
    assert "warning: null in every row: name. Are these in the files what they are called in --schema?" in printed


@pytest.mark.parametrize(
    ("name", "content", "schema", "names"),
    [
        ("plain.xml", '<ROWS><ROW><a k="1">5</a></ROW></ROWS>', "a int", "a._k"),
        ("text.xml", '<ROWS><ROW><a k="1">5</a></ROW></ROWS>', "a string", "a._k"),
        ("list.xml", '<ROWS><ROW><a k="1">5</a><a>6</a></ROW></ROWS>', "a array<int>", "a._k"),
        ("map.xml", '<ROWS><ROW><m><x w="3">1</x></m></ROW></ROWS>', "m map<string, string>", "m.*._w"),
        ("map.json", '{"m": {"k": {"a": 1, "y": 2}}}\n', "m map<string, struct<a: int>>", "m.*.y"),
        ("list.json", '{"m": [[{"a": 1, "y": 2}]]}\n', "m array<array<struct<a: int>>>", "m.y"),
    ],
)
def test_names_within_values_that_are_not_declared(
    convert: Convert, name: str, content: str, schema: str, names: str
) -> None:
    """Attributes of plain elements, and names in maps and lists, are told, too."""
    code, printed, _ = convert(name, content, "--schema", schema)
    assert code == 0 and f"warning: in the files, and left out: {names}. For these" in printed, printed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.json", '{"v": {"a": 1, "b": 2}, "w": 3}\n'),
        ("names.xml", "<ROWS><ROW><v><a>1</a><b>2</b></v><w>3</w></ROW></ROWS>"),
    ],
)
def test_names_that_are_not_declared(convert: Convert, name: str, content: str) -> None:
    """Their values are left out, as the schema has it, and that is said."""
    code, printed, rows = convert(name, content, "--schema", "v struct<a: int>")
    assert (code, rows) == (0, [{"v": {"a": 1}}])
    said = "warning: in the files, and left out: v.b, w. For these values declare them, too, in --schema."
    assert said in printed
    code, printed, _ = convert(name, content, "--schema", "v struct<a: int, b: int>, w int")
    assert code == 0 and "left out" not in printed


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16LE"])
def test_lines_of_json_in_another_encoding(convert: Convert, encoding: str) -> None:
    """Spark wants to be told what ends lines then, which nobody else does."""
    lines = '{"a": "Zo\u00eb"}\r\n{"a": "\u00fc"}\r\n'.encode(encoding)
    code, printed, rows = convert("lines.json", lines, "--from", "json", "--option", f"encoding={encoding}")
    assert (code, rows) == (0, [{"a": "Zo\u00eb"}, {"a": "\u00fc"}]), printed


@pytest.mark.parametrize(
    ("content", "option"),
    [
        ('{"a": 1/* { */}\n// x\n{"a": 2}\n', "allowComments=true"),
        ("{a: 1}\n{a: 2}\n", "allowUnquotedFieldNames=true"),
    ],
)
def test_several_documents_in_a_form_of_spark(convert: Convert, content: str, option: str) -> None:
    """Spark reads the first of them alone, and no other reader is there to notice."""
    code, printed, _ = convert("several.json", content, "--from", "json-multiline", "--option", option)
    assert code != 0 and "several documents, of which Spark reads the first" in printed, printed
    code, printed, rows = convert("several.json", content.replace("// x\n", ""), "--from", "json", "--option", option)
    assert (code, rows) == (0, [{"a": 1}, {"a": 2}]), printed


def test_records_beside_bad_ones_are_compared(convert: Convert) -> None:
    """A second reader finds what Spark keeps, in a copy without the lines that are kept aside."""
    code, printed, rows = convert("beside.json", '{"a": 1}\n{"a": 5,}\n{"a": 2}\n', "--bad-records", "aside")
    assert (code, rows) == (0, [{"a": 1}, {"a": 2}]) and "reads the same." in printed, printed
    shutil.rmtree("table.bad-records")
    code, printed, rows = convert("one.csv", "v\n1.5\nx\n", "--schema", "v decimal(5,2)", "--bad-records", "aside")
    assert (code, rows) == (0, [{"v": Decimal("1.50")}]) and "reads the same." in printed, printed
    shutil.rmtree("table.bad-records")


@pytest.mark.parametrize(
    ("name", "content", "schema", "message"),
    [
        ("more.json", '{"a": 1}\n{"a": 2} junk\n{"a": 5,}\n', "", "more.json: record 2 (line 2)"),
        ("two.json", '{"a": 1}\n{"a": 3}{"a": 4}\n{"a": 5,}\n', "", "two.json"),
        ("twice.json", '{"a": 1, "a": 2}\n{"a": 5,}\n', "a int", "twice.json: record 1 (line 1)"),
        ("case.json", '{"A": 1}\n{"a": 5,}\n', "a int", "case.json: record 1 (line 1): A is a in the schema"),
        ("round.json", '{"a": 16777217}\n{"a": "x"}\n', "a float", "round.json: record 1 (line 1): a: 16777217 has no"),
        ("round.csv", "v\n1.5\n1.555\nx\n", "v decimal(5,2)", "round.csv, line 3: column v: '1.555' has no equal"),
        ("open.csv", 'id,t\n1,a\n2\n3,"q\n4,z"\n', "", "open.csv, line 4"),
        ("behind.csv", 'id,t\n1,"x"y\n2\n', "", "behind.csv, line 2"),
    ],
)
def test_values_beside_bad_records_are_not_changed(
    convert: Convert, name: str, content: str, schema: str, message: str
) -> None:
    """What is refused alone is refused beside records that are kept aside, too; those have their line numbers."""
    declared = ("--schema", schema) if schema else ()
    code, printed, _ = convert(name, content, "--bad-records", "aside", *declared)
    assert code != 0 and message in " ".join(printed.split()), printed
    assert not Path("table.bad-records").exists()


MODES = ("PERMISSIVE", "DROPMALFORMED")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("name", "content", "schema", "expected", "nulls"),
    [
        ("let.json", '{"a": 1}\n{bad\n{"a": 3}\n', "", [{"a": 1}, {"a": 3}], {"a": None}),
        ("let.csv", "id,t\n1,x\n3\n", "id int, t string", [{"id": 1, "t": "x"}], {"id": 3, "t": None}),
        ("let.xml", "<ROWS><ROW><a>1</a></ROW><ROW><a>x</a></ROW></ROWS>", "a int", [{"a": 1}], {"a": None}),
    ],
)
def test_lenient_modes_are_compared(
    convert: Convert, mode: str, name: str, content: str, schema: str, expected: list[Any], nulls: dict[str, Any]
) -> None:
    """A second reader finds the records that fit; the others are there as the mode has it."""
    declared = ("--schema", schema) if schema else ()
    code, printed, rows = convert(name, content, "--option", f"mode={mode}", *declared)
    assert code == 0 and "reads the same." in " ".join(printed.split()) and printed.endswith("incomplete\n"), printed
    assert sorted(rows, key=str) == sorted([*expected, *([nulls] if mode == MODES[0] else [])], key=str)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("name", "content", "schema", "message"),
    [
        ("lost.json", '{"a": 1}\n{"a": 3}{"a": 4}\n', "", "lost.json: record 2 (line 2)"),
        ("lost2.json", '{"a": 1}\n{"a": 3}{"a": 4}\n{bad\n', "", "lost2.json: record 2 (line 2)"),
        ("twice.json", '{"a": 1, "a": 2}\n', "a int", "the key a is there twice in one object"),
        ("round.csv", "v\n1.555\n", "v decimal(5,2)", "round.csv, line 2: column v: '1.555' has no equal"),
        ("round2.csv", "v\nx\n1.555\n", "v decimal(5,2)", "round2.csv, line 3: column v: '1.555' has no equal"),
        ("open.csv", 'id,t\n1,a\n2\n3,"q\n', "", "open.csv, line 4: the quote"),
        (
            "round.xml",
            "<R>\n<ROW><a>x</a></ROW>\n<ROW><a>1.555</a></ROW></R>",
            "a decimal(5,2)",
            "(line 3): a: 1.555 has",
        ),
    ],
)
def test_values_are_not_changed_in_lenient_modes(
    convert: Convert, mode: str, name: str, content: str, schema: str, message: str
) -> None:
    """What is refused alone is refused there, too: nothing is rounded or lost but what is counted."""
    declared = ("--schema", schema) if schema else ()
    code, printed, _ = convert(name, content, "--option", f"mode={mode}", *declared)
    assert code != 0 and message in " ".join(printed.split()), printed


def test_digits_in_lenient_modes(convert: Convert) -> None:
    """Numbers that are kept as text have each digit where bad records are left out; among nulls they are an error."""
    lines = '{"a": 0.1234567890123456789012345}\n{"a": "x"}\n{bad}\n'
    code, printed, rows = convert("digits.json", lines, "--option", "mode=DROPMALFORMED")
    assert (code, rows) == (0, [{"a": "0.1234567890123456789012345"}, {"a": "x"}]), printed
    code, printed, _ = convert("digits.json", lines, "--option", "mode=PERMISSIVE")
    said = "digits.json: line 1: a: Spark's reader writes numbers that are kept as text anew, in fewer digits: only"
    assert code != 0 and said in " ".join(printed.split()) and "mode=DROPMALFORMED" in printed, printed


def test_the_column_of_corrupt_records(convert: Convert) -> None:
    """It holds the text of a bad record, and the other columns are compared."""
    schema = ("--schema", "a int, _corrupt_record string", "--option", "mode=PERMISSIVE")
    _, printed, rows = convert("corrupt.json", '{"a": 1}\n{"a": "x"}\n', *schema)
    assert rows == [{"a": 1, "_corrupt_record": None}, {"a": None, "_corrupt_record": '{"a": "x"}'}], printed
    assert "reads the same." in " ".join(printed.split())


@pytest.mark.parametrize(
    ("name", "content", "arguments", "expected"),
    [
        ("packed.json.gz", gzip.compress(b'{"a": 1}\n{bad\n'), (), [{"a": 1}]),
        ("lines.csv", 'id,t\n1,"a\n2"\n2\n3,"\n"\n', ("--option", "multiLine=true"), [(1, "a\n2"), (3, "\n")]),
        ("one.csv", 't\n"a\n\nb"\nx,y\nz\n', ("--option", "multiLine=true"), [("a\n\nb",), ("z",)]),
        ("returns.csv", "id,t\r1,a\r2\r", (), [(1, "a")]),
        ("latin.csv", "id,t\n1,\xfc\n\xfc\n".encode("latin-1"), ("--option", "encoding=latin1"), [(1, "\xfc")]),
    ],
)
def test_bad_records_that_are_no_plain_lines(
    convert: Convert, name: str, content: str | bytes, arguments: tuple[str, ...], expected: list[Any]
) -> None:
    """Packed files, records of several lines, other line ends and encodings are compared, too."""
    code, printed, rows = convert(name, content, "--bad-records", "aside", *arguments)
    shutil.rmtree("table.bad-records")
    assert [row if isinstance(expected[0], dict) else tuple(row.values()) for row in rows] == expected, printed
    assert "reads the same." in " ".join(printed.split()), printed


def test_open_quotes_beside_bad_records_in_several_lines(convert: Convert) -> None:
    """A quote that nothing closes is an error where it takes all that follows."""
    content = 'id,t\n1,a\n2\n3,"q\n4,z\n'
    code, printed, _ = convert("ends.csv", content, "--bad-records", "aside", "--option", "multiLine=true")
    assert code != 0 and "ends.csv, line 4: the quote" in printed, printed


def test_values_beside_bad_ones_that_are_not_compared(convert: Convert) -> None:
    """Where bad records aren't found in a file again, that is said."""
    content = "id,t\n1,\xfc\n2\n".encode("utf-16")
    code, printed, _ = convert("wide.csv", content, "--bad-records", "aside")
    shutil.rmtree("table.bad-records")
    assert code == 0 and "their values were not compared." in " ".join(printed.split()), printed


def test_digits_beside_bad_records(convert: Convert) -> None:
    """Numbers that are kept as text have each digit."""
    digits = "0.1234567890123456789012345"
    _, printed, rows = convert("mixed.json", f'{{"a": {digits}}}\n{{"a": "x"}}\n{{bad}}\n', "--bad-records", "aside")
    assert rows == [{"a": digits}, {"a": "x"}], printed
    shutil.rmtree("table.bad-records")


def test_times_of_xml_with_a_zone(convert: Convert) -> None:
    """A blank before the time of day is read, too, in elements and attributes."""
    rows = '<ROWS><ROW t="2024-01-01 08:00:00Z"><c>2024-01-01 00:00:00.1Z</c></ROW></ROWS>'
    code, printed, found = convert("zone.xml", rows)
    assert code == 0 and "line 1: Spark's reader knows no time with both" in " ".join(printed.split()), printed
    assert [{name: str(value) for name, value in row.items()} for row in found] == [
        {"_t": "2024-01-01 08:00:00", "c": "2024-01-01 00:00:00.100000"}
    ]


def test_blank_lines_of_csv(convert: Convert) -> None:
    """Those that Spark's reader drops are rows where they have a blank; what no reader takes for one is counted."""
    assert converted(convert, "one.csv", "name\nx\n  \n\ny\n") == [{"name": "x"}, {"name": "  "}, {"name": "y"}]
    _, printed, rows = convert("tabs.tsv", "a\tb\n1\tx\n\t\n", "--option", r"sep=\t")
    assert rows == [{"a": 1, "b": "x"}, {"a": None, "b": None}]
    _, printed, _ = convert("one.csv", "name\nx\n\ny\n")
    assert 'name: 1 blank line left out: a row without a value is a line of ""' in printed


def test_a_column_called_as_corrupt_records_are(convert: Convert) -> None:
    """Spark's word for them is a name as any other where no such record is let pass."""
    lines = '{"_corrupt_record": "x", "a": 1}\n{"_corrupt_record": null, "a": 2}\n'
    assert converted(convert, "named.json", lines) == [
        {"_corrupt_record": "x", "a": 1},
        {"_corrupt_record": None, "a": 2},
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<ROWS><ROW k='x>y'><a>1</a></ROW></ROWS>", [{"_k": "x>y", "a": 1}]),
        ("<!DOCTYPE ROWS [<!ATTLIST ROW k CDATA 'd'>]><ROWS><ROW><a>1</a></ROW></ROWS>", [{"_k": "d", "a": 1}]),
        (
            "<ROWS><ROW><a>5</a></ROW><ROW><a><b>1</b></a></ROW><ROW><a k='1'>7</a></ROW></ROWS>",
            [{"a": {"_VALUE": v, "b": b, "_k": k}} for v, b, k in ((5, None, None), (None, 1, None), (7, None, 1))],
        ),
    ],
)
def test_xml_that_spark_misreads(convert: Convert, content: str, expected: list[dict[str, Any]]) -> None:
    """A tag that holds `>`, the default of an attribute, and an element that is a text in one row are right."""
    assert converted(convert, "rows.xml", content) == expected


def test_types_of_records_beside_bad_ones(convert: Convert) -> None:
    """Those that fit keep each digit and zero, though no other reader than Spark reads them in the end."""
    lines = '{"n": 9007199254740993.5, "p": 1}\nxx\n'
    code, printed, rows = convert("bad.json", lines, "--bad-records", "aside")
    assert (code, rows) == (0, [{"n": Decimal("9007199254740993.5"), "p": 1}]) and printed.endswith("incomplete\n")
    people = PEOPLE.replace("people>", "ROWS>")
    _, _, rows = convert("lenient.xml", people, "--option", "mode=PERMISSIVE")
    assert [row["zip"] for row in rows] == ["01067", "80331"]


# What Spark reads otherwise


def test_every_digit_of_json(convert: Convert) -> None:
    """Numbers that no double holds keep their digits: as decimals, or as text."""
    rows = converted(convert, "n.json", NUMBERS)
    written = [json.loads(line, parse_int=str, parse_float=str) for line in NUMBERS.splitlines()]
    assert [row["big"] for row in rows] == [record["big"] for record in written]
    for name in ("id", "amount"):
        assert [row[name] for row in rows] == [Decimal(record[name]) for record in written]


def test_texts_of_xml_that_look_like_numbers(convert: Convert) -> None:
    """Phone numbers, postal codes, codes and times of day are the texts that they are."""
    assert converted(convert, "p.xml", PEOPLE) == [
        {"phone": "+4930123", "zip": "01067", "code": "1D", "t": "09:30"},
        {"phone": "+4989456", "zip": "80331", "code": "2F", "t": "10:00"},
    ]


def test_rows_in_comments_and_cdata(convert: Convert) -> None:
    """What looks like a row in a comment or in CDATA is none, and the line is named."""
    code, printed, rows = convert("cars.xml", CARS)
    assert (code, rows) == (0, [{"year": 1997, "make": "A"}, {"year": 2015, "make": "B"}])
    assert "cars.xml: line 4: <ROW> in a comment is no row" in printed and printed.rstrip().endswith(": equal")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("pi.xml", "<R><?x <ROW><a>9</a></ROW>?><ROW><a>1</a></ROW></R>", [{"a": 1}]),
        ("text.xml", "<R><ROW k='1'>hello</ROW><ROW k='2'>w</ROW></R>", [(1, "hello"), (2, "w")]),
        ("around.xml", "<R><ROW>x<a>1</a>y</ROW></R>", [{"a": 1, "_VALUE": "xy"}]),
        ("empty.xml", "<R><ROW/><ROW><a>1</a></ROW ><ROW\nk='2'/></R>", [(None, None), (1, None), (None, 2)]),
        ("blank.xml", "<R><ROW n=''><a>x</a></ROW><ROW n='3'><a/></ROW></R>", [(None, "x"), (3, "")]),
        (
            "latin.xml",
            '<?xml version="1.0" encoding="ISO-8859-1"?><R><ROW><a>Zoë</a></ROW></R>'.encode("latin-1"),
            [{"a": "Zoë"}],
        ),
        ("utf16.xml", "<R><ROW><a>Łódź</a></ROW></R>".encode("utf-16"), [{"a": "Łódź"}]),
        (
            "entity.xml",
            '<!DOCTYPE R [<!ENTITY c "A &amp; B"><!ATTLIST ROW k CDATA "z">]><R><ROW><a>&c;</a></ROW></R>',
            [{"_k": "z", "a": "A & B"}],
        ),
        ("many.json", '{"a": 1}{"a": 2}\n{"a":\n3}', [{"a": 1}, {"a": 2}, {"a": 3}]),
        ("arrays.json", '[{"a": 1}]\n[{"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("utf16.json", '{"a": "Łódź"}\n{"a": "x"}\n'.encode("utf-16"), [{"a": "Łódź"}, {"a": "x"}]),
        ("kinds.json", '{"a": 1.10}\n{"a": "x"}\n{"a": [1.50]}', [{"a": "1.10"}, {"a": "x"}, {"a": "[1.50]"}]),
        ("packed.json.gz", gzip.compress(b'{"a": 1.10}\n{"a": "2"}', mtime=0), [{"a": "1.10"}, {"a": "2"}]),
        ("long.json", '{"a": %s}\n{"a": 1}' % ("9" * 2000), [{"a": "9" * 2000}, {"a": "1"}]),
    ],
)
def test_what_spark_reads_otherwise(convert: Convert, name: str, content: str | bytes, expected: list[Any]) -> None:
    """What Spark's readers are known to misread comes from the other one, which is said with the file."""
    code, printed, rows = convert(name, content)
    assert code == 0 and printed.rstrip().endswith(": equal"), printed
    assert [row if isinstance(wanted, dict) else tuple(row.values()) for row, wanted in zip(rows, expected)] == expected
    assert f"{name}: " in printed and "the rows are those that python" in printed


# What both read


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "nested.xml",
            "<R><ROW><p><n>A</n><t>1</t><t>2</t></p></ROW><ROW><p><n>B</n></p></ROW></R>",
            [{"p": {"n": "A", "t": [1, 2]}}, {"p": {"n": "B", "t": None}}],
        ),
        ("self.xml", "<R><ROW><a>1</a><ROW><a>2</a></ROW></ROW></R>", [{"a": 1, "ROW": {"a": 2}}]),
        ("one.xml", "<R><ROW id='1'><id>x</id></ROW></R>", [{"_id": 1, "id": "x"}]),
        ("cdata.xml", "<R><ROW><a><![CDATA[<b> & c]]></a></ROW></R>", [{"a": "<b> & c"}]),
        ("bom.json", codecs.BOM_UTF8 + '{"a": "ü"}\n\n \n'.encode(), [{"a": "ü"}]),
        ("bom.json", '[\n{"a": "ü"}]'.encode("utf-16"), [{"a": "ü"}]),
        ("keys.json", '{"a.b": 1, "c d": 2, "é": 3}', [{"a.b": 1, "c d": 2, "é": 3}]),
        ("lists.json", '{"a": [[1, 2], [3.5]]}\n{"a": []}', [{"a": [[1.0, 2.0], [3.5]]}, {"a": []}]),
        ("null.json", '{"a": null, "b": {}}\n{"a": {"x": 1}}', [{"a": None, "b": "{}"}, {"a": {"x": 1}, "b": None}]),
        ("inf.json", '{"a": 1.5}\n{"a": -Infinity}', [{"a": 1.5}, {"a": float("-inf")}]),
        ("empty.json", '{"a": "", "b": 1}\n{"a": null, "b": 2}', [{"a": "", "b": 1}, {"a": None, "b": 2}]),
    ],
)
def test_what_both_read(convert: Convert, name: str, content: str | bytes, expected: list[Any]) -> None:
    """Both readers agree on the values that stand in the file."""
    assert converted(convert, name, content) == expected


def test_all_as_text(convert: Convert) -> None:
    """Without types, numbers are the texts that are written."""
    content = '{"a": 1.50, "b": [{"c": 1e5}], "d": true}'
    assert converted(convert, "t.json", content, "--infer", "none") == [{"a": "1.50", "b": [{"c": "1e5"}], "d": "true"}]
    assert converted(convert, "t.xml", "<R><ROW><a>1.50</a></ROW></R>", "--infer", "none") == [{"a": "1.50"}]


def test_geojson_is_one_record(convert: Convert) -> None:
    """A collection of features is the one object that it is, with all its numbers."""
    points = [{"type": "Point", "coordinates": [1.5, 2.25]}, {"type": "Polygon", "coordinates": [[[1.5, 2.0]]]}]
    features = [{"type": "Feature", "geometry": point, "properties": {"n": 1}} for point in points]
    [row] = converted(convert, "map.json", json.dumps({"type": "FeatureCollection", "features": features}, indent=1))
    found = [feature["geometry"]["coordinates"] for feature in row["features"]]
    assert [[json.loads(each) for each in one] for one in found] == [point["coordinates"] for point in points]


def test_deep_values(convert: Convert) -> None:
    """What is nested deeper than columns go is text there."""
    [row] = converted(convert, "deep.json", '{"a": ' * 40 + '"x"' + "}" * 40)
    for _ in range(32):
        row = row["a"]
    assert row == '{"a":' * 8 + '"x"' + "}" * 8


# What no table holds


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        ("c.json", '{"id": 1}\n{"ID": 2}', [], "c.json: record 2 (line 2): ID is there, and id, too"),
        ("c.xml", "<R>\n<ROW><a/></ROW>\n<ROW><A/></ROW></R>", [], "c.xml: record 2 (line 3): A is there, and a, too"),
        ("k.json", '{"id": 1}\n{"ID": 2}', ["--schema", "id int"], "record 2 (line 2): ID is id in the schema"),
        ("k.xml", "<R><ROW><ID>2</ID></ROW></R>", ["--schema", "id int"], "record 1 (line 1): ID is id in the schema"),
        ("d.json", '{"p": 3.999}', ["--schema", "p decimal(10,2)"], "record 1 (line 1): p: 3.999 has no equal as dec"),
        (
            "d.xml",
            "<R><ROW><p>3.999</p></ROW></R>",
            ["--schema", "p decimal(10,2)"],
            "p: 3.999 has no equal as decimal",
        ),
        ("r.json", '{"a": 1}\n{"a": 1, "a": 2}', [], "r.json: record 2 (line 2): the key a is there twice"),
        ("s.json", '{"a": "\\ud800"}', [], "s.json: record 1 (line 1): a: a lone surrogate is no text"),
        ("q.json", "{'a': 1}", ["--from", "json"], "q.json: record 1 (line 1): it is no JSON"),
        (
            "e.xml",
            '<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/hostname">]><R><ROW><a>&x;</a></ROW></R>',
            [],
            "entity x",
        ),
        (
            "b.xml",
            "<R><ROW><a>1</ROW></R>",
            [],
            "b.xml can't be read as xml: it is not well-formed XML: mismatched tag",
        ),
        ("n.xml", "<a><b>1</b></a>", [], "there is no row in"),
    ],
)
def test_what_is_refused(convert: Convert, name: str, content: str, arguments: list[str], message: str) -> None:
    """One sentence with the file, the record and its line."""
    code, printed, _ = convert(name, content, *arguments)
    assert code == 1 and message in printed and "Exception" not in printed, printed


# Any texts


def collected(strategy: Any) -> list[Any]:
    """500 examples, for one conversion of all."""
    found: list[Any] = []

    @many
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


NUMERIC = st.from_regex(r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
LOOKALIKES = st.sampled_from(["", "01", "+1", "1D", "09:30", "2024-01", "true", "NaN", "null", "1e400", "a,b", "\\N"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | LOOKALIKES | NUMERIC


def test_any_json_is_got_back(convert: Convert) -> None:
    """Any texts, numbers and values of mixed kinds: each is in the table as it is written, or the same number."""
    column = st.tuples(TEXTS.map(json.dumps), NUMERIC, NUMERIC | TEXTS.map(json.dumps), st.integers(-9, 9).map(str))
    rows = collected(column)
    lines = [f'{{"i": {n}, "a": {a}, "b": {b}, "c": {c}, "d": {d}}}' for n, (a, b, c, d) in enumerate(rows)]
    found = sorted(converted(convert, "any.json", "\n".join(lines)), key=lambda row: row["i"])
    assert len(found) == len(rows) >= 500
    for row, (a, b, c, d) in zip(found, rows, strict=True):
        assert (row["a"], row["d"]) == (json.loads(a), int(d))
        assert Decimal(row["b"]) == Decimal(b)
        assert row["c"] == (json.loads(c) if c.startswith('"') else c)


def test_any_xml_is_got_back(convert: Convert) -> None:
    """Any texts of elements and attributes are in the table as they are written, or as the same number."""
    texts = st.text(st.characters(exclude_categories=["C"])).filter(lambda text: text.strip(" \t\r\n") or not text)
    rows = collected(st.tuples(texts | LOOKALIKES | NUMERIC, texts | NUMERIC, NUMERIC, st.integers(-9, 9).map(str)))
    elements = "".join(
        f"<ROW i='{n}' b={quoteattr(b)}><a>{escape(a)}</a><c>{c}</c><d>{d}</d></ROW>"
        for n, (a, b, c, d) in enumerate(rows)
    )
    found = sorted(converted(convert, "any.xml", f"<R>{elements}</R>"), key=lambda row: row["_i"])
    assert len(found) == len(rows) >= 500
    for row, (a, b, c, d) in zip(found, rows, strict=True):
        assert (row["a"], row["_b"], row["d"]) == (a, b, int(d))
        assert Decimal(row["c"]) == Decimal(c)


# Planted faults

FILES = {
    "json": (Json, '{"a": 12, "b": ""}\n{"a": 34, "b": "x"}\n{"a": 56, "b": "y"}\n'),
    "xml": (
        Xml,
        "<R><ROW><a>12</a><b/></ROW><ROW><a>34</a><b>x</b></ROW><ROW><a>56</a><b>y</b></ROW></R>",
    ),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("a <> 34", "reads 2 rows where python"),
        ("a * 10 as a", "a: the file has 12, Spark reads 120"),
        ("nullif(b, '') as b", "b: the file has '', Spark reads null (1 row"),
    ],
)
def test_wrong_reading_of_spark(
    convert: Convert, monkeypatch: pytest.MonkeyPatch, kind: str, fault: str, message: str
) -> None:
    """A reader that loses a row, shifts a digit, or takes an empty text for null is found out; no table is made."""
    files, content = FILES[kind]
    read = files.read_foreign

    def wrong(*arguments: Any) -> Any:
        rows = read(*arguments)
        if " as " not in fault:
            return rows.where(fault)
        name = fault.rpartition(" ")[2]
        return rows.selectExpr(*(f"cast({fault[:-5]} as {t}) {n}" if n == name else n for n, t in rows.dtypes))

    monkeypatch.setattr(files, "read_foreign", wrong)
    code, printed, _ = convert(f"planted.{kind}", content)
    assert code == 1 and message in printed, printed


def without_first(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A wrong reader: the first row is lost."""
    return batch.slice(1)


def shifted(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A wrong reader: each number has a digit more."""
    return batch.set_column(0, batch.schema.field(0), pc.multiply(batch.column(0), 10))


def without_empty(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A wrong reader: an empty text is null."""
    column = batch.column("b")
    return batch.set_column(1, batch.schema.field(1), pc.if_else(pc.equal(column, ""), None, column))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (without_first, "Spark reads 3 rows where python"),
        (shifted, "a: the file has 120, Spark reads 12"),
        (without_empty, "b: the file has null, Spark reads ''"),
    ],
)
def test_wrong_second_reading(
    convert: Convert, monkeypatch: pytest.MonkeyPatch, kind: str, fault: Any, message: str
) -> None:
    """A second reader that is wrong in one of these ways is found out, too."""
    files, content = FILES[kind]
    read = files.batch
    monkeypatch.setattr(files, "batch", lambda *arguments: fault(read(*arguments)))
    code, printed, _ = convert(f"planted.{kind}", content)
    assert code == 1 and message in printed, printed
