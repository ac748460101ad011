"""Generated datasets as files in the user's cache folder: written whole or not at all. Knows no dataset by name."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import platformdirs

from otfbench.data.dataset import Source
from otfbench.data.discovery import UserData
from otfbench.data.listing import files_at
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import DatasetError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def cache_folder() -> Path:
    """Where written datasets are kept between runs: in the user's cache folder."""
    return platformdirs.user_cache_path("otfbench") / "datasets"


def is_written(source: Source) -> bool:
    """Whether the files are there, whole: as many files and bytes as the manifest says."""
    try:
        manifest = json.loads(_manifest(source).read_text())
        written, _ = manifest["source"], manifest["second_reader"]
    except (OSError, ValueError, LookupError, TypeError):  # none, cut off, or of another kind
        return False
    return source.folder.is_dir() and bool(written == Source(source.dataset, source.input, source.folder).size)


def write(spark: SparkSession, sources: Iterable[Source]) -> None:
    """Write each source's files, whole or not at all, the manifest last; incomplete files are replaced.

    Raises DatasetError if the folder can't be written, or if a reader other than Spark finds other rows in the files.
    """
    for source in sources:
        try:
            source.folder.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(
                dir=source.folder.parent, prefix=".writing-", ignore_cleanup_errors=True
            ) as scratch:
                _write(spark, source, Path(scratch))
        except OSError as error:
            raise DatasetError(
                f"The files of {source.dataset.id} as {source.input.name} can't be written: {error}\n"
                f"Make {source.folder.parent} writable, or room there."
            ) from error


def _write(spark: SparkSession, source: Source, scratch: Path) -> None:
    rows, files = source.dataset.generate(spark), scratch / "files"
    source.input.write(rows, str(files))
    data = UserData(str(files), scratch, source.input.name)
    reading = SecondReader(source.input, [({}, list(files_at([str(files)], descend=False).files))], data).compare(rows)
    _manifest(source).unlink(missing_ok=True)
    shutil.rmtree(source.folder, ignore_errors=True)
    files.rename(source.folder)
    written = Source(source.dataset, source.input, source.folder).size
    second = reading.as_dict() if isinstance(reading, SecondReading) else reading
    manifest = {"dataset": source.dataset.id, "source": written, "second_reader": second}
    (scratch / "manifest").write_text(json.dumps(manifest) + "\n")
    os.replace(scratch / "manifest", _manifest(source))


def _manifest(source: Source) -> Path:
    return source.folder.with_name(f"{source.folder.name}.manifest.json")
