"""`otfbench convert` on real Spark: each format, read by others; and each way it fails, which changes nothing."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from deltalake import DeltaTable, QueryBuilder
from hudi import HudiReadOptions, HudiTableBuilder
from pyiceberg.table import StaticTable

from otfbench import registry
from otfbench.commands.output import Exit
from tests.processes import from_a_terminal

CSV = 'id,vendor,note,paid\n1,Ahorn,ü,3.50\n2,Birke,,-0.25\n3,Ahorn,"a,b",1.00\n'
MORE = "vendor,id,note,paid\nCedar,4,x,7.00\n"
ROWS = [(1, "Ahorn", "ü", Decimal("3.50")), (2, "Birke", None, Decimal("-0.25")), (3, "Ahorn", "a,b", Decimal("1.00"))]
NEW = (4, "Cedar", "x", Decimal("7.00"))
DDL = "id int, vendor string, note string, paid decimal(10,2)"
MORE_DDL = "vendor string, id int, note string, paid decimal(10,2)"
NAMES = ["id", "vendor", "note", "paid"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with two files, and a folder for what is temporary."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "more.csv").write_text(MORE)
    (tmp_path / "otfbench.yaml").write_text("spark: {driver_memory: 1g}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


def everything(folder: Path) -> dict[str, bytes | None]:
    """What is in a folder: each path, and the content of files."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def by_pyarrow(folder: str) -> Any:
    return pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive", exclude_invalid_files=True).to_table()


def by_deltalake(folder: str) -> Any:
    return QueryBuilder().register("t", DeltaTable(folder)).execute("SELECT * FROM t").read_all()


def by_pyiceberg(folder: str) -> Any:
    return StaticTable.from_metadata(folder).scan().to_arrow()


def by_hudi(folder: str) -> Any:
    return pa.Table.from_batches(
        HudiTableBuilder.from_base_uri(os.path.abspath(folder)).build().read(HudiReadOptions())
    )


READERS = {"parquet": by_pyarrow, "delta": by_deltalake, "iceberg": by_pyiceberg, "hudi": by_hudi}


def rows(format: str, folder: str) -> list[tuple[Any, ...]]:
    """The rows of a table, read by a library that is not Spark."""
    found = pa.table(READERS[format](folder)).select(NAMES).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=lambda row: row[0])


@pytest.mark.parametrize("format", READERS)
def test_each_format(here: Path, command: Any, format: str) -> None:
    """A partitioned table is made, appended to, and replaced; another library finds the rows each time."""
    to = ("lake/t-1", "--to", format)
    code, told = command("a.csv", *to, "--partition-by", "vendor", "--schema", DDL)
    assert (code, told.splitlines()[0]) == (Exit.FINE, "a.csv: csv, 1 file, 70 B")
    assert f"lake/t-1: {format}, 3 rows, 2 files, " in told and told.endswith(": equal\n")
    assert rows(format, "lake/t-1") == ROWS

    code, told = command("more.csv", *to, "--on-conflict", "append", "--schema", MORE_DDL)
    assert code == Exit.FINE and f"lake/t-1: {format}, 4 rows, 3 files, " in told, told
    assert rows(format, "lake/t-1") == [*ROWS, NEW]

    code, told = command("more.csv", *to, "--on-conflict", "replace", "--schema", MORE_DDL)
    assert code == Exit.FINE and f"lake/t-1: {format}, 1 row, 1 file, " in told, told
    assert rows(format, "lake/t-1") == [NEW]
    assert (os.listdir("lake"), os.listdir("tmp")) == (["t-1"], [])


def test_tables_to_tables(here: Path, command: Any) -> None:
    """A table is found to be one, and becomes a table of another format; the key is given to a format that takes it."""
    assert command("a.csv", "p", "--to", "paimon", "--schema", DDL, "--key", "id")[0] == Exit.FINE
    files = [path for path in Path("p").rglob("*") if path.is_file() and path.suffix != ".crc"]
    size = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
    code, told = command("p", "d", "--to", "delta", "--json")
    assert code == Exit.FINE, told
    second = {"second_reader": "no library beside Spark reads tables of paimon"}
    assert json.loads(told)["source"] == {"path": "p", "format": "paimon", "rows": 3, **second, **size}
    assert rows("delta", "d") == ROWS


