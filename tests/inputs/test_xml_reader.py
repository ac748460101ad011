"""XML by a reader that isn't Spark: rows by spark-xml's names, text as text; no JVM."""

from __future__ import annotations

import gzip
import os
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.errors import DatasetError
from otfbench.inputs.arrow_types import in_words
from otfbench.inputs.records import Repeated, UntypedText
from otfbench.registry import load_input
from tests.processes import peak_growth

CARS = """<?xml version="1.0"?>
<ROWS>
  <ROW><year>1997</year><make>A</make></ROW>
  <!--
  <ROW><year>2115</year><make>retired</make></ROW>
  -->
  <note><![CDATA[<ROW><year>1</year><make>example</make></ROW>]]></note>
  <?target <ROW><year>3</year></ROW>?>
  <ROW><year>2015</year><make>B</make></ROW>
</ROWS>
"""
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
names = st.from_regex(r"[a-z][a-z0-9.-]{0,5}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(lambda text: text.strip())


def written(folder: Path, content: str | bytes, name: str = "file.xml") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def found(path: str, options: dict[str, str] | None = None) -> list[dict]:
    return [record.values for record in load_input("xml").records([path], options or {})]


def row(folder: Path, inside: str, options: dict[str, str] | None = None) -> dict:
    """The values of a row with this inside."""
    [values] = found(written(folder, f"<ROWS><ROW>{inside}</ROW></ROWS>"), options)
    return values


def column(folder: Path, kind: pa.DataType, content: str, options: dict[str, str] | None = None) -> list:
    """The values of the field a, read as a type, of rows with these insides."""
    path = written(folder, f"<ROWS>{content}</ROWS>")
    batches = load_input("xml").batches([path], options or {}, pa.schema([("a", kind)]))
    return [value for batch in batches for value in batch.column("a").to_pylist()]


# Rows


def test_rows_are_elements_only(tmp_path):
    """What looks like a row in a comment, in CDATA or in an instruction is none."""
    assert found(written(tmp_path, CARS)) == [{"year": "1997", "make": "A"}, {"year": "2015", "make": "B"}]


@same_folder
@given(st.lists(st.dictionaries(names, texts, max_size=4), max_size=5), st.sampled_from(["utf-8", "utf-16"]))
def test_any_rows_are_read_back(tmp_path, rows, encoding):
    """Any texts in elements and attributes are read back, untyped."""
    elements = "\n".join(f"<ROW>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in row.items())}</ROW>" for row in rows)
    assert found(written(tmp_path, f"<ROWS>{elements}</ROWS>".encode(encoding))) == rows
    attributes = "".join(f"<ROW {' '.join(f'{k}={quoteattr(v)}' for k, v in row.items())}/>" for row in rows)
    read = found(written(tmp_path, f"<ROWS>{attributes}</ROWS>".encode(encoding)))
    assert read == [{f"_{name}": value for name, value in row.items()} for row in rows]
    assert all(type(value) is UntypedText for values in read for value in values.values())


@pytest.mark.parametrize(
    ("inside", "values"),
    [
        ("<a>1</a>", {"a": "1"}),
        ("<a> x </a>", {"a": " x "}),
        ("<a>  </a>", {"a": "  "}),
        ("<a/><b></b>", {"a": None, "b": None}),
        ("<a>x<!-- c -->y</a>", {"a": "xy"}),
        ("<a><![CDATA[<b>&]]></a>", {"a": "<b>&"}),
        ("<a>&lt;&#x41;</a>", {"a": "<A"}),
        ('<a b="1">x</a>', {"a": {"_b": "1", "_VALUE": "x"}}),
        ('<a b=""/>', {"a": {"_b": ""}}),
        ("<a>1</a><b/><a>2</a><a/>", {"a": ["1", "2", None], "b": None}),
        ("<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
        ("<a>\n <b>1</b>\n</a>", {"a": {"b": "1"}}),
        ("<a>x <b>1</b> y</a>", {"a": {"b": "1", "_VALUE": "x  y"}}),
        ("<ROW><c>1</c></ROW>", {"ROW": {"c": "1"}}),
        ('<a id="1"><id>2</id></a>', {"a": {"_id": "1", "id": "2"}}),
        ("x", {"_VALUE": "x"}),
        ("\n  ", {}),
        ("<n:a m:b='1'/>", {"n:a": {"_m:b": "1"}}),
    ],
)
def test_values_of_a_row(tmp_path, inside, values):
    """Attributes, text, elements, and what is there several times, by the names of spark-xml."""
    assert row(tmp_path, inside) == values


def test_several_are_told_from_one(tmp_path):
    """Elements that are there several times are a kind of list of their own: one alone may stand for it."""
    assert type(row(tmp_path, "<a>1</a><a>2</a>")["a"]) is Repeated


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ({}, {"n:a": {"_b": " 1 ", "_VALUE": " x "}, "c": None}),
        ({"attributeprefix": "@", "valuetag": "#"}, {"n:a": {"@b": " 1 ", "#": " x "}, "c": None}),
        ({"excludeattribute": "true"}, {"n:a": " x ", "c": None}),
        ({"ignorenamespace": "true"}, {"a": {"_b": " 1 ", "_VALUE": " x "}, "c": None}),
        ({"ignoresurroundingspaces": "true"}, {"n:a": {"_b": "1", "_VALUE": "x"}, "c": None}),
    ],
)
def test_names_by_options(tmp_path, options, values):
    """Options of spark-xml say what is called how, and which blanks count."""
    assert row(tmp_path, '<n:a b=" 1 "> x </n:a><c/>', options) == values


