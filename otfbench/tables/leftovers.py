"""What runs have left on this machine: found, with its size, and removed. Knows no command.

Found is only what otfbench has written; what a process uses now is found, and stays.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from otfbench.data import cache
from otfbench.ownership.folders import KEPT_LOG, Claim, leftovers
from otfbench.ownership.locks import InUse
from otfbench.spark import jars
from otfbench.tables import warehouse
from otfbench.tables.destination import Destination

_LOG = "log of a command that failed"


@dataclass(frozen=True)
class Leftover:
    """Something that a run has left; `stays` says why it is not to be removed, None if it may be."""

    what: str
    path: Path
    bytes: int
    stays: str | None
    remove: Callable[[], None]
    """Raises an OSError or a UsageError if it can't be."""


def everywhere() -> Iterator[Leftover]:
    """Datasets of the cache, temporary folders, and work folders of conversions into the current folder.

    Each is as it is while the caller looks at it; kept tables stay.
    """
    for folder in cache.folders():
        stays = "in use" if cache.in_use(folder) else None
        yield Leftover("generated dataset", folder, _size(folder), stays, partial(cache.remove, folder))
    parents = sorted({folder.parent for folder in cache.folders()})
    for parent in (*parents, jars.cache_folder(), Path(tempfile.gettempdir())):
        for claim in leftovers(parent):
            yield _temporary(claim)
            claim.release()
    yield from _conversions(Path.cwd())


def within(folder: Path) -> Iterator[Leftover]:
    """Tables that a run has left in a folder, kept ones as well, and work folders of conversions into it."""
    for kind, path in (("tables", folder / "tables"), ("temporary", folder)):
        try:
            claim = Claim(folder, kind, create=False, wait_s=0)
        except InUse:
            yield Leftover("tables", path, _size(path), "in use", lambda: None)
        except OSError:  # of another kind, or nothing of ours
            continue
        else:
            remove = claim.remove if kind == "temporary" else partial(warehouse.give_back, claim)
            yield Leftover(_kind(claim), path, _size(path), None, remove)
            claim.release()
    yield from _conversions(folder)


def _temporary(claim: Claim) -> Leftover:
    """Kept tables stay, a log is of no use once it was read."""
    what, stays = "temporary folder", None
    if claim.facts.get("kept"):
        what = _kind(claim)
        stays = None if what == _LOG else f"kept on demand: otfbench clean {shlex.quote(str(claim.folder))}"
    return Leftover(what, claim.folder, _size(claim.folder), stays, claim.remove)


def _kind(claim: Claim) -> str:
    if claim.facts.get("kept") == KEPT_LOG:
        return _LOG
    return "kept tables" if claim.facts.get("kept") else "tables of a killed run"


def _conversions(folder: Path) -> Iterator[Leftover]:
    """What was in a destination before is put back there when its work folder is removed."""
    for work in sorted(folder.glob(".*.otfbench")):
        remove = partial(_restore, folder / work.name.removeprefix(".").removesuffix(".otfbench"))
        try:
            Claim(work, "conversion", create=False, wait_s=0).release()
        except InUse:
            yield Leftover("work folder of a conversion", work, _size(work), "in use", lambda: None)
            continue
        except OSError:  # nothing of ours
            continue
        yield Leftover("work folder of a killed conversion", work, _size(work), None, remove)


def _restore(folder: Path) -> None:
    Destination(folder).close()


def _size(folder: Path) -> int:
    """Bytes of all files below a folder; links are not followed."""
    return sum(
        os.lstat(f"{parent}/{name}").st_size
        for parent, _, names in os.walk(folder)
        for name in names
        if os.path.lexists(f"{parent}/{name}")
    )
