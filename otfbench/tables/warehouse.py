"""The folder for tables, and one for scratch files: claimed, checked, removed. Knows nothing of what is in them."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from otfbench.errors import UsageError, WarehouseError
from otfbench.files import is_uri
from otfbench.formats.hadoop import make_folder, remove_folder
from otfbench.ownership.folders import Claim, discard, temporary
from otfbench.ownership.locks import Foreign, InUse
from otfbench.spark.causes import first_cause
from otfbench.spark.remote_files import reached_by

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_UNSAFE = re.compile(r"[\s%#?]")


WAREHOUSE = "(warehouse)"
"""What results have in place of the path of the folder."""


PATH_BYTES = 128
"""So long is the path of the folder that a run's tables are in, or a multiple of it where it can't be so short."""


class Warehouse:
    """Where a run writes: a temporary folder, the user's (empty, or left by us), or a new one below a URI."""

    def __init__(self, path: str | None, keep: bool) -> None:
        """Claim the folder; raises WarehouseError if it holds what isn't ours, can't be written, or is in use."""
        self._keep = keep
        self.unremoved = ""
        """The folder below a URI that is still to be removed."""
        self.remote = path is not None and is_uri(path)
        location = str(path) if self.remote else os.path.realpath(os.path.expanduser(path or tempfile.gettempdir()))
        if _UNSAFE.search(location):
            message = (
                f"Folder for tables {location}: some formats would encode its blank, %, # or ? and write elsewhere."
            )
            raise WarehouseError(f"{message}\nName a folder without them.")
        # Not in the user's folder: Spark copies jars there, and a small or remote disk is for tables.
        self._scratch = _temporary("scratch", Path(tempfile.gettempdir()))
        self.scratch = self._scratch.folder
        if self.remote:
            self.tables = self._lengthened(f"{location.rstrip('/')}/otfbench-{uuid4().hex[:12]}")
            return
        self._temporary = path is None
        try:
            self._claim = _temporary("", Path(location)) if self._temporary else _claimed(Path(location))
        except BaseException:
            self._scratch.remove()
            raise
        self.folder = self._claim.folder
        self.tables = self._lengthened(f"{self.folder}/tables/")
        os.makedirs(self.tables)

    def _lengthened(self, path: str) -> str:
        """The path, as long as that of any other run: Spark counts paths that it caches as input, metadata has some.

        The path of kept tables is for people: it stays as it is.
        """
        if self._keep:
            return path.rstrip("/")
        return path + "x" * (-len(os.fsencode(path)) % PATH_BYTES or PATH_BYTES)

    def open(self, spark: SparkSession) -> None:
        """Create the folder below a URI, which takes a session; raises WarehouseError if that fails."""
        if not self.remote:
            return
        try:
            with reached_by(spark, self.tables):
                make_folder(spark, self.tables)
            self.unremoved = "" if self._keep else self.tables
        except Exception as error:
            why = str(error) if isinstance(error, UsageError) else first_cause(error)
            message = f"Folder for tables {self.tables} can't be created: {why}"
            advice = "Name one that you can write to; what its file system needs is given under `spark: {conf: ...}`."
            raise WarehouseError(f"{message}\n{advice}") from None

    def remove(self, spark: SparkSession) -> None:
        """Remove tables below a URI, which takes a session; kept tables stay."""
        if self.unremoved:
            with suppress(Exception):  # what is left is reported
                remove_folder(spark, self.unremoved)
                self.unremoved = ""

    def close(self) -> None:
        """Remove all of ours on this machine; kept tables stay, under the marker that makes the folder ours."""
        with suppress(OSError):  # here and below: what is left is removed by the next run
            self._scratch.remove()
        if self.remote or not self._claim.intact:  # closed before, or not the same folder any more
            return
        if self._keep:
            self._claim.note(**self._claim.facts | {"kept": True})
        elif self._temporary:
            with suppress(OSError):
                self._claim.remove()
        else:
            with suppress(OSError, WarehouseError):
                give_back(self._claim)
        self._claim.release()


def _temporary(purpose: str, parent: Path) -> Claim:
    try:
        return temporary(purpose, parent)
    except OSError as error:
        raise WarehouseError(f"Temporary folder {parent}: {error.strerror}. Set TMPDIR to another one.") from error


def _claimed(folder: Path) -> Claim:
    """A folder of the user's that is empty, or ours without kept tables: those of a dead run are removed."""
    created = not folder.exists()
    try:
        claim = Claim(folder, "tables")
    except InUse as error:
        raise WarehouseError(f"--otf-warehouse {folder}: {error.strerror}. Name another folder.") from None
    except Foreign as error:
        message = f"--otf-warehouse {folder} is not empty, and was not left by otfbench: {error.strerror}."
        raise WarehouseError(f"{message}\nName an empty or a new folder.") from None
    except OSError as error:
        message = f"--otf-warehouse {folder}: {error.strerror}. Name a folder that you can write to."
        raise WarehouseError(message) from error
    try:
        if claim.facts.get("kept") and os.path.lexists(folder / "tables"):
            raise WarehouseError(
                f"--otf-warehouse {folder} holds tables that an earlier run has kept.\n"
                f"Name another folder, or remove them: otfbench clean {folder} --yes"
            )
        _remove_tables(claim)
        claim.note(created=created or claim.facts.get("created", False))
    except BaseException:
        claim.release()
        raise
    return claim


def give_back(claim: Claim) -> None:
    """Remove tables and marker, and the folder if a run has created it; raises WarehouseError if that can't be done."""
    _remove_tables(claim)
    claim.unmark()
    if claim.facts.get("created"):
        with suppress(OSError):  # somebody has put something there
            claim.folder.rmdir()


def _remove_tables(claim: Claim) -> None:
    tables = claim.folder / "tables"
    if tables.is_symlink():
        raise WarehouseError(f"{tables} is a link, which otfbench has not made: name another folder.")
    try:
        discard(tables)
    except OSError as error:
        raise WarehouseError(f"{tables}: {error.strerror}. Remove it, or name another folder.") from error
