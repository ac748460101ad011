"""What is said of real files and real rows, on one JVM: why they can't be read, or would not be kept."""

from __future__ import annotations

import datetime
import re
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

from otfbench.convert import losses
from otfbench.data import bad_records
from otfbench.data.discovery import UserData
from otfbench.data.inspection import look_through
from otfbench.errors import ConfigError, DatasetError
from otfbench.registry import load_format, load_input
from otfbench.spark.jvm import Jvm


def read(jvm: Jvm, path: Path, format: str, **more: Any) -> Any:
    """What is found in the files there."""
    data = UserData(path=path.name, folder=path.parent, format=format, **more)
    return look_through(jvm.spark, data, load_input(format), [load_format("parquet")], Path(tempfile.gettempdir()))


def said(jvm: Jvm, path: Path, format: str, **more: Any) -> str:
    """What is said of files that can't be read: in one line, which names the file once."""
    with pytest.raises(DatasetError) as caught:
        read(jvm, path, format, **more)
    text = str(caught.value)
    assert text.count(str(path)) == 1 and "\n" not in text and not re.search(r"\w+\.\w+Exception|\[[A-Z_]{9}", text)
    return text


def flipped(path: Path) -> None:
    """Change some bits in the middle of a file."""
    content, half = path.read_bytes(), path.stat().st_size // 2
    path.write_bytes(content[:half] + bytes(255 - each for each in content[half : half + 99]) + content[half + 99 :])


@pytest.mark.parametrize("column", ["uniontype<int,string>", "timestamp with local time zone"])
def test_orc_types_that_spark_lacks(jvm: Jvm, tmp_path: Path, column: str) -> None:
    """A type of ORC's is named, with what to do."""
    orc: Any = jvm.spark._jvm.org.apache.orc  # type: ignore[union-attr]
    conf = jvm.spark._jsc.hadoopConfiguration()  # type: ignore[union-attr]
    path = jvm.spark._jvm.org.apache.hadoop.fs.Path(str(tmp_path / "a.orc"))  # type: ignore[union-attr]
    kind = orc.TypeDescription.fromString(f"struct<id:int,u:{column}>")
    writer = orc.OrcFile.createWriter(path, orc.OrcFile.writerOptions(conf).setSchema(kind))
    rows = kind.createRowBatch()
    rows.size = 1
    writer.addRowBatch(rows)
    writer.close()
    assert "column u is a" in (text := said(jvm, tmp_path / "a.orc", "orc"))
    assert "which Spark doesn't read from ORC: rewrite it as a" in text


def test_parquet_type_that_spark_does_not_know(jvm: Jvm, tmp_path: Path) -> None:
    """A number of 16 bits, on which Spark's reader fails without a word."""
    pa.parquet.write_table(pa.table({"h": pa.array([None], pa.float16())}), tmp_path / "a.parquet")
    assert re.search("column h is .*type that Spark doesn't have", said(jvm, tmp_path / "a.parquet", "parquet"))


@pytest.mark.parametrize("format", ["parquet", "orc", "avro"])
def test_damaged_block(jvm: Jvm, tmp_path: Path, format: str) -> None:
    """Bits that were changed in the middle of a file are called damage."""
    rows = jvm.spark.range(9_999).selectExpr("id", "hex(xxhash64(id)) AS text").coalesce(1)
    rows.write.format(format).save(str(tmp_path / "written"))
    [file] = (tmp_path / "written").glob("part-*")
    flipped(file)
    assert "damaged" in said(jvm, file, format)


def test_text_named_parquet(jvm: Jvm, tmp_path: Path) -> None:
    """Text that is called Parquet."""
    (tmp_path / "a.parquet").write_text("a,b\n1,2\n")
    assert "it is no Parquet file, whatever it is called" in said(jvm, tmp_path / "a.parquet", "parquet")


def test_old_days_of_parquet(jvm: Jvm, tmp_path: Path) -> None:
    """Days before 1582 in a file that Spark hasn't written are those of today's calendar."""
    pa.parquet.write_table(pa.table({"d": [datetime.date(1500, 3, 1)]}), tmp_path / "a.parquet")
    own = read(jvm, tmp_path / "a.parquet", "parquet")
    assert own.read(jvm.spark).first()[0] == datetime.date(1500, 3, 1)


def test_no_hint_at_subfolders_of_a_file(jvm: Jvm, tmp_path: Path) -> None:
    """Who names one file is not told of subfolders."""
    (tmp_path / "a.orc").write_bytes(b"ORC")
    assert "recursiveFileLookup" not in said(jvm, tmp_path / "a.orc", "orc")


# Values that a format would not keep


