"""A folder below a URI that a new table goes to: made beside it, verified there, then renamed. Knows no format.

A store of objects has no rename at once: its objects are copied one by one. The marker in the work folder names what is
moved before it is, and what a killed process left is removed by that list: nothing else at the destination is touched.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import platformdirs

from otfbench.errors import UsageError
from otfbench.formats.hadoop import (
    folder_exists,
    make_folder,
    move_file,
    qualified,
    read_text,
    remove_folder,
    rename_folder,
    walk,
    write_text,
)
from otfbench.ownership.folders import MARKER, Claim
from otfbench.ownership.locks import InUse
from otfbench.spark.causes import reason

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_UNSAFE = re.compile(r"[\s%#?*\[\]{}\\,]")
_KIND = "conversion"


class RemoteDestination:
    """A destination that isn't there yet, or is empty, and the work folder beside it."""

    def __init__(self, folder: str) -> None:
        """Take it on this machine; raises UsageError if another process here has it, or it can't be a table's name."""
        self.folder = folder.rstrip("/")
        above, _, self.name = self.folder.rpartition("/")
        if not above or above.endswith(("/", ":")) or _UNSAFE.search(self.folder):
            raise UsageError(
                f"{folder}: must be a folder in a bucket or file system, without blanks and %#?*[]{{}}\\,."
            )
        self._work = f"{above}/.{self.name}.otfbench"
        self.warehouse = f"{self._work}/new"
        self._marker = f"{self._work}/{MARKER}"
        self._session: SparkSession | None = None
        self._moved: dict[str, int] = {}
        key = hashlib.sha256(self.folder.encode()).hexdigest()[:16]
        known = platformdirs.user_cache_path("otfbench") / "conversions" / key
        try:
            self._here = Claim(known, _KIND)
        except InUse as error:
            raise UsageError(f"{self.folder}: {error.strerror}. Wait for it, or name another folder.") from None
        except OSError as error:
            raise UsageError(f"{known}: {error.strerror}. It tells conversions of this machine apart.") from None
        self._before = str(self._here.facts.get("id", ""))
        self._id = self._before or uuid4().hex

    def open(self, spark: SparkSession) -> None:
        """Check that nothing is there, and mark the work folder; what a killed process of ours left is removed first.

        Raises UsageError if something is there, another machine has begun a conversion, or it can't be written.
        """
        self._session = spark
        try:
            self._recover()
            if self._files(self.folder):
                raise UsageError(
                    f"{self.folder} is there already: name another folder. Behind a URI tables are neither replaced nor"
                    " appended to: that takes more than one step, and a kill between them would leave neither."
                )
            self._here.note(id=self._id)
            self._note(overwrite=False)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(
                f"{self.folder} can't be written: {''.join(map(str, reason(error, self.folder)))}."
            ) from None

    def swap_in(self, new: str) -> None:
        """Move the new folder to its place; raises UsageError if something has come there meanwhile."""
        if self._files(self.folder):
            raise UsageError(f"{self.folder} was changed by somebody else meanwhile: it is left as it is.")
        self._moved = self._files(new)
        self._note(overwrite=True)
        if folder_exists(self._spark, self.folder):
            remove_folder(self._spark, self.folder)
        try:
            rename_folder(self._spark, new, self.folder)
        except Exception:  # some stores don't copy the empty objects that S3A keeps for folders
            for path in self._files(new):
                move_file(self._spark, f"{new}/{path}", f"{self.folder}/{path}")

    def roll_back(self) -> None:
        """Remove what was moved to its place; what has come from others stays."""
        there = self._files(self.folder)
        ours = {path for path, size in self._moved.items() if there.get(path) == size}
        if ours == there.keys():
            remove_folder(self._spark, self.folder)
        else:
            for path in ours:
                remove_folder(self._spark, f"{self.folder}/{path}")
        self._moved = {}

    def commit(self) -> None:
        """The new content is verified: it stays."""
        self._moved = {}
        self._note(overwrite=True)

    def close(self) -> None:
        """Remove the work folder; without commit(), roll back first. The next one removes what can't be removed now."""
        try:
            if self._session is not None and self._is_ours():
                if self._moved:
                    self.roll_back()
                remove_folder(self._spark, self._work)
            self._here.remove()
        except Exception:  # the JVM is gone, or the network
            with suppress(OSError):
                self._here.release()
        self._session = None

    @property
    def _spark(self) -> SparkSession:
        assert self._session is not None, "open() comes first"
        return self._session

    def _recover(self) -> None:
        """Remove what a process of this machine left when it was killed; raises UsageError for what is another's."""
        marker = self._read()
        if marker is None:
            if self._files(self._work):
                raise UsageError(f"{self._work} is in the way: otfbench didn't write it. Move it away.")
            return
        if marker.get("id") != self._before:
            by = "on {host}, since {since}".format(**{"host": "?", "since": "?"} | marker)
            raise UsageError(
                f"{self.folder}: another conversion into it has begun ({by}). Wait for it, or name another folder;"
                f"\nif it was killed, remove {self._work}, and what it has moved to {self.folder}."
            )
        self._moved = {str(path): int(size) for path, size in dict(marker.get("moved", {})).items()}
        if self._moved:
            self.roll_back()
        remove_folder(self._spark, self._work)

    def _is_ours(self) -> bool:
        marker = self._read()
        return marker is not None and marker.get("id") == self._id

    def _read(self) -> dict[str, Any] | None:
        """What the marker says; None if there is none of ours."""
        text = read_text(self._spark, self._marker)
        if text == "" and self._before:  # killed while it was written: before anything was moved, or after all was
            return {"id": self._before}
        try:
            marker = json.loads(text or "null")
        except ValueError:
            return None
        return marker if isinstance(marker, dict) and marker.get("otfbench") == _KIND else None

    def _note(self, overwrite: bool) -> None:
        since = f"{datetime.now(timezone.utc):%F %T}Z"
        marker = {"otfbench": _KIND, "id": self._id, "host": socket.gethostname(), "since": since, "moved": self._moved}
        if not overwrite:
            make_folder(self._spark, self._work)
        write_text(self._spark, self._marker, json.dumps(marker), overwrite)

    def _files(self, folder: str) -> dict[str, int]:
        """Every file below a folder: its path from there on -> bytes; none if the folder isn't there."""
        if not folder_exists(self._spark, folder):
            return {}
        start = len(qualified(self._spark, folder)) + 1
        return {path[start:]: size for path, size in walk(self._spark, folder)}
