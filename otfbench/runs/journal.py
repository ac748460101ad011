"""The journal of a run, which survives a killed run. Knows nothing of how anything was measured."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from otfbench import redaction
from otfbench.errors import UsageError
from otfbench.ownership.locks import InUse, lock
from otfbench.runs import document
from otfbench.runs.outcome import SCHEMA, Outcome, Run, Status
from otfbench.runs.schema import JOURNAL_HEAD, JOURNAL_LINE
from otfbench.units import format_count

JOURNAL = "otfbench-journal.jsonl"
"""The name of the journal, in the folder that results are saved in."""
_OF_REPORTS = {"mixes", "prices"}
"""The options that say how results are shown: a run that was killed may be gone on with by others."""
Finished = tuple[Outcome, dict[str, Any] | None, list[dict[str, Any]]]


def no_room(folder: Path, error: OSError) -> UsageError:
    """Results can't be kept in this folder: why, and what to do."""
    what_to_do = "Make room there, or name another folder: --benchmark-storage=file://FOLDER"
    return UsageError(f"Results can't be kept in {folder}: {error.strerror}. {what_to_do}")


class Journal:
    """One JSON line per finished case, on disk before the next case starts: a killed run loses the case it was in."""

    def __init__(self, path: Path) -> None:
        self._path, self._new_folder = path, False
        self._lock: int | None = None
        self.fault: str | None = None
        """Why a case could not be added; the run goes on all the same, and if it is killed that case runs again."""

    def claim(self) -> None:
        """Have it alone until end() or close(); raises UsageError if another run has it, or it can't be written."""
        self._new_folder = not self._path.parent.exists()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = lock(self._path)
        except InUse:
            raise UsageError(
                f"Another run goes on in {self._path.parent}. Wait for it, or give this one a folder of its own:"
                " --benchmark-storage."
            ) from None
        except OSError as error:
            raise no_room(self._path.parent, error) from None

    def set_aside(self) -> str | None:
        """Keep what an earlier run finished, and say where; None if nothing. Raises UsageError if it can't be kept."""
        cases = sum(not isinstance(each, str) for each in self._finished()) if self._lines() else 0
        if not cases:
            return None
        kept = self._path.with_name(f"{self._path.stem}.previous{self._path.suffix}")
        try:
            kept.unlink(missing_ok=True)
            with kept.open("xb") as file:
                file.write(self._path.read_bytes())
        except OSError as error:
            raise no_room(self._path.parent, error) from None
        return (
            f"an earlier run was ended after {format_count(cases, 'case')}, and is not gone on with (--otf-resume):"
            f" its journal is kept as {kept}"
        )

    def begin(self, run: Run) -> None:
        """Start over, with what identifies the run; raises UsageError if that can't be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                os.truncate(self._path, 0)  # the file that is locked stays
            self._append({"schema": SCHEMA, "environment": run.environment, "options": run.options})
        except OSError as error:
            raise UsageError(f"{self._path} can't be written: {error.strerror}. Nothing was measured.") from None

    def add(self, outcome: Outcome, benchmark: dict[str, Any] | None, rulers: list[dict[str, Any]]) -> None:
        """A finished case, with pytest-benchmark's record of it if there is one, and the rulers so far."""
        before = self._path.stat().st_size if self._path.exists() else 0
        try:
            self._append({"outcome": outcome.as_dict(), "benchmark": benchmark, "rulers": rulers})
        except OSError as error:
            self.fault = f"{self._path} could not be written: {error.strerror}"
            with suppress(OSError):
                os.truncate(self._path, before)  # half a line would take the next one with it

    def require(self) -> dict[str, Any]:
        """What identifies the killed run; raises UsageError if there was none, or if that can't be read."""
        lines = self._lines()
        if not lines:
            raise UsageError(f"There is no run to go on with: {self._path} is not there. Start without --otf-resume.")
        try:
            head = document.parse(lines[0])
            document.check(JOURNAL_HEAD, head)
        except ValueError as error:
            raise UsageError(
                f"Nobody knows which run {self._path} is of, for its first line is damaged: {error}.\n"
                "Start without --otf-resume."
            ) from None
        return cast(dict[str, Any], head)

    def resume(self, run: Run) -> list[Finished]:
        """What the killed run finished, the last word on each case; what damaged() names is left out.

        Raises UsageError if there was no such run, or if it measured something else.
        """
        head = self.require()
        if head.get("schema", 1) != SCHEMA:
            raise UsageError(f"{self._path} was written by another version of otfbench. Start without --otf-resume.")
        for part in ("options", "environment"):
            now = redaction.redact_json(getattr(run, part))
            before = head[part]
            moved = sorted(name for name in {*before, *now} - _OF_REPORTS if before.get(name) != now.get(name))
            if moved:
                changes = "; ".join(f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in moved)
                raise UsageError(f"The run in {self._path} had other {part}: {changes}.\nStart without --otf-resume.")
        os.truncate(self._path, sum(len(line) + 1 for line in self._lines()))
        last: dict[str, Finished] = {}
        for each in self._finished():
            if not isinstance(each, str):
                last.pop(each[0].nodeid, None)  # so that the newest rulers stay last
                last[each[0].nodeid] = each
        return list(last.values())

    def damaged(self) -> list[str]:
        """The lines that can't be gone on with, each with the reason: their cases run again."""
        return [f"{self._path}, {each}" for each in self._finished() if isinstance(each, str)]

    def end(self) -> None:
        """The run is over, and nothing is left to resume."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self.fault = f"{self._path} could not be removed: {error.strerror}"
        self.close()

    def close(self) -> None:
        """Let others have it; if nothing was written, nothing is left."""
        if self._lock is None:
            return
        if os.fstat(self._lock).st_size == 0:
            self._path.unlink(missing_ok=True)
            if self._new_folder:
                with suppress(OSError):  # something else is in it
                    self._path.parent.rmdir()
        os.close(self._lock)
        self._lock = None

    def _append(self, record: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(redaction.redact_json(record)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> list[bytes]:
        """Whole lines: one that was cut off is none. Raises UsageError if they can't be read."""
        try:
            return self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"{self._path} can't be read: {error.strerror}. Start without --otf-resume.") from None

    def _finished(self) -> Iterator[Finished | str]:
        """Each line after the first, or why it is left out; none of what follows the first line of another run."""
        head, *lines = self._lines()
        for number, line in enumerate(lines, start=2):
            try:
                yield _finished(line)
            except ValueError as error:
                if _begins_another(line, head):
                    yield f"line {number} begins another run: that one is left out"
                    return
                yield f"line {number} is left out: {error}"


def _finished(line: bytes) -> Finished:
    """A line's case; raises ValueError if it is damaged, or says two things at once."""
    record = document.parse(line)
    document.check(JOURNAL_LINE, record)
    outcome = Outcome(**{**record["outcome"], "status": Status(record["outcome"]["status"])})
    benchmark = record["benchmark"]
    if benchmark is not None:
        measured = (benchmark["fullname"], benchmark["extra_info"]["otfbench"]["case"]["id"])
        if measured != (outcome.nodeid, outcome.id):
            raise ValueError(document.shown(f"it is about {outcome.nodeid} and {measured[0]}"))
    return outcome, benchmark, record["rulers"]


def _begins_another(line: bytes, head: bytes) -> bool:
    try:
        document.check(JOURNAL_HEAD, document.parse(line))
    except ValueError:
        return False
    return line != head
