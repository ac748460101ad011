"""What belongs to a table comes into the folder of its files in one step, and goes again if it was wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otfbench.errors import UsageError
from otfbench.formats.hadoop import local_path
from otfbench.tables.destination import Destination
from otfbench.tables.folder_of_files import FolderOfFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one file."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a").write_text("rows")
    return tmp_path / "t"


def made(destination: Destination, *names: str) -> str:
    """A table of a link to the file, and what belongs to it."""
    new = Path(local_path(destination.warehouse), "db", "t")
    new.mkdir(parents=True)
    (new / "a").symlink_to(destination.folder / "a")
    for name in names:
        (new / name).mkdir()
        (new / name / "0.json").write_text("{}")
    return f"{destination.warehouse}/db/t"


def test_only_what_belongs_to_the_table_comes_in(folder: Path) -> None:
    """The file stays the same one, and nothing is left beside the folder."""
    before = os.stat(folder / "a")
    destination = FolderOfFiles(folder)
    destination.swap_in(made(destination, "log"))
    destination.commit()
    destination.close()
    assert sorted(os.listdir(folder)) == ["a", "log"] and os.listdir(folder.parent) == ["t"]
    assert os.lstat(folder / "a") == before and os.listdir(folder / "log") == ["0.json"]


@pytest.mark.parametrize("rolled_back", [True, False])
def test_not_committed(folder: Path, rolled_back: bool) -> None:
    """What was wrong, or was never committed, is taken out again."""
    destination = FolderOfFiles(folder)
    destination.swap_in(made(destination, "log"))
    if rolled_back:
        destination.roll_back()
    destination.close()
    assert os.listdir(folder) == ["a"] and os.listdir(folder.parent) == ["t"]


def test_name_that_is_taken(folder: Path) -> None:
    """A folder of that name, though it is empty, stays what it is."""
    (folder / "log").mkdir()
    destination = FolderOfFiles(folder)
    with pytest.raises(UsageError, match="t holds log, a name that the table needs: move it away"):
        destination.swap_in(made(destination, "log"))
    destination.close()
    assert os.listdir(folder / "log") == [] and os.listdir(folder.parent) == ["t"]


def test_more_than_one_step(folder: Path) -> None:
    """Two folders can't come in at once: neither does."""
    destination = FolderOfFiles(folder)
    with pytest.raises(UsageError, match="can't become a table in one step: that needs log, more in it"):
        destination.swap_in(made(destination, "log", "more"))
    destination.close()
    assert os.listdir(folder) == ["a"]


def test_files_that_have_changed(folder: Path) -> None:
    """A folder into which somebody has written meanwhile is left as it is."""
    destination = FolderOfFiles(folder)
    (folder / "b").touch()
    with pytest.raises(UsageError, match="was changed by somebody else meanwhile"):
        destination.swap_in(made(destination, "log"))
    destination.close()
    assert sorted(os.listdir(folder)) == ["a", "b"]


def test_commits_of_others_stay(folder: Path) -> None:
    """What somebody has added to the table before it was rolled back is not taken away."""
    destination = FolderOfFiles(folder)
    destination.swap_in(made(destination, "log"))
    (folder / "log" / "1.json").touch()
    with pytest.raises(UsageError, match="log is not what the conversion has left there"):
        destination.roll_back()
    assert sorted(os.listdir(folder / "log")) == ["0.json", "1.json"]


KILLED = """
import os, sys
from pathlib import Path
from otfbench.tables.folder_of_files import FolderOfFiles
from tests.tables.test_folder_of_files import made
destination = FolderOfFiles(Path(sys.argv[1]))
new = made(destination, "log")
if sys.argv[2] != "before":
    destination.swap_in(new)
if sys.argv[2] == "after":
    destination.commit()
os._exit(1)
"""


@pytest.mark.parametrize("next_one", [FolderOfFiles, Destination])
@pytest.mark.parametrize(("when", "left"), [("before", ["a"]), ("between", ["a"]), ("after", ["a", "log"])])
def test_killed_conversion_is_put_right(folder: Path, when: str, left: list[str], next_one: type[Destination]) -> None:
    """What a killed process has moved in goes with the next one of any kind, unless it was committed."""
    subprocess.run([sys.executable, "-c", KILLED, str(folder), when], check=False, timeout=60)
    assert os.listdir(folder.parent / ".t.otfbench")
    next_one(folder).close()
    assert sorted(os.listdir(folder)) == left and os.listdir(folder.parent) == ["t"]
