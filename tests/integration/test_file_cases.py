"""Files in odd places on real Spark, against what is written in them: each is read right, or refused in words."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

from otfbench.data import inspection
from otfbench.data.discovery import UserData
from otfbench.data.inspection import inspect, look_through
from otfbench.data.second_reading import SecondReading
from otfbench.data.user_files import UserFiles
from otfbench.errors import DatasetError
from otfbench.registry import load_input
from otfbench.spark.jvm import Jvm


@pytest.fixture
def read(jvm: Jvm, tmp_path: Path) -> Any:
    """Reads files of the folder, CSV unless another format is named, without what a run needs beside."""

    def call(path: str, format: str = "csv", **more: Any) -> UserFiles:
        data = UserData(path=path, folder=tmp_path, format=format, **more)
        (tmp_path / "scratch").mkdir(exist_ok=True)
        return look_through(jvm.spark, data, load_input(format), [], tmp_path / "scratch")

    return call


def rows(jvm: Jvm, files: UserFiles) -> list[tuple[Any, ...]]:
    """The rows, that a second reader found, too."""
    assert isinstance(files.second, SecondReading)
    return sorted(map(tuple, files.read(jvm.spark).collect()), key=str)


def put(folder: Path, *names: str) -> None:
    """CSV files with one row each: which they are, in the order given."""
    for number, name in enumerate(names, 1):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"id\n{number}\n")


def put_parquet(folder: Path, *names: str) -> None:
    """The same as Parquet."""
    for number, name in enumerate(names, 1):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pa.parquet.write_table(pa.table({"id": [number]}), folder / name)


def warnings(files: UserFiles) -> str:
    return "\n".join("".join(map(str, warning)) for warning in files.warnings)


# What is left out


def test_subfolders_are_read_if_asked_for(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Files in subfolders are left out with a warning, or read; hidden ones are left out in any case."""
    put(tmp_path, "d/b.csv", "d/2024/a.csv", "d/_part.csv", "d/_old/x.csv")

    flat, deep = read("d"), read("d", recursive=True)
    assert rows(jvm, flat) == [(1,)] and rows(jvm, deep) == [(1,), (2,)]
    assert "1 file below d not read: " + str(tmp_path / "d/2024/a.csv") in warnings(flat)
    assert "2 files below d not read: " in warnings(flat) and "2 files below d not read: " in warnings(deep)
    assert "2024" not in warnings(deep)


