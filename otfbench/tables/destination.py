"""The folder that a new table goes to: its old content stays until the new one is verified. Knows no format.

A table is written in a work folder beside its destination, and renamed into place. Until then the destination is as it
was; what a killed process left behind is cleaned up by the next one with the same destination.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from stat import S_IFMT

from otfbench.errors import UsageError
from otfbench.formats.hadoop import list_files
from otfbench.ownership.folders import MARKER, Claim, discard
from otfbench.ownership.locks import Foreign, InUse

_UNSAFE = re.compile(r"[\s%#?*\[\]{}\\,:]")


class Destination:
    """A destination, and the work folder beside it: `new` in it is for tables, `old` keeps the previous content."""

    def __init__(self, folder: Path) -> None:
        """Claim it; raises UsageError if it can't be written, is a link, or is in use."""
        self.folder = Path(os.path.abspath(folder.expanduser()))
        self._work = self.folder.with_name(f".{self.folder.name}.otfbench")
        if _UNSAFE.search(str(self.folder)):
            raise UsageError(
                f"{self.folder}: some formats would take its blank or one of %#?*[]{{}}\\,: for something else."
                "\nName a folder without them."
            )
        if self.folder.is_symlink():
            raise UsageError(f"{self.folder} is a link to {os.readlink(self.folder)}: name that folder itself.")
        self._new_parents = [each for each in self.folder.parents if not each.exists()]
        self._swapped_in: os.stat_result | None = None
        self._claim = self._claimed()
        try:
            self._recover()
            self._before = self._state()
        except BaseException as error:
            self._claim.release()
            if not isinstance(error, OSError):
                raise
            raise UsageError(f"{self.folder}: {error.strerror}. Name a folder that you can write to.") from error

    @property
    def name(self) -> str:
        """That of the folder."""
        return self.folder.name

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
        self._check_unchanged()
        self._swapped_in = os.lstat(new)
        self._claim.note(swapped_in=fingerprint(Path(new)))
        if self.exists:
            os.rename(self.folder, self._old)
        try:
            os.rename(new, self.folder)
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Put back the content before swap_in(); raises UsageError if somebody else has put something there."""
        if self.exists:
            if self._swapped_in is None or not os.path.samestat(os.lstat(self.folder), self._swapped_in):
                raise UsageError(
                    f"{self.folder} is not what the conversion has left there, and what was there before is in"
                    f" {self._old}.\nMove one of them away."
                )
            os.rename(self.folder, self._work / "wrong")
        if self._old.exists():
            os.rename(self._old, self.folder)

    def commit(self) -> None:
        """The new content is verified: the old content isn't needed any more."""
        self._new_parents.clear()
        if self._old.exists():
            os.rename(self._old, self._work / "done")  # at once: half of it could not be put back

    def close(self) -> None:
        """Remove the work folder, and new parents that stayed empty; without commit(), roll back first."""
        if self._uncommitted and self._claim.intact:
            self.roll_back()
        with suppress(OSError):  # the next one removes what is left
            self._claim.remove()
        self._remove_new_parents()

    @property
    def _uncommitted(self) -> bool:
        return self._old.exists()

    @property
    def _old(self) -> Path:
        return self._work / "old"

    def _claimed(self) -> Claim:
        """The work folder, as a killed process may have left it."""
        try:
            return Claim(self._work, "conversion")
        except InUse as error:
            raise UsageError(f"{self.folder}: {error.strerror}. Wait for it, or name another folder.") from None
        except Foreign as error:
            raise UsageError(f"{self._work} is in the way: {error.strerror}. Move it away.") from None
        except OSError as error:
            self._remove_new_parents()
            raise UsageError(f"{self.folder}: {error.strerror}. Name a folder that you can write to.") from error

    def _recover(self) -> None:
        """Roll back what a killed process did not commit; what isn't of its making is left alone."""
        self._clear()
        self._take_out()
        if self._old.exists():
            if self.exists and fingerprint(self.folder) == self._claim.facts.get("swapped_in"):
                self._swapped_in = os.lstat(self.folder)
            self.roll_back()
            self._swapped_in = None
        self._clear()
        self._claim.note()

    def _take_out(self) -> None:
        """Take out of the folder what was moved into it, and not committed; what others have changed there stays."""
        for name, before in self._claim.facts.get("moved_in", {}).items():
            if (self.folder / name).is_dir() and fingerprint(self.folder / name) == before:
                os.rename(self.folder / name, self._work / "wrong")

    def _clear(self) -> None:
        """Remove all but the previous content from the work folder."""
        for path in self._work.iterdir():
            if path.name not in (MARKER, "old"):
                discard(path)

    def _remove_new_parents(self) -> None:
        for folder in self._new_parents:
            with suppress(OSError):  # it holds something, or is gone
                folder.rmdir()

    def _check_unchanged(self) -> None:
        if self._state() != self._before or not self._claim.intact:
            raise UsageError(f"{self.folder} was changed by somebody else meanwhile: it is left as it is.")

    def _state(self) -> tuple[tuple[int, ...], dict[str, tuple[int, int]]] | None:
        """What is there, to be compared with itself later; None if nothing is."""
        if not self.exists:
            return None
        is_now = os.lstat(self.folder)
        return (is_now.st_dev, is_now.st_ino, S_IFMT(is_now.st_mode)), _files(self.folder)


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder: path below it -> bytes, time of its last change."""
    sizes = list_files(None, str(folder)) if folder.is_dir() else {}
    stats = {path: os.stat(path, follow_symlinks=False) for path in sizes}
    return {os.path.relpath(path, folder): (each.st_size, each.st_mtime_ns) for path, each in stats.items()}


def fingerprint(folder: Path) -> str:
    """The same files, unchanged, have the same; wherever they are."""
    return hashlib.sha256(repr(sorted(_files(folder).items())).encode()).hexdigest()
