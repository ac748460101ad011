"""The user's own files on real Spark: a run by ten lines of YAML, and what is said of files that can't be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otfbench.data.cache import cache_folder
from otfbench.data.digest import digest
from otfbench.data.discovery import UserData, input_of
from otfbench.data.inspection import inspect
from otfbench.errors import ConfigError, DatasetError, OtfbenchError
from otfbench.registry import load_format, load_input
from otfbench.spark.jvm import Jvm

PROJECT = Path(__file__).parents[2]
TEN_LINES = r"""
spark: {driver_memory: 1g, conf: {spark.sql.files.maxPartitionBytes: 7000}}
formats:
  parquet: {properties: {compression: zstd}}
  iceberg: {properties: {write.parquet.compression-codec: gzip, "it's": '${env:HOME} \'}}
rounds: 2
warmup: 0
datasets:
  path: data/*.csv
  format: csv
  options: {encoding: ISO-8859-1, multiLine: true, sep: ;, nullValue: "-"}
  schema: id bigint, name string, note string, paid decimal(10,2), at timestamp, small smallint
"""
ROWS = [
    'id;name;note;paid;at;small',
    '1;Müller;"sagte ""ja""\nund ging";3.50;2024-02-29 12:00:00.123456;7',
    '2;-;-;-;-;-',
    '3;Größe;";";-0.25;1969-12-31 23:59:59;-7',
]  # fmt: skip


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the project's workloads there, with the folder's YAML file and with temporary files of its own."""
    (folder / "tmp").mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(folder / "tmp"), "COLUMNS": "100"}
    python = [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", "--rootdir", "."]
    command = [*python, str(PROJECT / "benchmarks" / "test_convert.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[Path], subprocess.CompletedProcess[str]]:
    """A run on a Latin-1 file with quotes, line breaks and nulls: the control and one format."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("\n".join(ROWS) + "\n", encoding="latin-1")
    (folder / "otfbench.yaml").write_text(TEN_LINES)
    before = set(cache_folder().glob("*"))
    return folder, before, run(folder, "--benchmark-autosave", "--otf-keep-tables", "--otf-warehouse", "lake")


@pytest.fixture(scope="module")
def saved(good: Any) -> dict[str, Any]:
    """The run file."""
    return json.loads(next(good[0].glob(".benchmarks/*/*.json")).read_text())


def test_all_equal(good: Any, saved: Any) -> None:
    """Three cases pass, named as ever, each equal, with the counted number of rows and no seed."""
    assert good[2].returncode == 0, good[2].stdout + good[2].stderr
    assert {(o["id"], o["status"], o["verdict"]) for o in saved["otfbench"]["outcomes"]} == {
        (name, "passed", "equal") for name in ("convert[parquet-csv]", "convert[iceberg-csv]", "read_source[csv]")
    }
    cases = [benchmark["extra_info"]["otfbench"]["case"] for benchmark in saved["benchmarks"]]
    assert {(case["rows"], case["seed"], case["variant"]) for case in cases if case["format"]} == {(3, None, "custom")}


def test_run_file_identifies_the_data(good: Any, saved: Any) -> None:
    """The run file tells which data it was, by content, and how it was read."""
    assert saved["otfbench"]["options"]["datasets"] == [{
        "path": "data/*.csv",
        "format": "csv",
        "options": {"encoding": "ISO-8859-1", "multiLine": "true", "sep": ";", "nullValue": "-"},
        "schema": "id bigint, name string, note string, paid decimal(10,2), at timestamp, small smallint",
        "columns": {
            "id": "bigint", "name": "string", "note": "string", "paid": "decimal(10,2)", "at": "timestamp",
            "small": "smallint",
        },
        "second_reader": saved["otfbench"]["options"]["datasets"][0]["second_reader"],
        "rows": 3,
        "digest": next(b["expected"]["digest"] for b in records(saved) if b["case"]["format"] is None),
        "files": 1,
        "bytes": (good[0] / "data" / "a.csv").stat().st_size,
    }]  # fmt: skip


def records(saved: dict[str, Any]) -> list[dict[str, Any]]:
    return [benchmark["extra_info"]["otfbench"] for benchmark in saved["benchmarks"]]


def test_settings_take_effect(good: Any, saved: Any) -> None:
    """Spark settings and table properties are in the case's settings, as they were written, and in the files."""
    by_format = {record["case"]["format"]: record["settings"] for record in records(saved)}

    assert all(each["spark"]["spark.sql.files.maxPartitionBytes"] == "7000" for each in by_format.values())
    assert by_format["parquet"]["table_properties"]["option.compression"] == "zstd"
    assert by_format["iceberg"]["table_properties"]["it's"] == "${env:HOME} \\"
    names = {path.name for path in (good[0] / "lake").rglob("*.parquet")}
    assert any(name.endswith(".zstd.parquet") for name in names)


def test_content_read_by_another(good: Any) -> None:
    """What the control holds, read without Spark, is what the file means: encoding, quotes, line breaks, nulls."""
    import pyarrow.parquet

    [file] = (good[0] / "lake" / "tables" / "parquet").rglob("*.parquet")
    rows = sorted(pyarrow.parquet.read_table(file).to_pylist(), key=lambda row: row["id"])
    assert [(row["name"], row["note"], row["small"]) for row in rows] == [
        ("Müller", 'sagte "ja"\nund ging', 7), (None, None, None), ("Größe", ";", -7),
    ]  # fmt: skip


def test_nothing_left_behind(good: Any) -> None:
    """Own data leaves nothing in the cache of datasets but the ruler's, and no temporary file."""
    assert {path.name for path in set(cache_folder().glob("*")) - good[1]} <= {"trips-v1-20000-0"}
    assert list((good[0] / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "format", "content", "told"),
    [
        ("ragged.csv", "csv", b"a,b\n1,2\n3\n", "ragged.csv, line 3: "),
        ("cut.parquet", "parquet", b"PAR1" + 99 * b"x", "cut.parquet can't be read as parquet: it is damaged"),
    ],
)
def test_bad_data(tmp_path: Path, name: str, format: str, content: bytes, told: str) -> None:
    """Files that can't be read are one screen with file and first cause, exit code 4, and nothing is left behind."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(content)
    (tmp_path / "otfbench.yaml").write_text(
        f"datasets: {{path: data, format: {format}}}\nspark: {{driver_memory: 1g}}\n"
    )

    done = run(tmp_path, "--benchmark-autosave")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert f"otfbench: {tmp_path}/data/{name}" in done.stderr and told in done.stderr
    assert len(done.stderr.splitlines()) < 10 and "Traceback" not in done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data", "otfbench.yaml", "tmp", ".benchmarks"}
    assert [*(tmp_path / "tmp").iterdir(), *(tmp_path / ".benchmarks").iterdir()] == []  # pytest-benchmark makes one


def test_bad_key(tmp_path: Path) -> None:
    """Duplicate keys are one screen with count and examples and exit code 4, and nothing is left behind."""
    (tmp_path / "a.csv").write_text("id,v\n" + "1,x\n" * 3)
    text = "datasets: {path: a.csv, format: csv, key: [id]}\nspark: {driver_memory: 1g}\n"
    (tmp_path / "otfbench.yaml").write_text(text)

    done = run(tmp_path, "--benchmark-autosave")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert "otfbench: datasets.key id: 1 key is there more than once: id = 1 (3 rows)\n" in done.stderr
    assert len(done.stderr.splitlines()) < 10 and "Traceback" not in done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "otfbench.yaml", "tmp", ".benchmarks"}
    assert [*(tmp_path / "tmp").iterdir(), *(tmp_path / ".benchmarks").iterdir()] == []


# What is looked for before the run, in one JVM


def looked_through(jvm: Jvm, folder: Path, files: dict[str, str | bytes], format: str = "csv", **more: Any) -> Any:
    """Own files and their sample, of files with this content."""
    for name, content in files.items():
        (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    data = UserData(path="data", folder=folder, format=format, **more)
    return inspect(jvm.spark, data, load_input(format), [load_format("hudi")], folder, 2)


@pytest.mark.parametrize(
    ("files", "more", "told"),
    [
        (
            {"a.csv": "a,b\n1,2\n", "b.csv": "b,a\n1,2\n"},
            {},
            "column 1 is `a` in .*data/a.csv, `b` in .*data/b.csv: all must have the same columns",
        ),
        (
            {"a.csv": "a,b\n1,2\n"},
            {"ddl": "x int, b int"},
            "column 1 is `x` in the schema, `a` in .*data/a.csv",
        ),
        (
            {"a.csv": "a\n1\n", "b.csv": "a\nx\n"},
            {"ddl": "a int"},
            "data/b.csv, line 2: column a: 'x' has no equal as int",
        ),
        ({"a.csv": "a\n1\n"}, {"ddl": "a integr"}, "datasets.schema a integr: no columns as in CREATE TABLE: .*INTEGR"),
        ({"a.csv": "a,b\n"}, {}, "datasets.path data: there is no row in .*data/a.csv"),
        ({"a.csv": 'a,b\n1,"x\ny"\n'}, {}, "data/a.csv, line 2: line breaks in quotes: give .*multiLine: true"),
        ({"x/a.csv": "a\n1\n"}, {}, "recursiveFileLookup: true"),
        ({"x/a.csv": "a\n1\n"}, {"ddl": "a int"}, "recursiveFileLookup: true"),
        (
            {"a.json": '{"a":1}\n{"a":"x"}\n'},
            {"format": "json", "ddl": "a int"},
            "data/a.json: record 2 .line 2.: a: .x. has no equal",
        ),
        ({"a.json": '{"a":1}\n{"a":\n'}, {"format": "json"}, "data/a.json: record 2 .line 2.: it is no JSON: "),
        ({"a.csv": "a\n1\n"}, {"format": "parquet"}, "data/a.csv can't be read as parquet: it is no Parquet file"),
    ],
)
def test_read_error_names_file_or_key(
    jvm: Jvm, tmp_path: Path, files: dict[str, str], more: dict[str, Any], told: str
) -> None:
    """The file, or the key that is wrong, and the first cause."""
    with pytest.raises(OtfbenchError, match=told) as error:
        looked_through(jvm, tmp_path, files, **more)
    assert "\n" not in str(error.value)


XML = "<ROWS>\n<ROW><a>1</a></ROW>\n<ROW><a>2</a></ROW>\n</ROWS>\n"


@pytest.mark.parametrize(
    ("files", "more", "told"),
    [
        ({"a.xml": XML[:-9]}, {}, "data/a.xml can't be read as xml: it is not well-formed XML: .*line 3"),
        ({"a.xml": XML.replace("</a>", "", 1)}, {}, "data/a.xml can't be .*mismatched tag: line 2"),
        ({"a.xml": XML.replace("\n<ROW>", "\n<& <ROW>", 1)}, {}, "data/a.xml can't be .*not well-formed.*line 2"),
        ({"a.xml": XML, "b.xml": XML[:9]}, {}, "data/b.xml can't be read as xml: it is not well-formed XML"),
        (
            {"a.xml": XML.replace("ROW>", "trip>")},
            {},
            "data/a.xml can't be read as xml: no element in it is called ROW, as a row is; 2 are called trip: .*rowTag",
        ),
        (
            {"a.xml": XML.replace("ROW>", "trip>")},
            {"ddl": "a int"},
            "no element in it is called ROW, as a row is; 2 are called trip: .*rowTag",
        ),
        ({"a.xml": XML.replace("2", "two")}, {"ddl": "a int"}, "data/a.xml: record 2 .line 3.: a: two has"),
        (
            {"a.xml": ("<?xml version='1.0' encoding='iso-8859-1'?>" + XML.replace("2", "ü")).encode("latin-1")},
            {},
            "it is in iso-8859-1, which Spark's reader takes for UTF-8: give datasets.options charset: iso-8859-1",
        ),
    ],
)
def test_broken_xml(jvm: Jvm, tmp_path: Path, files: dict[str, str | bytes], more: dict[str, Any], told: str) -> None:
    """What Spark itself would read in part, or not at all, or wrongly, names file and line, too."""
    with pytest.raises(DatasetError, match=told):
        looked_through(jvm, tmp_path, files, format="xml", **more)


def real(jvm: Jvm, folder: Path, format: str) -> bytes:
    """The content of one file that Spark wrote."""
    rows = jvm.spark.range(9_999).selectExpr("id", "hex(xxhash64(id)) AS text").coalesce(1)
    load_input(format).write(rows, str(folder / "written"))
    [file] = (folder / "written").glob("part-*")
    return file.read_bytes()


def flipped(content: bytes) -> bytes:
    """The content with some bits changed in its middle."""
    half = len(content) // 2
    return content[:half] + bytes(255 - each for each in content[half : half + 99]) + content[half + 99 :]


@pytest.mark.parametrize(
    ("format", "damage", "told"),
    [
        ("parquet", lambda content: content[:-99], "data/cut.parquet can't be read as parquet: it is damaged"),
        ("orc", lambda content: content[:-99], "data/cut.orc can't be read as orc: "),
        ("avro", lambda content: content[:-99], "data/cut.avro can't be read as avro: the block at byte .* is damaged"),
        ("avro", flipped, "data/cut.avro can't be read as avro: "),
        ("csv-gz", lambda content: content[:-99], "data/cut.csv.gz: it is damaged, or cut off"),
        ("json-gz", flipped, "data/cut.json.gz: it is damaged, or cut off"),
        ("json-multiline", lambda content: content[:-99], "data/cut.json-multiline: record .*: it is no JSON: "),
        ("json-multiline", lambda content: content + b"[{}]", "Spark's reader leaves aside what follows the"),
    ],
)
def test_damaged_file_is_named(jvm: Jvm, tmp_path: Path, format: str, damage: Any, told: str) -> None:
    """A real file that lost its end, or some of whose bits changed, is named; it is known for what it was."""
    name = "cut." + format.replace("-gz", ".gz")
    content = real(jvm, tmp_path, format)
    own, _ = looked_through(jvm, tmp_path, {name: content}, format=format)
    assert own.rows == 9_999

    with pytest.raises(DatasetError, match=told) as error:
        looked_through(jvm, tmp_path / "damaged", {name: damage(content)}, format=format)
    assert "\n" not in str(error.value)
    data = UserData(path="data", folder=tmp_path / "damaged", format=format)
    assert input_of(data, [str(tmp_path / "damaged" / "data" / name)]) == format


def test_wrong_schema_of_typed_files(jvm: Jvm, tmp_path: Path) -> None:
    """A type that a file's own can't be read as is told with the file; one that would have to be cut is refused."""
    content = real(jvm, tmp_path, "avro")
    for schema in ("id string, text string", "id smallint, text string"):
        with pytest.raises(
            DatasetError, match="data/a.avro can't be read as avro: column id is long in the file, which"
        ):
            looked_through(jvm, tmp_path, {"a.avro": content}, format="avro", ddl=schema)


@pytest.mark.parametrize(
    ("format", "content", "more", "good", "bad"),
    [
        ("csv", "a,b\n1,2\n3\n4,x\n5,6,7\n8,9\n", {"ddl": "a int, b int"}, [(1, 2), (8, 9)], ["3", "4,x", "5,6,7"]),
        ("csv", "a,b\n1,2\n3\n8,9\n", {}, [(1, 2), (8, 9)], ["3"]),
        (
            "json",
            '{"a":1}\n{"a":\n{"a":"x"}\n[1]\n{"b":1}\nx\n',
            {"ddl": "a int"},
            [(1,), (None,)],
            ['{"a":', '{"a":"x"}', "[1]", "x"],
        ),
        ("json", '{"a":1}\n{"a":\n', {}, [(1,)], ['{"a":']),
        ("xml", XML.replace("1</a>", "1"), {"ddl": "a int"}, [(2,)], ["<ROW><a>1</ROW>"]),
        ("xml", XML.replace("1</a>", "1"), {}, [(2,)], ["<ROW><a>1</ROW>"]),
        ("csv", "a\n1\n", {}, [(1,)], []),
    ],
)
def test_bad_records_aside(
    jvm: Jvm, tmp_path: Path, format: str, content: str, more: dict[str, Any], good: list[Any], bad: list[str]
) -> None:
    """Records that don't fit are left out and counted, whatever is asked of the others; three are kept as examples."""
    options = {"rowTag": "ROW"} if format == "xml" else {}
    more = {"bad_records": "aside", "options": options, **more}
    own, sample = looked_through(jvm, tmp_path, {"a": content}, format=format, **more)
    rows = own.read(jvm.spark)

    assert sorted(map(tuple, rows.collect()), key=str) == sorted(good, key=str)
    assert own.rows == rows.count() == rows.select(rows.columns[0]).count() == len(good)
    assert sample.read(jvm.spark).count() == min(2, len(good)) and rows.columns == sample.schema.names
    assert own.bad and own.bad.count == len(bad) and list(own.bad.examples) == bad[:3]
    assert digest(own.infer(jvm.spark)).rows == len(good) or more.get("ddl")


def test_all_records_are_bad(jvm: Jvm, tmp_path: Path) -> None:
    """Where no record fits there is nothing to measure."""
    with pytest.raises(DatasetError, match="the only record doesn't fit, so there is no row.*data/a.json: record 1 "):
        looked_through(jvm, tmp_path, {"a.json": '{"a":"x"}\n'}, format="json", ddl="a int", bad_records="aside")


def test_xml_in_odd_places(jvm: Jvm, tmp_path: Path) -> None:
    """XML files are found in subfolders too, whatever they are called; names with commas are whole."""
    own, sample = looked_through(
        jvm, tmp_path, {"a,b {c}[x]?*.xml": XML, "x/y/b.xml": XML, "_c.xml": "<"}, format="xml"
    )

    assert (own.rows, own.size["files"], len(own.left_out), sample.read(jvm.spark).count()) == (4, 2, 1, 2)


def test_mixed_types_are_inferred_as_text(jvm: Jvm, tmp_path: Path) -> None:
    """A JSON field with values of several types is text, as Spark infers it, and is whole."""
    own, _ = looked_through(jvm, tmp_path, {"a.json": '{"a":1}\n{"a":"x"}\n{"a":{"b":1}}\n'}, format="json")

    assert [row.a for row in own.read(jvm.spark).collect()] == ["1", "x", '{"b":1}']


def test_odd_names(jvm: Jvm, tmp_path: Path) -> None:
    """What a file is called is no glob and no URI; the value of a partition's folder is a column."""
    name = "day=1/a[1] {x,y}%20?*\u00fc.csv"
    own, _ = looked_through(jvm, tmp_path, {name: "a\n1\n"})

    assert [row.asDict() for row in own.read(jvm.spark).collect()] == [{"a": 1, "day": 1}]
    assert own.size == {"files": 1, "bytes": 4}


def test_files_that_are_not_read(jvm: Jvm, tmp_path: Path) -> None:
    """Files in subfolders, which Spark skips, are counted and named, with what reads them."""
    own, _ = looked_through(jvm, tmp_path, {"a.csv": "a\n1\n", "x/b.csv": "a\n1\n"})

    [warning] = own.warnings
    assert (own.size["files"], own.left_out) == (1, (str(tmp_path / "data" / "x" / "b.csv"),))
    assert "".join(map(str, warning)) == (
        f"1 file below data not read: {tmp_path}/data/x/b.csv: subfolders are left out, unless there is"
        " datasets.options recursiveFileLookup: true"
    )


def test_sample_has_the_first_rows(jvm: Jvm, tmp_path: Path) -> None:
    """The sample has the first rows, is read as the files are, and lies in the scratch folder."""
    options = {"multiLine": "true", "sep": ";", "pathGlobFilter": "a*"}
    own, sample = looked_through(jvm, tmp_path, {"a.csv": 'a;b\n1;"x\ny"\n2;\n3;z\n'}, options=options)

    assert (own.rows, sample.rows, sample.schema) == (3, 2, own.schema)
    assert sorted(sample.read(jvm.spark).collect())[0].asDict() == {"a": 1, "b": "x\ny"}
    assert sample.paths == (str(tmp_path / "sample"),)


@pytest.mark.parametrize("rows", [1, 7, 5000])
def test_rows_held_back(jvm: Jvm, tmp_path: Path, rows: int) -> None:
    """Two of a hundred rows are held back for new_rows(), but at least one; a part of them for a smaller share."""
    jvm.spark.range(rows).selectExpr("id", "map('k', id) AS `o``dd`").write.parquet(str(tmp_path / "data"))
    for own in looked_through(jvm, tmp_path, {}, format="parquet"):
        start, fresh, one = own.initial_rows(jvm.spark), own.new_rows(jvm.spark, 0.02), own.new_rows(jvm.spark, 0.00001)
        assert digest(start) + digest(fresh) == digest(own.read(jvm.spark))
        assert fresh.count() == 1 or 0.01 * rows < fresh.count() < 0.03 * rows
        assert one.count() == 1 and one.join(fresh, "id").count() == 1
    with pytest.raises(DatasetError, match="3% of the rows can't be fresh ones: 2% of them are held back"):
        own.new_rows(jvm.spark, 0.03)


ODD = "it's `odd`; DROP TABLE x.y ../z --\n$"


def test_odd_keys(jvm: Jvm, tmp_path: Path) -> None:
    """Whatever a column is called: it is the key, and nothing that its name holds is run or taken for a path."""
    line = {ODD: "x", "n.m": 1, "v": None}
    text = "".join(json.dumps(line | {"n.m": n}) + "\n" for n in range(60))
    own, _ = looked_through(jvm, tmp_path, {"a.json": text}, format="json", key=(ODD, "n.m"), partition_by=(ODD,))

    start, fresh = own.initial_rows(jvm.spark), own.new_rows(jvm.spark, 0.02)
    assert (own.key, own.partition_by, own.rows) == ((ODD, "n.m"), (ODD,), 60)
    assert digest(start) + digest(fresh) == own.digests[()] and fresh.count() >= 1


def test_rows_of_one_key_stay_together(jvm: Jvm, tmp_path: Path) -> None:
    """Which rows are held back depends on the key alone."""
    kept = []
    for folder, value in ((tmp_path / "one", 1), (tmp_path / "other", 2)):
        jvm.spark.range(500).selectExpr("id", f"{value} AS v").write.parquet(str(folder / "data"))
        own, _ = looked_through(jvm, folder, {}, format="parquet", key=("id",))
        kept.append({row.id for row in own.initial_rows(jvm.spark).collect()})
    assert kept[0] == kept[1] and len(kept[0]) < 500


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"key": ("ID",)},
            r"datasets.key 'ID': there is no such column. Did you mean 'id'\? There are: id, name, x, m, s.",
        ),
        ({"partition_by": ("day",)}, "datasets.partition_by 'day': there is no such column. There are: id, name, x"),
        ({"key": ("x",)}, "datasets.key 'x': is of type double, must be one of tinyint, .* binary."),
        ({"key": ("m",)}, r"datasets.key 'm': is of type array<bigint>, must be"),
        ({"partition_by": ("s",)}, r"datasets.partition_by 's': is of type struct<a:bigint>, must be"),
        (
            {"key": ("id",)},
            r"^datasets.key id: 2 keys are there more than once: id = 7 \(3 rows\); id = 5 \(2 rows\)\nName col",
        ),
        (
            {"key": ("id", "name")},
            r"^datasets.key id, name: 1 key has a null in it: id = 9, name = None \(1 rows\)\n"
            r"datasets.key id, name: 1 key is there more than once: id = 7, name = 'a' \(2 rows\)\n",
        ),
        ({"ddl": "id int", "partition_by": ("id",)}, "names all columns: one at least must be left"),
    ],
)
def test_wrong_keys(jvm: Jvm, tmp_path: Path, more: dict[str, Any], told: str) -> None:
    """Columns that aren't there or can't be compared, nulls and duplicates: with counts, and examples."""
    keys = [(7, "a"), (7, "a"), (7, "b"), (5, "a"), (5, "b"), (9, None), (1, "a")]
    rest = {"x": 1.5, "m": [1], "s": {"a": 1}}
    text = "".join(json.dumps({"id": number, "name": name, **rest}) + "\n" for number, name in keys)
    with pytest.raises(ConfigError, match=told):
        looked_through(jvm, tmp_path, {"a.json": text}, format="json", **more)


