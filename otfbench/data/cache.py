"""Generated datasets as files in the user's cache folder, shared by processes: written whole or not at all.

Beside a dataset's folder lie a manifest, with the hash of each file, and a lock: whoever reads the files shares it, and
nobody replaces or removes them meanwhile. Knows no dataset by name.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from otfbench.data.dataset import Source
from otfbench.data.discovery import UserData
from otfbench.data.listing import files_at
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import DatasetError
from otfbench.formats.hadoop import list_files
from otfbench.ownership.folders import discard, make_folder, temporary_folder
from otfbench.ownership.locks import InUse, lock, read, share
from otfbench.spark.jars import sha256

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MANIFEST = ".manifest.json"
_PATIENCE_S = 1800
"""The most seconds to wait for a process that writes the files. Chosen: half an hour is far more than writing takes."""
_POLL_S = (0.02, 2.0)
"""The first and the longest pause, in seconds, between two looks at what another process writes."""


def cache_folder() -> Path:
    """Where written datasets are kept between runs: in the user's cache folder."""
    return platformdirs.user_cache_path("otfbench") / "datasets"


def reserve(source: Source, locks: ExitStack) -> bool:
    """Whether the files are there, whole; if so, nobody replaces or removes them until the stack of locks is closed.

    All of them are read, to compare their hashes with the manifest's. Raises DatasetError if there can't be a lock.
    """
    with _errors(source):
        shared = _shared_lock(source)
    if shared is not None:
        locks.callback(os.close, shared)
    return shared is not None


