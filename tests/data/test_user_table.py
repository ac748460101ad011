"""A table of the user's: it must not change while it is read, and whoever has it must not write to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otfbench.data.file_stamps import stamps_of
from otfbench.data.user_table import UserTable
from otfbench.errors import DatasetError, UnsupportedError
from otfbench.formats.hadoop import list_files
from otfbench.registry import load_format

NO_SESSION: Any = None


@pytest.fixture
def table(tmp_path: Path) -> UserTable:
    """A folder with two files, as they are now."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("x")
    stamps = stamps_of(list_files(None, str(tmp_path)))
    return UserTable(load_format("delta"), str(tmp_path), stamps=stamps)


def test_nothing_changed(table: UserTable) -> None:
    """Then nothing is said."""
    with table.unchanged(NO_SESSION):
        pass


@pytest.mark.parametrize("change", ["a new file", "a file is gone", "another size"])
def test_changed_meanwhile(table: UserTable, change: str) -> None:
    """A file that is new, gone or another is named, whatever else went wrong; and at once, if it changed before."""
    folder = Path(table.path)

    def happen() -> None:
        if change == "a file is gone":
            (folder / "a").unlink()
        else:
            (folder / ("a" if change == "another size" else "c")).write_text("xx")

    with pytest.raises(DatasetError, match=f"{folder} changed while it was read or copied .*/[ac]\\): name it when"):
        with table.unchanged(NO_SESSION):
            happen()
            raise ValueError("what Spark says of a file that is gone")
    with pytest.raises(DatasetError, match="changed while it was read or copied"):
        with table.unchanged(NO_SESSION):
            raise AssertionError("it is not begun")


def test_no_row_is_invented(table: UserTable) -> None:
    """What takes new rows is unsupported, with a sentence."""
    with pytest.raises(UnsupportedError, match="it needs new rows, and a table of your own has only those"):
        table.new_rows(NO_SESSION, 0.01)
