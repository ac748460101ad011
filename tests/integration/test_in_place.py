"""`otfbench convert --in-place` on real Spark: files that become a table as they are, or stay what they were."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder
from pyiceberg.table import StaticTable

import otfbench
from otfbench.commands.output import Exit
from otfbench.errors import UsageError
from otfbench.formats.delta import Delta
from otfbench.formats.iceberg import Iceberg
from otfbench.spark import launch

Call = Callable[..., tuple[int, str]]
AT = datetime(2024, 5, 1, 12, 30, 0, 123456, timezone.utc)
ROWS = [(1, "ü", AT, "007"), (2, None, AT, "007"), (3, "a", None, "8")]
SCHEMA = pa.schema({"id": pa.int64(), "note": pa.string(), "at": pa.timestamp("us", "UTC"), "zip": pa.string()})
AT_HOME = {"delta": "_delta_log", "iceberg": "metadata"}
"""Format -> what is in its tables beside the files."""
LAYOUTS = {"plain": ("a.parquet", "b.parquet"), "partitioned": ("zip=007/a.parquet", "zip=8/b.parquet")}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and a folder for what is temporary."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "otfbench.yaml").write_text("spark: {driver_memory: 1g}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


def wrote(layout: str, folder: str = "lake/t") -> dict[str, str]:
    """Two Parquet files: what they hold, as hashes."""
    one, other = LAYOUTS[layout]
    for name, rows in ((one, ROWS[:2]), (other, ROWS[2:])):
        columns = dict(zip(("id", "note", "at", "zip"), map(list, zip(*rows, strict=True)), strict=True))
        table = pa.table(columns).cast(SCHEMA)
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table.drop(["zip"]) if layout == "partitioned" else table, path)
    return content(folder)


def content(folder: str = "lake/t") -> dict[str, str]:
    """The files of a folder, without checksums, as hashes."""
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file() and path.suffix != ".crc")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def by_deltalake(folder: str) -> Any:
    return QueryBuilder().register("t", DeltaTable(folder)).execute("SELECT * FROM t").read_all()


def by_pyiceberg(folder: str) -> Any:
    newest = max(Path(folder).glob("metadata/*.metadata.json"), key=lambda path: int(path.name[1:].split(".")[0]))
    return StaticTable.from_metadata(str(newest)).scan().to_arrow()


def sorted_rows(table: Any) -> list[tuple[Any, ...]]:
    """The rows, in the types of the files: Spark's own have times of another kind."""
    found = pa.table(table).select(SCHEMA.names).cast(SCHEMA).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=lambda row: row[0])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("format", "reader"), [("delta", by_deltalake), ("iceberg", by_pyiceberg)])
def test_folder_becomes_a_table(command: Call, format: str, reader: Callable[[str], Any], layout: str) -> None:
    """Another library reads the rows in the folder of the files, which are what they were; once is enough."""
    before = wrote(layout)
    inodes = {name: os.stat(f"lake/t/{name}").st_ino for name in before}
    code, told = command("lake/t", "--to", format, "--in-place")
    assert code == Exit.FINE and "2 files of lake/t stayed as they were (SHA-256)." in told, told
    assert f"lake/t: {format}, 3 rows, 2 files, " in told and told.endswith(": equal\n"), told
    assert sorted_rows(reader("lake/t")) == ROWS
    assert {name: content().get(name) for name in before} == before
    assert {name: os.stat(f"lake/t/{name}").st_ino for name in before} == inodes
    added = {name.split("/")[0] for name in content().keys() - before.keys()}
    assert added == {AT_HOME[format]} and os.listdir("lake") == ["t"] and os.listdir("tmp") == []
    code, told = command("lake/t", "--to", format, "--in-place")
    assert code == Exit.USAGE and f"lake/t is a table of {format}" in told, told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_table_beside_its_files(command: Call, layout: str) -> None:
    """Hudi's own columns are in DEST; a session that reads that finds the rows, and the files are what they were."""
    before = wrote(layout, "in")
    code, told = command("in", "lake/t", "--to", "hudi", "--in-place", "--key", "id", "--json")
    assert code == Exit.FINE, told
    assert (json.loads(told)["verdict"], json.loads(told)["in_place"]) == ("equal", True)
    code, told = command("lake/t", "copy", "--to", "parquet")
    assert code == Exit.FINE and sorted_rows(pq.read_table("copy")) == ROWS, told
    assert content("in") == before and os.listdir("lake") == ["t"]