def unkept(jvm: Jvm, rows: str, format: str) -> list[str]:
    """What is said of the rows of a query before they are written."""
    with pytest.raises(DatasetError) as caught:
        losses.check(jvm.spark.sql(rows), load_format(format))
    return str(caught.value).splitlines()


REFUSED = "Spark's Parquet writer refuses days before 1582 and times before 1900, which old readers take for others"
MOVED = "days before 1582 are taken for days of the Julian calendar, and become others"


@pytest.mark.parametrize(("format", "reason"), [("delta", REFUSED), ("hudi", REFUSED), ("paimon", MOVED)])
def test_old_days(jvm: Jvm, format: str, reason: str) -> None:
    """The column, the value, in how many rows, why, and who keeps it; also inside of others."""
    born = "SELECT id, IF(id < 2, DATE'1500-03-01', DATE'1582-10-15') born FROM range(5)"
    first, line, keeper, *_ = unkept(jvm, born, format)
    assert first == f"{format} doesn't keep values of the source:"
    assert line == f"  born: 1500-03-01, in 2 rows: {reason}" and keeper == "Kept by --to iceberg."
    nested = "SELECT 1 id, map('k', array(named_struct('d', DATE'1582-10-14'))) m"
    assert unkept(jvm, nested, format)[1].endswith(f"in 1 row: {reason}")
    losses.check(jvm.spark.sql(born), load_format("iceberg"))


def test_old_times(jvm: Jvm) -> None:
    """Times before 1900 are refused by Spark's writer, and kept by Paimon; those without a zone are kept by all."""
    seen = "SELECT TIMESTAMP'1850-01-01 00:00:00' seen, 1 id"
    lines = unkept(jvm, seen, "delta")
    assert lines[1].startswith("  seen: 1850-01-01 00:00:00, in 1 row: ")
    assert lines[2] == "Kept by --to iceberg and --to paimon."
    losses.check(jvm.spark.sql(seen.replace("TIMESTAMP'", "TIMESTAMP_NTZ'")), load_format("delta"))


def test_old_days_that_the_user_wants_written(jvm: Jvm) -> None:
    """Who sets Spark's writer to write them is not refused."""
    setting = "spark.sql.parquet.datetimeRebaseModeInWrite"
    born = "SELECT 1 id, DATE'1500-03-01' born"
    assert f"{setting} = CORRECTED" in unkept(jvm, born, "delta")[-1]
    jvm.spark.conf.set(setting, "CORRECTED")
    try:
        losses.check(jvm.spark.sql(born), load_format("delta"))
    finally:
        jvm.spark.conf.unset(setting)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("CAST(null AS struct<a:struct<b:int>>)", False),
        ("array(CAST(null AS struct<a:struct<b:int>>))", False),
        ("named_struct('a', CAST(null AS struct<b:struct<c:int>>), 'z', 1)", False),
        ("named_struct('a', CAST(null AS int))", False),
        ("map('k', named_struct('a', CAST(null AS int)))", False),
        ("named_struct('a', named_struct('b', 1))", True),
        ("CAST(null AS struct<a:int>)", True),
        ("CAST(null AS struct<a:array<struct<b:int>>>)", True),
        ("named_struct('a', null, 'b', 1)", True),
    ],
)
def test_null_structs_in_paimon(jvm: Jvm, value: str, kept: bool) -> None:
    """Null where a struct holds a struct, and a struct of nulls, are told before Paimon fails on them; others pass."""
    if kept:
        losses.check(jvm.spark.sql(f"SELECT 1 id, {value} s"), load_format("paimon"))
        return
    lines = unkept(jvm, f"SELECT 1 id, {value} s", "paimon")
    assert lines[1].startswith("  s: ") and "Paimon" in lines[1] and "--to delta" in lines[2]


# Records that don't fit

RAGGED = "a,b\n1,2\n3\n4,x\n8,9\n"


@pytest.mark.parametrize(("mode", "rows"), [("PERMISSIVE", 4), ("DROPMALFORMED", 2)])
def test_lenient_modes_are_counted(jvm: Jvm, tmp_path: Path, mode: str, rows: int) -> None:
    """Records that a mode reads as nulls, or leaves out, are counted; the second reader finds the others."""
    (tmp_path / "a.csv").write_text(RAGGED)
    own = read(jvm, tmp_path / "a.csv", "csv", options={"mode": mode}, ddl="a int, b int")
    assert len(own.read(jvm.spark).collect()) == rows
    assert own.misfits.count == 2 and set(own.misfits.examples) == {"3", "4,x"}
    assert own.second.reader.startswith("pyarrow") and own.second.evidence.digest.rows == 2


