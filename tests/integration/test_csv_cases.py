"""CSV as people have it, through `otfbench convert`: the table holds what the file says, or what is wrong is said.

What is right is written out by hand, or is what Python's csv has written; the table is read by pyarrow.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from otfbench import cli
from otfbench.inputs import csv_reader

Convert = Callable[..., tuple[int, str, list[tuple[Any, ...]], list[str]]]
LINES = ("--option", "multiLine=true")


@pytest.fixture
def convert(
    in_one_jvm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Convert:
    """Converts files by the command: its exit code, what it prints, the rows and the columns of the table."""

    def run(files: Any, *arguments: str) -> tuple[int, str, list[tuple[Any, ...]], list[str]]:
        contents = files if isinstance(files, dict) else {"a.csv": files}
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = "*.csv" if len(contents) > 1 else "a.csv"
        monkeypatch.setattr(sys, "argv", ["otfbench", "convert", source, "table", "--to", "parquet", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = "".join(capfd.readouterr())
        if ended.value.code:
            assert not (tmp_path / "table").exists()
            return int(ended.value.code), said, [], []
        reading = pa.dataset.ParquetFileFormat(coerce_int96_timestamp_unit="us")
        found = pa.dataset.dataset("table", format=reading, exclude_invalid_files=True).to_table()
        return 0, said, [tuple(row.values()) for row in found.to_pylist()], found.column_names

    monkeypatch.chdir(tmp_path)
    return run


RIGHT: dict[str, tuple[Any, tuple[str, ...], list[tuple[Any, ...]]]] = {
    "times of day": ("id,opens\n1,09:30\n2,17:45\n", (), [(1, "09:30"), (2, "17:45")]),
    "mixed line ends, one kind in quotes": (
        'id,word\n1,hello\r\n2,"wor\r\nld"\r\n3,end\r\n', LINES, [(1, "hello"), (2, "wor\r\nld"), (3, "end")],
    ),
    "each kind of line end": ("a,b\r\n1,x\n2,y\r3,z", (), [(1, "x"), (2, "y"), (3, "z")]),
    "carriage returns only": ("a,b\r1,x\r2,y\r", (), [(1, "x"), (2, "y")]),
    "each kind of line break in quotes": (
        'a,b\r\n1,"x\r\ny"\r\n2,"p\nq"\r\n3,"r\rs"\r\n4,\r\n5,""\r\n6,"end\r\n"\r\n',
        LINES,
        [(1, "x\r\ny"), (2, "p\nq"), (3, "r\rs"), (4, None), (5, ""), (6, "end\r\n")],
    ),
    "mixed line ends behind numbers and nothing": (
        'a,b,c\n1,"x\r\ny",7\r\n2,"p\nq",8\n3,,\r\n', LINES, [(1, "x\r\ny", 7), (2, "p\nq", 8), (3, None, None)],
    ),
    "carriage returns that end lines, others in quotes": (
        'a,b\r1,"x\r\ny"\r2,"p\nq"\r3,\r4,z', LINES, [(1, "x\r\ny"), (2, "p\nq"), (3, None), (4, "z")],
    ),
    "empty text beside nothing": (
        'id,name,note\n1,"",\n2,,""\n3,x,y\n', (), [(1, "", None), (2, None, ""), (3, "x", "y")],
    ),
    "empty text beside nothing, in other quotes": (
        "id,name\n1,''\n2,\n3,'it''s'\n", ("--option", "quote='", "--option", "escape='"),
        [(1, ""), (2, None), (3, "it's")],
    ),
    "a word for nothing": (
        'id,name\n1,""\n2,\n3,NA\n', ("--option", "nullValue=NA"), [(1, ""), (2, None), (3, None)],
    ),
    "a word for empty text": (
        'id,name\n1,""\n2,\n3,x\n', ("--option", "emptyValue=none"), [(1, "none"), (2, None), (3, "x")],
    ),
    "quotes escaped by backslash": (
        'id,name\n1,"a \\"b\\""\n2,""\n3,\n', ("--option", "escape=\\"), [(1, 'a "b"'), (2, ""), (3, None)],
    ),
    "quotes in the middle of a field": ('a,b\n1,5" nail\n2,x"y"z\n', (), [(1, '5" nail'), (2, 'x"y"z')]),
    "a column without a name": (",name,qty\n0,a,5\n1,b,7\n", (), [(0, "a", 5), (1, "b", 7)]),
    "several columns without a name": (",,x\n1,2,3\n", (), [(1, 2, 3)]),
    "separators at the end": ("a,b,\n1,x,\n2,y,\n", (), [(1, "x", None), (2, "y", None)]),
    "a column without a name, by a schema": (
        ",name\n0,a\n", ("--schema", "i int, name string", "--option", "enforceSchema=true"), [(0, "a")],
    ),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + "a,b\n1,Zoë\n".encode(), (), [(1, "Zoë")]),
    "UTF-16 with a mark": ("\ufeffa,b\n1,Zoë\n2,Łódź\n".encode("utf-16-le"), (), [(1, "Zoë"), (2, "Łódź")]),
    "UTF-16, the high byte first, and line breaks in quotes": (
        '\ufeffa,b\r\n1,"Łó\r\ndź"\r\n2,\r\n'.encode("utf-16-be"), (), [(1, "Łó\r\ndź"), (2, None)],
    ),
    "UTF-32 with a mark": ("\ufeffa,b\n1,Łódź\n".encode("utf-32-le"), ("--from", "csv"), [(1, "Łódź")]),
    "UTF-16 without a mark": (
        "a,b\n1,Łódź\n".encode("utf-16-le"), ("--from", "csv", "--option", "encoding=UTF-16LE"), [(1, "Łódź")],
    ),
    "Latin-1": ("a,b\n1,Zoë\n".encode("latin-1"), ("--option", "encoding=latin1"), [(1, "Zoë")]),
    "Windows-1252": ("a;b\n1;5 €\n".encode("cp1252"),
                     ("--option", "encoding=windows-1252", "--option", "sep=;"), [(1, "5 €")]),
    "tabs": ("a\tb\n1\tx\n", ("--option", "sep=\\t"), [(1, "x")]),
    "bars": ("a|b\n1|x\n", ("--option", "sep=|"), [(1, "x")]),
    "comments": ("#x\na,b\n1,2\n#3,4\n", ("--option", "comment=#"), [(1, 2)]),
    "blank lines": ("\na,b\n\n1,x\n\n\r\n2,y\n\n", (), [(1, "x"), (2, "y")]),
    "zero bytes": (b"a,b\n1,x\0y\n2,\0\n", ("--from", "csv"), [(1, "x\0y"), (2, "\0")]),
    "zero bytes in quotes": (b'a,b\n1,"x\0y"\n2,"\n\0"\n', ("--from", "csv", "--option", "multiLine=true"),
                             [(1, "x\0y"), (2, "\n\0")]),
    "a long field": ("a,b\n1," + "x" * 300_000 + "\n", (), [(1, "x" * 300_000)]),
    "numbers with each digit": (
        "a,b,c,d\n1e5,0.1234567890123456789,9223372036854775808,007\n2.5,1,2,1\n", (),
        [(1e5, Decimal("0.1234567890123456789"), Decimal(9223372036854775808), "007"),
         (2.5, Decimal(1), Decimal(2), "1")],
    ),
    "days and times": (
        "d,t\n1600-02-29,1970-01-01 00:00:00\n9999-12-31,2024-02-29 23:59:59\n", (),
        [(date(1600, 2, 29), datetime(1970, 1, 1)),
         (date(9999, 12, 31), datetime(2024, 2, 29, 23, 59, 59))],
    ),
    "a declared schema that all values fit": (
        "id,price\n1,3.99\n+2,12345678.10\n", ("--schema", "id int, price decimal(10,2)"),
        [(1, Decimal("3.99")), (2, Decimal("12345678.10"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_table_holds_what_file_says(convert: Convert, case: str) -> None:
    """The table holds what the file says, and both readers agree."""
    files, arguments, expected = RIGHT[case]
    code, said, rows, _ = convert(files, *arguments)
    assert (code, rows) == (0, expected), said
    assert said.endswith(": equal\n")


SAID: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "a separator that isn't given": (
        "id;price\n1;3.50\n", (), "one column `id;price`: looks like --option sep=';' (if not: --option sep=,)\n",
    ),
    "control characters that aren't given": (
        "id\x01price\n1\x013.50\n", ("--from", "csv"), r"looks like --option sep=$'\x01' (if not: --option sep=,)",
    ),
    "a separator that Spark doesn't know by that name": (
        "a\x01b\n1\x012\n", ("--from", "csv", "--option", r"sep=\u0001"), r"as sep=$'\x01' in a shell",
    ),
    "tabs that aren't given": ("id\tprice\n1\t3.50\n", (), r"looks like --option sep='\t'"),
    "bars that aren't given": ("id|price\n1|3.50\n", (), "looks like --option sep='|'"),
    "a value of too many digits": (
        "id,price\n1,3.99\n2,3.999\n", ("--schema", "id int, price decimal(10,2)"),
        "a.csv, line 3: column price: '3.999' has no equal as decimal(10,2): give another type in --schema.",
    ),
    "a value beyond the type": (
        "id\n1\n300\n", ("--schema", "id tinyint"), "line 3: column id: '300' has no equal as tinyint",
    ),
    "digits beyond a double": (
        "x\n0.1234567890123456789\n", ("--schema", "x double"), "'0.1234567890123456789' has no equal as double",
    ),
    "a day that isn't there": ("d\n2023-02-29\n", ("--schema", "d date"), "'2023-02-29' has no equal as date"),
    "nothing in a column that is declared as never null": (
        "a,b\n1,x\n,y\n", ("--schema", "a int not null, b string"), "column a is null in 1 row, and declared NOT NULL",
    ),
    "short rows": (
        "y,m,o,d,e\n1,2,3,4,5\n2015,Chevy,Volt\n", (),
        "a.csv, line 3: 3 fields where the header has 5: repair the line, or give --option mode=PERMISSIVE (fills it"
        " with nulls) or --option mode=DROPMALFORMED (leaves it out).",
    ),
    "long rows": ("a,b\n1,x,\n", (), "a.csv, line 2: 3 fields where the header has 2"),
    "line breaks in quotes": (
        'a,b\n1,"x\ny"\n', (), "a.csv, line 2: line breaks in quotes: give --option multiLine=true",
    ),
    "an open quote": ('a,b\n1,"x\n2,y\n', LINES, 'a.csv, line 2: the quote " that opens here isn\'t closed.'),
    "line ends that Spark mixes up": ("a,b\n1,x\r2,y\n", LINES, "line ends are "),
    "backslashes before quotes": ('a,b\n1,"x\\"y"\n', (), "must be doubled, or give --option escape='\\'"),
    "repeated names": ("a,b,a\n1,x,2\n", (), "columns 1 and 3 are called a and a: rename one of them in the header."),
    "names that differ in case": ("id,ID\n1,x\n", (), "columns 1 and 2 are called id and ID"),
    "no name, and another in the schema": (
        ",b\n1,x\n", ("--schema", "a int, b string"),
        "column 1 is `a` in the schema, `_c0` in {}a.csv: rename it in --schema,"
        " or take columns by position: --option enforceSchema=true",
    ),
    "an encoding that isn't given": (
        b"a,b\n1,Zo\xeb\n", (), "a.csv: the byte at offset 8 is no UTF-8: give its encoding by --option encoding=...",
    ),
    "UTF-16 without a mark": (
        "a,b\n1,x\n".encode("utf-16-be"), ("--from", "csv"),
        "looks like UTF-16, without a mark: give --option encoding=UTF-16BE",
    ),
    "several encodings": (
        {"a.csv": "\ufeffa,b\n1,x\n".encode("utf-16-le"), "b.csv": "a,b\n2,y\n"}, (),
        "the files have several encodings",
    ),
    "a column that one file hasn't": (
        {"a.csv": "a,b\n1,x\n", "b.csv": "a,b,c\n1,x,2\n"}, (), "column 3 is not there in {}a.csv, `c` in {}b.csv",
    ),
    "columns in another order": (
        {"a.csv": "a,b\n1,x\n", "b.csv": "b,a\nx,1\n"}, (), "column 1 is `a` in {}a.csv, `b` in {}b.csv",
    ),
    "columns in another order, read by Spark alone": (
        {"a.csv": "a,b\n1,x\n", "b.csv": "b,a\nx,1\n"}, ("--verify", "digest"),
        "column 1 is `a` in {}a.csv, `b` in {}b.csv",
    ),
    "a name in another case": (
        {"a.csv": "a,b\n1,x\n", "b.csv": "a,B\n1,x\n"}, (), "column 2 is `b` in {}a.csv, `B` in {}b.csv",
    ),
    "more columns than Spark's parser takes": (
        ",".join(f"c{n}" for n in range(21_000)) + "\n" + "," * 20_999 + "\n", (),
        "a.csv: 21,000 columns, and Spark's parser takes 20,480: give --option maxColumns=21000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_refusal_names_fault_and_option(convert: Convert, tmp_path: Path, case: str) -> None:
    """What is wrong, where, and the option to type; nothing is written."""
    files, arguments, expected = SAID[case]
    code, said, _, _ = convert(files, *arguments)
    assert code == 1 and expected.replace("{}", f"{tmp_path}/") in said, said


def test_a_value_that_does_not_fit_behind_mixed_line_ends(convert: Convert) -> None:
    """It is an error where Spark alone reads it, too, and no null."""
    schema = ("--schema", "a int, b int", "--verify", "digest")
    assert convert('a,b\n1,2\r\n"3",\n', *LINES, *schema)[2] == [(1, 2), (3, None)]
    shutil.rmtree("table")
    code, said, _, _ = convert("a,b\n1,2\r\n3,x\n", *LINES, *schema)
    assert code == 1 and "column b: 'x' has no equal as int" in said


def test_names_of_columns_without_one(convert: Convert) -> None:
    """They are called by their positions."""
    assert convert(",name,\n0,a,\n")[3] == ["_c0", "name", "_c2"]


@pytest.mark.parametrize(
    "arguments", [("--verify", "off"), ("--option", "mode=PERMISSIVE"), ("--option", "locale=de-DE")]
)
def test_types_where_nobody_but_spark_reads(convert: Convert, arguments: tuple[str, ...]) -> None:
    """Text keeps its value there, too: under options that the second reader doesn't know, and without a proof."""
    text = 'zip,unit,opens,n\n01067,1D,09:30,7\n"",2F,10:00,\n'
    assert convert(text, *arguments)[2] == [("01067", "1D", "09:30", 7), ("", "2F", "10:00", None)]


