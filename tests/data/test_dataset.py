"""Datasets without Spark: their names, their number of files, and whether their files are there, whole."""

import json
import multiprocessing
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.data import cache
from otfbench.data.cache import is_written, reserve, write
from otfbench.data.dataset import Source, why_unsupported
from otfbench.data.generated import Events, Trips, Wide, generated, names, rows_of
from otfbench.errors import DatasetError, UnknownNameError
from otfbench.inputs.base import Input
from otfbench.registry import load_input

FILES = {"part-0.txt": b"0123456789", "part-1.txt": b"01234", "_SUCCESS": b"", ".part-0.txt.crc": b"crc"}


class Text(Input):
    """Files that need no Spark: what it is given as rows are their names and contents."""

    name = "text"

    def write(self, rows, path):
        """Write each file; a content of None stands for a disk that is full."""
        Path(path).mkdir()
        for name, content in rows.items():
            if content is None:
                raise OSError(28, "No space left on device")
            (Path(path) / name).write_bytes(content)


@dataclass(frozen=True)
class Fixed(Trips):
    """A dataset whose rows are FILES, or something else for a test's sake."""

    content: tuple[tuple[str, bytes | None], ...] = tuple(FILES.items())

    def generate(self, spark):
        """The files' names and contents."""
        return dict(self.content)


@pytest.fixture
def source(tmp_path):
    """A source that was written."""
    source = Source(Fixed(1000, 42), Text(), tmp_path / "cache" / "key" / "text")
    written(source)
    return source


def written(*sources: Source) -> None:
    """Write the files of sources, and have none of them afterwards."""
    with ExitStack() as locks:
        write(None, sources, locks)


def manifest_of(source: Source) -> Path:
    """The manifest lies next to the folder, so that no reader takes it for data."""
    return source.folder.parent / f"{source.folder.name}.manifest.json"


# What a dataset is


def test_id_tells_version_rows_and_seed():
    """An id names the dataset, the version of its rows, their number and the seed."""
    assert [generated(name, 1000, 42).id for name in names()] == [
        "trips-v1-1000-42",
        "events-v1-1000-42",
        "wide-v1-1000-42",
    ]


def test_ids_differ():
    """Other rows, another id: for each dataset, each number of rows and each seed."""
    asked = product(names(), (1, 11, 111), (0, 1, 11))
    assert len({generated(*each).id for each in asked}) == 27


