"""Files and bytes of a table: live, dead, metadata. Knows nothing of formats; they say which files are which."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from otfbench.formats.hadoop import listed_as


@dataclass(frozen=True)
class TableSize:
    """What a table takes: live data, data on disk that is not live, and everything that is not data.

    What is dead is kept for time travel, or an orphan that belongs to no version: None where the format doesn't say.
    """

    live_files: int
    live_bytes: int
    dead_files: int
    dead_bytes: int
    metadata_files: int
    metadata_bytes: int
    time_travel_files: int | None = 0
    time_travel_bytes: int | None = 0
    orphan_files: int | None = 0
    orphan_bytes: int | None = 0


def table_size(
    files: Mapping[str, int],
    live: Collection[str],
    root: str,
    metadata: re.Pattern[str],
    reachable: Callable[[], Collection[str] | None],
) -> TableSize:
    """Split a listing (path -> bytes) by the set of live paths and the pattern of metadata paths under the root.

    `reachable` gives the paths that belong to any version, or None; it is asked only where something is dead.
    """
    prefix = listed_as(root).rstrip("/") + "/"
    kinds: dict[str, list[str]] = {"live": [], "dead": [], "metadata": []}
    for path in files:
        if path in live:
            kinds["live"].append(path)
        elif metadata.search(path.removeprefix(prefix)):
            kinds["metadata"].append(path)
        else:
            kinds["dead"].append(path)
    known = reachable() if kinds["dead"] else ()
    split: dict[str, list[str] | None] = {"time_travel": None, "orphan": None}
    if known is not None:
        split["time_travel"] = [path for path in kinds["dead"] if path in known]
        split["orphan"] = [path for path in kinds["dead"] if path not in known]
    figures: dict[str, int | None] = {}
    for kind, paths in {**kinds, **split}.items():
        figures[f"{kind}_files"] = None if paths is None else len(paths)
        figures[f"{kind}_bytes"] = None if paths is None else sum(files[path] for path in paths)
    return TableSize(**figures)  # type: ignore[arg-type]  # only those of the split are None