# What is wrong is found, and the folder is as it was


def loses_a_row(table: Any, folder: str, original: Callable[..., None], *arguments: Any) -> None:
    original(table, folder, *arguments)
    table.delete("id = 3")


def changes_a_file(table: Any, folder: str, original: Callable[..., None], *arguments: Any) -> None:
    original(table, folder, *arguments)
    with open("lake/t/a.parquet", "r+b") as file:
        file.write(b"PAR2")
    os.utime("lake/t/a.parquet", ns=(0, 0))


def is_interrupted(table: Any, folder: str, original: Callable[..., None], *arguments: Any) -> None:
    original(table, folder, *arguments)
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (loses_a_row, Exit.FAILED, "it has 2 rows, and must have 3"),
        (changes_a_file, Exit.FAILED, "a.parquet"),
        (is_interrupted, 130, ""),
    ],
)
def test_import_that_is_not_right(
    command: Call, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], code: int, said: str
) -> None:
    """A row that an import loses, a file that it changes, and an interrupt leave a folder of files, and no table."""
    before, original = wrote("plain"), Delta.import_files
    monkeypatch.setattr(Delta, "import_files", lambda table, folder, *more: fault(table, folder, original, *more))
    ended, told = command("lake/t", "--to", "delta", "--in-place")
    assert ended == code and said in told and "Traceback" not in told, told
    assert content().keys() == before.keys() and os.listdir("lake") == ["t"]
    assert fault is changes_a_file or content() == before


