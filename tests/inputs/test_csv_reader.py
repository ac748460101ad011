"""CSV by the second reader: what is a value, a null, a row, and an error; right values by RFC 4180."""

import csv
import gzip
import io
import os

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from otfbench.errors import DatasetError
from otfbench.inputs import csv_records
from otfbench.inputs.csv import Csv, CsvGz
from otfbench.inputs.csv_dialect import dialect, why_unread
from otfbench.inputs.csv_header import likely_separator
from otfbench.inputs.csv_records import records
from tests.processes import peak_growth

BASE = {name.lower(): value for name, value in Csv.foreign_options.items()}
LINES = {"multiline": "true"}
SHORT = (
    ": repair the line, or give datasets.options mode: PERMISSIVE (fills it with nulls)"
    " or datasets.options mode: DROPMALFORMED (leaves it out)."
)
LONG = ": repair the line (a value that holds the separator ',' must be in quotes)."
ENDS = ": repair the line (it ends in a separator: if all lines do, let the header end in one, too)."
BLANK = ": repair the line (a blank is before a quote: give datasets.options ignoreLeadingWhiteSpace: true)."
SINGLE = ": repair the line (if values are in single quotes: give datasets.options quote: ')."
TITLE = ": repair the line (line 1, 'Sales 2024', is taken for the header: remove it if it is a title)."
COMMENT = ": repair the line (line 1 is taken for the header: if it is a comment, give datasets.options comment: #)."


@pytest.fixture
def write(tmp_path):
    """Write a file of this content; its path."""

    def written(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return written


def rows(*paths, schema=None, **options):
    """The rows of the files as tuples."""
    found = Csv().batches(paths, {**BASE, **options}, schema)
    return [tuple(row.values()) for batch in found for row in batch.to_pylist()]


def names(*paths, **options):
    """The columns of the files."""
    return next(Csv().batches(paths, {**BASE, **options}, None)).schema.names


def unclosed(path):
    """What is said of a quote that isn't closed, where it is given up after a million bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_records, "_LONGEST", 1_000_000)
        return error(path, **LINES)


def error(*paths, schema=None, **options):
    """What is said of files that can't be read."""
    with pytest.raises(DatasetError) as raised:
        rows(*paths, schema=schema, **options)
    return str(raised.value)


class TestValues:
    """Text, null and empty text of two columns."""

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("1,x", ("1", "x")),
            ("1,", ("1", None)),
            ('1,""', ("1", "")),
            ('"",', ("", None)),
            ('1,"a ""b"" c"', ("1", 'a "b" c')),
            ('1,"a,b"', ("1", "a,b")),
            ('1,a"b"', ("1", 'a"b"')),
            ("1, x ", ("1", " x ")),
            ("1,  ", ("1", "  ")),
            ('1,""""', ("1", '"')),
            ("1,\\", ("1", "\\")),
            ("NULL,NaN", ("NULL", "NaN")),
            ("0x\0,\0", ("0x\0", "\0")),
            ("1,Zoë 🚲", ("1", "Zoë 🚲")),
        ],
    )
    def test_texts_are_kept_as_they_stand(self, write, line, expected):
        """Each text is kept as it stands; only nothing at all is null."""
        assert rows(write(f"a,b\n{line}\n")) == [expected]

    @pytest.mark.parametrize(
        ("options", "line", "expected"),
        [
            ({"sep": ";"}, "a,b;2", ("a,b", "2")),
            ({"sep": "\\t"}, "1\t2", ("1", "2")),
            ({"delimiter": "|"}, "1|2", ("1", "2")),
            ({"sep": "||"}, '1||"2||3"', ("1", "2||3")),
            ({"sep": "||"}, "1|2||3|", ("1|2", "3|")),
            ({"sep": "¦"}, "1¦2", ("1", "2")),
            ({"quote": "'"}, "'1,2',\"", ("1,2", '"')),
            ({"quote": ""}, '"1,2"', ('"1', '2"')),
            ({"escape": "\\"}, r'"a\"b","c\\"', ('a"b', "c\\")),
            ({"escape": "\\"}, r'"C:\new",C:\new', ("C:\\new", "C:\\new")),
            ({"nullvalue": "NA"}, 'NA,"NA"', (None, None)),
            ({"nullvalue": ""}, '1,""', ("1", None)),
            ({"emptyvalue": "nothing"}, ',""', (None, "nothing")),
            ({"ignoreleadingwhitespace": "true"}, ' 1 , "2 "', ("1 ", "2 ")),
            ({"ignoretrailingwhitespace": "true"}, ' 1 ,"2 " ', (" 1", "2 ")),
            ({"ignoreleadingwhitespace": "true", "ignoretrailingwhitespace": "true"}, "   ,x", (None, "x")),
            ({"comment": "#"}, "#,c\n1,#", ("1", "#")),
        ],
    )
    def test_options_act_as_spark_documents(self, write, options, line, expected):
        """As Spark documents the option."""
        separator = dialect({**BASE, **options}).separator
        assert rows(write(f"a{separator}b\n{line}\n"), **options) == [expected]


