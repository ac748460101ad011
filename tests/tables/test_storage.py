"""What a table takes on disk: the listing of a folder, and its split into live, dead and metadata."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench.formats.hadoop import list_files, local_path
from otfbench.tables.storage import TableSize, table_size

METADATA = re.compile(r"^_log/|(^|/)_[^/]*$")
KEPT = {"/t/a", "/t/old", "/t/_x"}


def make_files(root: Path, sizes: dict[str, int]) -> Path:
    """Files of these sizes under the root; returns the root."""
    for name, size in sizes.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x" * size)
    return root


def listed(root: Path, spelled: str | None = None) -> dict[str, int]:
    """The listing, with paths relative to the root; `spelled` is how the root is spelled."""
    return {path.removeprefix(f"{root}/"): size for path, size in list_files(None, spelled or str(root)).items()}


def test_every_file_at_any_depth(tmp_path):
    """Every file is listed with its bytes: at any depth, empty or hidden."""
    sizes = {"a.parquet": 3, "day=1/b.parquet": 5, "day=1/hour=2/c": 7, ".hidden/.d": 1, "empty": 0}
    assert listed(make_files(tmp_path, sizes)) == sizes


def test_empty_folder(tmp_path):
    """A folder without files has an empty listing, whatever folders are in it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert listed(tmp_path) == {}


def test_checksum_siblings_are_left_out(tmp_path):
    """Hadoop's checksum siblings are left out, at any depth; those of a table format are not."""
    kept = {"a.parquet": 1, "_delta_log/00.crc": 3, "_delta_log/00.json": 2, "crc": 1, "x.crc.bak": 1}
    make_files(tmp_path, {**kept, ".a.parquet.crc": 8, "_delta_log/.00.json.crc": 8, "_delta_log/.00.crc.crc": 8})
    assert listed(tmp_path) == kept


def test_own_checksums_are_metadata(tmp_path):
    """A .crc file of the format itself counts as metadata, a Hadoop sibling of it counts as nothing."""
    make_files(tmp_path, {"_log/00.crc": 30, "_log/.00.crc.crc": 8})
    assert table_size(list_files(None, str(tmp_path)), [], str(tmp_path), METADATA, set) == TableSize(0, 0, 0, 0, 1, 30)


def test_folder_named_like_a_checksum(tmp_path):
    """A file's name makes it a checksum, not that of its folder."""
    assert listed(make_files(tmp_path, {".old.crc/a": 4})) == {".old.crc/a": 4}


def test_linked_folders_are_not_entered(tmp_path):
    """A link to a folder is not followed: what lies behind it is not the table's. The link itself is a file."""
    make_files(tmp_path / "elsewhere", {"big": 1000})
    root = make_files(tmp_path / "root", {"a": 1})
    (root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "loop").symlink_to(root, target_is_directory=True)
    assert set(listed(root)) == {"a", "link", "loop"} and sum(listed(root).values()) < 1000


def test_root_behind_a_link(tmp_path):
    """The root itself may be a link; its files are named as the root is spelled."""
    make_files(tmp_path / "real", {"a": 1})
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert list_files(None, str(tmp_path / "link")) == {f"{tmp_path}/link/a": 1}


