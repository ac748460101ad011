"""A Delta table without Delta: the live files by the log, and their rows by pyarrow. Refuses what it can't be sure of.

Deleted rows beside the files, mapped columns and features of readers that it doesn't know are reasons not to read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d{10}\.(\d{10}))?\.parquet")
_HARMLESS = {"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint", "deletionVectors", "columnMapping"}
"""Features of readers that change nothing here, or that are looked for in each file and in the table's properties."""
_ROWS = 65_536
"""The most rows in a batch: what bounds the memory."""


@dataclass
class _Log:
    """What the log says of the current version."""

    protocol: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    files: dict[tuple[str, str | None], dict[str, Any]] = field(default_factory=dict)
    """Path as the log has it, and where its deleted rows are -> the action that added it."""

    def replay(self, action: Mapping[str, Any]) -> None:
        """Take in one action; those of other kinds say nothing of rows."""
        self.protocol = action.get("protocol") or self.protocol
        self.metadata = action.get("metaData") or self.metadata
        if removed := action.get("remove"):
            self.files.pop(_key(removed), None)
        if added := action.get("add"):
            self.files[_key(added)] = added

    @property
    def partition_columns(self) -> list[str]:
        """The columns whose values are in the log, not in the files."""
        return list(self.metadata.get("partitionColumns") or ())

    def schema(self) -> pa.Schema:
        """The table's columns; raises TypeError or ValueError for a type that Spark doesn't have."""
        from pyspark.sql.pandas.types import to_arrow_schema
        from pyspark.sql.types import StructType

        return to_arrow_schema(StructType.fromJson(json.loads(self.metadata["schemaString"])))


def _key(action: Mapping[str, Any]) -> tuple[str, str | None]:
    """A file is another one when other rows of it are deleted."""
    return action["path"], (action.get("deletionVector") or {}).get("pathOrInlineDv")


def why_unread(folder: str) -> str | None:
    """Why the files that the log names don't tell the rows; None if they do."""
    try:
        log = _read(Path(folder) / "_delta_log")
        reason = next(_reasons(log), None)
    except (DatasetError, TypeError, ValueError, KeyError, OSError) as error:
        reason = str(error)
    return f"without deltalake (pip install 'otfbench[readers]') the table can't be read: {reason}" if reason else None


def batches(folder: str) -> Iterator[pa.RecordBatch]:
    """The rows, in the types of the table's columns; raises DatasetError if the log isn't whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    log = _read(Path(folder) / "_delta_log")
    schema = log.schema()
    for (path, _), added in log.files.items():
        values = dict(added["partitionValues"])
        with pq.ParquetFile(Path(folder) / unquote(path), coerce_int96_timestamp_unit="us") as file:
            for batch in file.iter_batches(_ROWS, use_threads=False):
                columns = [_column(batch, each, values) for each in schema]
                yield pa.RecordBatch.from_arrays(columns, schema.names)


def _column(batch: pa.RecordBatch, column: pa.Field, values: Mapping[str, str | None]) -> pa.Array:
    """One column of the table: as the log has its value, as the file has it, or null where the file is older."""
    import pyarrow as pa

    if column.name in values:
        text = pa.scalar(values[column.name] or None, pa.string())
        return pa.repeat(text.cast(column.type), batch.num_rows)
    if column.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, column.type)
    return batch.column(column.name).cast(column.type)


def _reasons(log: _Log) -> Iterator[str]:
    """What isn't in the files as it is in the table."""
    from pyarrow import types

    unknown = set(log.protocol.get("readerFeatures") or ()) - _HARMLESS
    if unknown or log.protocol["minReaderVersion"] > 3:
        yield f"it has features of readers: {', '.join(sorted(unknown)) or log.protocol['minReaderVersion']}"
    configuration = dict(log.metadata.get("configuration") or ())
    if configuration.get("delta.columnMapping.mode", "none") != "none":
        yield "its columns are mapped to other names"
    for path, deleted in log.files:
        if deleted:
            yield f"rows of {unquote(path)} are deleted beside the file"
        if urlsplit(path).scheme or path.startswith("/"):
            yield f"{path} is outside of its folder"
    schema = log.schema()
    for name in log.partition_columns:
        kind = schema.field(name).type
        exact = (types.is_string, types.is_integer, types.is_date, types.is_decimal, types.is_boolean)
        if not any(each(kind) for each in exact):
            yield f"it is partitioned by {name}, whose values the log has as text: {kind}"


def _read(folder: Path) -> _Log:
    """The log, from the last checkpoint on if the commits before it are gone; raises DatasetError if it isn't whole."""
    commits = {int(found[1]): path for path in folder.iterdir() if (found := _COMMIT.fullmatch(path.name))}
    log, first = _Log(), 0
    if 0 not in commits:
        first = max(parts := _checkpoints(folder), default=-1) + 1
        if not first:
            raise DatasetError("its log has neither the first commit nor a checkpoint of files")
        for path in parts[first - 1]:
            _replay(log, _checkpointed(path))
    last = max(commits, default=first - 1)
    for version in range(first, last + 1):
        if version not in commits:
            raise DatasetError(f"commit {version} is not in its log")
        with commits[version].open(encoding="utf-8") as lines:
            _replay(log, map(json.loads, filter(str.strip, lines)))
    return log


def _replay(log: _Log, actions: Iterable[Mapping[str, Any]]) -> None:
    for action in actions:
        log.replay(action)


def _checkpoints(folder: Path) -> dict[int, list[Path]]:
    """The version of each checkpoint that has all of its parts -> its files."""
    found: dict[int, list[Path]] = {}
    parts: dict[int, int] = {}
    for path in folder.iterdir():
        if named := _CHECKPOINT.fullmatch(path.name):
            found.setdefault(int(named[1]), []).append(path)
            parts[int(named[1])] = int(named[2] or 1)
    return {version: paths for version, paths in found.items() if len(paths) == parts[version]}


def _checkpointed(path: Path) -> Iterator[Mapping[str, Any]]:
    """The actions of a file of a checkpoint."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        kinds = [name for name in ("protocol", "metaData", "add") if name in file.schema_arrow.names]
        for batch in file.iter_batches(columns=kinds):
            yield from batch.to_pylist()
