"""Where the time of a run goes: each second belongs to one part. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from otfbench.runs.outcome import PARTS, REST


class Spent:
    """Seconds by part since it was created; what no block claims is the rest."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(PARTS, 0.0)
        self._part, self._since = REST, monotonic()

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """What the block takes is this part's, but for blocks within it, which are theirs."""
        before = self._begin(part)
        try:
            yield
        finally:
            self._begin(before)

    def seconds(self) -> dict[str, float]:
        """Part -> seconds until now."""
        self._begin(self._part)
        return {part: round(seconds, 3) for part, seconds in self._seconds.items()}

    def _begin(self, part: str) -> str:
        before, now = self._part, monotonic()
        self._seconds[before] += now - self._since
        self._part, self._since = part, now
        return before
