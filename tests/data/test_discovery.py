"""Finding the user's own files, and what is said where there are none; no JVM is started."""

import os
from dataclasses import replace

import pytest

from otfbench.data.discovery import UserData, files_of, find_paths
from otfbench.errors import DatasetError
from otfbench.formats.sql import sql_text


def data(folder, path):
    return UserData(path=path, folder=folder, format="csv")


@pytest.fixture
def folder(tmp_path):
    """Two files, one in a partition's folder, among hidden ones without a byte."""
    for name in ("a.csv", "day=1/b.csv", "_SUCCESS", ".hidden", "_temporary/x", "od[d] {x}?*.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if name[0] in "._" else "a\n1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.csv", ["a.csv"]),
        (".", ["."]),
        ("./day=1/../a.csv", ["a.csv"]),
        ("*.csv", ["a.csv", "od[d] {x}?*.csv"]),
        ("**/*.csv", ["a.csv", "day=1/b.csv", "od[d] {x}?*.csv"]),
        ("od[d] {x}?*.csv", ["od[d] {x}?*.csv"]),
        ("[!o]*.csv", ["a.csv"]),
        ("[^o]*.csv", ["a.csv"]),
        ("{a,day=1/b}.csv", ["a.csv", "day=1/b.csv"]),
        ("{day=1,.}/[ab].csv", ["a.csv", "day=1/b.csv"]),
        ("{a,{a,day=1/b}}.csv", ["a.csv", "day=1/b.csv"]),
    ],
)
def test_file_folder_or_glob_is_found(folder, path, found):
    """A file, a folder, or a glob; a name that is there is no glob."""
    assert find_paths(data(folder, path)) == [os.path.normpath(folder / name) for name in found]


def test_absolute_and_home(folder, monkeypatch):
    """A path may be absolute, or begin at the user's home."""
    monkeypatch.setenv("HOME", str(folder))
    assert (
        find_paths(data("/nowhere", str(folder / "a.csv")))
        == find_paths(data("/", "~/*a.csv"))
        == [str(folder / "a.csv")]
    )


def test_glob_in_an_odd_folder(tmp_path):
    """The folder of the YAML file is no part of the glob."""
    (tmp_path / "[x]").mkdir()
    (tmp_path / "[x]" / "a.csv").write_text("a\n")
    assert find_paths(data(tmp_path / "[x]", "*.csv")) == [str(tmp_path / "[x]" / "a.csv")]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("b.csv", "there is no such file or folder: .*b.csv"),
        ("*.json", r"no file matches it \(in "),
        ("{a,z}.csv", r"no file matches z.csv \(in "),
        ("empty", "there is no file in .*empty"),
        ("hollow", r"hollow/c.csv is empty \(0 bytes\): remove it, or leave it out by a glob"),
        ("table", "table is a table of delta: its rows are not those of its files"),
        ("table/p=1/*.csv", "a.csv belongs to .*table, a table of delta: .* Name the table's folder instead"),
        ("table/p=1", "p=1 belongs to .*table, a table of delta"),
        ("hdfs://host/x", "hdfs://host/x can't be reached: no Spark session is there"),
        ("file:/x", "there is no such file or folder: /x"),
    ],
)
def test_nothing_there(folder, path, told):
    """Where nothing is to be read, the file or folder is named."""
    (folder / "empty").mkdir()
    (folder / "empty" / "_SUCCESS").write_text("x")
    (folder / "table" / "_delta_log").mkdir(parents=True)
    (folder / "table" / "_delta_log" / "00000000000000000000.json").write_text("{}")
    (folder / "table" / "p=1").mkdir()
    (folder / "table" / "p=1" / "a.csv").write_text("a\n1\n")
    (folder / "hollow").mkdir()
    (folder / "hollow" / "c.csv").write_text("")
    with pytest.raises(DatasetError, match=told):
        find_paths(data(folder, path))