def test_row_tag(tmp_path):
    """An option says which element is a row; the root can be one."""
    path = written(tmp_path, "<book><ROW>1</ROW></book>")
    assert found(path, {"rowtag": "book"}) == [{"ROW": "1"}]
    assert found(path) == [{"_VALUE": "1"}]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><ROW><a>é</a></ROW>'.encode("latin-1"), {}),
        ('<?xml version="1.0" encoding="Shift_JIS"?><ROW><a>é</a></ROW>'.replace("é", "日本").encode("shift_jis"), {}),
        ("<ROW><a>é</a></ROW>".encode("latin-1"), {"charset": "ISO-8859-1"}),
        ('<?xml version="1.0" encoding="UTF-16"?><ROW><a>é</a></ROW>'.encode("utf-16"), {}),
        ("\ufeff<?xml version='1.0' encoding='utf-8'?><ROW><a>é</a></ROW>".encode(), {}),
        (gzip.compress("<ROW><a>é</a></ROW>".encode(), mtime=0), {}),
    ],
)
def test_encoding_is_declared_or_detected(tmp_path, content, options):
    """The encoding is that of the option, of the declaration, or of the first bytes."""
    name = "file.xml.gz" if content.startswith(b"\x1f") else "file.xml"
    assert found(written(tmp_path, content, name), options)[0]["a"] in ("é", "日本")


def test_location_of_a_record(tmp_path):
    """A row knows its file, its number there, and the line that it begins in."""
    path = written(tmp_path, CARS)
    records = load_input("xml").records([path, path], {})
    assert [(each.file, each.number, each.line) for each in records] == [(path, 1, 3), (path, 2, 9)] * 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<ROWS>\n<ROW><a>1</ROW></ROWS>", "it is not well-formed XML: mismatched tag: line 2, column 11"),
        ("<ROWS>\n<ROW/>", "it is not well-formed XML: no element found: line 2"),
        ("", "it is not well-formed XML: no element found"),
        ("<ROW>&x;</ROW>", "undefined entity"),
        ('<!DOCTYPE r SYSTEM "r.dtd"><ROW><a>&x;</a></ROW>', r"record 1 \(line 1\): the entity x is not in the file"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "x">]><ROW><a>&x;</a></ROW>', "the entity x is not in the file"),
        ('<ROW>\n<a x="1"><_x/></a></ROW>', r"\(line 2\): an attribute and an element are both called _x: .*@"),
        ("<ROW>x<_VALUE>1</_VALUE></ROW>", "text, and an element or attribute, are both called _VALUE: .* valueTag"),
        ("<ROW>é</ROW>".encode("latin-1"), "the byte at offset 5 is no UTF-8: give its encoding by .* charset"),
        ('<?xml version="1.0" encoding="x-none"?><ROW/>', "the encoding x-none is not known: .* charset"),
    ],
)
def test_what_is_no_xml_is_an_error(tmp_path, content, message):
    """What is not well-formed, or would be left out without a word, is an error with file and line."""
    with pytest.raises(DatasetError, match=message) as caught:
        found(written(tmp_path, content))
    assert str(caught.value).startswith(str(tmp_path / "file.xml"))


def test_memory_is_that_of_a_row(tmp_path):
    """A file of 20 MB is read in less than 10 MB."""
    element = f"<ROW><a>{'x' * 200_000}</a></ROW>"
    small, large = (written(tmp_path, f"<ROWS>{element * rows}</ROWS>", f"{rows}.xml") for rows in (2, 100))
    grown_bytes, rows = peak_growth(counted, small, large)
    assert rows == "100" and grown_bytes < 10_000_000 < os.path.getsize(large)


def counted(path: str) -> str:
    """How many rows are in a file."""
    return str(sum(1 for _ in load_input("xml").records([path], {})))


# Columns


