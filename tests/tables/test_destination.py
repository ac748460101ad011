"""A folder is replaced at once, and rolled back if it was wrong; after a kill the next one cleans up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otfbench.errors import UsageError
from otfbench.spark.process import STARTED_BY
from otfbench.tables.destination import Destination


@pytest.fixture
def folder(tmp_path):
    """A folder with a file in it."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "file").write_text("old")
    return tmp_path / "t"


def written(destination, text="new"):
    """A new folder in the work folder."""
    folder = Path(destination.warehouse, "db", "t")
    folder.mkdir(parents=True)
    (folder / "file").write_text(text)
    return str(folder)


def test_parent_folders_are_made(tmp_path):
    """Parents are created as needed, and nothing else is left."""
    destination = Destination(tmp_path / "a" / "b")
    assert not destination.exists
    destination.swap_in(written(destination))
    destination.commit()
    destination.close()
    assert (tmp_path / "a" / "b" / "file").read_text() == "new" and os.listdir(tmp_path / "a") == ["b"]


def test_in_vain(tmp_path):
    """Without a swap nothing is left, new parents neither."""
    destination = Destination(tmp_path / "a" / "b")
    written(destination)
    destination.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("there", [True, False])
def test_given_back(tmp_path, folder, there):
    """What was taken and is wrong goes, and what was there, or nothing, is there again."""
    destination = Destination(folder if there else tmp_path / "none")
    destination.swap_in(written(destination))
    destination.roll_back()
    destination.close()
    assert os.listdir(tmp_path) == ["t"] and (folder / "file").read_text() == "old"


def test_not_kept(folder):
    """A swap that was never committed is rolled back in the end."""
    destination = Destination(folder)
    destination.swap_in(written(destination))
    destination.close()
    assert os.listdir(folder.parent) == ["t"] and (folder / "file").read_text() == "old"


def test_changed_meanwhile(folder):
    """What somebody else has changed meanwhile is not replaced."""
    destination = Destination(folder)
    (folder / "theirs").touch()
    with pytest.raises(UsageError, match="t was changed by somebody else meanwhile: it is left as it is"):
        destination.swap_in(written(destination))
    destination.close()
    assert sorted(os.listdir(folder)) == ["file", "theirs"]


def test_copy_has_all_files(folder):
    """A copy has all that is there."""
    destination = Destination(folder)
    destination.copy_to(f"{destination.warehouse}/db/t")
    assert Path(destination.warehouse, "db", "t", "file").read_text() == "old"
    destination.close()


KILLED = """
import os, sys
from otfbench.tables.destination import Destination
destination = Destination(__import__("pathlib").Path(sys.argv[1]))
os.makedirs(destination.warehouse + "/t")
if sys.argv[2] != "before":
    destination.swap_in(destination.warehouse + "/t")
if sys.argv[2] == "after":
    destination.commit()
os._exit(1)
"""


@pytest.mark.parametrize(("when", "left"), [("before", ["file"]), ("between", ["file"]), ("after", [])])
def test_killed_replacement_is_put_right(folder, when, left):
    """What a killed process left is rolled back by the next one, unless it was committed."""
    subprocess.run([sys.executable, "-c", KILLED, str(folder), when], check=False, timeout=60)
    assert os.listdir(folder.parent / ".t.otfbench")
    Destination(folder).close()
    assert os.listdir(folder) == left and os.listdir(folder.parent) == ["t"]


def test_in_use(folder):
    """Two at once are refused: the error names the process that has it."""
    work = folder.parent / ".t.otfbench"
    work.mkdir()
    (work / "owner").write_text(f"{os.getppid()}\n")
    with pytest.raises(UsageError, match=f"t is being written by process {os.getppid()}. Wait for it."):
        Destination(folder)
    assert work.exists()


def orphan(folder: Path, code: str) -> subprocess.Popen[bytes]:
    """A process that outlives the one that started it, a killed one, whose work folder is there."""
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (folder / ".t.otfbench").mkdir()
    (folder / ".t.otfbench" / "owner").write_text(f"{killed.pid}\n")
    return subprocess.Popen([sys.executable, "-c", code], env=os.environ | {STARTED_BY: str(killed.pid)})


def test_orphaned_jvm_is_waited_for(tmp_path):
    """The JVM of a process that was killed may write a little longer: the next one waits until it has ended."""
    late = tmp_path / ".t.otfbench" / "new" / "late"
    with orphan(tmp_path, f"import time, os; time.sleep(1); os.makedirs({str(late)!r})") as writer:
        destination = Destination(tmp_path / "t")
        writer.wait(0)
    assert os.listdir(tmp_path / ".t.otfbench") == ["owner"]
    destination.close()


def test_orphaned_jvm_that_does_not_end(tmp_path, monkeypatch):
    """One that goes on for too long is named, and what it writes to is left alone."""
    monkeypatch.setattr("otfbench.tables.destination._ORPHAN_S", 0.1)
    with orphan(tmp_path, "import time; time.sleep(60)") as writer:
        with pytest.raises(UsageError, match=f"t: process {writer.pid}, left by a killed conversion, writes to it"):
            Destination(tmp_path / "t")
        writer.kill()
    assert os.listdir(tmp_path / ".t.otfbench") == ["owner"]
