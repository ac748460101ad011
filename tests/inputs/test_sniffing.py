"""What files are, by their first bytes; no JVM is started."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import re

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.errors import DatasetError
from otfbench.registry import input_names, load_input
from otfbench.registry.detection import detect

EXAMPLES = {
    "avro": [b"Obj\x01\x04\x14avro.codec"],
    "orc": [b"ORC\x0a\x03\x00"],
    "parquet": [b"PAR1\x15\x04"],
    "json": [b'{"a": 1}\n{"a": 2}\n', b'\xef\xbb\xbf\n {"a": 1}', b"{}", b'{"a": "' + 70_000 * b"x" + b'"}\n'],
    "json-multiline": [b'[{"a": 1}]', b'[\n  {\n"a": 1}', b"[]", b'{\n  "a": 1\n}\n', b'{"a":\n1}'],
    "xml": [b"<?xml version='1.0'?><r/>", b"\n<!-- x --><r/>", b"<r>", "<größe/>".encode(), b"<!DOCTYPE r><r/>"],
    "csv": [
        b"a,b\n1,2\n",
        b"a\n",
        b"id;name\n1;M\xfcller\n",
        "a\tb\n".encode("utf-16"),
        "a,b\n".encode("utf-32"),
        b"  a|b\r\n",
        b'"a ""b""",c',
    ],
}
PACKED = {"csv-gz": "csv", "json-gz": "json"}
NOTHING = [
    b"",
    b"\n\n",
    b"\x00\x01\x02",
    b"PK\x03\x04",
    b"[a],b\n",
    b"{a}\n",
    b"%PDF-1.7\n\x00",
    b"\x1f\x8b",
    b"BZh9\x01",
]

names = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
objects = st.dictionaries(names, values | st.lists(values) | st.dictionaries(names, values), min_size=1)
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def claimants(folder, content: bytes) -> list[str]:
    """All inputs that take a file of this content for their own."""
    (folder / "file").write_bytes(content)
    return [name for name in input_names() if load_input(name).sniff(str(folder / "file"))]


@pytest.mark.parametrize(("name", "content"), [(name, each) for name, many in EXAMPLES.items() for each in many])
def test_exactly_one_input_claims_a_file(tmp_path, name, content):
    """Exactly one input knows the file."""
    assert claimants(tmp_path, content) == [name]


@pytest.mark.parametrize(("name", "inside"), PACKED.items())
def test_gzip_is_known_by_its_content(tmp_path, name, inside):
    """A gzip file is what is inside."""
    for content in EXAMPLES[inside]:
        assert claimants(tmp_path, gzip.compress(content, mtime=0)) == [name]


@pytest.mark.parametrize(
    "content",
    [*NOTHING, gzip.compress(b"Obj\x01", mtime=0), gzip.compress(b"[{}]", mtime=0), gzip.compress(b"", mtime=0)],
)
def test_unknown_file_is_an_error(tmp_path, content):
    """What nobody knows is an error that says what to do."""
    assert claimants(tmp_path, content) == []
    with pytest.raises(
        DatasetError,
        match="file (looks like no input(, unless it is a document of JSON, packed by gzip, for which give "
        "datasets.format json-multiline)?: say what it is, by datasets.format|is a ZIP|is packed by bzip2|is a PDF"
        "|is Avro, packed by gzip)",
    ):
        detect(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\x14\0", "is a ZIP archive, as .xlsx and .ods are, too: unpack it, or save"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "is a pointer of Git LFS .* by git lfs pull"),
        (b"\n<!DOCTYPE HTML><p>Log in", "is a page of HTML, as servers send it"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"PARE\x15\0", "is Parquet with an encrypted footer: decrypt it"),
        (b"id,name\r\n1,Anna\r\n\x1a", "looks like no input, for the control character 0x1a at offset 17: say what it"),
        (
            "id\n1\n".encode("utf-16-le"),
            "looks like .* UTF-16 without a mark, for which give .*encoding: UTF-16LE, too",
        ),
        (b"[[1],[2]]", 'is JSON of arrays, or of values alone, .*: write each as one, as {"a": 1}'),
        (b"[1]\n[2]\n", "is JSON of arrays"),
        (b'["a", "b"]', "is JSON of arrays"),
        (b"[2024-01-01 10:00] started\n", "looks like no input: say"),
        (gzip.compress(b"<a><ROW/></a>"), "is XML, packed by gzip: unpack it"),
        (gzip.compress(b"PAR1\x15\0"), "is Parquet, packed by gzip: unpack it"),
        (gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\0"), "is an archive of tar, packed by gzip: unpack it"),
        (bz2.compress(b"id\n1\n"), "is packed by bzip2: unpack it, or pack it by gzip"),
        (lzma.compress(b"id\n1\n"), "is packed by xz: unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a document of an old office, as .xls: save it as CSV"),
    ],
)
def test_foreign_files_are_called_by_name(tmp_path, content, said):
    """What must be unpacked, or saved otherwise, is called what it is."""
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=f"a.csv {said}"):
        detect(str(tmp_path / "a.csv"))


