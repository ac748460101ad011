"""`otfbench convert --new-files`: only what has come since, once; what has changed or isn't known is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset
import pytest

from otfbench.convert import sources
from otfbench.spark import launch

Call = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with a folder of one file."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    arrive("a.csv", "1,x")
    return tmp_path


def arrive(name: str, *lines: str) -> None:
    """A file of the source."""
    path = Path("in") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["id,note", *lines, ""]))


@pytest.fixture
def convert(in_one_jvm: None, command: Call) -> Call:
    """Runs the command for new files: exit code, and what it prints, to both."""

    def call(*more: str, source: str = "in") -> tuple[int, str]:
        return command(source, "t", "--to", "parquet", "--new-files", "--on-conflict", "append", *more)

    return call


def rows() -> list[tuple[int, str]]:
    """What the table holds, by pyarrow."""
    found = pyarrow.dataset.dataset("t", format="parquet", partitioning="hive").to_table(columns=["id", "note"])
    return sorted(zip(*(column.to_pylist() for column in found.columns), strict=True))


def test_each_file_once(convert: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first time all files, later those that have come since; without any the table stays, and no JVM starts."""
    code, printed = convert()
    assert code == 0 and "equal" in printed and rows() == [(1, "x")], printed
    arrive("b.csv", "2,y", "3,z")
    code, printed = convert()
    assert code == 0 and "1 file" in printed and rows() == [(1, "x"), (2, "y"), (3, "z")], printed
    assert [os.path.basename(file) for file in sources.read(Path("t"))] == ["a.csv", "b.csv"]
    before = {path: path.stat() for path in Path("t").rglob("*")}
    monkeypatch.setattr(launch, "launch_jvm", lambda *_: pytest.fail("a JVM was started"))
    code, printed = convert()
    assert code == 0 and "nothing is new: 2 files of in were converted before" in printed, printed
    assert json.loads(convert("--json")[1])["new_files"] == 0
    assert {path: path.stat() for path in Path("t").rglob("*")} == before


def test_columns_in_paths(convert: Call) -> None:
    """Of files in folders that name a column those that are new come with its value."""
    arrive("day=mon/a.csv", "5,v")
    os.remove("in/a.csv")
    assert convert("--partition-by", "day")[0] == 0
    arrive("day=tue/a.csv", "6,w")
    code, printed = convert("--partition-by", "day")
    assert code == 0 and rows() == [(5, "v"), (6, "w")], printed
    assert {path.parent.name for path in Path("t").rglob("*.parquet")} == {"day=mon", "day=tue"}


def test_plain_append_is_listed(convert: Call, command: Call) -> None:
    """What was appended without the option is no new file afterwards, either."""
    assert convert()[0] == 0
    arrive("b.csv", "2,y")
    assert command("in/b.csv", "t", "--to", "parquet", "--on-conflict", "append")[0] == 0
    assert rows() == [(1, "x"), (2, "y")] and "nothing is new" in convert()[1]


@pytest.mark.parametrize("how", ["link", "moved", "renamed"])
def test_same_file_elsewhere(convert: Call, how: str) -> None:
    """By a link a file is the one that it leads to; one that was moved is refused: its rows are in the table."""
    assert convert()[0] == 0
    if how == "link":
        os.symlink("in", "other")
        code, printed = convert(source="other")
        assert code == 0 and "nothing is new" in printed, printed
    else:
        os.rename("in", "other")
        if how == "renamed":
            os.rename("other/a.csv", "other/b.csv")
        code, printed = convert(source="other")
        assert code != 0 and "was converted before, as" in printed, printed
    assert rows() == [(1, "x")]


def test_records_aside_each_time(convert: Call) -> None:
    """Records that don't fit are kept in a folder of their own each time."""
    schema = ("--bad-records", "aside", "--schema", "id int, note string")
    arrive("a.csv", "1,x", "?,y")
    assert convert(*schema)[0] == 0
    arrive("b.csv", "2,y", "!,z")
    code, printed = convert(*schema)
    assert code == 0 and rows() == [(1, "x"), (2, "y")], printed
    assert sorted(path.name for path in Path().glob("t.bad*")) == ["t.bad-records", "t.bad-records-2"]


def test_changed_file(convert: Call) -> None:
    """A file that has changed since is no new one, and nobody knows which of its rows are: nothing is done."""
    assert convert()[0] == 0
    arrive("a.csv", "1,x", "2,y")
    code, printed = convert()
    assert code != 0 and "a.csv has changed since it was converted" in printed and rows() == [(1, "x")], printed


@pytest.mark.parametrize(("text", "words"), [(None, "has no list of the files"), ("{", "can't be read")])
def test_unknown_files(convert: Call, text: str | None, words: str) -> None:
    """A table without a list of its files, or with a broken one, is left as it is."""
    assert convert()[0] == 0
    Path("t", sources.NAME).unlink()
    if text:
        Path("t", sources.NAME).write_text(text)
    arrive("b.csv", "2,y")
    code, printed = convert()
    assert code != 0 and words in printed and rows() == [(1, "x")], printed


def test_failed_append(convert: Call) -> None:
    """What could not be converted is not listed: once it is mended it comes, and only then."""
    assert convert()[0] == 0
    arrive("b.csv", "2,y,too many")
    code, printed = convert()
    assert code != 0 and [*map(os.path.basename, sources.read(Path("t")))] == ["a.csv"], printed
    arrive("b.csv", "2,y")
    assert convert()[0] == 0 and rows() == [(1, "x"), (2, "y")]


def test_without_append(convert: Call) -> None:
    """It is an append, or an error in words."""
    code, printed = convert("--on-conflict", "replace")
    assert code != 0 and "--new-files goes with --on-conflict append" in printed and not Path("t").exists()