def test_nothing_but_corrupt_records(jvm: Jvm, tmp_path: Path) -> None:
    """A result whose only column is Spark's own for damaged records is none."""
    (tmp_path / "a.json").write_text("x\ny\n")
    with pytest.raises(DatasetError, match="no record in .*a.json can be read as json: "):
        read(jvm, tmp_path / "a.json", "json", options={"mode": "PERMISSIVE"})


def test_bad_records_are_written(jvm: Jvm, tmp_path: Path) -> None:
    """What doesn't fit is kept as it is in the file, with the file's name."""
    (tmp_path / "a.csv").write_text(RAGGED)
    own = read(jvm, tmp_path / "a.csv", "csv", bad_records="aside", ddl="a int, b int")
    bad_records.write(own.bad_rows(jvm.spark), str(tmp_path / "bad"))
    kept = sorted(map(tuple, jvm.spark.read.json(str(tmp_path / "bad")).select("record", "file").collect()))
    assert [record for record, _ in kept] == ["3", "4,x"] and all(file.endswith("/a.csv") for _, file in kept)


def test_no_bad_record_is_a_second_reading(jvm: Jvm, tmp_path: Path) -> None:
    """Where all records fit, the second reader reads them though bad ones would have been kept aside."""
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    own = read(jvm, tmp_path / "a.csv", "csv", bad_records="aside", ddl="a int, b int")
    assert own.misfits.count == 0 and own.second.reader.startswith("pyarrow")


def test_text_keeps_its_value_where_bad_records_are_kept_aside(jvm: Jvm, tmp_path: Path) -> None:
    """Types are those that the records that fit can be got back from, as where all fit."""
    (tmp_path / "a.csv").write_text("zip,n\n00501,1\nx\n1234,2\n")
    own = read(jvm, tmp_path / "a.csv", "csv", bad_records="aside")
    assert sorted(map(tuple, own.read(jvm.spark).collect())) == [("00501", 1), ("1234", 2)]
    assert own.bad.count == 1 and "leading zero" in own.notes["zip"]


def test_char_in_a_schema(jvm: Jvm, tmp_path: Path) -> None:
    """Spark reads no such column from files: what to declare is said."""
    (tmp_path / "a.csv").write_text("id,code\n1,ab\n")
    with pytest.raises(
        ConfigError,
        match=r"code char\(5\): char\(n\) .* What Spark reads from files is neither padded nor cut: declare .* string",
    ):
        read(jvm, tmp_path / "a.csv", "csv", ddl="id int, code char(5)")


@pytest.mark.parametrize(
    ("ddl", "words"),
    [
        (
            "id int, d interval day",
            "column d is interval day, and no other reader than Spark's has intervals: declare it",
        ),
        ("id int, d array<interval year to month>", "column d is array<interval year to month>, and no other reader"),
        (
            "id int, d interval",
            "no columns as in CREATE TABLE: interval is no type of columns in files. There are bool",
        ),
        ("id", "no columns as in CREATE TABLE: .*, as id bigint, name string"),
        ("", "names no column: give some, as id bigint, name string, or leave it out"),
    ],
)
def test_types_that_no_file_has(jvm: Jvm, tmp_path: Path, ddl: str, words: str) -> None:
    """Declared columns that can't be: what there is, and what to declare."""
    (tmp_path / "a.csv").write_text("id,d\n1,2\n")
    with pytest.raises(ConfigError, match=words):
        read(jvm, tmp_path / "a.csv", "csv", ddl=ddl)


@pytest.mark.parametrize(
    ("format", "encoding", "key"),
    [("csv", "nonsense", "encoding"), ("json", "x y!", "encoding"), ("xml", "z", "charset")],
)
def test_encoding_that_nobody_knows(jvm: Jvm, tmp_path: Path, format: str, encoding: str, key: str) -> None:
    """Java says nothing but its name."""
    (tmp_path / "a").write_text(
        {"csv": "a\n1\n", "json": '{"a":1}\n', "xml": "<ROWS><ROW><a>1</a></ROW></ROWS>"}[format]
    )
    with pytest.raises(ConfigError, match=f"datasets.options {key}: {encoding}: Java knows no encoding of that name"):
        read(jvm, tmp_path / "a", format, options={key: encoding})


def test_pattern_of_names_that_hadoop_can_not_read(jvm: Jvm, tmp_path: Path) -> None:
    """It is not said that the option leaves files out."""
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(ConfigError, match=r"pathGlobFilter: \[: Spark can't list the files under this option"):
        read(jvm, tmp_path / "a.csv", "csv", options={"pathGlobFilter": "["})