@pytest.mark.parametrize("first", ["PARENT", "ARROW1", "BZhours", "PARE"])
def test_a_column_is_called_as_other_files_begin(tmp_path, first):
    """Text is no archive, whatever its first letters are."""
    (tmp_path / "a.csv").write_text(f"{first},b\n1,2\n")
    assert detect(str(tmp_path / "a.csv")).name == "csv"


def test_ambiguous_file_names_both_inputs(tmp_path, monkeypatch):
    """A file that two inputs know is an error that names both."""
    monkeypatch.setattr(type(load_input("orc")), "sniff", lambda self, path: True)
    (tmp_path / "file").write_bytes(EXAMPLES["csv"][0])
    with pytest.raises(DatasetError, match="file may be any of csv, orc: say what it is"):
        detect(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("name", "content", "looks"),
    [
        ("a.parquet", b"a,b\n1,2\n", "csv"),
        ("a.ORC", b"<html></html>", "xml"),
        ("a.avro", b"\0\0", "no input"),
        ("a.json", b"// c\n{}\n", "csv"),
        ("a.json", b"{a:1}\n", "no input"),
        ("a.xml", b"a;b\n1;2\n", "csv"),
    ],
)
def test_name_that_the_content_belies(tmp_path, name, content, looks):
    """What is called Parquet, or JSON, is not read as any text: whoever gave it the name meant something else."""
    (tmp_path / name).write_bytes(content)
    ending = name.rpartition(".")[2].lower()
    with pytest.raises(
        DatasetError, match=rf"{name} is named \.{ending}, but its content looks like {looks}: say what"
    ):
        detect(str(tmp_path / name))


@same_folder
@given(st.lists(objects, min_size=1), st.sampled_from([None, 2]))
def test_any_json(tmp_path, rows, indent):
    """Any objects are known for lines if one stands on each line, for a document if they are one array."""
    lines = "\n".join(map(json.dumps, rows)).encode()
    assert claimants(tmp_path, lines) == ["json"]
    assert claimants(tmp_path, gzip.compress(lines, mtime=0)) == ["json-gz"]
    assert claimants(tmp_path, json.dumps(rows, indent=indent).encode()) == ["json-multiline"]
    assert claimants(tmp_path, json.dumps(rows[0], indent=2).encode()) == ["json-multiline"]