def test_id_is_a_folder_name():
    """The id is a name that any file system takes, and Spark's paths too."""
    assert set(Trips(10**9, 2**63 - 1).id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(("rows", "files"), [(1, 2), (1_000_000, 2), (1_000_001, 3), (10_000_000, 20)])
def test_number_of_files_grows_with_rows(rows, files):
    """At least two files, and one more for each half million rows that was begun."""
    assert Trips(rows, 0).files == files


def test_unknown_name():
    """A name that is none is told with the nearest one, and all there are."""
    with pytest.raises(UnknownNameError, match="Unknown dataset 'event'. Did you mean 'events'. There are: trips, ev"):
        generated("event", 1, 1)


@pytest.mark.parametrize(
    ("name", "asked", "rows"), [("trips", 7, 7), ("events", 7, 7), ("wide", 100_000, 2000), ("wide", 49, 1)]
)
def test_rows_of(name, asked, rows):
    """A wide dataset has fewer rows than a run is asked for, but never none."""
    assert rows_of(name, asked) == rows


def test_datasets_of_other_names_differ():
    """Datasets of the same number of rows and the same seed are equal if they have the same name, too."""
    assert Trips(1, 2) == Trips(1, 2) != Events(1, 2) and len({Trips(1, 2), Events(1, 2), Wide(1, 2)}) == 3


def test_why_unsupported():
    """CSV can't hold nested values; all else can."""
    told = {
        (n, i): why_unsupported(load_input(i), generated(n, 1, 1)) for n in names() for i in ("csv", "json", "parquet")
    }
    assert {pair: why for pair, why in told.items() if why} == {
        ("events", "csv"): "csv has no nested columns, and events has some"
    }


@given(st.integers(1, 10**10), st.integers(0, 10**7))
def test_files_grow(rows, more):
    """More rows never make fewer files, and no file has more than half a million."""
    assert 2 <= Trips(rows, 0).files <= Trips(rows + more, 0).files
    assert rows / Trips(rows, 0).files <= 500_000


def test_cache_folder(monkeypatch, tmp_path):
    """Datasets are kept in the user's cache folder, wherever the user has it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "otfbench" / "datasets"


# Files that are there


def test_written_source_is_there(source):
    """What was written is there, whole, and so for another process that asks."""
    assert is_written(source) and is_written(Source(source.dataset, source.input, source.folder))


def test_size_counts_only_the_data(source):
    """Files and bytes are those of the data: the writer's markers and checksums are left out."""
    assert source.size == {"files": 2, "bytes": 15}


def test_manifest_tells_dataset_size_and_second_reader(source):
    """The manifest says which rows the files hold, each file's bytes and SHA-256, what a second reader finds."""
    assert json.loads(manifest_of(source).read_text()) == {
        "dataset": source.dataset.id,
        "files": {
            "part-0.txt": [10, "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"],
            "part-1.txt": [5, "c565fe03ca9b6242e01dfddefe9bba3d98b270e19cd02fd85ceaf75e2b25bf12"],
        },
        "second_reader": "text has no second reader",
    }


def test_nothing_else_is_left(source):
    """Beside the folder, its manifest and its lock nothing is left."""
    names = sorted(path.name for path in source.folder.parent.iterdir())
    assert names == ["text", "text.lock", "text.manifest.json"]


def test_nothing_there(tmp_path):
    """Where nothing was written, nothing is there."""
    assert not is_written(Source(Trips(1, 0), Text(), tmp_path / "none"))


@pytest.mark.parametrize("part", ["part-0.txt", "part-1.txt"])
def test_missing_file(source, part):
    """A file that is missing makes the files incomplete."""
    (source.folder / part).unlink()
    assert not is_written(source)


def test_truncated_file(source):
    """A file that lost one byte makes the files incomplete."""
    (source.folder / "part-1.txt").write_bytes(b"0123")
    assert not is_written(source)


def test_file_of_zeros(source):
    """A file of as many bytes as it must have, which are not those that were written, is not taken for it."""
    (source.folder / "part-0.txt").write_bytes(bytes(10))
    assert not is_written(source)


@pytest.mark.parametrize("content", [b"", b"more"])
def test_extra_file(source, content):
    """A file too many, even an empty one, makes the files others than those that were written."""
    (source.folder / "part-2.txt").write_bytes(content)
    assert not is_written(source)


def test_markers_are_no_data(source):
    """Markers and checksums may come and go."""
    (source.folder / "_SUCCESS").unlink()
    (source.folder / ".part-1.txt.crc").write_bytes(b"crc")
    assert is_written(source)


def test_folder_is_gone(source):
    """A manifest without its folder is nothing."""
    source.folder.rename(source.folder.with_name("elsewhere"))
    assert not is_written(source)


def test_manifest_is_gone(source):
    """A folder without its manifest may be incomplete."""
    manifest_of(source).unlink()
    assert not is_written(source)


@pytest.mark.parametrize(
    "text", ["", '{"a": "tri', "{}", "[]", "null", "[" * 9000, '{"files": null, "second_reader": 1}']
)
def test_odd_manifest(source, text):
    """A manifest that says nothing of files and bytes is none."""
    manifest_of(source).write_text(text)
    assert not is_written(source)


# Writing


def test_write_again(source):
    """Files that are not whole are replaced, all of them."""
    (source.folder / "part-0.txt").unlink()
    (source.folder / "left over").write_text("x")
    written(source)
    assert sorted(path.name for path in source.folder.iterdir()) == sorted(FILES)
    assert is_written(source)


def test_write_several(tmp_path):
    """Several sources are written, each with its own manifest, even if their names differ after a dot only."""
    sources = [
        Source(Fixed(1, 0, content=((name, b"x"),)), Text(), tmp_path / name) for name in ("acme.a", "acme.b", "c")
    ]
    written(*sources)
    assert [is_written(source) for source in sources] == [True, True, True]
    assert len({manifest_of(source) for source in sources if manifest_of(source).exists()}) == 3


def test_first_time_in_many_processes(tmp_path, at_once):
    """Of 200 processes that need one dataset at one moment one writes it, and each reads all of it."""
    (tmp_path / "written by").mkdir()

    class Slow(Text):
        def write(self, rows, path):
            (tmp_path / "written by" / str(os.getpid())).touch()
            super().write({"part-0.txt": rows["part-0.txt"]}, path)
            time.sleep(0.1)
            (Path(path) / "part-1.txt").write_bytes(rows["part-1.txt"])

    source = Source(Fixed(1000, 42), Slow(), tmp_path / "key" / "text")

    def read(_):
        write(None, [source], ExitStack())
        return {path.name: path.read_bytes() for path in source.folder.iterdir()}

    assert at_once(200, read) == [{name: FILES[name] for name in ("part-0.txt", "part-1.txt")}] * 200
    assert len(os.listdir(tmp_path / "written by")) == 1


def test_damaged_files_that_others_read(source, monkeypatch):
    """Files are not replaced while another process reads them, even if they are not whole any more."""
    monkeypatch.setattr(cache, "_PATIENCE_S", 0.1)
    said = []
    with ExitStack() as locks:
        assert reserve(source, locks)
        (source.folder / "part-1.txt").unlink()
        with pytest.raises(DatasetError, match="text isn't whole, and another process has it"):
            write(None, [source], locks, said.append)
    assert said == [f"waiting for another process that has {source.folder} ..."] and os.listdir(source.folder)
    written(source)
    assert is_written(source)


def test_folder_of_others(tmp_path):
    """A folder that otfbench has not written is not replaced."""
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "theirs").touch()
    with pytest.raises(DatasetError, match="text is in the way: it was not written by otfbench. Move it away."):
        written(Source(Fixed(1000, 42), Text(), tmp_path / "text"))
    assert [path.name for path in tmp_path.rglob("*")] == ["text", "theirs"]