def test_recursive_keeps_columns_of_paths(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Spark's own option for subfolders drops them; with it that is said."""
    put(tmp_path, "d/2024/q=01/a.csv", "d/2025/q=02/b.csv")

    assert rows(jvm, read("d", recursive=True)) == [(1, "01"), (2, "02")]
    without = read("d", options={"recursiveFileLookup": "true"})
    assert rows(jvm, without) == [(1,), (2,)] and "folders name=value below d are no columns" in warnings(without)


@pytest.mark.parametrize("name", ["_orders.csv", ".orders.csv", "_orders.xml"])
def test_hidden_file_is_read_if_named(jvm: Jvm, tmp_path: Path, read: Any, name: str) -> None:
    """Spark would skip it, whoever names it."""
    (tmp_path / name).write_text("id\n7\n" if name.endswith("csv") else "<ROWS><ROW><id>7</id></ROW></ROWS>")
    assert rows(jvm, read(name, name[-3:])) == [(7,)]


def test_filter_of_the_user(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """What options leave out is named as that."""
    put(tmp_path, "d/a.csv", "d/b.txt")
    files = read("d", options={"pathGlobFilter": "*.csv"})
    assert rows(jvm, files) == [(1,)] and "b.txt: the options leave them out" in warnings(files)


# Columns in paths


@pytest.mark.parametrize("path", ["h", "h/hour=*", "h/*", "h/*/*.parquet", "h/hour=*/a.parquet"])
def test_values_of_paths_keep_their_zeros(jvm: Jvm, tmp_path: Path, read: Any, path: str) -> None:
    """Whatever of the path is named."""
    put_parquet(tmp_path, "h/hour=01/a.parquet", "h/hour=02/a.parquet", "h/hour=10/a.parquet")
    files = read(path, "parquet")
    assert rows(jvm, files) == [(1, "01"), (2, "02"), (3, "10")]
    assert files.notes["hour"] == "text; as int 2 of 3 values would lose leading zeros"


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
@pytest.mark.parametrize(
    ("infer", "folders", "values"),
    [
        ("lossless", ("k=01", "k=02"), ["01", "02"]),
        ("lossless", ("k=3", "k=4"), [3, 4]),
        ("spark", ("k=01", "k=02"), [1, 2]),
    ],
)
def test_inference_of_paths(
    jvm: Jvm, tmp_path: Path, read: Any, infer: str, folders: tuple[str, str], values: list[Any], format: str
) -> None:
    """As text is inferred: numbers that can be got back; or as Spark does."""
    for number, folder in enumerate(folders):
        (tmp_path / "d" / folder).mkdir(parents=True)
        file = tmp_path / "d" / folder / "a"
        if format == "parquet":
            pa.parquet.write_table(pa.table({"id": [number]}), file)
        else:
            file.write_text(f"id\n{number}\n" if format == "csv" else f'{{"id":{number}}}\n')
    files = read("d", format, infer=infer)
    assert [row.k for row in files.read(jvm.spark).orderBy("id").collect()] == values


def test_paths_without_inference(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """All is text."""
    put(tmp_path, "d/k=1/a.csv", "d/k=2/a.csv")
    assert rows(jvm, read("d", infer="none")) == [("1", "1"), ("2", "2")]


def test_odd_values_of_paths(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Percent-encoded UTF-8, which Spark takes for other letters; null; a slash; a day with a null beside it."""
    put(tmp_path, "d/p=%C3%BC/a.csv", "d/p=__HIVE_DEFAULT_PARTITION__/a.csv", "d/p=x%2Fy z/a.csv", "d/p=b:c#d/a.csv")
    put(tmp_path, "e/day=2024-02-29/a.csv", "e/day=__HIVE_DEFAULT_PARTITION__/a.csv")

    assert rows(jvm, read("d")) == [(1, "ü"), (2, None), (3, "x/y z"), (4, "b:c#d")]
    assert rows(jvm, read("e")) == [(1, date(2024, 2, 29)), (2, None)]


def test_orc_and_avro_have_columns_in_paths(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Files that tell their types, too."""
    (tmp_path / "o/k=007").mkdir(parents=True)
    pa.orc.write_table(pa.table({"id": [1]}), str(tmp_path / "o/k=007/a.orc"))
    jvm.spark.range(1).coalesce(1).write.format("avro").save(str(tmp_path / "v/k=007"))

    assert rows(jvm, read("o", "orc")) == [(1, "007")]
    assert [tuple(row) for row in read("v", "avro").read(jvm.spark).collect()] == [(0, "007")]


def test_declared_columns_of_paths(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """A schema may name them, and their type; else they are added."""
    put(tmp_path, "d/k=07/a.csv", "d/k=8/a.csv")
    assert rows(jvm, read("d", ddl="id int, k int")) == [(1, 7), (2, 8)]
    assert rows(jvm, read("d", ddl="id int")) == [(1, "07"), (2, "8")]


@pytest.mark.parametrize(
    ("names", "path", "message"),
    [
        (["d/x=1/a.csv", "d/y=2/b.csv"], "d", "is in folders x=..., .* in folders y=..."),
        (["d/x=1/a.csv", "d/b.csv"], "d/**/*.csv", "is in folders x=..., .* in none named so|in none named so, "),
        (["d/id=1/a.csv"], "d", r"column id is in .*a.csv and in its path \(id=1\): rename one of them"),
        (["d/ID=1/a.csv"], "d", "column ID is in .*a.csv and in its path"),
    ],
)
def test_paths_that_contradict(tmp_path: Path, read: Any, names: list[str], path: str, message: str) -> None:
    """Other columns in other folders, and columns that are in the file, too: two files, or the column, are named."""
    put(tmp_path, *names)
    with pytest.raises(DatasetError, match=message):
        read(path)


def test_columns_of_paths_of_xml(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Spark's reader of XML knows none, so its files are read folder by folder; declared types are kept, and nulls."""
    for number, name in enumerate(["k=07/day=2024-01-01", "k=8/day=__HIVE_DEFAULT_PARTITION__"], 1):
        (tmp_path / "d" / name).mkdir(parents=True)
        (tmp_path / "d" / name / "a.xml").write_text(f"<ROWS><ROW><id>{number}</id></ROW></ROWS>")
    assert rows(jvm, read("d", "xml")) == [(1, "07", date(2024, 1, 1)), (2, "8", None)]
    assert rows(jvm, read("d", "xml", ddl="id int, k int")) == [(1, 7, date(2024, 1, 1)), (2, 8, None)]
    assert rows(jvm, read("d", "xml", options={"recursiveFileLookup": "true"})) == [(1,), (2,)]
    with pytest.raises(DatasetError, match="names the column k: Spark takes no column from paths of xml"):
        read("d", "xml", bad_records="aside")


def test_file_beside_folders_of_columns(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """It is left out, and named."""
    put(tmp_path, "d/day=1/a.csv", "d/stray.csv")
    files = read("d")
    assert rows(jvm, files) == [(1, 1)] and "stray.csv: files beside folders name=value are left out" in warnings(files)


# Names


def test_odd_names_of_files(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """A colon, a percent sign, a hash, blanks, letters of others, bytes that are no text at all."""
    put(tmp_path, "d/a:b.csv", "d/50%.csv", "d/a#b c?.csv", "d/日本.csv", os.fsdecode(b"d/\xff.csv"))
    assert rows(jvm, read("d")) == [(1,), (2,), (3,), (4,), (5,)]


# While it is read


def test_source_that_changes(tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody appends to meanwhile is an error of its own."""
    put(tmp_path, "a.csv")
    real = inspection.agreed_on_fitting

    def append(*arguments: Any) -> Any:
        rows = real(*arguments)
        with open(tmp_path / "a.csv", "a") as file:
            file.write("2\n")
        return rows

    monkeypatch.setattr(inspection, "agreed_on_fitting", append)
    with pytest.raises(DatasetError, match="a.csv changed while it was read"):
        read("a.csv")


# No row


def test_files_without_a_row_are_an_empty_table(jvm: Jvm, tmp_path: Path, read: Any) -> None:
    """Files that tell their columns: a header, a Parquet or ORC schema. Nothing is there to be measured, though."""
    (tmp_path / "a.csv").write_text("id,v\n")
    pa.parquet.write_table(pa.table({"a": pa.array([], pa.int32()), "b": pa.array([], pa.string())}), tmp_path / "a.pq")
    pa.orc.write_table(pa.table({"a": pa.array([], pa.int32())}), str(tmp_path / "a.orc"))

    for path, format, types in (
        ("a.csv", "csv", {"id": "string", "v": "string"}),
        ("a.pq", "parquet", {"a": "int", "b": "string"}),
        ("a.orc", "orc", {"a": "int"}),
    ):
        files = read(path, format)
        assert (files.rows, rows(jvm, files), dict(files.read(jvm.spark).dtypes)) == (0, [], types)
        assert f"no row in {tmp_path / path}: the table is empty" in warnings(files)
    data = UserData(path="a.csv", folder=tmp_path, format="csv")
    with pytest.raises(DatasetError, match="there is no row in"):
        inspect(jvm.spark, data, load_input("csv"), [], tmp_path / "scratch", 2)


@pytest.mark.parametrize("format", ["parquet", "orc", "avro"])
def test_columns_that_are_not_declared(jvm: Jvm, tmp_path: Path, read: Any, format: str) -> None:
    """A schema may leave out columns of the files; these are named."""
    nested = "array(map('k', named_struct('a', 1, 'b', 2))) AS s"
    jvm.spark.sql(f"SELECT 1L AS id, 'x' AS Note, 2 AS n, {nested}").write.format(format).save(str(tmp_path / "data"))
    few = read("data", format, ddl="ID bigint, s array<map<string, struct<a: int>>>")
    assert "in the files, and left out: Note, n, s.*.b. For these values" in warnings(few)
    assert rows(jvm, few) == [(1, [{"k": (1,)}])]
    every = read("data", format, ddl="s array<map<string, struct<a: int, b: int>>>, n int, note string, id bigint")
    assert rows(jvm, every) == [([{"k": (1, 2)}], 2, "x", 1)] and not every.warnings


def test_files_that_tell_no_column(tmp_path: Path, read: Any) -> None:
    """An array without objects has neither rows nor columns; XML without a row may be named otherwise."""
    (tmp_path / "a.json").write_text("[]\n")
    (tmp_path / "a.xml").write_text("<ROWS></ROWS>")
    with pytest.raises(DatasetError, match="there is no row in"):
        read("a.json", "json-multiline")
    with pytest.raises(DatasetError, match="there is no row in .*rowTag"):
        read("a.xml", "xml", ddl="a int")
