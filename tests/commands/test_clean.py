"""What runs have left is listed with sizes, and removed with --yes; what is in use or not ours stays."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from otfbench import cli
from otfbench.data import cache
from otfbench.errors import DatasetError
from otfbench.ownership.locks import share
from otfbench.spark.launch import _log
from otfbench.tables.destination import Destination
from otfbench.tables.warehouse import Warehouse
from tests.processes import killed


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, temporary folder and current folder."""
    for name in ("cache", "tmp", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command: its exit code, and what it says."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["otfbench", "clean", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        told = capsys.readouterr()
        return int(end.value.code or 0), told.out + told.err

    return run


@pytest.fixture
def dataset() -> Path:
    """A dataset in the cache, of 3 bytes and its manifest."""
    folder = cache.cache_folder() / "trips-v1-10-42" / "csv"
    folder.mkdir(parents=True)
    (folder / "part-0.csv").write_text("1,2")
    manifest = {"dataset": "trips-v1-10-42", "files": {}, "second_reader": None}
    folder.with_name("csv.manifest.json").write_text(json.dumps(manifest))
    return folder


def convert(folder: Path) -> Destination:
    """A conversion that has just put its table into a folder, and did not commit."""
    destination = Destination(folder)
    Path(destination.warehouse).mkdir()
    Path(destination.warehouse, "file").write_text("new")
    destination.swap_in(destination.warehouse)
    return destination


def test_nothing_left_is_said(clean: Callable[..., tuple[int, str]]) -> None:
    """Where nothing was left nothing is listed."""
    assert clean() == (0, "Nothing of otfbench's is there.\n")


def test_listed_then_removed(here: Path, clean: Callable[..., tuple[int, str]], dataset: Path) -> None:
    """All that ended processes have left is listed with its size, and is removed only when that is asked for."""
    killed(lambda: Path(Warehouse(None, keep=False).tables, "file").write_text("12345"))
    (here / "work" / "t").mkdir()
    (here / "work" / "t" / "file").write_text("old")
    killed(lambda: convert(here / "work" / "t"))

    code, told = clean()

    assert code == 0 and dataset.is_dir() and len(os.listdir(here / "tmp")) == 2
    assert f"     3 B  generated dataset: {dataset}\n" in told and told.endswith(
        "the same command with --yes does it.\n"
    )
    assert told.count("temporary folder: ") == 2 and "work folder of a killed conversion: " in told

    code, told = clean("--yes")

    assert code == 0 and told.count("(removed)") == 4
    assert os.listdir(here / "tmp") == os.listdir(cache.cache_folder()) == [] and os.listdir(here / "work") == ["t"]
    assert (here / "work" / "t" / "file").read_text() == "old"


def test_in_use(here: Path, clean: Callable[..., tuple[int, str]], dataset: Path) -> None:
    """What a process uses stays: datasets, tables and work folders."""
    reader = os.open(dataset.with_name("csv.lock"), os.O_RDWR | os.O_CREAT)
    share(reader)
    warehouse = Warehouse(str(here / "lake"), keep=False)
    (here / "work" / "t").mkdir()
    destination = convert(here / "work" / "t")

    assert clean("--yes")[1].count("(in use)") == 2 and clean(here / "lake", "--yes")[1].count("(in use)") == 1

    assert dataset.is_dir() and Path(warehouse.tables).is_dir() and len(os.listdir(here / "work")) == 2
    os.close(reader)
    destination.close()
    warehouse.close()


@pytest.mark.parametrize("folder", ["lake", None])
def test_kept_tables(here: Path, clean: Callable[..., tuple[int, str]], folder: str | None) -> None:
    """Kept tables are removed only where their folder is named."""
    warehouse = Warehouse(folder, keep=True)
    Path(warehouse.tables, "file").write_text("12345")
    warehouse.close()

    clean("--yes")
    assert Path(warehouse.tables).is_dir()
    code, told = clean(warehouse.folder, "--yes", "--json")

    [row] = json.loads(told)
    assert code == 0 and row["what"] == "kept tables" and row["removed"] and not Path(warehouse.tables).exists()


def test_not_ours(here: Path, clean: Callable[..., tuple[int, str]], dataset: Path) -> None:
    """Nothing is listed that otfbench has not written, whatever its name is."""
    dataset.with_name("csv.manifest.json").write_text("{}")
    for name in ("tmp/otfbench-abc/file", "work/.t.otfbench/old/file", "work/.otfbench", "work/tables/file"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("theirs")
    (here / "tmp" / "otfbench-link").symlink_to(here / "work")
    before = sorted(here.rglob("*"))

    for arguments in ([], [here / "work"], [here / "tmp" / "otfbench-abc"]):
        assert clean(*arguments, "--yes") == (0, "Nothing of otfbench's is there.\n")

    assert sorted(here.rglob("*")) == before


def test_no_folder(clean: Callable[..., tuple[int, str]]) -> None:
    """A folder that isn't there is an error."""
    assert clean("nowhere") == (4, "otfbench: nowhere is no folder.\n")


def test_uri_is_left_to_its_tools(clean: Callable[..., tuple[int, str]]) -> None:
    """Tables on another file system are not looked for, and it is said who removes them."""
    code, told = clean("hdfs://host:8020/lake", "--yes")
    assert code == 4 and "tables below a URI are removed by the tools of its file system" in told


def test_log_of_a_failed_command(here: Path, clean: Callable[..., tuple[int, str]]) -> None:
    """The log that an error refers to outlives the next commands, until it is removed here."""
    with pytest.raises(DatasetError), _log() as log:
        log.write_text("12345")
        raise DatasetError(f"The whole error: {log}")
    with _log() as other:
        other.write_text("nothing")
    assert log.read_text() == "12345" and not other.parent.exists()

    code, told = clean("--yes")

    assert code == 0 and f"log of a command that failed: {log.parent} (removed)" in told and not log.parent.exists()


def test_log_of_a_killed_command(here: Path) -> None:
    """What a killed command has logged goes with the next one."""

    def log() -> object:
        context = _log()
        context.__enter__().write_text("12345")
        return context

    killed(log)
    assert len(os.listdir(here / "tmp")) == 1
    with _log() as next_one:
        assert os.listdir(here / "tmp") == [next_one.parent.name]


def test_what_cannot_be_removed(
    here: Path, clean: Callable[..., tuple[int, str]], dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be removed is told with the reason, and is exit code 1."""
    monkeypatch.setattr("shutil.rmtree", lambda path: os.listdir("nowhere"))

    code, told = clean("--yes")

    assert code == 1 and told == f"     3 B  generated dataset: {dataset} (No such file or directory)\n0 B removed.\n"
