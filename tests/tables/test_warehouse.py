"""The folder for tables: whose it is, and what is left of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from otfbench.errors import WarehouseError
from otfbench.tables.warehouse import Warehouse


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


def test_empty_folder_stays_empty(tmp_path: Path) -> None:
    """An empty folder that the user names is there afterwards, empty."""
    Warehouse(str(tmp_path), keep=False).close()

    assert list(tmp_path.iterdir()) == []


def test_new_folder_goes(tmp_path: Path) -> None:
    """A folder that didn't exist before doesn't exist afterwards."""
    Warehouse(str(tmp_path / "new"), keep=False).close()

    assert not (tmp_path / "new").exists()


def test_own_leftovers_are_replaced(tmp_path: Path) -> None:
    """What an earlier run kept is removed; what somebody put beside it is not."""
    first = Warehouse(str(tmp_path), keep=True)
    Path(first.tables, "old").mkdir()
    first.close()
    (tmp_path / ".otfbench").write_text("4194305\n")  # no system gives a process that number
    (tmp_path / "notes.txt").write_text("mine")

    second = Warehouse(str(tmp_path), keep=False)
    second.close()

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_folder_in_use(tmp_path: Path) -> None:
    """Two runs can't have one folder."""
    (tmp_path / ".otfbench").write_text(f"{os.getppid()}\n")

    with pytest.raises(WarehouseError, match="in use by process"):
        Warehouse(str(tmp_path), keep=False)


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
