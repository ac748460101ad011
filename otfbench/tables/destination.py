"""The folder that a new table goes to: its old content stays until the new one is verified. Knows no format.

A table is written in a work folder beside its destination, and renamed into place. Until then the destination is as it
was; what a killed process left behind is cleaned up by the next one with the same destination.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import psutil

from otfbench.errors import UsageError
from otfbench.formats.hadoop import list_files
from otfbench.spark.process import orphans

_ORPHAN_S = 60
_UNSAFE = re.compile(r"[\s%#?*\[\]{}\\,:]")


class Destination:
    """A destination, and the work folder beside it: `new` in it is for tables, `old` keeps the previous content."""

    def __init__(self, folder: Path) -> None:
        """Claim it; raises UsageError if it can't be written, or is in use."""
        self.folder = Path(os.path.abspath(folder.expanduser()))
        self._work = self.folder.with_name(f".{self.folder.name}.otfbench")
        if _UNSAFE.search(str(self.folder)):
            raise UsageError(
                f"{self.folder}: some formats would take its blank or one of %#?*[]{{}}\\,: for something else."
                "\nName a folder without them."
            )
        self._new_parents = [each for each in self.folder.parents if not each.exists()]
        try:
            self._claim()
        except OSError as error:
            self._remove_new_parents()
            raise UsageError(f"{self.folder}: {error.strerror}. Name a folder that you can write to.") from error
        self._files_before = self._files()

    @property
    def exists(self) -> bool:
        """Whether something is there."""
        return os.path.lexists(self.folder)

    @property
    def warehouse(self) -> str:
        """The folder that the new table is written to."""
        return str(self._work / "new")

    @property
    def scratch(self) -> Path:
        """A folder to be, for what is needed only until the table is made."""
        return self._work / "scratch"

    def copy_to(self, folder: str) -> None:
        """Copy the current content to a folder of the warehouse."""
        shutil.copytree(self.folder, folder, symlinks=True)

    def swap_in(self, new: str) -> None:
        """Put the new folder in place of the old content, which is kept; raises UsageError if that has changed."""
        if self._files() != self._files_before:
            raise UsageError(f"{self.folder} was changed by somebody else meanwhile: it is left as it is.")
        if self.exists:
            os.rename(self.folder, self._old)
        try:
            os.rename(new, self.folder)
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Put back the content before swap_in()."""
        if self._old.exists():
            if self.exists:
                os.rename(self.folder, self._work / "wrong")
            os.rename(self._old, self.folder)
        elif self.exists:
            os.rename(self.folder, self._work / "wrong")

    def commit(self) -> None:
        """The new content is verified: the old content isn't needed any more."""
        self._new_parents.clear()
        if self._old.exists():
            os.rename(self._old, self._work / "done")  # at once: half of it could not be put back

    def close(self) -> None:
        """Remove the work folder, and new parents that stayed empty; without commit(), roll back first."""
        if self._old.exists():
            self.roll_back()
        shutil.rmtree(self._work, ignore_errors=True)
        self._remove_new_parents()

    @property
    def _old(self) -> Path:
        return self._work / "old"

    @property
    def _owner(self) -> Path:
        return self._work / "owner"

    def _claim(self) -> None:
        """Create the work folder, after cleaning up one that a killed process left."""
        if self._work.exists():
            owner = self._owner.read_text().strip() if self._owner.exists() else ""
            if owner.isdigit() and int(owner) != os.getpid():
                self._wait_for(int(owner))
            if self._old.exists():
                self.roll_back()
            shutil.rmtree(self._work)
        self._work.mkdir(parents=True)
        self._owner.write_text(f"{os.getpid()}\n")

    def _wait_for(self, owner: int) -> None:
        if psutil.pid_exists(owner):
            raise UsageError(f"{self.folder} is being written by process {owner}. Wait for it.")
        _, alive = psutil.wait_procs(orphans(owner), timeout=_ORPHAN_S)
        if alive:
            raise UsageError(
                f"{self.folder}: process {alive[0].pid}, left by a killed conversion, writes to it. End it."
            )

    def _remove_new_parents(self) -> None:
        for folder in self._new_parents:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()

    def _files(self) -> dict[str, tuple[int, int]]:
        """Every file of the folder: path -> bytes, time of its last change."""
        sizes = list_files(None, str(self.folder)) if self.folder.is_dir() else {}
        return {path: (length, os.stat(path, follow_symlinks=False).st_mtime_ns) for path, length in sizes.items()}