def test_in_place_of_itself(here: Path, command: Any) -> None:
    """A table becomes one of another format in its own folder; the source is gone when that is compared once more."""
    made("t")
    code, told = command("t", "t", "--to", "iceberg", "--on-conflict", "replace")
    assert code == Exit.FINE and told.endswith(": equal\n"), told
    assert by_pyiceberg("t").to_pylist() == [{"id": 1, "day": "x"}] and not list(Path("t").glob("*.parquet"))


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize(("verify", "rows"), [("count", 3), ("off", None)])
def test_rows_not_compared_are_unchecked(here: Path, command: Any, verify: str, rows: int | None) -> None:
    """Rows that are only counted, or not looked at, are not called equal."""
    code, told = command("a.csv", "t", "--to", "parquet", "--verify", verify, "--json")
    table = json.loads(told)["table"]
    assert (code, json.loads(told)["verdict"], table["rows"], table["digest"]) == (Exit.FINE, "unchecked", rows, None)


# What can't be done as asked: nothing is started


@pytest.fixture
def there(here: Path) -> Path:
    """What conversions meet: files of odd kinds, a folder that is no table, one that looks like a table, links.

    Beside two folders lies what has the name of our work folder, and isn't ours.
    """
    (here / "empty.csv").touch()
    (here / "odd.bin").write_bytes(b"\x00\x01")
    (here / "notes").mkdir()
    (here / "notes" / "mine.txt").write_text("mine")
    (here / "table" / "_delta_log").mkdir(parents=True)
    (here / "table" / "_delta_log" / "0.json").write_text("{}")
    (here / "link").symlink_to("table")
    (here / ".taken.otfbench" / "old").mkdir(parents=True)
    (here / ".taken.otfbench" / "old" / "mine.txt").write_text("mine")
    (here / ".linked.otfbench").symlink_to(".taken.otfbench")
    return here


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("a.csv d --to detla", "Unknown table format 'detla'. Did you mean 'delta'?"),
        ("a.csv d --to parquet --from cvs", "Unknown input 'cvs'. Did you mean 'csv'?"),
        ("none.csv d --to parquet", "otfbench: there is no such file or folder: "),
        ("none*.csv d --to parquet", "none*.csv: no file matches it (in "),
        ("empty.csv d --to parquet", "empty.csv is empty (0 bytes): remove it"),
        ("odd.bin d --to parquet", "odd.bin looks like no input: say what it is, by --from. Installed: avro, csv"),
        ("a.csv d --to parquet --option sep", "--option sep: must be NAME=VALUE"),
        ("a.csv d --to parquet --option mode=LAX", "--option mode=LAX: must be one of PERMISSIVE"),
        ("a.csv d --to parquet --on-conflict merge", "'merge' is not one of 'fail', 'replace', 'append'"),
        ("a.csv notes --to parquet", "notes is there already: name another folder, for it holds no table."),
        ("a.csv more.csv --to parquet", "more.csv is there already: "),
        ("a.csv notes --to parquet --on-conflict replace", "notes holds something else than a table: remove it"),
        ("a.csv more.csv --to parquet --on-conflict replace", "more.csv holds something else than a table"),
        ("a.csv notes --to delta --on-conflict append", "notes holds something else than a table"),
        ("a.csv table --to hudi --on-conflict append", "table is a table of delta, to which nothing can be appended"),
        ("a.csv table --to delta --on-conflict append --partition-by id", "leave --partition-by out"),
        ("table d --to parquet --from parquet", "table is a table of delta: its rows are not those of its files."),
        ("table d --to hudi --schema id", "Leave --schema and --option out."),
        ("a.csv a.csv/d --to parquet", "a.csv/d and a.csv: one lies in the other."),
        ("notes/mine.txt notes --to parquet", "notes and notes/mine.txt: one lies in the other."),
        ("a.csv more.csv/d --to parquet", "more.csv/d: Not a directory. Name a folder that you can write to."),
        ("a.csv /proc/d --to parquet", "/proc/d: No such file or directory. Name a folder that you can write to."),
        ("a.csv link --to delta --on-conflict replace", "link is a link to table: name that folder itself."),
        ("a.csv taken --to parquet", ".taken.otfbench is in the way: it holds old. Move it away."),
        ("a.csv linked --to parquet", ".linked.otfbench is in the way: .linked.otfbench is a link, or no folder."),
        ("a.csv x,y --to parquet", "x,y: some formats would take its blank or one of "),
        ("a.csv d", "Missing option '--to'"),
    ],
)
def test_usage_error_changes_nothing(there: Path, command: Any, arguments: str, told: str) -> None:
    """One screen that says what is wrong, exit code 4, and nothing has changed."""
    before = everything(there)
    code, screen = command(*arguments.split())
    assert (code, told in screen) == (Exit.USAGE, True), screen
    assert len(screen.splitlines()) < 5 and everything(there) == before


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--schema id,integr", "--schema id,integr: no columns as in CREATE TABLE: "),
        ("--key ID", "--key 'ID': there is no such column. Did you mean 'id'? There are: id, vendor, note, paid."),
        ("--key vendor", "--key vendor: 1 key is there more than once: vendor = 'Ahorn' (2 rows)\nName columns"),
        ("--partition-by day", "--partition-by 'day': there is no such column. There are: id,"),
    ],
)
def test_usage_that_the_rows_tell(here: Path, command: Any, arguments: str, told: str) -> None:
    """The same where the rows have to be read for it."""
    before = everything(here)
    code, screen = command("a.csv", "lake/t", "--to", "parquet", *arguments.split())
    assert (code, told in screen) == (Exit.USAGE, True), screen
    assert len(screen.splitlines()) < 5 and everything(here) == before