@same_folder
@given(
    st.lists(names, min_size=1),
    st.lists(st.lists(st.text(st.characters(exclude_categories=["C"])), min_size=1)),
    st.sampled_from(",;|\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_csv(tmp_path, header, rows, separator, encoding):
    """Any table that a CSV writer makes is known for CSV: any separator, text, and encoding that tells itself."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([header, *rows])
    content = text.getvalue().encode(encoding)
    assert claimants(tmp_path, content) == ["csv"]
    assert claimants(tmp_path, gzip.compress(content, mtime=0)) == ["csv-gz"]


# What Spark would not complain of


@pytest.mark.parametrize(
    ("name", "file", "content", "options", "told"),
    [
        ("csv", "a.csv", b"a\n1\n", {}, None),
        ("csv", "a.csv.gz", gzip.compress(b"a\n", mtime=0), {}, None),
        ("csv-gz", "a.csv", gzip.compress(b"a\n", mtime=0), {}, "it is gzip, but its name doesn't end in .gz"),
        ("json", "a.json", gzip.compress(b"{}", mtime=0), {}, "it is gzip, but its name doesn't end in .gz"),
        ("csv-gz", "a.gz", b"a\n", {}, "its name ends in .gz, but it is no gzip"),
        ("json-multiline", "a", b'[{"a": 1}]\n', {}, None),
        ("json-multiline", "a", b'[{"a": 1}', {}, None),
        ("xml", "a", b"<r>\n<ROW/></r>", {}, None),
        ("xml", "a", b"<r>\n<ROW/>", {}, "it is not well-formed XML: no element found: line 2"),
        ("xml", "a", b"<r>\n<ROW/>& </r>", {}, "it is not well-formed XML: .*line 2, column 7"),
        ("xml", "a", b"<r>\n<ROW/>", {"mode": "permissive"}, None),
        ("xml", "a", b"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xfc</r>", {}, None),
        ("xml", "a", b"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xfc</r>", {"charset": "ISO-8859-1"}, None),
        (
            "xml",
            "a",
            b"<r>\xfc</r>",
            {},
            "not well-formed.*the byte at offset 3 is no UTF-8: give .* charset: .*windows-1252",
        ),
        ("xml", "a", b"<r>&nbsp;</r>", {}, "undefined entity.*HTML's: write the letter itself"),
        ("xml", "a", b"<ROW/><ROW/>", {}, "junk after document element.*one element must be around all"),
        ("xml", "a", codecs.BOM_UTF8 + b"<?xml version='1.0' encoding='utf-8'?><r/>", {}, None),
        ("xml", "a", b"<r>x</r>", {"charset": "Shift_JIS"}, None),
    ],
)
def test_fault_is_found_before_spark(tmp_path, name, file, content, options, told):
    """What Spark would read wrongly or in part is found beforehand; what is Spark's to find is not."""
    (tmp_path / file).write_bytes(content)
    found = load_input(name).fault(str(tmp_path / file), options)
    assert found is None if told is None else found is not None and re.search(told, "".join(map(str, found)))


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("json-multiline", b'{"a": 1}\n{"a": 2}\n', {"multiline": "true"}, "line 2: .* aside what follows the first"),
        ("json-multiline", b'[{"a": 1}]\n', {"multiline": "true"}, None),
        ("json", '{"a": "x"}'.encode("utf-16"), {}, "it is in utf-16, which Spark's reader takes for UTF-8"),
        ("json", '{"a": "x"}'.encode("utf-16"), {"encoding": "UTF-16"}, None),
        ("json", b'{"a": "1"}\n{"a": 1.0}', {}, "line 2: a: .* writes numbers that are kept as text anew"),
        ("json", b'{"a": "1", "c": 2.0}', {}, None),
        ("json", b'{"b": 0.0}\n{"b": -0}', {}, "line 2: b: Spark's reader takes -0 for 0"),
        ("xml", b"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xfc</r>", {}, "it is in iso-8859-1"),
        ("xml", b"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xfc</r>", {"charset": "ISO-8859-1"}, None),
        ("xml", b"<?xml version='1.0' encoding='utf-8'?><r><ROW><a>x</a></ROW></r>", {}, None),
        ("xml", b"<r>\n<!-- <ROW>\n</ROW> --></r>", {}, "line 2: <ROW> in a comment is no row"),
        ("xml", b"<r>\n<!-- <ROWS> -->\n<?x </ROW>?></r>", {}, "line 3: <ROW> in a processing instruction is no row"),
        ("xml", b"<r>\n\n<a><![CDATA[<ROW ]]></a></r>", {}, "line 3: <ROW> in CDATA is no row"),
        ("xml", b"<r><ROW>x</ROW></r>", {}, "line 1: there is text directly in a row"),
        ("xml", b"<r><ROW><a>x<b/></a></ROW></r>", {}, "line 1: there is text beside elements"),
        ("xml", b"<r><ROW><a>x<!-- --></a></ROW></r>", {}, "line 1: a comment is in a text"),
        ("xml", b"<r>\n<ROW\nk='1'/><ROW/></r>", {}, "line 2: <ROW is a tag that Spark's reader doesn't know"),
        ("xml", b"<r><ROW k=''/></r>", {}, "line 1: an attribute is empty"),
        ("xml", b"<!DOCTYPE r [<!ENTITY x 'y'>]><r><ROW><a>&x;</a></ROW></r>", {}, "line 1: an entity is declared"),
        (
            "xml",
            b"<r>\n<ROW k='x>y'><a>1</a></ROW></r>",
            {},
            "line 2: a tag of a row holds >, where Spark's reader ends it",
        ),
        ("xml", b"<r><ROW><a k='x>y'>1</a></ROW></r>", {}, None),
        ("xml", b"<r><ROW><a>5</a></ROW>\n<ROW><a><b>1</b></a></ROW></r>", {}, "line 2: <a> is a text in one row"),
        ("xml", b"<r><ROW><a><b>1</b></a></ROW>\n<ROW><a k='1'>5</a></ROW></r>", {}, "line 2: <a> is a text in one"),
        ("xml", b"<r><ROW><a><b>1</b></a></ROW><ROW><a k='1'/><b>5</b></ROW></r>", {}, None),
        ("csv", b"a,b\n1,x\n \t\n2,y\n", {"sep": "\t"}, "line 3: it is blank, and Spark's reader leaves it out"),
        ("csv", b"a\r\n1\r\n\r\n2\r\n  ", {}, "line 5: it is blank"),
        ("csv", b"a\n1\n\n2\n x\n", {}, None),
        ("csv", b"a,b\n1,x\n  \n2,y\n", {}, None),
        ("csv", b"a\n1\n  \n2\n", {"multiline": "true"}, None),
    ],
)
def test_known_misreading(tmp_path, name, content, options, reason):
    """What Spark's readers are known to take for something else is named with its line."""
    (tmp_path / "a").write_bytes(content)
    found = load_input(name).misread(
        [str(tmp_path / "a")], options, pa.schema([("a", pa.string()), ("b", pa.float64())])
    )
    assert found is None if reason is None else re.search(reason, found.reason)
