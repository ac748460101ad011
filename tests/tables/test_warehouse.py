"""The folder for tables: whose it is, and what is left of it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from otfbench.errors import WarehouseError
from otfbench.tables.warehouse import PATH_BYTES, Warehouse
from tests.folders import read_only
from tests.processes import killed


def test_temporary_folder_goes() -> None:
    """Without a folder of the user's, tables and scratch files are temporary."""
    warehouse = Warehouse(None, keep=False)
    Path(warehouse.tables, "t").mkdir()

    warehouse.close()

    assert not warehouse.folder.exists() and not warehouse.scratch.exists()


def test_kept_tables_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kept tables outlive the run, scratch files don't."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    warehouse = Warehouse(None, keep=True)
    Path(warehouse.tables, "t").mkdir()

    warehouse.close()

    assert Path(warehouse.tables, "t").is_dir() and not warehouse.scratch.exists()


@pytest.mark.parametrize("folder", [None, "lake", "hdfs://host:8020/lake", f"hdfs://host:8020/{'lake' * 30}"])
def test_path_is_as_long_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None) -> None:
    """However long the path of a folder is: that of the tables in it has the same length, or a multiple of it."""
    monkeypatch.chdir(tmp_path)
    warehouse = Warehouse(folder, keep=False)
    assert len(warehouse.tables) % PATH_BYTES == 0
    warehouse.close()
    assert list(tmp_path.iterdir()) == []


def test_path_of_kept_tables(tmp_path: Path) -> None:
    """Tables that are kept have a path that people can type."""
    warehouse = Warehouse(str(tmp_path / "lake"), keep=True)
    assert warehouse.tables == str(tmp_path / "lake" / "tables")
    warehouse.close()


def test_empty_folder_stays_empty(tmp_path: Path) -> None:
    """An empty folder that the user names is there afterwards, empty."""
    Warehouse(str(tmp_path), keep=False).close()

    assert list(tmp_path.iterdir()) == []


def test_new_folder_goes(tmp_path: Path) -> None:
    """A folder that didn't exist before doesn't exist afterwards."""
    Warehouse(str(tmp_path / "new"), keep=False).close()

    assert not (tmp_path / "new").exists()


def test_new_folder_of_a_killed_run_goes(tmp_path: Path) -> None:
    """A folder that a killed run has created goes with the next run."""
    killed(lambda: Warehouse(str(tmp_path / "new"), keep=False))
    Warehouse(str(tmp_path / "new"), keep=False).close()

    assert not (tmp_path / "new").exists()


def test_own_leftovers_are_replaced(tmp_path: Path) -> None:
    """What an earlier run kept is removed; what somebody put beside it is not."""
    killed(lambda: Path(Warehouse(str(tmp_path), keep=True).tables, "old").mkdir())
    (tmp_path / "notes.txt").write_text("mine")

    second = Warehouse(str(tmp_path), keep=False)
    assert list(Path(second.tables).iterdir()) == []
    second.close()

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_temporary_leftovers_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Temporary folders of a killed run are removed by the next one; kept tables, and others' folders, are not."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "otfbench-theirs").mkdir()
    kept = Warehouse(None, keep=True)
    kept.close()
    running = Warehouse(None, keep=False)
    killed(lambda: Path(Warehouse(None, keep=False).tables, "t").mkdir())
    assert len(list(tmp_path.iterdir())) == 6

    Warehouse(None, keep=False).close()

    left = {tmp_path / "otfbench-theirs", kept.folder, running.folder, running.scratch}
    assert set(tmp_path.iterdir()) == left
    running.close()


def test_kept_tables_are_not_replaced(tmp_path: Path) -> None:
    """What a run was told to keep the next one does not remove: it says how to."""
    first = Warehouse(str(tmp_path), keep=True)
    Path(first.tables, "kept").mkdir()
    first.close()

    with pytest.raises(WarehouseError, match="holds tables that an earlier run has kept.\n.*otfbench clean"):
        Warehouse(str(tmp_path), keep=False)

    assert Path(first.tables, "kept").is_dir()


def test_kept_tables_that_somebody_removed(tmp_path: Path) -> None:
    """A folder whose kept tables are gone can be used again."""
    first = Warehouse(str(tmp_path), keep=True)
    first.close()
    Path(first.tables).rmdir()

    Warehouse(str(tmp_path), keep=False).close()


def test_folder_in_use(tmp_path: Path) -> None:
    """Two runs can't have one folder; who has it is told."""
    first = Warehouse(str(tmp_path), keep=False)

    with pytest.raises(
        WarehouseError, match=rf"in use by another process \({os.getpid()} on .*\). Name another folder"
    ):
        Warehouse(str(tmp_path), keep=False)

    first.close()


def test_process_number_of_another(tmp_path: Path) -> None:
    """The number in a marker is for people: that another process has it by now, as 1 in a container, blocks nobody."""
    marker = {"otfbench": "tables", "facts": {}, "used_by": {"process": 1, "host": "x", "since": "2026-01-01"}}
    (tmp_path / ".otfbench").write_text(json.dumps(marker))

    Warehouse(str(tmp_path), keep=False).close()

    assert list(tmp_path.iterdir()) == []


def test_temporary_folders_of_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What another user's runs have left is that user's to remove."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed(lambda: Warehouse(None, keep=False))
    left = set(tmp_path.iterdir())
    monkeypatch.setattr("os.geteuid", lambda: 12345)

    Warehouse(None, keep=False).close()

    assert set(tmp_path.iterdir()) == left and len(left) == 2