class TestLines:
    """Where a row ends."""

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("a,b\r\n1,2\n3,4\r5,6", [("1", "2"), ("3", "4"), ("5", "6")]),
            ("\n\na,b\n\n1,2\n\r\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
            ("a,b\n1,2\n   \n3,4\n", [("1", "2"), ("3", "4")]),
            ("a\n1\n\n2\n", [("1",), ("2",)]),
            ('a\n1\n""\n2\n', [("1",), ("",), ("2",)]),
            ('a,b\n"",', [("", None)]),
            ("a,b\n", []),
            ("", []),
            ("\n\n", []),
        ],
    )
    def test_every_line_end_ends_a_row(self, write, content, expected):
        """Each of the three line ends is one; blank lines are no rows."""
        assert rows(write(content)) == expected

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_breaks_in_quotes(self, write, end):
        """They are kept as they are, and are said where the option for them isn't given."""
        path = write(f'a,b{end}1,2{end}3,"x{end}{end}y"{end}')
        assert rows(path, **LINES) == [("1", "2"), ("3", f"x{end}{end}y")]
        assert error(path) == f"{path}, line 3: line breaks in quotes: give datasets.options multiLine: true"

    def test_break_in_the_header(self, write):
        """A name may hold one, too."""
        path = write('a,"b\nc"\n1,2\n')
        assert rows(path, **LINES) == [("1", "2")]
        assert names(path, **LINES) == ["a", "b\nc"]
        assert "line 1: line breaks in quotes" in error(path)

    @pytest.mark.parametrize("tail", ['"', '"x', '"x\n', '"x""', '"x\n\n4,5\n'])
    def test_unclosed_quote(self, write, tail):
        """It would swallow the rest of the file."""
        path = write(f"a,b\n1,{tail}")
        assert error(path, **LINES) == f"{path}, line 2: the quote \" that opens here isn't closed."

    def test_unclosed_quote_in_a_large_file(self, write):
        """It is given up before the whole file is in memory."""
        small, large = (write('a,b\n1,2\n3,"' + "x,y\n" * lines, f"{lines}.csv") for lines in (9, 10_000_000))
        grown_bytes, said = peak_growth(unclosed, small, large)
        assert "line 3: the quote \" that opens here isn't closed" in said
        assert grown_bytes < 30_000_000 < os.path.getsize(large)

    def test_closed_at_the_end(self, write):
        """A quote that the last byte closes is no unclosed one."""
        for last in ('""', '"x"', '""""', '"x"""'):
            assert rows(write(f"a,b\n1,{last}")) == rows(write(f"a,b\n1,{last}\n"))

    def test_quotes_escaped_by_backslash(self, write):
        """What goes on behind a closing quote is an error, with the option; a path that ends so is none."""
        path = write('a,b\n1,"x\\"y"\n')
        assert error(path) == (
            f"{path}, line 2: 'y\"' stands behind a closing quote \": a quote inside quotes must be doubled,"
            " or give datasets.options escape: \\"
        )
        assert rows(path, escape="\\") == [("1", 'x"y')]
        assert rows(write('a,b\n1,"C:\\"\n')) == [("1", "C:\\")]

    @pytest.mark.parametrize("value", ['"5" pipe"', '"x"y', '"a" b "c"'])
    def test_text_behind_a_closing_quote(self, write, value):
        """pyarrow, as others, leaves that quote out: what is meant, nobody knows."""
        path = write(f"a,b\n1,2\n3,{value}\n")
        assert "line 3: " in error(path) and error(path).endswith("a quote inside quotes must be doubled.")

    def test_blanks_behind_a_closing_quote(self, write):
        """Spark leaves them out, others don't; under the option all do."""
        path = write('a,b\n1,"x" \n"y" ,2\n')
        assert error(path) == (
            f'{path}, line 2: a blank stands behind a closing quote ": give datasets.options'
            " ignoreTrailingWhiteSpace: true"
        )
        assert rows(path, ignoretrailingwhitespace="true") == [("1", "x"), ("y", "2")]

    def test_quotes_within_a_value(self, write):
        """Where none opens it they are letters as any other."""
        assert rows(write('a,b\n1,5" pipe\n"x, ""y""",a"b"c\n')) == [("1", '5" pipe'), ('x, "y"', 'a"b"c')]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("a,b,c\n1,2,3\n1,2\n", f"line 3: 2 fields where the header has 3{SHORT}"),
            ("a,b\n1,2,3\n", f"line 2: 3 fields where the header has 2{LONG}"),
            ('a,b\n1,"x\ny"\n\n1\n', f"line 5: 1 field where the header has 2{SHORT}"),
            ("a\n1\n1,50\n", f"line 3: 2 fields where the header has 1{LONG}"),
            ("a,b\n1,x,\n", f"line 2: 3 fields where the header has 2{ENDS}"),
            ('a,b\n1, "x,y"\n', f"line 2: 3 fields where the header has 2{BLANK}"),
            ("a,b\n1,'x,y'\n", f"line 2: 3 fields where the header has 2{SINGLE}"),
            ("Sales 2024\n\na,b\n1,2\n", f"line 3: 2 fields where the header has 1{TITLE}"),
            ("# made by x\na,b\n1,2\n", f"line 2: 2 fields where the header has 1{COMMENT}"),
        ],
    )
    def test_ragged_rows_are_named(self, write, content, said):
        """Rows of another length are named, with their line, and what can be done."""
        path = write(content)
        assert error(path, **LINES) == f"{path}, {said}"

    def test_ragged_late(self, write):
        """In a large file, too: rows before it are not read twice."""
        lines = "".join(f"{n},{'x' * 90}\n" for n in range(60_000))
        path = write(f"a,b\n{lines}1\n")
        assert "line 60002: 1 field" in error(path)

    def test_zero_bytes_between_values(self, write):
        """A separator that pyarrow doesn't take is read record by record."""
        assert rows(write("a\0b\n1\0x\n"), sep=r"\u0000") == [("1", "x")]

    def test_long_values(self, write):
        """A row may be longer than what is read at once."""
        long = "x" * 9_000_000
        assert rows(write(f'a,b\n1,2\n3,"{long}"\n4,5\n')) == [("1", "2"), ("3", long), ("4", "5")]

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_many_columns(self, write, quote):
        """They come in few batches, each of which costs something per column; with quotes inside, too."""
        line = ",".join(["12345"] * 3999 + [f"{quote}x{quote * 2}{quote}"])
        path = write(",".join(f"c{n}" for n in range(4000)) + f"\n{line}" * 250)
        batches = list(Csv().batches([path], {**BASE, "escape": '"'}, None))
        assert [batch.num_rows for batch in batches] == [250]
        assert batches[0].column(3999)[249].as_py() == ('x"' if quote else "x")


