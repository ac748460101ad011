"""Locks of the kernel on files, which end with the process. Knows nothing of what they stand for.

No link is followed: what is opened is what the path names.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from pathlib import Path
from typing import Any

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""The errors of a file system that has none."""
_NO_FILE = {errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO}


class InUse(OSError):
    """Another process has it."""


class Foreign(OSError):
    """It is there, and otfbench didn't write it."""


def lock(path: Path, shared: bool = False) -> int:
    """Lock a file, which is created if need be: until the returned descriptor is closed, or the process ends.

    `shared`: with others that only read, where the file may be one that can't be written. Raises InUse if another
    process has it, Foreign if it is a link or no file, another OSError if its file system has no locks.
    """
    while True:
        try:
            descriptor = open_file(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            if not shared or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            descriptor = open_file(path, os.O_RDONLY)
        try:
            acquire(descriptor, path, shared)
            if is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was removed in between


def share(descriptor: int) -> None:
    """From here on the lock is shared with others that only read."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def open_file(path: Path, flags: int, folder: int | None = None) -> int:
    """A descriptor of a file or a folder; of no link, and of nothing that only looks like a file."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_FILE:
            kind = "folder" if flags & os.O_DIRECTORY else "file"
            raise Foreign(error.errno, f"{path.name} is a link, or no {kind}", str(path)) from None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode) or flags & os.O_DIRECTORY:
        return descriptor
    os.close(descriptor)
    raise Foreign(errno.EEXIST, f"{path.name} is no file", str(path))


def acquire(descriptor: int, path: Path, shared: bool) -> None:
    """Lock what is open, at once; raises as lock() does."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse(errno.EBUSY, f"in use by another process{_user(descriptor)}", str(path)) from None
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise OSError(error.errno, "its file system has no locks (flock)", str(path)) from None
        raise


def _user(descriptor: int) -> str:
    """Who has it, as the marker says: for people alone, since a number may be another process's by now."""
    user = read(descriptor).get("used_by")
    if not isinstance(user, dict):
        return ""
    return " ({process} on {host}, since {since})".format(**dict.fromkeys(("process", "host", "since"), "?") | user)


def is_at(descriptor: int, path: Path | str, folder: int | None = None) -> bool:
    """Whether the path leads to what is open."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return False


def read(descriptor: int) -> dict[str, Any]:
    """What a marker says; nothing if it is none. Its first line counts: a kill may leave the rest of a longer one."""
    try:
        marker = json.loads(os.pread(descriptor, 4096, 0).partition(b"\n")[0])
    except (OSError, ValueError, RecursionError):
        return {}
    return marker if isinstance(marker, dict) else {}