def test_one_run_takes_the_folder(tmp_path: Path, at_once: Callable[..., list[Any]]) -> None:
    """Of two runs that begin at one moment one has the folder, and the other is refused; 60 times."""

    def use(barrier: Any) -> str:
        try:
            warehouse = Warehouse(str(folder), keep=False)
        except WarehouseError as error:
            barrier.wait(60)
            return "refused" if "in use by another process" in str(error) else str(error)
        barrier.wait(60)
        Path(warehouse.tables, "t").mkdir()
        warehouse.close()
        return "used"

    for number in range(60):
        folder = tmp_path / str(number)
        if number % 3 == 1:
            folder.mkdir()
        if number % 3 == 2:
            killed(lambda: Path(Warehouse(str(folder), keep=True).tables, "old").mkdir())  # noqa: B023
        assert sorted(at_once(2, use)) == ["refused", "used"]
        assert not folder.exists() or list(folder.iterdir()) == []


def test_foreign_marker(tmp_path: Path) -> None:
    """A file with the name of the marker that otfbench has not written is no marker."""
    (tmp_path / ".otfbench").write_text("1\n")
    (tmp_path / "tables").mkdir()

    with pytest.raises(WarehouseError, match="was not left by otfbench"):
        Warehouse(str(tmp_path), keep=False)

    assert (tmp_path / "tables").is_dir() and (tmp_path / ".otfbench").read_text() == "1\n"


def test_marker_is_a_link(tmp_path: Path) -> None:
    """What a link with the name of the marker leads to is not written to."""
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / ".otfbench").symlink_to(tmp_path / "theirs")

    with pytest.raises(WarehouseError, match="was not left by otfbench: .otfbench is a link"):
        Warehouse(str(tmp_path / "lake"), keep=False)

    assert (tmp_path / "theirs").read_text() == "theirs"


def test_tables_are_a_link(tmp_path: Path) -> None:
    """A link in place of the tables is neither followed nor replaced."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").touch()
    killed(lambda: Path(Warehouse(str(tmp_path / "lake"), keep=False).tables).parent.rename(tmp_path / "elsewhere"))
    (tmp_path / "lake" / "tables").symlink_to(tmp_path / "theirs")

    with pytest.raises(WarehouseError, match="lake/tables is a link, which otfbench has not made"):
        Warehouse(str(tmp_path / "lake"), keep=False)

    assert (tmp_path / "theirs" / "file").exists() and (tmp_path / "lake" / "tables").is_symlink()


def test_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell leaves the ~ of --otf-warehouse=~/lake as it is: it is the home folder all the same."""
    monkeypatch.setenv("HOME", str(tmp_path))

    warehouse = Warehouse("~/lake", keep=False)

    assert warehouse.folder == tmp_path / "lake"
    warehouse.close()


def test_no_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the file system has no locks the error says so, and nothing is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("fcntl.flock", Mock(side_effect=OSError(errno.ENOLCK, "No locks available")))

    with pytest.raises(
        WarehouseError, match=r"Temporary folder .*: its file system has no locks \(flock\)\. Set TMPDIR"
    ):
        Warehouse(None, keep=False)
    monkeypatch.setattr("otfbench.tables.warehouse._temporary", Mock())
    with pytest.raises(WarehouseError, match="lake: its file system has no locks"):
        Warehouse(str(tmp_path / "lake"), keep=False)

    assert list(tmp_path.iterdir()) == []


def test_read_only_folder(tmp_path: Path) -> None:
    """A folder for tables that may not be written is told, and so is one for temporary files."""
    with read_only(tmp_path / "lake") as folder:
        with pytest.raises(
            WarehouseError, match="(Read-only file system|Permission denied). Name a folder that you can"
        ):
            Warehouse(str(folder), keep=False)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(WarehouseError, match="Set TMPDIR to another one"):
            patch.setattr("tempfile.tempdir", str(folder))
            Warehouse(None, keep=False)


def test_closing_twice(tmp_path: Path) -> None:
    """Closing again changes nothing."""
    warehouse = Warehouse(str(tmp_path / "new"), keep=False)
    warehouse.close()

    warehouse.close()

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", ["file", "file/below"])
def test_a_file_in_the_way(tmp_path: Path, path: str) -> None:
    """A folder that can't be created is refused, naming it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(WarehouseError, match="--otf-warehouse"):
        Warehouse(str(tmp_path / path), keep=False)


@pytest.mark.parametrize("name", ["a b", "50%", "c#", "why?"])
def test_names_that_formats_encode(tmp_path: Path, name: str) -> None:
    """A path that some format would encode, and so write elsewhere, is refused before anything is written."""
    with pytest.raises(WarehouseError, match="write elsewhere"):
        Warehouse(str(tmp_path / name), keep=False)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["hdfs://host:8020/lake", "s3a://bucket/lake/"])
def test_uri_gets_a_folder_per_run(uri: str) -> None:
    """Below a URI each run has a new folder; nothing is written on this machine but scratch files."""
    first, second = Warehouse(uri, keep=False), Warehouse(uri, keep=False)
    for warehouse in (first, second):
        warehouse.close()

    assert first.tables.startswith(uri.rstrip("/") + "/otfbench-") and first.tables != second.tables
    assert first.remote and not first.scratch.exists()


def test_uri_with_a_blank() -> None:
    """What some format would encode is refused in a URI as well."""
    with pytest.raises(WarehouseError, match="write elsewhere"):
        Warehouse("hdfs://host/a b", keep=False)