def test_what_a_killed_writer_left(source):
    """What a process that was killed while it wrote has left is removed by the next one that writes there."""
    (source.folder / "part-1.txt").unlink()

    class Killed(Text):
        def write(self, rows, path):
            super().write(rows, path)
            os.kill(os.getpid(), signal.SIGKILL)

    killed = multiprocessing.get_context("fork").Process(
        target=write, args=(None, [replace(source, input=Killed())], ExitStack())
    )
    killed.start()
    killed.join()
    assert len(os.listdir(source.folder.parent)) == 4
    written(source)
    assert is_written(source) and len(os.listdir(source.folder.parent)) == 3


def test_disk_full(tmp_path):
    """Files that can't be written are told with their dataset and input, and nothing is left of them."""
    full = Source(Fixed(1000, 42, content=(("a", b"x"), ("b", None))), Text(), tmp_path / "text")
    with pytest.raises(
        DatasetError, match=f"^The files of {full.dataset.id} as text can't be written: .*No space left"
    ):
        written(full)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tmp_path):
    """A folder that can't be made is told, with what to do."""
    (tmp_path / "cache").write_text("a file")
    barred = Source(Fixed(1000, 42, content=(("a", b"x"),)), Text(), tmp_path / "cache" / "rows" / "text")
    with pytest.raises(
        DatasetError, match=f"can't be written: .*Not a directory.*\nMake {tmp_path}/cache/rows writable"
    ):
        written(barred)


def test_disk_full_keeps_what_was_there(source):
    """Where writing again fails, the files that were there stay as they were, whole or not."""
    (source.folder / "part-0.txt").unlink()
    with pytest.raises(DatasetError):
        written(Source(Fixed(1000, 42, content=(("b", None),)), Text(), source.folder))
    assert (source.folder / "part-1.txt").exists() and manifest_of(source).exists()
