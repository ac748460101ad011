"""A folder below a URI that a new table goes to: made beside it, verified there, then renamed. Knows no format.

A store of objects has no rename at once: its objects are copied one by one. What is moved is listed before it is, and
what a killed process left is put right by that list: nothing else at the destination is touched.
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
from otfbench.formats.hadoop import copy_folder, make_folder, read_text, remove_folder, write_text
from otfbench.ownership.folders import MARKER, Claim
from otfbench.ownership.locks import InUse
from otfbench.spark.causes import reason
from otfbench.tables.remote_swap import Files, RemoteSwap, files_below

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_UNSAFE = re.compile(r"[\s%#?*\[\]{}\\,]")
_KIND = "conversion"


class RemoteDestination:
    """A destination, and the work folder beside it: `new` in it is for tables."""

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
        self._there: Files = {}
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

    @property
    def exists(self) -> bool:
        """Whether something was there when it was opened."""
        return bool(self._there)

    def open(self, spark: SparkSession) -> None:
        """Look at what is there, and mark the work folder; what a killed process of ours left is put right first.

        Raises UsageError if another machine has begun a conversion, or it can't be written.
        """
        self._session = spark
        try:
            self._recover()
            self._there = files_below(spark, self.folder)
            self._here.note(id=self._id)
            self._note()
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(
                f"{self.folder} can't be written: {''.join(map(str, reason(error, self.folder)))}."
            ) from None

    def copy_to(self, folder: str) -> None:
        """Copy the current content to a folder of the warehouse."""
        copy_folder(self._spark, self.folder, folder)

    def swap_in(self, new: str) -> None:
        """Put the new folder in place of the old content, which is kept; raises UsageError if that has changed."""
        if files_below(self._spark, self.folder) != self._there:
            raise UsageError(f"{self.folder} was changed by somebody else meanwhile: it is left as it is.")
        self._swap.begin(new, self._there)

    def roll_back(self) -> None:
        """Put back the content before swap_in(); what has come from others stays.

        Raises UsageError if that is where the old content belongs.
        """
        self._swap.undo()

    def commit(self) -> None:
        """The new content is verified: it stays, and the old content isn't needed any more."""
        self._swap.finish()

    def close(self) -> None:
        """Remove the work folder; without commit(), roll back first. The next one removes what can't be removed now."""
        try:
            if self._session is not None and self._is_ours():
                self._clear()
            self._here.remove()
        except Exception:  # the JVM is gone, or the network
            with suppress(OSError):
                self._here.release()
        self._session = None

    @property
    def _spark(self) -> SparkSession:
        assert self._session is not None, "open() comes first"
        return self._session

    @property
    def _swap(self) -> RemoteSwap:
        return RemoteSwap(self._spark, self.folder, self._work)

    def _recover(self) -> None:
        """Put right what a process of this machine left when it was killed; raises UsageError for what is another's."""
        marker = self._read()
        if marker is None:
            if files_below(self._spark, self._work):
                raise UsageError(f"{self._work} is in the way: otfbench didn't write it. Move it away.")
            return
        if marker.get("id") != self._before:
            by = "on {host}, since {since}".format(**{"host": "?", "since": "?"} | marker)
            raise UsageError(
                f"{self.folder}: another conversion into it has begun ({by}). Wait for it, or name another folder;"
                f"\nif it was killed, move back what is in {self._work}/old, if that is there; else remove what it has"
                f" moved to {self.folder}. Then remove {self._work}."
            )
        self._clear()

    def _clear(self) -> None:
        """Put back what a swap without commit() has moved, and remove the work folder; its marker goes last."""
        if self._swap.begun:
            self.roll_back()
        for name in {path.partition("/")[0] for path in files_below(self._spark, self._work)} - {MARKER}:
            remove_folder(self._spark, f"{self._work}/{name}")
        remove_folder(self._spark, self._work)

    def _is_ours(self) -> bool:
        marker = self._read()
        return marker is not None and marker.get("id") == self._id

    def _read(self) -> dict[str, Any] | None:
        """What the marker says; None if there is none of ours."""
        text = read_text(self._spark, self._marker)
        if text == "" and self._before:  # killed while it was written: before anything else was
            return {"id": self._before}
        try:
            marker = json.loads(text or "null")
        except ValueError:
            return None
        return marker if isinstance(marker, dict) and marker.get("otfbench") == _KIND else None

    def _note(self) -> None:
        since = f"{datetime.now(timezone.utc):%F %T}Z"
        marker = {"otfbench": _KIND, "id": self._id, "host": socket.gethostname(), "since": since}
        make_folder(self._spark, self._work)
        write_text(self._spark, self._marker, json.dumps(marker), overwrite=False)
