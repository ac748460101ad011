"""The content of a folder below a URI, exchanged for that of another: file by file where a store has no rename.

Each step can be the last one of a process that is killed: undo() puts right what any of them left. Knows no table, and
not whose the folders are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from otfbench.errors import UsageError
from otfbench.formats.hadoop import (
    folder_exists,
    move_file,
    qualified,
    read_text,
    remove_folder,
    rename_folder,
    walk,
    write_text,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Files = dict[str, int]
"""Path below a folder -> bytes."""


class RemoteSwap:
    """A swap that may have begun: `old` in the work folder keeps the previous content.

    Two files in the work folder tell how far it has come. The plan names all files, of the old and the new content: it
    is written before the first is moved, and its removal is the end. The other one says that the old ones are out.
    """

    def __init__(self, spark: SparkSession, folder: str, work: str) -> None:
        self._spark, self._folder, self._old = spark, folder, f"{work}/old"
        self._plan, self._out = f"{work}/swap.json", f"{work}/out"

    def begin(self, new: str, there: Files) -> None:
        """Put the files of the folder `new` in place of those that are there."""
        plan = {"old": there, "new": files_below(self._spark, new)}
        write_text(self._spark, self._plan, json.dumps(plan), overwrite=False)
        if there:
            _move(self._spark, self._folder, self._old)
        elif folder_exists(self._spark, self._folder):
            remove_folder(self._spark, self._folder)
        write_text(self._spark, self._out, "", overwrite=False)
        _move(self._spark, new, self._folder)

    @property
    def begun(self) -> bool:
        """Whether files were moved, and may have to go back."""
        return self._read() is not None

    def undo(self) -> None:
        """Put back what was there; files of others stay.

        Raises UsageError if there are such files where the old content belongs.
        """
        plan = self._read() or {"old": {}, "new": {}}
        old, new = plan["old"], plan["new"]
        there = files_below(self._spark, self._folder)
        if folder_exists(self._spark, self._out):
            there = self._remove({path for path, size in new.items() if there.get(path) == size}, there)
            remove_folder(self._spark, self._out)
        if old and any(old.get(path) != size for path, size in there.items()):
            raise UsageError(
                f"{self._folder} is not what the conversion has left there, and what was there before is in"
                f" {self._old}.\nMove one of them away."
            )
        for path in files_below(self._spark, self._old).keys() - there.keys():
            move_file(self._spark, f"{self._old}/{path}", f"{self._folder}/{path}")
        self.finish()

    def finish(self) -> None:
        """What is in the folder stays."""
        remove_folder(self._spark, self._plan)

    def _read(self) -> dict[str, Files] | None:
        """The plan; None if there is none, or a part of one: before it was whole nothing was moved."""
        try:
            plan: dict[str, Files] | None = json.loads(read_text(self._spark, self._plan) or "null")
        except ValueError:
            return None
        return plan

    def _remove(self, ours: set[str], there: Files) -> Files:
        """Remove these of the files that are there; returns the others."""
        if ours == there.keys():
            remove_folder(self._spark, self._folder)
        else:
            for path in ours:
                remove_folder(self._spark, f"{self._folder}/{path}")
        return {path: size for path, size in there.items() if path not in ours}


def files_below(spark: SparkSession, folder: str) -> Files:
    """Every file below a folder: its path from there on -> bytes; none if the folder isn't there."""
    if not folder_exists(spark, folder):
        return {}
    start = len(qualified(spark, folder)) + 1
    return {path[start:]: size for path, size in walk(spark, folder)}


def _move(spark: SparkSession, source: str, target: str) -> None:
    try:
        rename_folder(spark, source, target)
    except Exception:  # some stores don't copy the empty objects that S3A keeps for folders
        for path in files_below(spark, source):
            move_file(spark, f"{source}/{path}", f"{target}/{path}")