def test_all_empty_files_are_named(tmp_path):
    """A few of them, and how many more there are."""
    for name in "abcde":
        (tmp_path / f"{name}.csv").write_text("")
    with pytest.raises(DatasetError, match=r"a.csv, .*b.csv, .*c.csv and 2 more are empty \(0 bytes\): remove them"):
        find_paths(data(tmp_path, "."))


def test_tables_in_subfolders_are_refused(folder):
    """Where subfolders are read, a table among them is found."""
    (folder / "lake" / "t" / "_delta_log").mkdir(parents=True)
    (folder / "lake" / "t" / "_delta_log" / "00000000000000000000.json").write_text("{}")
    (folder / "lake" / "t" / "a.csv").write_text("a\n1\n")
    (folder / "lake" / "b.csv").write_text("a\n1\n")
    assert find_paths(data(folder, "lake"))
    with pytest.raises(DatasetError, match="t/a.csv belongs to .*lake/t, a table of delta"):
        find_paths(replace(data(folder, "lake"), recursive=True))


def test_a_colon_makes_no_uri(tmp_path):
    """A file whose name looks like a scheme is a file."""
    (tmp_path / "a:b.csv").write_text("a\n1\n")
    assert find_paths(data(tmp_path, "a:b.csv")) == [str(tmp_path / "a:b.csv")]


@pytest.mark.parametrize(("path", "files"), [("*.csv", ["b.csv"]), ("_*.csv", ["_a.csv", "_c.csv"]), (".", ["b.csv"])])
def test_a_glob_for_hidden_files_means_them(tmp_path, path, files):
    """Names that begin with `_` are read where the glob begins so, too."""
    for name in ("_a.csv", "b.csv", "_c.csv"):
        (tmp_path / name).write_text("a\n1\n")
    own = data(tmp_path, path)
    assert files_of(own, find_paths(own)).files == tuple(str(tmp_path / name) for name in files)


@pytest.mark.parametrize(
    ("path", "files", "left_out"),
    [
        ("*/*.csv", ["a/x.csv"], [".new/x.csv", "_old/x.csv"]),
        ("**/*.csv", ["a/x.csv"], [".new/x.csv", "_old/x.csv"]),
        ("?*/*.csv", ["a/x.csv"], [".new/x.csv", "_old/x.csv"]),
        ("_old/*.csv", ["_old/x.csv"], []),
        ("_*/*.csv", ["_old/x.csv", "_temporary/x.csv"], []),
        ("**", ["a/x.csv"], [".new/x.csv", "_old/x.csv"]),
        ("{a,_old}/*.csv", ["_old/x.csv", "a/x.csv"], []),
        ("*", ["a/x.csv"], [".new/x.csv", "_old/x.csv"]),
    ],
)
def test_a_wildcard_does_not_stand_for_a_hidden_folder(tmp_path, path, files, left_out):
    """What is in such folders is no data yet, or no more: it is named, but for what nobody means as data."""
    for name in ("a", "_old", "_temporary", ".new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text("a\n1\n")
    found = files_of(data(tmp_path, path), find_paths(data(tmp_path, path)))
    assert found.files == tuple(str(tmp_path / name) for name in files)
    assert sorted(found.left_out) == [str(tmp_path / name) for name in left_out]


@pytest.mark.parametrize("path", ["*/*.csv", "*", "?old"])
def test_a_wildcard_that_matches_nothing_but_what_is_hidden(tmp_path, path):
    """It is not read: what it would be is named."""
    for name in ("_old", ".new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text("a\n1\n")
    with pytest.raises(DatasetError, match=r"what matches it is hidden, as .*_old.* name it, if it is meant"):
        find_paths(data(tmp_path, path))


@pytest.mark.parametrize(
    ("text", "literal"),
    [("", "''"), ("it's", r"'it\'s'"), ("a\\", r"'a\\'"), (r"\'", r"'\\\''"), ("${env:X}", r"'\u0024{env:X}'")],
)
def test_sql_text(text, literal):
    """A literal of Spark's SQL can't be ended by its text, and holds nothing that Spark replaces before it parses."""
    assert sql_text(text) == literal
