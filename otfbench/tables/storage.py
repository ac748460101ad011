"""Files and bytes of a table: live, dead, metadata. Knows nothing of formats; they say which files are which."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from otfbench.formats.hadoop import is_uri, walk

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class TableSize:
    """What a table takes: live data, data on disk that is not live, and everything that is not data."""

    live_files: int
    live_bytes: int
    dead_files: int
    dead_bytes: int
    metadata_files: int
    metadata_bytes: int


def table_size(files: Mapping[str, int], live: Iterable[str], root: str, metadata: re.Pattern[str]) -> TableSize:
    """Split a listing (path -> bytes) by the set of live paths and the pattern of metadata paths under the root."""
    alive, start = set(live), _folder(root).rstrip("/") + "/"
    kinds: dict[str, list[int]] = {"live": [], "dead": [], "metadata": []}
    for path, length in files.items():
        if path in alive:
            kinds["live"].append(length)
        elif metadata.search(path.removeprefix(start)):
            kinds["metadata"].append(length)
        else:
            kinds["dead"].append(length)
    figures = {
        f"{kind}_{unit}": count(kinds[kind]) for kind in kinds for unit, count in (("files", len), ("bytes", sum))
    }
    return TableSize(**figures)


def list_files(spark: SparkSession | None, root: str) -> dict[str, int]:
    """Every file under a folder (path -> bytes), without the checksum siblings that Hadoop's local file system adds.

    Local folders need no session and are scanned directly; others take one recursive Hadoop listing.
    """
    if not is_uri(root):
        found = _scan(_folder(root))
    else:
        assert spark is not None, "a remote listing needs a session"
        found = walk(spark, root)
    return {path: length for path, length in found if not _is_checksum(path)}


def _folder(root: str) -> str:
    """The root as its listing spells it: the path that a file: URI means, any other as it is."""
    parts = urlsplit(root)
    return unquote(parts.path) if parts.scheme == "file" else root


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
