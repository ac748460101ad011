"""Files that no path of this machine leads to, as a session's file systems show them; no JVM is started."""

from __future__ import annotations

import fnmatch
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from otfbench.convert.request import ConversionRequest, source_kind
from otfbench.data import path_columns
from otfbench.data.discovery import UserData, files_of, find_paths, input_of
from otfbench.data.file_stamps import stamps_of, unchanged
from otfbench.data.second_reading import SecondReader
from otfbench.errors import DatasetError, UsageError
from otfbench.files import FileStatus, is_uri, lent
from otfbench.registry import load_input

CSV = b"id,zip\n1,00501\n2,10115\n"


class Memory(dict[str, bytes]):
    """Files by their URIs, as a file system of Hadoop's shows them."""

    def status(self, uri: str) -> FileStatus:
        """A file, or a folder of some."""
        if uri in self:
            return FileStatus(uri, False, len(self[uri]), f"tag of {self[uri]!r}")
        if any(each.startswith(f"{uri}/") for each in self):
            return FileStatus(uri, True, 0, 0)
        raise FileNotFoundError(2, "it is not there", uri)

    def entries(self, uri: str) -> list[FileStatus]:
        """One level."""
        names = {each[len(uri) + 1 :].split("/")[0] for each in self if each.startswith(f"{uri}/")}
        return [self.status(f"{uri}/{name}") for name in names]

    def matches(self, pattern: str) -> list[str]:
        """Level by level."""
        depth = pattern.count("/") + 1
        there = {"/".join(each.split("/")[:depth]) for each in self}
        return [each for each in there if each.count("/") + 1 == depth and fnmatch.fnmatchcase(each, pattern)]

    def open(self, uri: str) -> IO[bytes]:
        """Its bytes."""
        return io.BytesIO(self[uri])


@pytest.fixture
def there() -> Iterator[Memory]:
    """A file system with a few files."""
    with lent(Memory()) as memory:
        memory["mem://lake/in/a.csv"] = memory["mem://lake/in/b.csv"] = CSV
        memory["mem://lake/in/_SUCCESS"] = b""
        memory["mem://lake/in/_later.csv"] = memory["mem://lake/in/deep/c.csv"] = CSV
        yield memory


def data(path: str, kind: str = "csv") -> UserData:
    return UserData(path, Path("/nowhere"), kind)


@pytest.mark.parametrize(
    ("path", "uri"),
    [("s3a://b/x", True), ("hdfs://h:8020/x", True), ("file:///x", False), ("/a/b", False), ("c:/x", False)],
)
def test_what_a_uri_is(path: str, uri: bool) -> None:
    """What another file system has; `file:` is this machine's, and a letter is a drive."""
    assert is_uri(path) == uri


def test_files_are_listed_as_spark_reads_them(there: Memory) -> None:
    """What is hidden, or in subfolders, is left out, and told."""
    listing = files_of(data("mem://lake/in/"), find_paths(data("mem://lake/in/")))
    assert listing.files == ("mem://lake/in/a.csv", "mem://lake/in/b.csv")
    assert list(listing.left_out) == ["mem://lake/in/_later.csv", "mem://lake/in/deep/c.csv"]
    assert find_paths(data("mem://lake/*/*.csv"))[:2] == ["mem://lake/in/_later.csv", "mem://lake/in/a.csv"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("mem://lake/none", "there is no such file or folder: mem://lake/none"),
        ("mem://lake/*.json", "no file matches it"),
        ("mem://lake/table", "mem://lake/table is a table of delta"),
        ("mem://lake/table/p=1/a.csv", "a.csv belongs to mem://lake/table, a table of delta"),
        ("mem://lake/empty", r"empty/a.csv is empty \(0 bytes\)"),
    ],
)
def test_what_cant_be_read_is_told(there: Memory, path: str, told: str) -> None:
    """As on this machine."""
    there["mem://lake/table/_delta_log/00000000000000000000.json"] = b"{}"
    there["mem://lake/table/p=1/a.csv"] = CSV
    there["mem://lake/empty/a.csv"] = b""
    with pytest.raises(DatasetError, match=told):
        find_paths(data(path))


