"""The folder for tables, and one for scratch files: claimed, checked, removed. Knows nothing of what is in them."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from otfbench.errors import WarehouseError

_MARKER = ".otfbench"
_UNSAFE = re.compile(r"[\s%#?]")


class Warehouse:
    """Where a run writes: tables to the user's own folder, which must be empty or left by us, or to a temporary one."""

    def __init__(self, wanted: Path | None, keep: bool) -> None:
        """Claim the folder; raises WarehouseError if it holds what isn't ours, can't be written, or is in use."""
        self._keep = keep
        self._made = wanted is None or not wanted.exists()
        self.folder = Path(tempfile.mkdtemp(prefix="otfbench-")) if wanted is None else wanted.absolute()
        self.tables = self.folder / "tables"
        if _UNSAFE.search(str(self.folder)):
            told = (
                f"Folder for tables {self.folder}: some formats would encode its blank, %, # or ? and write elsewhere."
            )
            raise WarehouseError(f"{told}\nName a folder without them.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            (self.folder / _MARKER).write_text(f"{psutil.Process().pid}\n")
        except OSError as error:
            told = f"--otf-warehouse {self.folder}: {error.strerror}. Name a folder that you can write to."
            raise WarehouseError(told) from error
        shutil.rmtree(self.tables, ignore_errors=True)
        self.tables.mkdir()
        # Not in the user's folder: Spark copies jars there, and a small or remote disk is for tables.
        self.scratch = Path(tempfile.mkdtemp(prefix="otfbench-scratch-"))

    def close(self) -> None:
        """Remove all that is ours; kept tables stay, under the marker that makes the folder ours."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self._keep:
            return
        shutil.rmtree(self.tables, ignore_errors=True)
        (self.folder / _MARKER).unlink(missing_ok=True)
        if self._made:
            with suppress(FileNotFoundError):  # closed before
                self.folder.rmdir()

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
