"""A folder is replaced at once, and rolled back if it was wrong; after a kill the next one cleans up."""

import errno
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from otfbench.errors import UsageError
from otfbench.ownership.folders import MARKER, Claim
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
    """Two at once are refused: the error says who has it."""
    first = Destination(folder)
    with pytest.raises(UsageError, match=rf"t: in use by another process \({os.getpid()} on .*\). Wait for it"):
        Destination(folder)
    first.close()
    Destination(folder).close()


@pytest.mark.parametrize("left", ["nothing", "half of a table", "a table that is not committed"])
def test_one_writer_takes_the_destination(tmp_path, at_once, left):
    """Of two that begin at one moment one has the destination, and the other is refused; 60 times."""

    def replace(barrier):
        try:
            destination = Destination(folder)
        except UsageError as error:
            barrier.wait(60)
            return "refused" if "t: in use by another process" in str(error) else error
        barrier.wait(60)
        destination.swap_in(written(destination, str(os.getpid())))
        destination.commit()
        destination.close()
        return "replaced"

    def leave(_):
        destination = Destination(folder)
        new = written(destination)
        if left == "a table that is not committed":
            destination.swap_in(new)
        os.kill(os.getpid(), signal.SIGKILL) if left != "nothing" else destination.close()

    for number in range(20):
        folder = tmp_path / str(number) / "t"
        folder.mkdir(parents=True)
        (folder / "file").write_text("old")
        killed = multiprocessing.get_context("fork").Process(target=leave, args=(None,))
        killed.start()
        killed.join()
        assert sorted(at_once(2, replace)) == ["refused", "replaced"]
        assert (folder / "file").read_text().isdigit()
        assert os.listdir(folder.parent) == ["t"]


def killed_conversion(folder: Path, code: str) -> psutil.Process:
    """What a killed conversion to a folder has started, as its JVM is: it inherits what is inheritable."""
    start = f"subprocess.Popen([sys.executable, '-c', {code!r}], close_fds=False, stdout=2)"
    started = f"import subprocess, sys\n{KILLED.replace('os._exit(1)', f'print({start}.pid, flush=True); os._exit(1)')}"
    done = subprocess.run([sys.executable, "-c", started, str(folder), "before"], stdout=subprocess.PIPE, check=False)
    return psutil.Process(int(done.stdout))


def test_orphaned_jvm_is_waited_for(tmp_path):
    """The JVM of a process that was killed may write a little longer: the next one waits until it has ended."""
    late = tmp_path / ".t.otfbench" / "new" / "late"
    killed_conversion(tmp_path / "t", f"import time, os; time.sleep(1); os.makedirs({str(late)!r})")
    destination = Destination(tmp_path / "t")
    assert os.listdir(tmp_path / ".t.otfbench") == [MARKER]
    destination.close()


def test_orphaned_jvm_that_does_not_end(tmp_path, monkeypatch):
    """What one that goes on for too long writes to is left alone."""
    monkeypatch.setattr(Claim.__init__, "__defaults__", (True, 0.1))
    writer = killed_conversion(tmp_path / "t", "import time; time.sleep(60)")
    with pytest.raises(UsageError, match="t: a process that a killed run has started still writes to it"):
        Destination(tmp_path / "t")
    writer.kill()
    assert sorted(os.listdir(tmp_path / ".t.otfbench")) == [MARKER, "new"]


# What isn't ours


@pytest.fixture(params=["a folder", "a link", "an empty marker", "a marker of ours for something else"])
def foreign(request, tmp_path):
    """Something with the name of the work folder that otfbench didn't make, and a file in it."""
    work = tmp_path / ".t.otfbench"
    theirs = tmp_path / "theirs" if request.param == "a link" else work
    theirs.mkdir()
    (theirs / "old").mkdir()
    (theirs / "old" / "file").write_text("theirs")
    if request.param == "a link":
        work.symlink_to(theirs)
    if request.param == "an empty marker":
        (theirs / MARKER).touch()
    if request.param.startswith("a marker"):
        (theirs / MARKER).write_text('{"otfbench": "tables"}')
    return theirs / "old" / "file"


def test_foreign_work_folder(foreign, tmp_path):
    """What somebody else has put where the work folder would be is refused, and stays as it is."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=r"\.t\.otfbench is in the way: .*\. Move it away\."):
        Destination(tmp_path / "t")
    assert foreign.read_text() == "theirs" and sorted(tmp_path.rglob("*")) == before


def test_link_is_refused(folder):
    """A destination that is a link is refused, with what it leads to."""
    link = folder.with_name("link")
    link.symlink_to(folder)
    with pytest.raises(UsageError, match=f"link is a link to {folder}: name that folder itself"):
        Destination(link)
    assert sorted(os.listdir(folder.parent)) == ["link", "t"] and link.is_symlink()


@pytest.mark.parametrize("when", ["between", "after the swap"])
def test_killed_replacement_and_a_stranger(folder, when):
    """What somebody puts in place of what a killed process left is not taken for that, and both are named."""
    subprocess.run([sys.executable, "-c", KILLED, str(folder), when], check=False, timeout=60)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "theirs").touch()
    with pytest.raises(UsageError, match="t is not what the conversion has left there, and what was there before is"):
        Destination(folder)
    assert os.listdir(folder) == ["theirs"]
    folder.rename(folder.with_name("elsewhere"))
    Destination(folder).close()
    assert os.listdir(folder) == ["file"]


def test_stranger_comes_between(tmp_path):
    """What somebody puts there while a new table is made is neither replaced nor removed, be it an empty folder."""
    destination = Destination(tmp_path / "t")
    (tmp_path / "t").mkdir()
    with pytest.raises(UsageError, match="t was changed by somebody else meanwhile"):
        destination.swap_in(written(destination))
    destination.close()
    assert os.listdir(tmp_path) == ["t"]


def test_disk_full(tmp_path, monkeypatch):
    """Where there is no room for the marker, that is the error, and nothing is left."""

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(UsageError, match="t: No space left on device. Name a folder"):
        Destination(tmp_path / "a" / "t")
    assert os.listdir(tmp_path) == []


def test_marker_that_was_being_written(folder):
    """A process that is killed while it notes less than before leaves a marker all the same."""
    subprocess.run([sys.executable, "-c", KILLED, str(folder), "between"], check=False, timeout=60)
    with (folder.parent / ".t.otfbench" / MARKER).open("a") as marker:
        marker.write('d": "rest"}\n')
    Destination(folder).close()
    assert os.listdir(folder) == ["file"] and os.listdir(folder.parent) == ["t"]


def test_file_systems_without_locks(tmp_path, monkeypatch):
    """Where the file system has no locks, that is the error, and nothing is left."""

    def no_locks(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(UsageError, match=r"t: its file system has no locks \(flock\)\. Name a folder"):
        Destination(tmp_path / "a" / "t")
    assert os.listdir(tmp_path) == []
