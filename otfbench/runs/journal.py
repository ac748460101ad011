"""The journal of a run, which survives a killed run. Knows nothing of how anything was measured."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from otfbench import redaction
from otfbench.errors import UsageError
from otfbench.ownership.locks import InUse, lock
from otfbench.runs.outcome import SCHEMA, Outcome, Run, Status

Finished = tuple[Outcome, dict[str, Any] | None, list[dict[str, Any]]]


class Journal:
    """One JSON line per finished case, on disk before the next case starts: a killed run loses the case it was in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None
        self._new_folder = False

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
            raise UsageError(f"{self._path}: {error.strerror}. Name another folder: --benchmark-storage.") from None

    def begin(self, run: Run) -> None:
        """Start over, with what identifies the run."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            os.truncate(self._path, 0)  # the file that is locked stays
        self._append({"schema": SCHEMA, "environment": run.environment, "options": run.options})

    def add(self, outcome: Outcome, benchmark: dict[str, Any] | None, rulers: list[dict[str, Any]]) -> None:
        """A finished case, with pytest-benchmark's record of it if there is one, and the rulers so far."""
        self._append({"outcome": outcome.as_dict(), "benchmark": benchmark, "rulers": rulers})

    def require(self) -> list[dict[str, Any]]:
        """The records of the killed run, what identifies it first; raises UsageError if there was none."""
        lines = list(self._lines())
        if not lines:
            raise UsageError(f"There is no run to go on with: {self._path} is not there. Start without --otf-resume.")
        return lines

    def resume(self, run: Run) -> list[Finished]:
        """What the killed run finished; raises UsageError if there was none, or if it measured something else."""
        lines = self.require()
        if lines[0].get("schema", 1) != SCHEMA:
            raise UsageError(f"{self._path} was written by another version of otfbench. Start without --otf-resume.")
        for part in ("options", "environment"):
            now = redaction.record(getattr(run, part))
            before = lines[0][part]
            moved = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
            if moved:
                changes = "; ".join(f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in moved)
                raise UsageError(f"The run in {self._path} had other {part}: {changes}.\nStart without --otf-resume.")
        os.truncate(self._path, self._whole())
        return [(_outcome(line["outcome"]), line["benchmark"], line["rulers"]) for line in lines[1:]]

    def end(self) -> None:
        """The run is over, and nothing is left to resume."""
        self._path.unlink(missing_ok=True)
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
            file.write(json.dumps(redaction.record(record)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _whole(self) -> int:
        """The bytes up to the end of the last whole line: what is added after a cut-off one would be lost with it."""
        return self._path.read_bytes().rfind(b"\n") + 1

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Whole records; a last line that was cut off is left out."""
        if not self._path.exists():
            return
        for line in self._path.read_bytes()[: self._whole()].splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                return


def _outcome(record: dict[str, Any]) -> Outcome:
    return Outcome(**{**record, "status": Status(record["status"])})