class TestColumns:
    """Names, in one file and in several."""

    def test_no_header(self, write):
        """Columns are called by their positions, from 0."""
        path = write("1,2\n3,4\n")
        assert names(path, header="false") == ["_c0", "_c1"]
        assert rows(path, header="false") == [("1", "2"), ("3", "4")]

    def test_no_name(self, write):
        """A column without a name is called by its position, as Spark does."""
        assert names(write(",name,qty\n0,a,5\n")) == ["_c0", "name", "qty"]

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            ("id,x,id", "columns 1 and 3 are called id and id"),
            ("id,ID", "columns 1 and 2 are called id and ID"),
            (",_c0", "columns 1 and 2 are called _c0 and _c0"),
        ],
    )
    def test_repeated_names(self, write, header, said):
        """Names that are the same, or differ in case only, are named with their positions."""
        assert said in error(write(f"{header}\n"))

    @pytest.mark.parametrize(
        ("header", "first", "second"),
        [("b,a", "`a`", "`b`"), ("a", "`b`", "not there"), ("a,b,c", "not there", "`c`"), ("a,B", "`b`", "`B`")],
    )
    def test_several_files(self, write, header, first, second):
        """All files have the same columns in one order; the first that differs is named, before any row is read."""
        one, other = write("a,b\n1,2,3\n", "1.csv"), write(f"{header}\n", "2.csv")
        told = error(one, other)
        assert f"is {first} in {one}, {second} in {other}" in told

    def test_files_without_a_row(self, write):
        """Empty files are among others without harm."""
        paths = write("", "0.csv"), write("a\n1\n", "1.csv"), write("a\n", "2.csv"), write("a\n2", "3.csv")
        assert rows(*paths) == [("1",), ("2",)]

    def test_schema_and_header_must_agree(self, write):
        """A schema gives names where there is no header; with one, both must agree."""
        schema = pa.schema([("x", pa.int64()), ("y", pa.string())])
        assert rows(write("1,2\n"), schema=schema, header="false") == [(1, "2")]
        assert rows(write("q,r\n1,2\n"), schema=schema, enforceschema="true") == [(1, "2")]
        path = write("x,z\n1,2\n")
        assert error(path, schema=schema) == (
            f"column 2 is `y` in the schema, `z` in {path}: rename it in datasets.schema,"
            " or take columns by position: datasets.options enforceSchema: true"
        )
        assert "declare all columns in datasets.schema" in error(write("x\n"), schema=schema)
        with pytest.raises(DatasetError, match="3 columns where the schema has 2"):
            rows(write("1,2,3\n"), schema=schema, header="false")