def test_many_duplicates(jvm: Jvm, tmp_path: Path) -> None:
    """Of many duplicates three are shown, those with the most rows first."""
    jvm.spark.range(5000).selectExpr("id % 2000 AS id", "'x' AS v").write.parquet(str(tmp_path / "data"))
    with pytest.raises(
        ConfigError, match=r"2,000 keys .*: id = 0 \(3 rows\); id = 1 \(3 rows\); id = 2 \(3 rows\), \.\.\.\n"
    ):
        looked_through(jvm, tmp_path, {}, format="parquet", key=("id",))


def test_maps_and_adaptations(jvm: Jvm, tmp_path: Path) -> None:
    """There is a digest for the rows as they are and one for each format's adaptations; maps have one, too."""
    jvm.spark.sql("SELECT 1S AS s, map(2, array(map('x', id))) AS m FROM range(3)").write.parquet(
        str(tmp_path / "data")
    )
    own, _ = looked_through(jvm, tmp_path, {}, format="parquet")

    assert len(own.digests) == 2 and {digest.rows for digest in own.digests.values()} == {3}
    assert own.digest(jvm.spark, ()) == own.digests[()]
    with pytest.raises(ConfigError, match="datasets.schema: column t is not in the files of data. There are: s, m."):
        looked_through(jvm, tmp_path, {}, format="parquet", ddl="t int")