def is_written(source: Source) -> bool:
    """Whether the files are there, whole: those that the manifest names, with their content."""
    try:
        manifest = json.loads(_manifest(source.folder).read_text())
        written, _ = manifest["files"], manifest["second_reader"]
        found = {name: path.stat().st_size for name, path in _files(source.folder).items()}
        if found != {name: size for name, (size, _) in written.items()}:
            return False
        return all(sha256(source.folder / name) == digest for name, (_, digest) in written.items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False  # there is none, or it is cut off, or of another kind


def write(
    spark: SparkSession, sources: Iterable[Source], locks: ExitStack, say: Callable[[str], None] = lambda line: None
) -> None:
    """Write each source's files, unless another process has; incomplete ones are replaced. All are reserved then.

    Raises DatasetError if the folder can't be written, or if a reader other than Spark finds other rows in the files.
    """
    for source in sources:
        with _errors(source):
            locks.callback(os.close, _lock_for_reading(spark, source, say))


@contextmanager
def _errors(source: Source) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(
            f"The files of {source.dataset.id} as {source.input.name} can't be written: {error.strerror or error}\n"
            f"Make {source.folder.parent} writable, or room there, or set XDG_CACHE_HOME to a folder elsewhere."
        ) from error


def _lock_for_reading(spark: SparkSession, source: Source, say: Callable[[str], None]) -> int:
    """A lock on the files, which are written if nobody else is doing that."""
    pause, until = _POLL_S[0], time.monotonic() + _PATIENCE_S
    while (shared := _shared_lock(source)) is None:
        exclusive = _exclusive_lock(source)
        if exclusive is not None:
            return _written(spark, source, exclusive)
        if time.monotonic() > until:
            raise DatasetError(
                f"{source.folder} isn't whole, and another process has it: end that one, or wait for it."
            )
        if pause == _POLL_S[0]:
            say(f"waiting for another process that has {source.folder} ...")
        time.sleep(pause)
        pause = min(2 * pause, _POLL_S[1])
    return shared


def _shared_lock(source: Source) -> int | None:
    """The lock of a reader; None if the files aren't whole."""
    if not _manifest(source.folder).is_file():
        return None
    try:
        descriptor = lock(_lock(source.folder), shared=True)
    except InUse:  # they are being written
        return None
    except FileNotFoundError:  # nobody can create a lock there, so nobody can replace the files
        descriptor = os.open(_manifest(source.folder), os.O_RDONLY)
    if is_written(source):
        return descriptor
    os.close(descriptor)
    return None


def _exclusive_lock(source: Source) -> int | None:
    """The lock of a writer; None if another process has one, or has just removed all."""
    parent = source.folder.parent
    try:
        make_folder(parent)
        return lock(_lock(source.folder))
    except InUse:
        return None
    except FileNotFoundError:
        if not parent.parent.is_dir():
            raise
        return None


def _written(spark: SparkSession, source: Source, descriptor: int) -> int:
    """Write the files that this process alone has; its lock is one of a reader then."""
    try:
        if not is_written(source):
            _mark(source, descriptor)
            with temporary_folder("writing", source.folder.parent) as scratch:
                _write(spark, source, scratch)
        share(descriptor)
        return descriptor
    except BaseException:
        if os.fstat(descriptor).st_size == 0 or not os.path.lexists(source.folder):
            _lock(source.folder).unlink(missing_ok=True)
        os.close(descriptor)
        raise


def _write(spark: SparkSession, source: Source, scratch: Path) -> None:
    rows, files = source.dataset.generate(spark), scratch / "files"
    source.input.write(rows, str(files))
    data = UserData(str(files), scratch, source.input.name)
    reading = SecondReader(source.input, [({}, list(files_at([str(files)], descend=False).files))], data).compare(rows)
    second = reading.as_dict() if isinstance(reading, SecondReading) else reading
    hashes = {name: [path.stat().st_size, sha256(path)] for name, path in _files(files).items()}
    manifest = {"dataset": source.dataset.id, "files": hashes, "second_reader": second}
    (scratch / "manifest").write_text(json.dumps(manifest) + "\n")
    _manifest(source.folder).unlink(missing_ok=True)
    if source.folder.exists():
        os.rename(source.folder, scratch / "old")
    os.rename(files, source.folder)
    os.replace(scratch / "manifest", _manifest(source.folder))


def folders() -> list[Path]:
    """The folders of the cache that otfbench has written, be they whole or not."""
    manifests = sorted(glob(f"*/*{_MANIFEST}", root_dir=cache_folder()))
    found = [cache_folder() / each.removesuffix(_MANIFEST) for each in manifests]
    return [each for each in found if _dataset(each) == each.parent.name]


def in_use(folder: Path) -> bool:
    """Whether a process reads or writes it."""
    with suppress(FileNotFoundError):
        try:
            os.close(lock(_lock(folder)))
        except InUse:
            return True
    return False


def remove(folder: Path) -> None:
    """Remove one of folders(), its lock last; raises InUse if a process reads or writes it, or another OSError."""
    try:
        descriptor = lock(_lock(folder))
    except FileNotFoundError:  # somebody else has removed it
        return
    try:
        discard(folder)
        _manifest(folder).unlink(missing_ok=True)
        _lock(folder).unlink()
        with suppress(OSError):  # there are other files of this dataset
            folder.parent.rmdir()
    finally:
        os.close(descriptor)


def _mark(source: Source, descriptor: int) -> None:
    """Note in the locked file that the files are ours; raises DatasetError if there are some that aren't."""
    ours = read(descriptor).get("otfbench") == "dataset" or _dataset(source.folder) == source.dataset.id
    if os.path.lexists(source.folder) and (source.folder.is_symlink() or not ours):
        raise DatasetError(f"{source.folder} is in the way: it was not written by otfbench. Move it away.")
    os.pwrite(descriptor, b'{"otfbench": "dataset"}\n', 0)


def _dataset(folder: Path) -> object:
    """Whose rows the files are, as the manifest says; None if it says nothing."""
    try:
        return json.loads(_manifest(folder).read_text())["dataset"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _files(folder: Path) -> dict[str, Path]:
    """The data files by their paths in the folder: markers and checksums of the writer are none."""
    paths = map(Path, list_files(None, str(folder)))
    return {str(path.relative_to(folder)): path for path in paths if not path.name.startswith("_")}


def _manifest(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_MANIFEST}")


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
