"""Files behind URIs, read without Spark: by a session's own file systems, by pyarrow where that reaches a store itself.

Knows no format and no input.
"""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from otfbench.errors import UsageError
from otfbench.files import FileStatus, is_uri, lent
from otfbench.formats.hadoop import file_system, hadoop_path
from otfbench.spark import s3
from otfbench.spark.causes import causes, reason

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_AT_ONCE = {
    "fs.s3a.attempts.maximum": "1",
    "fs.s3a.retry.limit": "1",
    "fs.s3a.retry.interval": "100ms",
    "fs.s3a.retry.throttle.limit": "1",
    "fs.s3a.connection.establish.timeout": "5000",
    "fs.s3a.connection.timeout": "15000",
    "ipc.client.connect.max.retries": "1",
    "ipc.client.connect.max.retries.on.timeouts": "1",
    "ipc.client.connect.timeout": "5000",
    "ipc.client.connect.retry.interval": "200",
}
"""Settings by which a first look ends within seconds: by default S3A and HDFS go on trying for minutes."""


@contextmanager
def reached_by(spark: SparkSession, *paths: str) -> Iterator[None]:
    """In its body URIs are reached by a session; raises UsageError if one of these can't be."""
    files = RemoteFiles(spark)
    for uri in filter(is_uri, paths):
        files.check(re.split(r"[*?\[{]", uri)[0])
    with lent(files):
        yield


class RemoteFiles:
    """What the Hadoop file systems of a session reach, with its settings and credentials."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark

    def check(self, uri: str) -> None:
        """Raise UsageError if nothing answers at a URI, or it refuses: at once, without the retries of real work.

        Also if there is a password in it, which would come back in errors.
        """
        if urlsplit(uri).password:
            raise UsageError(f"A URI of {uri.split(':')[0]} holds a password: give it as a setting (spark.hadoop...).")
        with _as_usage_error(uri), _in_words(uri):
            jvm: Any = self._spark._jvm
            conf = jvm.org.apache.hadoop.conf.Configuration(self._spark._jsc.hadoopConfiguration())
            for name, value in _AT_ONCE.items():
                conf.set(name, value)
            path = hadoop_path(self._spark, uri)
            files = jvm.org.apache.hadoop.fs.FileSystem.newInstance(path.toUri(), conf)
            try:
                files.exists(path)
            finally:
                files.close()

    def status(self, uri: str) -> FileStatus:
        """What is there; raises FileNotFoundError if nothing is."""
        with _in_words(uri):
            files, path = file_system(self._spark, uri)
            return self._status(files.getFileStatus(path))

    def entries(self, uri: str) -> list[FileStatus]:
        """What is in a folder."""
        with _in_words(uri):
            files, path = file_system(self._spark, uri)
            return [self._status(each) for each in files.listStatus(path)]

    def matches(self, pattern: str) -> list[str]:
        """The URIs that a glob of Hadoop's matches."""
        with _in_words(pattern):
            files, path = file_system(self._spark, pattern)
            return [each.getPath().toString() for each in files.globStatus(path) or ()]

    def open(self, uri: str) -> io.RawIOBase:
        """The bytes of a file."""
        with _in_words(uri):
            store = s3.store_of(self._spark, uri)
            if store is not None:
                return s3.open_file(store, uri)
            files, path = file_system(self._spark, uri)
            size = files.getFileStatus(path).getLen()
            return _Stream(files.open(path), size, uri)

    def _status(self, status: Any) -> FileStatus:
        tag = status.getETag() if "S3A" in status.getClass().getSimpleName() and not status.isDirectory() else None
        changed = tag or status.getModificationTime() * 1_000_000
        return FileStatus(status.getPath().toString(), status.isDirectory(), status.getLen(), changed)


class _Stream(io.RawIOBase):
    """A stream of Hadoop's, which can be read from any place."""

    def __init__(self, stream: Any, size: int, uri: str) -> None:
        self._stream, self._size, self._uri = stream, size, uri
        self._position = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How many bytes are before."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The next read is from there."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "there is nothing before the first byte", self._uri)
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Some of the next bytes; none at the end."""
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        with _in_words(self._uri):
            if self._stream.getPos() != self._position:
                self._stream.seek(self._position)
            piece = bytes(self._stream.readNBytes(wanted))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Let it go; a JVM that is gone has closed it."""
        if not self.closed:
            try:
                self._stream.close()
            except Exception:
                pass
        super().close()


@contextmanager
def _as_usage_error(uri: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{uri} can't be reached: {error.strerror}.") from None


@contextmanager
def _in_words(uri: str) -> Iterator[None]:
    """What a file system raises as an OSError of Python's."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        missing = isinstance(error, FileNotFoundError)
        raise OSError(errno.ENOENT if missing else errno.EIO, str(error), uri) from None
    except Exception as error:
        if "java.io.FileNotFoundException" in causes(error)[0]:
            raise FileNotFoundError(errno.ENOENT, "it is not there", uri) from None
        raise OSError(errno.EIO, "".join(map(str, reason(error, uri))), uri) from None