def test_dangling_link(tmp_path):
    """A link to nothing does not break the listing."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert set(listed(tmp_path)) == {"link"}


@pytest.mark.parametrize("spelled", ["file:{}", "file://{}"])
def test_file_uri_is_listed_as_path(tmp_path, spelled):
    """A file: URI is listed like the path that it means, and gives paths."""
    root = make_files(tmp_path / "root", {"a": 1})
    assert listed(root, spelled.format(root)) == {"a": 1}


def test_encoded_uri(tmp_path):
    """In a URI, percent codes are decoded."""
    root = make_files(tmp_path / "a b#c%é", {"d": 1})
    assert listed(root, root.as_uri()) == {"d": 1}


@pytest.mark.parametrize("name", ["a b", "100%25", "x#y", "what?", "a:b", "ü"])
def test_odd_names(tmp_path, name):
    """A plain path is taken as it is: blanks, percent signs, marks and letters of any kind."""
    root = make_files(tmp_path / name, {f"day={name}/file {name}": 2})
    assert listed(root) == {f"day={name}/file {name}": 2}


def test_files_split_into_live_dead_metadata():
    """Live is what the format says is live; the rest is metadata by its path, or dead."""
    files = {"/t/a": 1, "/t/d=1/b": 10, "/t/d=1/c": 100, "/t/_log/0.json": 1000, "/t/d=1/_SUCCESS": 10_000}
    assert table_size(files, ["/t/a", "/t/d=1/b"], "/t", METADATA, set) == TableSize(
        2, 11, 1, 100, 2, 11_000, 0, 0, 1, 100
    )


def test_live_before_metadata():
    """A live file stays live, even if its path looks like metadata."""
    assert table_size({"/t/_a": 5}, {"/t/_a"}, "/t", METADATA, set) == TableSize(1, 5, 0, 0, 0, 0)


def test_live_that_is_not_there():
    """What is said to be live but is not on disk counts as nothing."""
    assert table_size({"/t/a": 5}, {"/t/b"}, "/t", METADATA, set) == TableSize(0, 0, 1, 5, 0, 0, 0, 0, 1, 5)


@pytest.mark.parametrize("root", ["/w/_log/t", "/w/_log/t/"])
def test_metadata_is_below_the_root(root):
    """The pattern of metadata sees the path below the root only, with or without a slash at its end."""
    files = {"/w/_log/t/a": 1, "/w/_log/t/_log/0": 10}
    assert table_size(files, [], root, METADATA, set) == TableSize(0, 0, 1, 1, 1, 10, 0, 0, 1, 1)


def test_split_by_uri(tmp_path):
    """A root that is spelled as a URI is split like the path that it means."""
    root = make_files(tmp_path / "a b", {"data": 1, "_log/0": 10})
    assert table_size(list_files(None, root.as_uri()), [], root.as_uri(), METADATA, set) == TableSize(
        0, 0, 1, 1, 1, 10, 0, 0, 1, 1
    )


def test_live_as_spark_names_it(tmp_path):
    """The listing names a file as local_path() decodes it from Spark's URI: else nothing would be live."""
    root = make_files(tmp_path / "a b", {"p=x%20y/é.parquet": 3})
    [uri] = [path.as_uri() for path in root.rglob("*.parquet")]
    assert list(list_files(None, str(root))) == [local_path(uri)]


paths = st.lists(st.sampled_from(["_log", "a", "b", "_x", ".crc"]), min_size=1, max_size=3).map(
    lambda p: "/t/" + "/".join(p)
)


def test_dead_files_are_split():
    """A dead file of any version is kept for time travel, another is an orphan; metadata of a version is metadata."""
    size = table_size({"/t/a": 1, "/t/old": 10, "/t/stray": 100, "/t/_x": 5}, {"/t/a"}, "/t", METADATA, lambda: KEPT)
    assert size == TableSize(1, 1, 2, 110, 1, 5, 1, 10, 1, 100)


def test_split_that_is_unknown():
    """Where a format doesn't say which files are reachable the split is unknown, not zero; nothing dead is no files."""
    files = {"/t/a": 1, "/t/old": 10}
    assert table_size(files, {"/t/a"}, "/t", METADATA, lambda: None) == TableSize(1, 1, 1, 10, 0, 0, *[None] * 4)
    assert table_size(files, set(files), "/t", METADATA, lambda: None) == TableSize(2, 11, 0, 0, 0, 0, 0, 0, 0, 0)


@given(st.dictionaries(paths, st.integers(0, 2**40)), st.sets(paths), st.sets(paths))
def test_nothing_is_lost(files, live, reachable):
    """Each file is of exactly one kind: the kinds add up to the listing, in files and in bytes."""
    size = table_size(files, live, "/t", METADATA, lambda: reachable)
    assert size.live_files + size.dead_files + size.metadata_files == len(files)
    assert size.live_bytes + size.dead_bytes + size.metadata_bytes == sum(files.values())
    assert size.live_files == len(live & files.keys())
    assert size.time_travel_files + size.orphan_files == size.dead_files
    assert size.time_travel_bytes + size.orphan_bytes == size.dead_bytes
