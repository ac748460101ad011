"""Files of Hadoop's file systems as Python's: read from any place, errors in words; no JVM is started."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from otfbench.files import lent, open_file, status
from otfbench.spark import remote_files, s3
from otfbench.spark.remote_files import RemoteFiles

URI = "hdfs://host/lake/a"
CONTENT = bytes(range(256)) * 40


class JavaError(Exception):
    """An error of Java's, as py4j hands it over."""

    def __init__(self, *chain: str) -> None:
        super().__init__(chain[0])
        self._chain = chain
        self.java_exception = self

    def toString(self) -> str:
        return self._chain[0]

    def getCause(self) -> JavaError | None:
        return JavaError(*self._chain[1:]) if self._chain[1:] else None


class JavaFile:
    """A file, its status, its path and its stream."""

    def __init__(self, content: bytes, uri: str = URI) -> None:
        self.content, self.uri, self.position, self.closed, self.reads = content, uri, 0, False, 0

    def getLen(self) -> int:
        return len(self.content)

    def getPath(self) -> JavaFile:
        return self

    def getClass(self) -> JavaFile:
        return self

    def getSimpleName(self) -> str:
        return "S3AFileStatus" if self.uri.startswith("s3a:") else "HdfsFileStatus"

    def getETag(self) -> str:
        return "tag"

    def isDirectory(self) -> bool:
        return False

    def getModificationTime(self) -> int:
        return 1_700_000_000_000

    def toString(self) -> str:
        return self.uri

    def getPos(self) -> int:
        return self.position

    def seek(self, position: int) -> None:
        self.position = position

    def readNBytes(self, count: int) -> bytes:
        self.reads += 1
        piece = self.content[self.position : self.position + count]
        self.position += len(piece)
        return piece

    def close(self) -> None:
        self.closed = True


class JavaFiles:
    """A file system with one file, or with an error."""

    def __init__(self, file: JavaFile, error: Exception | None = None) -> None:
        self.file, self.error = file, error

    def getFileStatus(self, path: Any) -> JavaFile:
        if self.error:
            raise self.error
        return self.file

    def open(self, path: Any) -> JavaFile:
        return self.file


def files(monkeypatch: pytest.MonkeyPatch, content: bytes = CONTENT, error: Exception | None = None) -> JavaFile:
    """The one file there is."""
    file = JavaFile(content)
    monkeypatch.setattr(remote_files, "file_system", lambda spark, uri: (JavaFiles(file, error), uri))
    return file


REMOTE = RemoteFiles(None)  # type: ignore[arg-type]


def test_any_place_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the beginning, the end, and where the last read ended; nothing is read behind the end."""
    file = files(monkeypatch)
    with lent(REMOTE), open_file(URI, 64) as opened:
        assert opened.read(5) == CONTENT[:5]
        assert opened.seek(-3, io.SEEK_END) == len(CONTENT) - 3
        assert opened.read() == CONTENT[-3:]
        assert opened.read() == b""
        assert opened.seek(1000) == 1000
        assert opened.read(10_000) == CONTENT[1000:]
    assert file.closed


def test_pieces_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a request: many small reads are few of these."""
    file = files(monkeypatch)
    with lent(REMOTE), open_file(URI) as opened:
        assert b"".join(iter(lambda: opened.read(7), b"")) == CONTENT
    assert file.reads == 1


def test_libraries_read_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """gzip, and pyarrow with its footer at the end."""
    files(monkeypatch, gzip.compress(CONTENT))
    assert gzip.open(REMOTE.open(URI)).read() == CONTENT
    rows, file = pa.table({"n": range(1000)}), io.BytesIO()
    pq.write_table(rows, file)
    files(monkeypatch, file.getvalue())
    assert pq.ParquetFile(REMOTE.open(URI)).read() == rows


def test_a_change_is_told_by_time_or_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """In nanoseconds; by the tag where a store has one."""
    file = files(monkeypatch)
    with lent(REMOTE):
        assert status(URI) == (URI, False, len(CONTENT), 1_700_000_000_000 * 10**6)
        file.uri = "s3a://lake/a"
        assert status(file.uri) == (file.uri, False, len(CONTENT), "tag")


@pytest.mark.parametrize(
    ("chain", "kind", "words"),
    [
        (("java.io.FileNotFoundException: No such file",), FileNotFoundError, "it is not there"),
        (
            (
                "java.nio.file.AccessDeniedException: a: getFileStatus",
                "AmazonS3Exception: Forbidden (Status Code: 403)",
            ),
            OSError,
            "the store refuses access: the keys are wrong, or may not do this",
        ),
        (
            ("java.io.IOException: org.apache.hadoop.fs.s3a.UnknownStoreException: s3a://a", "NoSuchBucket; 404"),
            OSError,
            "there is no such bucket",
        ),
        (("java.net.ConnectException: Connection refused",), OSError, "nothing answers at its address"),
        (("java.net.UnknownHostException: nowhere",), OSError, "its host isn't known here"),
    ],
)
def test_errors_are_in_words(
    monkeypatch: pytest.MonkeyPatch, chain: tuple[str, ...], kind: type[OSError], words: str
) -> None:
    """What isn't there is told from what can't be reached."""
    files(monkeypatch, error=JavaError(*chain))
    with pytest.raises(kind) as error:
        REMOTE.status(URI)
    assert error.value.strerror == words
    assert isinstance(error.value, FileNotFoundError) == (kind is FileNotFoundError)


@pytest.mark.parametrize(
    ("path", "packages"), [("s3a://lake/a", {"s3"}), ("hdfs://host/a", set()), ("/s3a:/a", set()), ("", set())]
)
def test_jars_are_loaded_where_they_are_needed(path: str, packages: set[str]) -> None:
    """Those for S3 are large."""
    assert s3.packages_for(path, "/tables") == packages