class TestBytes:
    """Encodings and packing."""

    @pytest.mark.parametrize(
        ("encoding", "option"),
        [
            ("utf-8", None),
            ("utf-8-sig", None),
            ("utf-16", None),
            ("utf-32", None),
            ("latin-1", "ISO-8859-1"),
            ("cp1252", "windows-1252"),
            ("utf-16-le", "UTF-16LE"),
        ],
    )
    def test_mark_or_option_tells_encoding(self, write, encoding, option):
        """By the mark at the beginning, or by the option."""
        path = write("näme,b\nZoë,2\n".encode(encoding))
        options = {} if option is None else {"encoding": option}
        assert rows(path, **options) == [("Zoë", "2")]
        assert names(path, **options) == ["näme", "b"]

    def test_invalid_bytes(self, write):
        """The first one is named by its offset."""
        path = write(b"a,b\n1,Zo\xeb\n")
        assert f"{path}: the byte at offset 8 is no UTF-8" in error(path)
        assert "encoding" in error(path)

    def test_gzip_is_known_by_name(self, write):
        """By the name; a damaged file is said."""
        packed = gzip.compress(b"a,b\n1,2\n")
        found = CsvGz().batches([write(packed, "a.csv.gz")], BASE, None)
        assert [batch.to_pylist() for batch in found] == [[{"a": "1", "b": "2"}]]
        assert "damaged" in error(write(packed[:-9], "b.csv.gz"))