# What fails, or is not right


def made(folder: str) -> None:
    """A table that is there before: plain files."""
    pa.parquet.write_to_dataset(pa.table({"id": [1], "day": ["x"]}), folder)


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("conflict", ["fail", "replace"])
@pytest.mark.parametrize(
    ("content", "more", "told"),
    [
        (b"PAR1" + 99 * b"\0", (), "can't be read as parquet: "),
        (b"id,day\n1,x\n2\n", (), "source, line 3: 1 field where the header has 2"),
        (b"id,day\n1,1500-01-01\n", ("--schema", "id int, day date"), "day: 1500-01-01, in 1 row: Spark's Parquet"),
        (b'id,day\n1,""\n', ("--schema", "id int, day string", "--partition-by", "day", "--option", "nullValue=-",
         "--option", "emptyValue="), "what has none there, as the empty text, is null. Leave it out of --partition-by"),
    ],
    ids=["cut off", "ragged", "refused by the writer", "corrupted by the format"],
)  # fmt: skip
def test_failure_leaves_dest_as_it_was(
    here: Path, command: Any, content: bytes, more: tuple[str, ...], told: str, conflict: str
) -> None:
    """A source that can't be read, rows that can't be written or come back as others: exit code 1, DEST as it was."""
    (here / "source").write_bytes(content)
    if conflict == "replace":
        made("t")
    before = everything(here)
    code, screen = command("source", "t", "--to", "parquet", "--on-conflict", conflict, *more)
    assert (code, told in screen) == (Exit.FAILED, True), screen
    logs = [shutil.rmtree(path.parent) for path in (here / "tmp").glob("otfbench-log-*/spark.log")]
    assert len(logs) == ("The whole error" in screen) and everything(here) == before


