"""The folder for tables, and one for scratch files: claimed, checked, removed. Knows nothing of what is in them."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil

from otfbench.errors import WarehouseError
from otfbench.formats.hadoop import is_uri, make_folder, remove_folder
from otfbench.spark.causes import first_cause

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MARKER = ".otfbench"
_UNSAFE = re.compile(r"[\s%#?]")


WAREHOUSE = "(warehouse)"
"""What results have in place of the path of the folder."""


class Warehouse:
    """Where a run writes: a temporary folder, the user's (empty, or left by us), or a new one below a URI."""

    def __init__(self, path: str | None, keep: bool) -> None:
        """Claim the folder; raises WarehouseError if it holds what isn't ours, can't be written, or is in use."""
        self._keep = keep
        self.unremoved = ""
        """The folder below a URI that is still to be removed."""
        self.remote = path is not None and is_uri(path)
        location = path or tempfile.mkdtemp(prefix="otfbench-")
        if _UNSAFE.search(location if self.remote else str(Path(location).absolute())):
            message = (
                f"Folder for tables {location}: some formats would encode its blank, %, # or ? and write elsewhere."
            )
            raise WarehouseError(f"{message}\nName a folder without them.")
        if self.remote:
            self.tables = f"{location.rstrip('/')}/otfbench-{uuid4().hex[:12]}"
        else:
            self._created = path is None or not Path(location).exists()
            self.folder = Path(location).absolute()
            self.tables = str(self._claimed())
        # Not in the user's folder: Spark copies jars there, and a small or remote disk is for tables.
        self.scratch = Path(tempfile.mkdtemp(prefix="otfbench-scratch-"))

    def open(self, spark: SparkSession) -> None:
        """Create the folder below a URI, which takes a session; raises WarehouseError if that fails."""
        if not self.remote:
            return
        try:
            make_folder(spark, self.tables)
            self.unremoved = "" if self._keep else self.tables
        except Exception as error:
            message = f"Folder for tables {self.tables} can't be created: {first_cause(error)}"
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
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self._keep or self.remote:
            return
        shutil.rmtree(self.tables, ignore_errors=True)
        (self.folder / _MARKER).unlink(missing_ok=True)
        if self._created:
            with suppress(FileNotFoundError):  # closed before
                self.folder.rmdir()

    def _claimed(self) -> Path:
        """The folder for tables in one of this machine that is empty, or ours."""
        tables = self.folder / "tables"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            (self.folder / _MARKER).write_text(f"{psutil.Process().pid}\n")
        except OSError as error:
            message = f"--otf-warehouse {self.folder}: {error.strerror}. Name a folder that you can write to."
            raise WarehouseError(message) from error
        shutil.rmtree(tables, ignore_errors=True)
        tables.mkdir()
        return tables

    def _refuse_foreign(self) -> None:
        marker = self.folder / _MARKER
        if not marker.exists():
            others = sorted(path.name for path in self.folder.iterdir())
            if others:
                raise WarehouseError(
                    f"--otf-warehouse {self.folder} is not empty, and was not left by otfbench: it holds"
                    f" {', '.join(others[:3])}{' and more' if len(others) > 3 else ''}.\nName an empty or a new folder."
                )
            return
        owner = marker.read_text().strip()
        if owner.isdigit() and int(owner) != psutil.Process().pid and psutil.pid_exists(int(owner)):
            raise WarehouseError(f"--otf-warehouse {self.folder} is in use by process {owner}. Name another folder.")
