"""Folders that are otfbench's: marked as such, and had by one process. Knows no table, and no dataset.

A folder of ours holds a marker, which nobody else writes; what has none is neither removed nor changed. Whoever uses
the folder holds a lock on its marker, which ends with the process, however that ends. A JVM goes on for a moment after
the process that started it was killed: it inherits a lock on the folder itself.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from otfbench.ownership.locks import NO_LOCKS, Foreign, InUse, acquire, is_at, open_file, read

MARKER = ".otfbench"
JVM_ENDS_S = 60
"""So long the JVM of a killed process may take to notice, and to end."""
KEPT_LOG = "log"
"""What is noted as `kept` in a folder that stays for the log in it; True stands for tables."""
_PREFIX = "otfbench-"
_POLL_S = 0.05
_TRIES = 100
"""So often may a folder be removed while it is being taken."""


class Claim:
    """A folder of ours that this process has, until release() or remove(), or until the process ends."""

    def __init__(self, folder: Path, kind: str, create: bool = True, wait_s: float = JVM_ENDS_S) -> None:
        """Take the folder: a new one, an empty one, or one with our marker of this kind; `create`: also the first two.

        Waits so long for JVMs of a killed process. Raises InUse if another process has it, Foreign if it holds what
        isn't ours, or is a link; another OSError if it can't be written, or its file system has no locks.
        """
        self.folder, self._kind = folder, kind
        self._folder_fd = self._marker_fd = -1
        self._new = False
        self.facts: dict[str, Any] = {}
        """What was noted last, by this process or by the one that had it before."""
        if not any(self._taken(create) for _ in range(_TRIES)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        try:
            _wait_for_writers(self._folder_fd, folder, wait_s)
            self.note(**self.facts)
        except BaseException:
            self._abandon()
            raise

    def note(self, **facts: Any) -> None:
        """Write the marker: what it is, facts for the next one, and for people who has it."""
        who = {"process": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(timezone.utc):%F %T}Z"}
        self.facts = facts
        text = json.dumps({"otfbench": self._kind, "facts": facts, "used_by": who}) + "\n"
        os.pwrite(self._marker_fd, text.encode(), 0)
        os.ftruncate(self._marker_fd, len(text.encode()))

    @property
    def intact(self) -> bool:
        """Whether the path is still that of the folder that was taken."""
        return self._folder_fd >= 0 and is_at(self._folder_fd, self.folder)

    def remove(self) -> None:
        """Remove the folder with all in it, the marker last: what is left by a kill in between is still ours."""
        try:
            if self.intact:
                for name in set(os.listdir(self._folder_fd)) - {MARKER}:
                    discard(self.folder / name)
                self.unmark()
                with suppress(OSError):  # somebody has put something there meanwhile
                    self.folder.rmdir()
        finally:
            self.release()

    def unmark(self) -> None:
        """The folder is no longer ours: what is in it stays."""
        os.unlink(MARKER, dir_fd=self._folder_fd)

    def release(self) -> None:
        """Let others have it."""
        for descriptor in (self._marker_fd, self._folder_fd):
            if descriptor >= 0:
                os.close(descriptor)
        self._marker_fd = self._folder_fd = -1

    def _taken(self, create: bool) -> bool:
        """Open, lock and check folder and marker; False if they were removed meanwhile."""
        try:
            if create:
                self._new = not os.path.lexists(self.folder)
                make_folder(self.folder)
            self._folder_fd = open_file(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            self._marker_fd = self._open_marker(create)
            acquire(self._marker_fd, self.folder, shared=False)
            if self.intact and is_at(self._marker_fd, MARKER, self._folder_fd):
                self.facts = self._facts(create)
                return True
        except FileNotFoundError:
            if not create:
                self.release()
                raise
        except (InUse, Foreign):
            self.release()
            raise
        except BaseException:
            self._abandon()
            raise
        self.release()
        return False

    def _abandon(self) -> None:
        """Leave the folder as it was: an empty marker is no marker yet."""
        if self._marker_fd >= 0 and os.fstat(self._marker_fd).st_size == 0:
            with suppress(OSError):
                os.unlink(MARKER, dir_fd=self._folder_fd)
        if self._new:
            with suppress(OSError):
                self.folder.rmdir()
        self.release()

    def _open_marker(self, create: bool) -> int:
        names = set(os.listdir(self._folder_fd))
        if MARKER not in names and (names or not create):
            few = ", ".join(sorted(names)[:3]) + (" and more" if len(names) > 3 else "")
            raise Foreign(errno.EEXIST, f"it holds {few or 'nothing'}", str(self.folder))
        descriptor = open_file(Path(MARKER), os.O_RDWR | (os.O_CREAT if create else 0), self._folder_fd)
        if not create:  # an empty one is being written, and not to be locked
            self._marker_fd = descriptor
            self._facts(create)
        return descriptor

    def _facts(self, create: bool) -> dict[str, Any]:
        """What the marker says; none if it, and the folder, are new."""
        marker = read(self._marker_fd)
        if marker.get("otfbench") == self._kind:
            facts = marker.get("facts")
            return facts if isinstance(facts, dict) else {}
        names = set(os.listdir(self._folder_fd)) - {MARKER}
        if create and not names and os.fstat(self._marker_fd).st_size == 0:
            return {}
        raise Foreign(errno.EEXIST, f"its {MARKER} was not written by otfbench for this", str(self.folder))


def temporary(purpose: str, inside: Path | None = None) -> Claim:
    """A new folder for files of this process; beside it those of ended ones are removed, but for what is kept."""
    parent = inside or Path(tempfile.gettempdir())
    for claim in leftovers(parent):
        if claim.facts.get("kept"):
            claim.release()
            continue
        with suppress(OSError):  # what can't be removed stays
            claim.remove()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-" if purpose else _PREFIX, dir=parent))
    try:
        return Claim(folder, "temporary")
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise


@contextmanager
def temporary_folder(purpose: str, inside: Path | None = None) -> Iterator[Path]:
    """The same while a block runs."""
    claim = temporary(purpose, inside)
    try:
        yield claim.folder
    finally:
        with suppress(OSError):  # the next process removes what is left
            claim.remove()


def leftovers(parent: Path) -> Iterator[Claim]:
    """This user's temporary folders that ended processes left, each taken; the caller removes or releases it."""
    try:
        names = sorted(entry.name for entry in os.scandir(parent) if entry.name.startswith(_PREFIX))
    except OSError:
        return
    for name in names:
        claim = _left(parent / name)
        if claim is not None:
            yield claim


def _left(folder: Path) -> Claim | None:
    """The folder, taken; None if it is in use, or not ours. Another user could put a link in its place meanwhile."""
    try:
        ours = os.lstat(folder).st_uid == os.geteuid()
        return Claim(folder, "temporary", create=False, wait_s=0) if ours else None
    except OSError:
        return None


def make_folder(folder: Path) -> None:
    """Create a folder, and its parents, unless it is there; raises FileNotFoundError if it was removed meanwhile."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise


def discard(path: Path) -> None:
    """Remove a file, a link, or a folder with all in it; what a link leads to stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _wait_for_writers(folder_fd: int, folder: Path, wait_s: float) -> None:
    """Until no JVM of a killed process has the folder; from here on the JVMs of this one have it."""
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(folder_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if error.errno in NO_LOCKS:  # the marker's file system has them, so this is only for folders
                break
            if not isinstance(error, BlockingIOError):
                raise
            if time.monotonic() >= until:
                message = "a process that a killed run has started still writes to it"
                raise InUse(errno.EBUSY, message, str(folder)) from None
            time.sleep(_POLL_S)
    os.set_inheritable(folder_fd, True)
