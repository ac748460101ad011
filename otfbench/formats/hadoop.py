"""Folders and paths on any Hadoop file system, as formats need them. Knows nothing of tables."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from otfbench.files import is_uri

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def local_path(uri: str) -> str:
    """The path of a file that Spark names by a percent-encoded URI; other URIs are only decoded."""
    parts = urlsplit(uri)
    return unquote(parts.path if parts.scheme in ("", "file") else uri)


def qualified(spark: SparkSession, path: str) -> str:
    """The path as listings spell it: with the host that its file system has by default."""
    files, folder = file_system(spark, path)
    return str(files.makeQualified(folder).toString())


def folder_exists(spark: SparkSession, path: str) -> bool:
    """Whether there is a folder."""
    files, folder = file_system(spark, path)
    return bool(files.exists(folder))


def make_folder(spark: SparkSession, path: str) -> None:
    """Create a folder, and its parents; raises OSError where a file system only returns false."""
    files, folder = file_system(spark, path)
    if not files.mkdirs(folder):
        raise OSError(f"{path}: its file system doesn't create it, and gives no reason")


def walk(spark: SparkSession, path: str) -> Iterator[tuple[str, int]]:
    """URI and bytes of every file below a folder, by one recursive listing.

    By getters: what a file status prints differs between file systems.
    """
    files, folder = file_system(spark, path)
    listing = files.listFiles(folder, True)
    while listing.hasNext():
        status = listing.next()
        yield status.getPath().toString(), status.getLen()


def remove_folder(spark: SparkSession, path: str) -> None:
    """Remove a folder, if it is there."""
    if not urlsplit(path).scheme:
        if os.path.lexists(path):
            shutil.rmtree(path)
        return
    files, folder = file_system(spark, path)
    files.delete(folder, True)


def copy_folder(spark: SparkSession, source: str, target: str) -> None:
    """Copy a folder, with everything in it, to a path that doesn't exist yet."""
    if not urlsplit(source).scheme and not urlsplit(target).scheme:
        shutil.copytree(source, target)  # keeps times, and the checksum siblings of each file
        return
    files, folder = file_system(spark, source)
    other, copy = file_system(spark, target)
    assert spark._jvm is not None  # a classic session always has one
    util = spark._jvm.org.apache.hadoop.fs.FileUtil
    util.copy(files, folder, other, copy, False, spark._jsc.hadoopConfiguration())


def add_file(spark: SparkSession, source: str, folder: str) -> None:
    """Copy a file into a folder, where it appears whole."""
    name = source.rsplit("/", 1)[-1]
    files, file = file_system(spark, source)
    other, hidden = file_system(spark, f"{folder}/_{name}")
    assert spark._jvm is not None  # a classic session always has one
    util = spark._jvm.org.apache.hadoop.fs.FileUtil
    util.copy(files, file, other, hidden, False, True, spark._jsc.hadoopConfiguration())
    replace_file(spark, f"{folder}/_{name}", f"{folder}/{name}")


def read_text(spark: SparkSession, path: str) -> str | None:
    """The text of a small file; None if there is none."""
    files, file = file_system(spark, path)
    if not files.exists(file):
        return None
    stream = files.open(file)
    try:
        return bytes(stream.readAllBytes()).decode(errors="replace")
    finally:
        stream.close()


def write_text(spark: SparkSession, path: str, text: str, overwrite: bool) -> None:
    """Write a small file, and the folders above it; without `overwrite`, Hadoop's error if it is there."""
    files, file = file_system(spark, path)
    stream = files.create(file, overwrite)
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()


def rename_folder(spark: SparkSession, source: str, target: str) -> None:
    """Rename a folder to a path where nothing is; raises OSError where a file system only returns false.

    At once on HDFS; a store of objects copies them one after the other.
    """
    files, folder = file_system(spark, source)
    _, destination = file_system(spark, target)
    if not files.rename(folder, destination):
        raise OSError(f"{source} can't be renamed to {target}: its file system gives no reason")


def move_file(spark: SparkSession, source: str, target: str) -> None:
    """Rename a file into a folder that may not be there yet, over what an attempt before has left of it."""
    make_folder(spark, target.rpartition("/")[0])
    replace_file(spark, source, target)


def replace_file(spark: SparkSession, source: str, target: str) -> None:
    """Rename a file, over an existing one if there is one; checksum siblings go with them."""
    files, file = file_system(spark, source)
    _, destination = file_system(spark, target)
    files.delete(destination, False)
    if not files.rename(file, destination):
        raise OSError(f"{source} can't be renamed to {target}: its file system gives no reason")


def file_system(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """A file system and a path in it."""
    folder = hadoop_path(spark, path)
    return folder.getFileSystem(spark._jsc.hadoopConfiguration()), folder


def hadoop_path(spark: SparkSession, path: str) -> Any:
    """A path as Hadoop has it; of a host alone its root, which HDFS doesn't know without a slash."""
    assert spark._jvm is not None  # a classic session always has one
    parts = urlsplit(path)
    return spark._jvm.org.apache.hadoop.fs.Path(f"{path}/" if parts.scheme and not parts.path else path)


def list_files(spark: SparkSession | None, root: str) -> dict[str, int]:
    """Every file under a folder (path -> bytes), without the checksum siblings that Hadoop's local file system adds.

    Local folders need no session and are scanned directly; others take one recursive Hadoop listing.
    """
    if not is_uri(root):
        entries = _scan(listed_as(root))
    else:
        assert spark is not None, "a remote listing needs a session"
        entries = walk(spark, root)
    return {path: length for path, length in entries if not _is_checksum(path)}


def _is_checksum(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name.startswith(".") and name.endswith(".crc")


def _scan(folder: str) -> Iterable[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _scan(entry.path)
            else:
                yield entry.path, entry.stat(follow_symlinks=False).st_size


def listed_as(root: str) -> str:
    """The root as its listing spells it: the path that a file: URI means, any other as it is."""
    parts = urlsplit(root)
    return unquote(parts.path) if parts.scheme == "file" else root
