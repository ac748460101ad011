"""The folder for tables: whose it is, and what is left of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from otfbench.errors import WarehouseError
from otfbench.warehouse import Warehouse


def test_temporary_folder_goes() -> None:
    """Without a folder of the user's, tables and scratch files are temporary."""
    warehouse = Warehouse(None, keep=False)
    (warehouse.tables / "t").mkdir()

    warehouse.close()

    assert not warehouse.folder.exists() and not warehouse.scratch.exists()


def test_kept_tables_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kept tables outlive the run, scratch files don't."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    warehouse = Warehouse(None, keep=True)
    (warehouse.tables / "t").mkdir()

    warehouse.close()

    assert (warehouse.tables / "t").is_dir() and not warehouse.scratch.exists()


def test_empty_folder_stays_empty(tmp_path: Path) -> None:
    """The user's own empty folder is there afterwards, empty."""
    Warehouse(tmp_path, keep=False).close()

    assert list(tmp_path.iterdir()) == []


def test_new_folder_goes(tmp_path: Path) -> None:
    """A folder that didn't exist before doesn't exist afterwards."""
    Warehouse(tmp_path / "new", keep=False).close()

    assert not (tmp_path / "new").exists()


def test_own_leftovers_are_replaced(tmp_path: Path) -> None:
    """What an earlier run kept is removed; what somebody put beside it is not."""
    first = Warehouse(tmp_path, keep=True)
    (first.tables / "old").mkdir()
    first.close()
    (tmp_path / ".otfbench").write_text("4194305\n")  # no system gives a process that number
    (tmp_path / "notes.txt").write_text("mine")

    second = Warehouse(tmp_path, keep=False)
    second.close()

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_folder_in_use(tmp_path: Path) -> None:
    """Two runs can't have one folder."""
    (tmp_path / ".otfbench").write_text(f"{os.getppid()}\n")

    with pytest.raises(WarehouseError, match="in use by process"):
        Warehouse(tmp_path, keep=False)


def test_closing_twice(tmp_path: Path) -> None:
    """Closing again changes nothing."""
    warehouse = Warehouse(tmp_path / "new", keep=False)
    warehouse.close()

    warehouse.close()

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_way(tmp_path: Path, place: str) -> None:
    """A folder that can't be made is refused, naming it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(WarehouseError, match="--otf-warehouse"):
        Warehouse(tmp_path / place, keep=False)


@pytest.mark.parametrize("name", ["a b", "50%", "c#", "why?"])
def test_names_that_formats_encode(tmp_path: Path, name: str) -> None:
    """A path that some format would encode, and so write elsewhere, is refused before anything is made."""
    with pytest.raises(WarehouseError, match="write elsewhere"):
        Warehouse(tmp_path / name, keep=False)

    assert list(tmp_path.iterdir()) == []