def test_table_that_is_not_right_in_its_place(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths that lead elsewhere once the table is in its folder are found there, and it is taken out again."""
    before = wrote("plain")
    monkeypatch.setattr(Iceberg, "rewrite_paths", lambda *_, **__: False)
    code, told = command("lake/t", "--to", "iceberg", "--in-place")
    assert code == Exit.FAILED and "Traceback" not in told, told
    assert content() == before and os.listdir("lake") == ["t"]


KILLED = """
import os
from pathlib import Path
from otfbench.tables.folder_of_files import FolderOfFiles
destination = FolderOfFiles(Path("lake/t"))
new = Path(destination.warehouse.removeprefix("file:"), "t")
(new / "_delta_log").mkdir(parents=True)
(new / "_delta_log" / "0.json").touch()
destination.swap_in(str(new))
os._exit(1)
"""


def test_killed_conversion_is_begun_anew(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was moved into the folder, and not yet compared there, is taken out: it is a folder of files again."""
    before = wrote("plain")
    root = str(Path(otfbench.__file__).parents[1])
    subprocess.run([sys.executable, "-c", KILLED], check=False, timeout=60, env=os.environ | {"PYTHONPATH": root})
    assert content() != before

    def given(*_: Any) -> None:
        assert content() == before
        raise UsageError("a JVM is started")

    monkeypatch.setattr(launch, "launch_jvm", given)
    assert "a JVM is started" in command("lake/t", "--to", "delta", "--in-place")[1]
    assert content() == before and os.listdir("lake") == ["t"]


# What can't be had so


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("lake/t --to paimon", "paimon has no import of Parquet files as they are. That is what delta, hudi, iceberg"),
        ("lake/t --to parquet", "parquet has no import of Parquet files as they are."),
        ("lake/t/a.parquet --to delta", "lake/t/a.parquet is no folder, and a table is one: name the folder of"),
        ("none --to delta", "none is no folder"),
        ("s3a://b/t --to delta", "in local folders alone, not behind a URI. Leave --in-place out"),
        ("lake/t lake/u --to delta", "delta keeps what belongs to the table beside its files: leave DEST out."),
        ("lake/t --to hudi --key id", "hudi keeps what belongs to the table in another folder: name it, as DEST."),
        ("lake/t lake/t/u --to hudi", "one lies in the other. Name a folder elsewhere."),
        ("lake/t --to delta --partition-by id", "--in-place takes the files as they are, and doesn't go with --part"),
        ("lake/t --to delta --schema a:int", "doesn't go with --schema."),
        ("lake/t --to delta --option a=b", "doesn't go with --option."),
        ("lake/t --to delta --recursive", "doesn't go with --recursive."),
        ("lake/t --to delta --new-files", "doesn't go with --new-files."),
        ("lake/t --to delta --on-conflict replace", "doesn't go with --on-conflict."),
        ("csv --to delta", "csv holds csv files, and imports take parquet. Leave --in-place out"),
        ("table --to iceberg", "table is a table of delta: its files are not those of another. Leave --in-place out"),
        ("table/day=1 --to iceberg", "belongs to "),
        ("link --to delta", "link is a link to "),
    ],
)
def test_usage_that_is_refused(command: Call, monkeypatch: pytest.MonkeyPatch, arguments: str, said: str) -> None:
    """It is said what is to be done, no JVM starts, and all is as it was."""
    wrote("plain")
    wrote("plain", "table/day=1")
    Path("table/_delta_log").mkdir()
    Path("table/_delta_log/0.json").touch()
    Path("csv").mkdir()
    Path("csv/a.csv").write_text("id\n1\n")
    Path("link").symlink_to("lake/t")
    monkeypatch.setattr(launch, "launch_jvm", lambda *_: pytest.fail("a JVM was started"))
    before = content(".")
    code, told = command(*arguments.split(), "--in-place")
    assert code == Exit.USAGE and said in told, told
    assert content(".") == before and os.listdir("lake") == ["t"]


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no file system of its own is known here")
def test_file_system_of_its_own(command: Call) -> None:
    """Into a folder on which a file system begins nothing can be renamed: that is said first."""
    code, told = command("/dev/shm", "--to", "delta", "--in-place")
    assert code == Exit.USAGE and "on one file system with the folder around it?" in told.replace("\n  ", " "), told


@pytest.fixture
def odd(here: Path) -> None:
    """Folders that Spark reads, and an import doesn't take."""
    wrote("plain", "hidden")
    wrote("plain", "hidden/more")
    wrote("plain", "schemas")
    pq.write_table(pa.table({"id": [1.5]}), "schemas/c.parquet")
    Path("names").mkdir()
    pq.write_table(pa.table({"an id": [1]}), "names/a.parquet")
    Path("nanoseconds").mkdir()
    pq.write_table(pa.table({"at": pa.array([1], pa.timestamp("ns", "UTC"))}), "nanoseconds/a.parquet")
    Path("decimals").mkdir()
    pq.write_table(pa.table({"id": [1], "paid": [Decimal("3.50")]}), "decimals/a.parquet")
    wrote("plain", "keys")


@pytest.mark.usefixtures("in_one_jvm", "odd")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("hidden --to delta", "a.parquet, "),
        ("schemas --to delta", "have different columns, and an import takes one schema"),
        ("names --to delta", "an id would have to be rewritten"),
        ("nanoseconds --to delta", "nanoseconds"),
        ("decimals lake --to hudi --key id", "makes other numbers of decimals, 498.00 of 4.98: column paid"),
        ("keys lake --to hudi", "a bootstrap takes a key, and the rows have none"),
    ],
)
def test_files_that_are_refused(command: Call, arguments: str, said: str) -> None:
    """Once the columns are known, it is said which file or column is the reason; all is as it was."""
    before = content(".")
    code, told = command(*arguments.split(), "--in-place")
    assert code == Exit.USAGE and said in told.replace("\n", " "), told
    assert content(".") == before and not Path("lake").exists()