class TestOptions:
    """What the second reader takes, and what it refuses."""

    def test_known_options_are_honoured(self):
        """The input's own options, and those that are honoured."""
        assert Csv().why_unread(BASE) is None
        assert Csv().why_unread({**BASE, "sep": "\\t", "comment": "#", "encoding": "UTF-16"}) is None

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"linesep": "|"}, "no other line separators than those of text files"),
            ({"dateformat": "d.M.y"}, "the option dateformat is not known to the second reader"),
            ({"mode": "PERMISSIVE"}, "leaves out no record"),
            ({"encoding": "none-such"}, "the encoding none-such is not known"),
            ({"quote": "<<"}, "the option quote must be one character"),
            ({"sep": '"'}, "the separator must be another than the quote"),
            ({"sep": "\\q"}, "a backslash must be doubled"),
        ],
    )
    def test_unsupported_options_get_a_sentence(self, options, said):
        """Each in a sentence."""
        assert said in why_unread({**BASE, **options})


class TestSeparator:
    """A header of one column that another separator would take apart."""

    @pytest.mark.parametrize(
        ("content", "separator"),
        [
            ("id;price;city\n1;3.50;Bonn\n2;4.00;Ulm\n", ";"),
            ("id;price\n1;3,50\n", ";"),
            ("id\tname\n1\tx\n", "\t"),
            ("id|name\n", "|"),
            ("note\na;b\nc\n", None),
            ("a;b\n1;2\n3\n", ";"),
            ("a^b\n1^2\n", "^"),
            ("a~b\n1~2\n", "~"),
            ("a\x01b\n1\x012\n", "\x01"),
            ("Report of May\na;b\n1;2\n3;4\n", ";"),
            ("Name, first;City\nAda;Bonn\nBob;Ulm\n", ";"),
            ("price;qty\n3;2\n3,50;2\n", ";"),
            ("id,note\n1,x\n2\n", None),
            ("id,a;b\n1,2\n", None),
            ('"a;b"\n1\n', None),
            ("a\n1\n", None),
            ("", None),
        ],
    )
    def test_separator_is_guessed_by_most_rows(self, write, content, separator):
        """Only if most rows have as many values by it, and the one that is given doesn't tell them apart."""
        assert likely_separator(write(content), BASE) == separator

    def test_likely_separator_is_suggested(self, write):
        """The file is not read as one column, unless the separator is given."""
        path = write("id;price\n1;2\n")
        assert "".join(map(str, Csv().fault(path, BASE))) == (
            "one column `id;price`: looks like datasets.options sep: ; (if not: datasets.options sep: ,)"
        )
        assert Csv().fault(path, {**BASE, "sep": ","}) is None
        ragged = "".join(map(str, Csv().fault(write("a, b;c\n1;2\n"), BASE)))
        assert ragged.startswith("its lines have several numbers of columns: looks like ")

    @pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", "\ufeffsep=;\n"])
    def test_line_for_spreadsheets(self, write, line):
        """It is no header, whether or not the separator is given."""
        for options in (BASE, {**BASE, "sep": ";"}):
            fault = "".join(map(str, Csv().fault(write(f"{line}id;zip\n1;01067\n"), options)))
            assert fault.endswith("is for spreadsheets: remove it, and give datasets.options sep: ;"), fault


texts = st.text(st.sampled_from("ab ,;\"'\\\r\n\t\0#é🚲") | st.characters(codec="utf-8"), max_size=8)
tables = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(st.none() | texts, min_size=n, max_size=n), min_size=1))


def quoted(value, quote, escape):
    """A value as a careful writer has it."""
    if value is None:
        return ""
    return (
        quote + value.replace(escape, escape * 2).replace(quote, escape + quote if escape != quote else quote) + quote
    )


