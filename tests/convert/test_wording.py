"""What people are told of a conversion, in 100 columns."""

from pathlib import Path

import pytest

from otfbench.convert.new_table import ConversionResult
from otfbench.convert.request import ConversionRequest
from otfbench.convert.source_info import SourceInfo
from otfbench.convert.wording import source_lines, table_lines
from otfbench.formats.adaptation import Adaptation

REQUEST = ConversionRequest("a.csv", "hudi", Path("lake/t"))
SOURCE = {
    "format": "csv",
    "rows": 5000,
    "files": 1,
    "bytes": 70_000,
    "columns": {"id": "int", "zip_code": "string"},
    "second_reader": {"reader": "pyarrow 17.0.0"},
}


def said(adaptations=(), warnings=(), aside=None, **source):
    """The lines on the source."""
    return list(source_lines(REQUEST, SourceInfo(SOURCE | source, tuple(adaptations), aside=aside), warnings))


def verdict(verdict, second=SOURCE["second_reader"], request=REQUEST):
    """The lines on the table."""
    result = ConversionResult(5000, "0", 1, 60_000, 0, 1.5, verdict, "Spark 3.5.9")
    return list(table_lines(request, SourceInfo(SOURCE | {"second_reader": second}, ()), result))


def test_columns_and_types():
    """Each column with its type, and why it has that one where this needs a sentence."""
    note = "text; as int 3,256 of 5,000 values would lose leading zeros"
    assert said(notes={"zip_code": note}) == [
        "a.csv: csv, 1 file, 70.0 kB",
        "2 columns: id int, zip_code string",
        f"zip_code: {note}",
    ]


def test_wide_schemas_are_shortened():
    """Of 500 columns some are shown, in a few lines of 100 columns, and the number of the others."""
    lines = said(columns={f"column_{n}": f"decimal({n % 38},2)" for n in range(500)})
    assert lines[1].startswith("500 columns: column_0 decimal(0,2), ") and lines[-1].endswith(" more (--json has all)")
    assert len(lines) == 5 and max(map(len, lines)) <= 100


def test_long_types_are_shortened():
    """A nested type does not fill the screen."""
    assert said(columns={"a": f"struct<{','.join(f'f{n}:int' for n in range(99))}>"})[1] == (
        "1 column: a struct<f0:int,f1:int,f2:int,f3:int,f4:in..."
    )


def test_changes_of_one_kind_are_one_line():
    """54 columns that change alike are one line, others have their own."""
    reason = "Hudi writes smallint, but can't read it back"
    alike = [Adaptation(f"c{n}", "smallint", "int", reason) for n in range(54)]
    lines = said([*alike, Adaptation("m", "void", "string", "Hudi refuses void")])
    assert " ".join(lines[2:]) == (
        "adapted for hudi: 54 columns, c0, c1, c2, ... (51 more: --json): smallint -> int (Hudi writes   smallint, but "
        "can't read it back) adapted for hudi: m void -> string (Hudi refuses void)"
    )


def test_names_that_change():
    """A name that becomes another is shown with that."""
    change = Adaptation("a b", "a b", "a_b", "hudi refuses such a column name", renames=True)
    assert said([change])[-1] == "adapted for hudi: 'a b' -> 'a_b' (hudi refuses such a column name)"


def test_bad_records():
    """How many records are not in the table, where they are, and the first of them."""
    lines = said(bad_records={"count": 1, "examples": ["4,x"]}, aside="lake/t.bad-records")
    assert lines[-2:] == ["1 bad record kept aside, in lake/t.bad-records", "  '4,x'"]
    assert said(bad_records={"count": 0, "examples": []}) == said()


@pytest.mark.parametrize(
    ("name", "second", "proof"),
    [
        ("equal", SOURCE["second_reader"],
         "pyarrow 17.0.0 read the source, Spark 3.5.9 the table: every value is the same."),
        ("equal to Spark's reading", "xml has none",
         "No other reader read the source (xml has none): the table holds what Spark read."),
        ("unchecked", "", "Values were not compared (--verify source)."),
        ("incomplete", "", "Only records that could be read are in lake/t; their values were not compared."),
    ],
)  # fmt: skip
def test_verdict_follows_its_proof(name, second, proof):
    """What a verdict rests on is said, and the verdict is the end."""
    assert verdict(name, second) == [proof, f"lake/t: hudi, 5,000 rows, 1 file, 60.0 kB, in 1.50 s: {name}"]


@pytest.mark.parametrize(
    ("folder", "needed"), [("in/", []), ("lake/t", ["lake/t needs them: don't move or remove them."])]
)
def test_files_as_they_are(folder, needed):
    """That they stayed so is said, and that a table elsewhere needs them."""
    request = ConversionRequest("in", "hudi", Path(folder), in_place=True)
    told = verdict("equal", request=request)[1]
    assert told == " ".join(["1 file of in stayed as they were (SHA-256).", *needed])