@pytest.mark.parametrize(
    ("kind", "inside", "value"),
    [
        (pa.int64(), "<a>01067</a>", 1067),
        (pa.int64(), "<a>+5</a>", 5),
        (pa.int64(), "<a/>", None),
        (pa.int64(), '<a x="1">5</a>', 5),
        (pa.float64(), "<a>1.5</a>", 1.5),
        (pa.decimal128(4, 2), "<a>1.5</a>", Decimal("1.50")),
        (pa.bool_(), "<a>true</a>", True),
        (pa.string(), "<a>01067</a>", "01067"),
        (pa.string(), "<a/>", ""),
        (pa.string(), '<a x="1"/>', ""),
        (pa.string(), '<a>x <b c="1">&lt;</b><d/></a>', 'x <b c="1"><</b><d></d>'),
        (pa.list_(pa.int64()), "<a>1</a>", [1]),
        (pa.list_(pa.int64()), "<a>1</a><a/>", [1, None]),
        (pa.list_(pa.string()), "<a>1</a><a/>", ["1", ""]),
        (pa.struct([("_VALUE", pa.int64()), ("_b", pa.string())]), "<a>1</a>", {"_VALUE": 1, "_b": None}),
        (pa.struct([("b", pa.int64())]), "<a/>", {"b": None}),
        (pa.list_(pa.struct([("b", pa.string())])), "<a><b>x</b></a><a/>", [{"b": "x"}, {"b": None}]),
        (pa.map_(pa.string(), pa.string()), '<a x="1"><b>2</b></a>', [("_x", "1"), ("b", "2")]),
        (pa.map_(pa.string(), pa.string()), "<a/>", None),
    ],
)
def test_value_in_a_type(tmp_path, kind, inside, value):
    """A value as spark-xml 0.18 has it in a type; an element that is missing is null in any."""
    assert column(tmp_path, kind, f"<ROW>{inside}</ROW><ROW/>") == [value, None]


def test_empty_text_can_be_null(tmp_path):
    """With the option for it, an empty element or attribute is null in any type."""
    options = {"nullvalue": "", "rowtag": "ROW"}
    assert column(tmp_path, pa.string(), "<ROW><a/></ROW><ROW><a>x</a></ROW>", options) == [None, "x"]
    assert row(tmp_path, '<a b="" c="1"/>', options) == {"a": {"_c": "1"}}


@pytest.mark.parametrize(
    ("kind", "inside", "shown"),
    [
        (pa.int64(), "<a>x</a>", "x"),
        (pa.int64(), "<a>0x1F</a>", "0x1F"),
        (pa.int64(), "<a>1</a><a>2</a>", "[1,2]"),
        (pa.string(), "<a>1</a><a>2</a>", "[1,2]"),
        (pa.int64(), "<a><b>1</b></a>", "<b>1</b>"),
        (pa.float64(), "<a>0.1234567890123456789</a>", "0.1234567890123456789"),
        (pa.bool_(), "<a>yes</a>", "yes"),
        (pa.date32(), "<a>0000-01-01</a>", "0000-01-01"),
    ],
)
def test_value_that_a_type_does_not_hold(tmp_path, kind, inside, shown):
    """A value without an equal in the type is an error with file, row, field, value and type."""
    with pytest.raises(DatasetError) as caught:
        column(tmp_path, kind, f"<ROW/>\n<ROW>{inside}</ROW>")
    assert f"file.xml: record 2 (line 2): a: {shown} has no equal as {in_words(kind)}" in str(caught.value)


# Options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rowtag": "a", "mode": "failfast", "charset": "UTF-8", "nullvalue": ""}, None),
        ({"nullvalue": "null"}, "the second reader knows no text for null but the empty one"),
        ({"timestampformat": "yyyy"}, "the option timestampformat is not known to the second reader"),
        ({"rowvalidationxsdpath": "a"}, "the option rowvalidationxsdpath is not known to the second reader"),
        ({"mode": "PERMISSIVE"}, "the second reader leaves out no record, as mode PERMISSIVE may"),
        ({"charset": "x-none"}, "the encoding x-none is not known to the second reader"),
    ],
)
def test_why_unread(options, message):
    """Options that change values otherwise are the reason for not reading."""
    assert load_input("xml").why_unread(options) == message
    assert load_input("xml").reader == "python"


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("<items><item/><item/></items>", {}, "is called ROW, as a row is; 2 are called item: give rowTag: item"),
        ("<ROWS><item/><item/></ROWS>", {}, "2 are called item: give rowTag: item"),
        ("<r:a xmlns:r='u'><h/><l><r:b><c/><c/><c/></r:b><r:b/></l></r:a>", {}, "2 are called r:b: give rowTag: r:b"),
        ("<items><item/><item/></items>", {"rowtag": "<item>"}, "is called <item>, as a row is; 2 are called item"),
        ("<items><Item/><Item/></items>", {"rowtag": "item"}, "is called item, as a row is; 2 are called Item"),
        ("<items><item/><item/></items>", {"rowtag": "item"}, None),
        ("<ROWS><ROW\n/></ROWS>", {}, None),
        ("<ROWS></ROWS>", {}, None),
    ],
)
def test_rows_of_another_name(tmp_path, content, options, said):
    """Where no element is a row, the highest ones that are there several times may be meant."""
    (tmp_path / "file.xml").write_text(content)
    fault = load_input("xml").fault(str(tmp_path / "file.xml"), options)
    words = fault and "".join(map(str, fault)).replace("datasets.options ", "")
    assert words is None if said is None else said in words