def test_keys_of_maps_in_json(jvm: Jvm, tmp_path: Path) -> None:
    """They are text: a map of numbers can't be declared."""
    (tmp_path / "a.json").write_text('{"m": {"1": "a"}}\n')
    words = "keys of JSON are text, and a map is declared with others: declare it as map<string,...> in datasets.schema"
    with pytest.raises(Exception, match=words):
        read(jvm, tmp_path / "a.json", "json", ddl="m map<int,string>")


@pytest.mark.parametrize(
    ("format", "content", "ddl", "words"),
    [
        (
            "csv",
            "a,b\nx,1\ny,2\n",
            "a int, b int",
            "none of 2 records fits, .*line 2: column a: 'x' has no equal as int",
        ),
        ("csv", "a,b\n1\n", None, "the only record doesn't fit, .* nothing is kept aside. .*line 2: 1 field where"),
        ("json", "x\n{\n", "a int", r"none of 2 records fits, .*record 1 \(line 1\): it is no JSON"),
        (
            "json-multiline",
            '[{"a":1},\n{"a":2\n{"a":3}]\n',
            "a int",
            r"the only record doesn't fit, .* record 2 \(line 2\)",
        ),
    ],
)
def test_all_records_are_bad(jvm: Jvm, tmp_path: Path, format: str, content: str, ddl: str | None, words: str) -> None:
    """There is no table, and nothing is kept aside: what is wrong with the first is said."""
    (tmp_path / "a").write_text(content)
    with pytest.raises(DatasetError, match=words):
        read(jvm, tmp_path / "a", format, bad_records="aside", ddl=ddl)


@pytest.mark.parametrize("format", ["parquet", "orc", "avro"])
@pytest.mark.parametrize(
    ("ddl", "words"),
    [
        ("id bigint, d int", "column d: it is string in the file, and x has no equal as int: declare it as string in"),
        (
            "id array<int>, d string",
            "column id: it is bigint in the file, and 1 has no equal as array<int>: declare it as",
        ),
    ],
)
def test_files_of_another_type_than_declared(jvm: Jvm, tmp_path: Path, format: str, ddl: str, words: str) -> None:
    """The column, its type in the file, the value, and what to declare; no library's own words."""
    rows = jvm.spark.createDataFrame([(1, "1"), (2, "x")], "id bigint, d string").coalesce(1)
    rows.write.format(format).save(str(tmp_path / "t"))
    with pytest.raises(DatasetError, match=words):
        read(jvm, tmp_path / "t", format, ddl=ddl)


@pytest.mark.parametrize(("format", "stored"), [("parquet", "INT64"), ("avro", "long")])
def test_types_that_spark_does_not_read_as_declared(jvm: Jvm, tmp_path: Path, format: str, stored: str) -> None:
    """Where another reader could, Spark's error names the column and its type in the file."""
    jvm.spark.range(1).coalesce(1).write.format(format).save(str(tmp_path / "t"))
    words = (
        f"column id is {stored} in the file, which Spark doesn't read as (?i:string): give the type that it has there"
    )
    with pytest.raises(Exception, match=words):
        read(jvm, tmp_path / "t", format, ddl="id string")


def test_note_on_a_column_of_paths(jvm: Jvm, tmp_path: Path) -> None:
    """Of a column whose type is declared nothing is said that was thought of another; else its zeros are."""
    (tmp_path / "t" / "d=01").mkdir(parents=True)
    (tmp_path / "t" / "d=01" / "a.csv").write_text("id\n1\n")
    assert read(jvm, tmp_path / "t", "csv", ddl="id int, d int").notes == {}
    assert "leading zero" in read(jvm, tmp_path / "t", "csv", ddl="id int").notes["d"]
    with pytest.raises(Exception, match="column d.*01.*give another .*datasets.schema"):
        read(jvm, tmp_path / "t", "csv", ddl="id int, d array<int>")


def test_note_on_blank_lines_without_a_header(jvm: Jvm, tmp_path: Path) -> None:
    """The note is about the column, not about its first value."""
    (tmp_path / "a.csv").write_text("1\n\n2\n")
    assert list(read(jvm, tmp_path / "a.csv", "csv", options={"header": "false"}).notes) == ["_c0"]


def test_old_times_of_96_bits(jvm: Jvm, tmp_path: Path) -> None:
    """Times before 1900 take an option, which is named."""
    table = pa.table({"t": pa.array([datetime.datetime(1800, 1, 1)], pa.timestamp("us"))})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    assert (
        "times before 1900, and doesn't tell by which calendar. Give datasets.options int96RebaseMode: CORRECTED"
        in (said(jvm, tmp_path / "a.parquet", "parquet"))
    )