def test_kinds_are_told_by_content(there: Memory) -> None:
    """Whatever the names are."""
    there["mem://lake/kinds/1"], there["mem://lake/kinds/2"] = gzip.compress(CSV), b'{"a": 1}\n'
    assert input_of(data("mem://lake/in"), ["mem://lake/in"]) == "csv"
    assert input_of(data(""), ["mem://lake/kinds/1"]) == "csv-gz"
    assert input_of(data(""), ["mem://lake/kinds/2"]) == "json"


def test_folders_name_columns(there: Memory) -> None:
    """Below the folder, or the beginning of a glob."""
    there["mem://lake/days/day=01/a.csv"] = there["mem://lake/days/day=02/a.csv"] = CSV
    for path in ("mem://lake/days", "mem://lake/days/day=*"):
        files = files_of(data(path), find_paths(data(path))).files
        groups = path_columns.group_by_values(files, path_columns.root_of(data(path)))
        assert [values for values, _ in groups] == [{"day": "01"}, {"day": "02"}]


ROWS = pa.table({"id": [1, 2], "zip": ["00501", "10115"]})
JSON = "\n".join(map(json.dumps, ROWS.to_pylist()))
FIELDS = [{"name": "id", "type": "long"}, {"name": "zip", "type": "string"}]


def written(write: Callable[[IO[bytes]], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("csv", "a.csv", CSV),
        ("csv-gz", "a.csv.gz", gzip.compress(CSV, mtime=0)),
        ("json", "a.json", JSON.encode()),
        ("json-gz", "a.json.gz", gzip.compress(JSON.encode(), mtime=0)),
        ("xml", "a.xml", b"<r><ROW><id>1</id><zip>00501</zip></ROW><ROW><id>2</id><zip>10115</zip></ROW></r>"),
        ("parquet", "a.parquet", written(lambda file: pq.write_table(ROWS, file))),
        ("orc", "a.orc", written(lambda file: orc.write_table(ROWS, file))),
        (
            "avro",
            "a.avro",
            written(
                lambda file: fastavro.writer(file, {"type": "record", "name": "r", "fields": FIELDS}, ROWS.to_pylist())
            ),
        ),
    ],
)
def test_the_second_reader_reads_them(there: Memory, kind: str, name: str, content: bytes) -> None:
    """Text, packed text, and files with a header or footer; and sees no fault in them."""
    uri = f"mem://lake/kinds/{name}"
    there[uri] = content
    assert input_of(data(uri), [uri]) == kind
    assert load_input(kind).fault(uri, {}) is None
    reader = SecondReader(load_input(kind), [({}, [uri])], data(uri, kind))
    assert pa.Table.from_batches(reader.batches(ROWS.schema)).to_pylist() == ROWS.to_pylist()


def test_a_change_is_seen(there: Memory) -> None:
    """By the tag of the content, where sizes and times are the same."""
    stamps = stamps_of(["mem://lake/in/a.csv"])
    with pytest.raises(DatasetError, match="a.csv changed while it was read"), unchanged(stamps):
        there["mem://lake/in/a.csv"] = CSV.replace(b"1", b"7")
    with pytest.raises(DatasetError, match="a.csv went away"), unchanged(stamps):
        del there["mem://lake/in/a.csv"]


@pytest.mark.parametrize(
    ("source", "given", "told"),
    [
        ("mem://lake/table", {}, "mem://lake/table is a table of delta. Say so: give "),
        ("mem://lake/in", {"folder": "mem://lake/in/deep/t"}, "one lies in the other"),
        ("mem://lake/in/deep", {"folder": "mem://lake/in"}, "one lies in the other"),
        ("mem://lake/in", {"folder": "mem://lake/t", "bad_records": "aside"}, "kept aside only beside a local folder"),
        ("mem://lake/none", {}, "^there is no such file or folder: mem://lake/none$"),
    ],
)
def test_what_cant_be_converted_is_told(there: Memory, source: str, given: dict[str, str], told: str) -> None:
    """Before anything is written."""
    there["mem://lake/table/_delta_log/00000000000000000000.json"] = b"{}"
    request = ConversionRequest(source, "delta", **{"folder": Path("/nowhere/t"), **given})
    with pytest.raises(UsageError, match=told):
        source_kind(request)


def test_a_kind_is_found_there(there: Memory) -> None:
    """As on this machine."""
    assert source_kind(ConversionRequest("mem://lake/in/", "delta", "mem://lake/t")).name == "csv"