def test_days_that_an_option_tells_how_to_read(convert: Convert) -> None:
    """Spark's type is taken for them alone."""
    text = "day,zip\n31.12.2024,007\n"
    assert convert(text, "--option", "dateFormat=dd.MM.yyyy")[2] == [(date(2024, 12, 31), "007")]


def test_why_a_column_is_text(convert: Convert) -> None:
    """Said before the table is written, with the number of values."""
    said = convert("zip,n\n01067,1\n1,2\n")[1]
    assert "zip: text; as int 1 of 2 values would lose leading zeros\n" in said


WRONG: dict[str, tuple[Callable[[pa.RecordBatch], pa.RecordBatch], str]] = {
    "a row is missing": (lambda batch: batch.slice(1), "Spark reads 3 rows where pyarrow"),
    "a digit is another": (
        lambda batch: batch.set_column(0, "id", pa.array(["1", "2", "30"]).cast(batch.column(0).type)),
        "id: the file has 30, Spark reads 3",
    ),
    "an empty text is null": (
        lambda batch: batch.set_column(1, "name", pa.array([None, None, "x"], pa.string())),
        "name: the file has null, Spark reads ''",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_reading_is_caught(convert: Convert, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A reading that differs from Spark's in one value stops the conversion, with the column and both values."""
    change, expected = WRONG[wrong]
    right = csv_reader.batches

    def batches(paths: Any, options: Any, schema: Any = None) -> Iterator[pa.RecordBatch]:
        return map(change, right(paths, options, schema))

    monkeypatch.setattr(csv_reader, "batches", batches)
    code, said, _, _ = convert('id,name\n1,""\n2,\n3,x\n')
    assert code == 1 and expected in said, said


DIGITS = st.text("0123456789", min_size=1, max_size=22)
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "-", "+"]), DIGITS, st.builds(".{}".format, DIGITS) | st.just(""),
    st.sampled_from(["", "", "", "e5", "E-07", "D"]),
)  # fmt: skip
TIMES = st.builds(
    "{:%Y-%m-%d}{}".format,
    st.dates(date(1901, 1, 1)),
    st.sampled_from(["", " 10:00:00", "T23:59:59.120Z", " 24:00:00"]),
)
TEXTS = st.text(st.sampled_from("ab ,;\"'\\\r\n\t0.1é🚲") | st.characters(codec="utf-8", exclude_characters="\uffff\0"))
GOOD = st.integers(-(2**63), 2**63 - 1).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
COLUMNS = st.one_of(*(st.lists(st.none() | each, min_size=5, max_size=5) for each in (NUMBERS, TIMES, TEXTS, GOOD)))


