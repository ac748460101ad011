"""Files and bytes of a table: live, dead, metadata. Knows nothing of formats; they say which files are which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from otfbench.formats.hadoop import listed_as


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
    alive, prefix = set(live), listed_as(root).rstrip("/") + "/"
    kinds: dict[str, list[int]] = {"live": [], "dead": [], "metadata": []}
    for path, length in files.items():
        if path in alive:
            kinds["live"].append(length)
        elif metadata.search(path.removeprefix(prefix)):
            kinds["metadata"].append(length)
        else:
            kinds["dead"].append(length)
    figures = {
        f"{kind}_{unit}": count(kinds[kind]) for kind in kinds for unit, count in (("files", len), ("bytes", sum))
    }
    return TableSize(**figures)