@settings(deadline=None)
@example([["\uffff"]], ",", '"', "", "\n")
@given(
    tables,
    st.sampled_from([",", ";", "\t", "|", "||", "é"]),
    st.sampled_from("\"'"),
    st.sampled_from(["", "\\"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_is_read(tmp_path_factory, table, separator, quote, escape, end):
    """Any texts and nulls, under any separator, quote, escape and line end."""
    escape = escape or quote
    lines = [separator.join(quoted(value, quote, escape) for value in row) for row in table]
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes("".join(line + end for line in lines).encode())
    options = {**LINES, "header": "false", "sep": separator, "quote": quote, "escape": escape}
    assert rows(str(path), **options) == [tuple(row) for row in table if row != [None]]


@settings(deadline=None)
@given(st.text(st.sampled_from('ab1,"\r\n '), max_size=40), st.sampled_from([True, False]))
def test_as_python_has_it(tmp_path_factory, content, header):
    """Any text at all gives the rows that Python's csv finds, or an error where they differ in length or don't end."""
    expected = [row for row in csv.reader(io.StringIO(content, newline="")) if row]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content.encode())
    try:
        found = rows(str(path), header="false", **LINES)
    except DatasetError as raised:
        ragged = len({len(row) for row in expected}) > 1
        assert ragged or "isn't closed" in str(raised) or "behind a closing quote" in str(raised)
        return
    several = expected and len(expected[0]) > 1
    expected = [row for row in expected if not (several and len(row) == 1)]
    assert [tuple(value or "" for value in row) for row in found] == list(map(tuple, expected))


@given(st.text(st.sampled_from('ab,"\\\r\n'), max_size=60), st.integers(1, 7), st.sampled_from(['"', "\\"]))
def test_pieces_do_not_matter(content, size, escape):
    """However a text comes in pieces, it has the same records."""
    how = dialect({**BASE, **LINES, "escape": escape})
    pieces = [content[start : start + size] for start in range(0, len(content), size)]

    def found(parts):
        try:
            return list(records(parts, how))
        except ValueError as unclosed:
            return str(unclosed)

    assert found(pieces) == found([content])


def test_columns_without_a_name_are_noted(tmp_path):
    """A column that the header doesn't name gets a name, and a sentence says so."""
    (tmp_path / "a.csv").write_text(",name,\n0,x,1\n")
    notes = Csv().notes([str(tmp_path / "a.csv")], {"header": "true"})
    assert notes == {"_c0": "the header has no name for column 1", "_c2": "the header has no name for column 3"}


def test_blank_lines_of_one_column(tmp_path):
    """No reader takes them for rows: they are counted, but for those within quotes."""
    (tmp_path / "one.csv").write_bytes(b'name\nx\r\n\r\ny\n\n\n""\n\n\n')
    (tmp_path / "two.csv").write_text("a,b\n1,x\n\n2,y\n")
    assert Csv().notes([str(tmp_path / "one.csv")], BASE) == {
        "name": '5 blank lines left out: a row without a value is a line of ""'
    }
    assert Csv().notes([str(tmp_path / "two.csv")], BASE) == {}
    (tmp_path / "quoted.csv").write_text('name\n"x\n\ny"\nz\n')
    assert Csv().notes([str(tmp_path / "quoted.csv")], {**BASE, **LINES}) == {}
    (tmp_path / "both.csv").write_text('name\n"x ""1\n\ny"\n\nz\n')
    assert "1 blank line " in Csv().notes([str(tmp_path / "both.csv")], {**BASE, **LINES})["name"]
    (tmp_path / "long.csv").write_bytes(b"name\r\n" + b"x" * ((1 << 20) - 7) + b"\r\ny\r\n")  # a piece ends in a break
    assert Csv().notes([str(tmp_path / "long.csv")], BASE) == {}


def test_lost_rows_come_before_lost_bytes(tmp_path):
    """Of a file in which Spark drops a row and a zero byte the row is said: without another reader it is refused."""
    (tmp_path / "a.csv").write_bytes(b'name\n"x\0"\n  \ny\n')
    misreading = Csv().misread([str(tmp_path / "a.csv")], BASE, pa.schema([("name", pa.string())]))
    assert misreading.of_rows and misreading.reason.startswith("line 3: it is blank")
    (tmp_path / "a.csv").write_bytes(b'name\n"x\0"\ny\n')
    misreading = Csv().misread([str(tmp_path / "a.csv")], BASE, pa.schema([("name", pa.string())]))
    assert not misreading.of_rows and misreading.reason.startswith("line 2: a zero byte")
