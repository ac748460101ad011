"""Which files of a folder are read, which are left out and why, and what is no file; no JVM is started."""

import glob
import os
import socket

import pytest

from otfbench.data.listing import BESIDE, HIDDEN, SUBFOLDER, UNFINISHED, UNMATCHED, files_at, unmatched
from otfbench.errors import DatasetError


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a\n1\n")


def listing(folder, *paths, **more):
    """Files read and left out, below the folder."""
    found = files_at([str(folder / path) for path in paths or [""]], **{"descend": False, **more})
    below = {os.path.relpath(path, folder): why for path, why in found.left_out.items()}
    return [os.path.relpath(path, folder) for path in found.files], below


def test_subfolders_and_hidden_names_are_left_out(tmp_path):
    """As Spark does, and each of them is named with its reason."""
    put(tmp_path, "b.csv", "2024/a.csv", "_part.csv", ".c.csv", "_old/x.csv", ".k=1/y.csv")
    hidden = {"_part.csv": HIDDEN, ".c.csv": HIDDEN, "_old/x.csv": HIDDEN, ".k=1/y.csv": HIDDEN}
    assert listing(tmp_path) == (["b.csv"], {"2024/a.csv": SUBFOLDER, **hidden})
    assert listing(tmp_path, descend=True) == (["2024/a.csv", "b.csv"], hidden)


def test_a_copy_that_is_not_finished_is_left_out(tmp_path):
    """Spark leaves out what `hadoop fs -put` is writing; named outright, it is read."""
    put(tmp_path, "b.csv", "day=1/a.csv._COPYING_", "c.csv._COPYING_")
    assert listing(tmp_path, "b.csv", "c.csv._COPYING_") == (["b.csv"], {"c.csv._COPYING_": UNFINISHED})
    assert listing(tmp_path, "day=1") == ([], {"day=1/a.csv._COPYING_": UNFINISHED})
    assert listing(tmp_path, "c.csv._COPYING_") == (["c.csv._COPYING_"], {})


def test_by_products_are_not_worth_a_word(tmp_path):
    """Markers, checksums and what a desktop leaves are no data that anybody misses."""
    put(tmp_path, "b.csv", "_SUCCESS", ".b.csv.crc", "_metadata", ".DS_Store", ".git/x.csv", "_temporary/0/y.csv")
    (tmp_path / "_empty").write_text("")
    assert listing(tmp_path) == (["b.csv"], {})


def test_a_file_beside_folders_of_columns_is_left_out(tmp_path):
    """Spark reads the files in `day=1`, and leaves out the one beside it."""
    put(tmp_path, "day=1/a.csv", "day=1/more/b.csv", "stray.csv")
    assert listing(tmp_path) == (["day=1/a.csv", "day=1/more/b.csv"], {"stray.csv": BESIDE})


def test_a_hidden_file_that_is_named_is_read(tmp_path):
    """A file named outright is meant; one among others that a glob finds is not."""
    put(tmp_path, "_orders.csv", "b.csv")
    assert listing(tmp_path, "_orders.csv") == (["_orders.csv"], {})
    assert listing(tmp_path, "_orders.csv", "b.csv") == (["b.csv"], {"_orders.csv": HIDDEN})
    assert listing(tmp_path, "_orders.csv", "b.csv", hidden=True) == (["_orders.csv", "b.csv"], {})


def test_what_a_glob_leaves_out_beside_its_matches(tmp_path):
    """Files of the same suffix in the same folder, in another case or packed; others are not worth a word."""
    put(tmp_path, "a.csv", "B.CSV", "c.csv.gz", "notes.txt", "sub/d.csv", ".a.csv.crc")
    left_out = {str(tmp_path / name): UNMATCHED for name in ("B.CSV", "c.csv.gz")}
    assert unmatched([str(tmp_path / "a.csv")]) == left_out
    assert unmatched([str(tmp_path / "sub")]) == {}


def test_a_link_is_followed(tmp_path):
    """A link to a file or a folder elsewhere is what it leads to."""
    put(tmp_path, "data/a.csv", "elsewhere/b.csv")
    (tmp_path / "data" / "b.csv").symlink_to(tmp_path / "elsewhere" / "b.csv")
    (tmp_path / "data" / "k=1").symlink_to(tmp_path / "elsewhere")
    assert listing(tmp_path, "data") == (["data/k=1/b.csv"], {"data/a.csv": BESIDE, "data/b.csv": BESIDE})


def dangling(folder):
    (folder / "x").symlink_to("nowhere")


def cycle(folder):
    put(folder, "k=1/a.csv")
    (folder / "k=1" / "x").symlink_to(folder)


def pipe(folder):
    os.mkfifo(folder / "x")


def bound_socket(folder):
    here = os.getcwd()
    os.chdir(folder)  # a socket's path has 108 bytes at most
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("x")
    os.chdir(here)


def device(folder):
    (folder / "x").symlink_to("/dev/null")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (dangling, "x is a link to nowhere, which is not there: remove it"),
        (cycle, "x is a link to .*, a folder that it is in itself"),
        (pipe, "x is a pipe, which can't be read twice"),
        (bound_socket, "x is a socket"),
        (device, "x is a device"),
    ],
)
def test_what_is_no_file_is_named(tmp_path, make, message):
    """Nothing is left out in silence, nothing hangs."""
    make(tmp_path)
    with pytest.raises(DatasetError, match=message):
        listing(tmp_path)


def test_a_cycle_that_is_left_out_is_harmless(tmp_path):
    """What is not read is not followed for ever."""
    put(tmp_path, "a.csv", "sub/b.csv")
    (tmp_path / "sub" / "back").symlink_to(tmp_path)
    assert listing(tmp_path) == (["a.csv"], {"sub/b.csv": SUBFOLDER})


@pytest.mark.parametrize("name", ["a.csv", "k=1"])
def test_what_may_not_be_read_is_named(tmp_path, name, monkeypatch):
    """A file or a folder without permission is an error, not less data; root may read all, so the system is played."""
    put(tmp_path, "a.csv", "k=1/b.csv")
    real = os.scandir

    def scandir(path):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr("os.access", lambda path, mode: not str(path).endswith(name))
    with pytest.raises(DatasetError, match=f"{name} can't be read: "):
        listing(tmp_path)


def test_a_file_that_is_there_twice_by_a_link(tmp_path):
    """Its rows would be there twice: the link is named, be it one to the file or to its folder."""
    put(tmp_path, "2024.csv", "old/2023.csv")
    (tmp_path / "latest.csv").symlink_to("2024.csv")
    with pytest.raises(DatasetError, match="latest.csv is .*/2024.csv once more, by a link: remove the link, or leave"):
        listing(tmp_path)
    (tmp_path / "latest.csv").unlink()
    (tmp_path / "same").symlink_to("old")
    with pytest.raises(DatasetError, match="same/2023.csv is .*/old/2023.csv once more, by a link"):
        listing(tmp_path, descend=True)
    assert listing(tmp_path, "2024.csv", "old", "old/2023.csv") == (["2024.csv", "old/2023.csv"], {})


def test_a_glob_that_goes_round_in_a_cycle(tmp_path):
    """A link to a folder above gives each file forty times."""
    put(tmp_path, "x/a.csv")
    (tmp_path / "x" / "self").symlink_to(tmp_path / "x")
    matches = [os.path.relpath(path, tmp_path) for path in glob.glob(f"{tmp_path}/x/**/*.csv", recursive=True)]
    assert len(matches) > 30
    with pytest.raises(DatasetError, match="x/self/a.csv is .*/x/a.csv once more, by a link"):
        listing(tmp_path, *matches)
