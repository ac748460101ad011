"""Which files a table consists of, as a format's metadata has them. Knows no size, and no format by name."""

from __future__ import annotations

from collections.abc import Collection

from otfbench.formats.binding import BindableFormat

DATA_BYTES = ("live_bytes", "dead_bytes", "time_travel_bytes")
"""The figures of storage that differ between equal runs where the bytes of data files do."""


class StoredFormat(BindableFormat):
    """What a format says of the files on disk."""

    def live_files(self, files: Collection[str]) -> set[str]:
        """The files on disk that the current version consists of, according to the format's metadata."""
        named = self.spark.table(self.identifier).inputFiles()
        return {path.removeprefix("file:") for path in named}.intersection(files)

    def reachable_files(self, files: Collection[str]) -> set[str] | None:
        """The files on disk that any version consists of that is kept, or its change feed; None if it doesn't say.

        Other data files are orphans.
        """
        return None