def test_full_disk(here: Path, command: Any) -> None:
    """A disk that takes no more (here: of each file no more than 100 kB) is told, and nothing is left of the table."""
    (here / "big.csv").write_text("id,text\n" + "".join(f"{n},{os.urandom(64).hex()}\n" for n in range(5000)))
    with (here / "otfbench.yaml").open("a") as file:  # else a library is unpacked, which is too large as well
        file.write("formats: {parquet: {properties: {compression: uncompressed}}}\n")
    before, limits = everything(here), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        code, screen = command("big.csv", "lake/t", "--to", "parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (code, "File too large" in screen) == (Exit.FAILED, True), screen
    for log in (here / "tmp").glob("otfbench-log-*"):
        shutil.rmtree(log)
    assert everything(here) == before


@pytest.mark.usefixtures("in_one_jvm")
def test_append_that_does_not_fit(here: Path, command: Any) -> None:
    """Rows with other columns than the table's are refused with both; the table's are told as DDL."""
    made("t")
    before = everything(here)
    code, screen = command("a.csv", "t", "--to", "parquet", "--on-conflict", "append")
    assert code == Exit.USAGE and "column day string is missing" in screen, screen
    assert screen.endswith("The table's columns: `id` bigint, `day` string\n") and everything(here) == before


@pytest.mark.usefixtures("in_one_jvm")
def test_bad_records_are_kept_beside_the_table(here: Path, command: Any) -> None:
    """Records that don't fit are told and kept; the table has the others, and is not called equal."""
    (here / "bad.csv").write_text("zip,n\n00501,1\nx\n01067,2\n")
    code, told = command("bad.csv", "lake/t", "--to", "parquet", "--bad-records", "aside")
    assert code == Exit.FINE and told.endswith(": incomplete\n"), told
    assert "1 bad record kept aside, in " in told and "  'x'\n" in told and max(map(len, told.splitlines())) <= 100
    assert sorted(by_pyarrow("lake/t")["zip"].to_pylist()) == ["00501", "01067"]
    [line] = "".join(path.read_text() for path in Path("lake/t.bad-records").glob("part-*")).splitlines()
    assert json.loads(line)["record"] == "x" and sorted(os.listdir("lake")) == ["t", "t.bad-records"]
    code, told = command("bad.csv", "lake/t", "--to", "parquet", "--bad-records", "aside", "--on-conflict", "replace")
    assert code == Exit.USAGE and "lake/t.bad-records is there already" in told


@pytest.mark.usefixtures("in_one_jvm")
def test_evidence_of_both_sides(here: Path, command: Any) -> None:
    """JSON tells who read the source and who the table, and what each of them found in each column: the same."""
    code, told = command("a.csv", "t", "--to", "parquet", "--schema", DDL, "--json")
    record = json.loads(told)
    source, table = record["source"]["second_reader"], record["table"]
    assert code == Exit.FINE and record["verdict"] == "equal"
    assert source["reader"].startswith("pyarrow ") and table["reader"].startswith("Spark 3.")
    assert table["evidence"] == {name: value for name, value in source.items() if name != "reader"}
    assert table["evidence"]["columns"]["note"]["nulls"] == 1


def test_values_that_are_not_kept(here: Path, command: Any) -> None:
    """Days that Paimon would move are refused before it writes, with the format that keeps them."""
    (here / "old.csv").write_text("id,born\n1,1500-03-01\n2,2000-01-01\n")
    code, told = command("old.csv", "t", "--to", "paimon")
    assert code == Exit.FAILED and "born: 1500-03-01, in 1 row: days before 1582" in told, told
    assert "Kept by --to iceberg." in told and not Path("t").exists()


@pytest.mark.usefixtures("in_one_jvm")
def test_broken_plugin(here: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken plugin of another package is named, and the conversion goes on without it."""
    info = here / "site" / "acme-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[otfbench.inputs]\nlines = acme:Lines\n")
    monkeypatch.syspath_prepend(here / "site")
    registry.entry_points_of.cache_clear()
    code, screen = command("a.csv", "t", "--to", "parquet", "--schema", DDL)
    registry.entry_points_of.cache_clear()
    warning = "warning: left out: The input 'lines' (acme:Lines) can't be loaded: No module named 'acme'"
    assert (code, warning in screen) == (Exit.FINE, True), screen


def test_types_in_names_of_folders(here: Path, command: Any) -> None:
    """Of plain files no metadata has the types of partition columns: what readers make of them is said."""
    (here / "p.csv").write_text("id,p,q\n1,01,x\n2,02,y\n")
    code, screen = command("p.csv", "t", "--to", "parquet", "--partition-by", "p", "--partition-by", "q")
    said = " ".join(screen.split())
    assert code == Exit.FINE and "warning: p: its values, of type string, are in names of folders alone" in said
    assert "of which Spark makes int" in said and "q: its values" not in said


def test_append_of_a_key_that_is_there(here: Path, command: Any) -> None:
    """A key identifies a row of the whole table: those of its rows are looked at, too, before any is written."""
    to = ("t", "--to", "parquet", "--schema", DDL, "--key", "id")
    assert command("a.csv", *to)[0] == Exit.FINE
    before = everything(here)
    code, screen = command("a.csv", *to, "--on-conflict", "append")
    said = "--key id: 3 keys of the table and the new rows are there more than once: "
    assert (code, said in screen) == (Exit.USAGE, True), screen
    assert everything(here) == before


def test_append_that_is_not_right(here: Path, command: Any) -> None:
    """A table with a key replaces a row by one that is appended, instead of holding both: unequal, and undone."""
    assert command("a.csv", "t", "--to", "paimon", "--schema", DDL, "--key", "id")[0] == Exit.FINE
    before = everything(here)
    code, screen = command("a.csv", "t", "--to", "paimon", "--schema", DDL, "--on-conflict", "append")
    assert (code, "it has 3 rows, and must have 6" in screen) == (Exit.FAILED, True), screen
    assert everything(here) == before


@pytest.fixture
def writing(here: Path) -> Iterator[subprocess.Popen[str]]:
    """A conversion in a process of its own, in place of a table that is there; it has begun to write."""
    (here / "big.csv").write_text("id,text\n" + "".join(f"{n},{n:0100}\n" for n in range(1_000_000)))
    made("t")
    arguments = ["big.csv", "t", "--to", "parquet", "--on-conflict", "replace", "--schema", "id int, text string"]
    command = [sys.executable, "-c", "from otfbench.cli import main; main()", "convert", *arguments]
    environment = os.environ | {"TMPDIR": str(here / "tmp")}
    with subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=from_a_terminal,
    ) as process:
        while process.poll() is None and not list(Path(".").glob(".t.otfbench/new/**/*.parquet")):
            time.sleep(0.01)
        yield process


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ended_conversion_leaves_no_trace(here: Path, writing: subprocess.Popen[str], how: signal.Signals) -> None:
    """Ended while it writes, also by Control-C, it leaves all as it was, nothing of its own, and no traceback."""
    writing.send_signal(how)
    _, told = writing.communicate(timeout=60)
    assert writing.returncode == 128 + how and "Traceback" not in told, told
    assert os.listdir("tmp") == [] and not Path(".t.otfbench").exists()
    assert pa.parquet.read_table("t").to_pylist() == [{"id": 1, "day": "x"}]


def test_killed_conversion_is_cleaned_up_later(here: Path, writing: subprocess.Popen[str], command: Any) -> None:
    """Killed while it writes, it leaves DEST as it was; what is beside it, the next conversion removes."""
    writing.kill()
    writing.communicate(timeout=60)
    assert pa.parquet.read_table("t").to_pylist() == [{"id": 1, "day": "x"}] and Path(".t.otfbench").exists()
    assert command("more.csv", "t", "--to", "parquet", "--on-conflict", "replace")[0] == Exit.FINE
    assert len(by_pyarrow("t")) == 1 and not Path(".t.otfbench").exists()


def test_dead_jvm(here: Path, writing: subprocess.Popen[str]) -> None:
    """Where the JVM dies while it writes, its exit code is told, and DEST is as it was."""
    [jvm] = [child for child in psutil.Process(writing.pid).children(recursive=True) if child.name() == "java"]
    jvm.kill()
    _, told = writing.communicate(timeout=60)
    assert writing.returncode == Exit.FAILED and told.startswith("otfbench: The JVM died (exit code -9). Last lines of")
    assert pa.parquet.read_table("t").to_pylist() == [{"id": 1, "day": "x"}] and not Path(".t.otfbench").exists()