def is_same(text: str | None, value: Any) -> bool:
    """Whether the value is the text, or the same number, day or time."""
    if text is None or isinstance(value, str):
        return value == text
    if isinstance(value, datetime):
        return value == datetime.fromisoformat(text.removesuffix("Z"))
    if isinstance(value, date):
        return value.isoformat() == text
    assert not re.match(r"[+]|-?0[0-9]", text)
    return Decimal(repr(value) if isinstance(value, float) else value) == Decimal(text)


@settings(
    max_examples=5, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None, derandomize=True
)
@given(table=st.lists(COLUMNS, min_size=40, max_size=40))
def test_every_text_can_be_got_back(convert: Convert, tmp_path: Path, table: list[list[str | None]]) -> None:
    """From the table: each of 200 texts in 40 columns, or the same number."""
    shutil.rmtree(tmp_path / "table", ignore_errors=True)
    path = tmp_path / "written.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        names = ",".join(f"c{n}" for n in range(len(table)))
        file.write(f"{names}\n")
        for row in zip(*table, strict=True):
            file.write(",".join("" if text is None else '"' + text.replace('"', '""') + '"' for text in row) + "\n")
    assert len(list(csv.reader(path.open(newline="", encoding="utf-8")))) == 6
    code, said, rows, _ = convert(path.read_bytes(), "--from", "csv", *LINES)
    assert code == 0, said
    wrong = [(text, value) for column, found in zip(table, zip(*rows, strict=True), strict=True)
             for text, value in zip(column, found, strict=True) if not is_same(text, value)]  # fmt: skip
    assert wrong == []
