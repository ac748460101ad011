"""Delta tables read by their log and pyarrow alone: the rows that deltalake was given, or why they can't be read."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from otfbench.errors import DatasetError
from otfbench.formats import delta_reader

ROWS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "zip": ["00501", "a/b=c %", None],
        "day": [date(2024, 2, 29), date(1582, 10, 15), None],
        "paid": pa.array([Decimal("1.50"), Decimal("7.01"), None], pa.decimal128(9, 2)),
        "at": pa.array([datetime(2024, 1, 1, 2, 3, 4, 5, timezone.utc), None, None], pa.timestamp("us", "UTC")),
        "names": pa.array([["a", None], [], None], pa.list_(pa.string())),
    }
)


def rows(folder: Path) -> list[dict[str, Any]]:
    """What is read, by the first column."""
    found = [row for batch in delta_reader.batches(str(folder)) for row in batch.to_pylist()]
    return sorted(found, key=lambda row: row["id"])


def test_files_and_the_values_of_their_partitions(tmp_path: Path) -> None:
    """Values of partitions are typed by the table's columns; names of folders are decoded."""
    write_deltalake(tmp_path, ROWS, partition_by=["zip", "day", "paid"])
    assert delta_reader.why_unread(str(tmp_path)) is None
    assert rows(tmp_path) == ROWS.to_pylist()


def test_live_files_only(tmp_path: Path) -> None:
    """Rows that were replaced are gone, added ones are there; a column that is younger than a file is null."""
    write_deltalake(tmp_path, ROWS)
    write_deltalake(tmp_path, ROWS.select(["id", "zip"]).slice(1), mode="overwrite", schema_mode="overwrite")
    write_deltalake(tmp_path, pa.table({"id": [9], "more": ["x"]}), mode="append", schema_mode="merge")
    expected = [("00501", None), ("a/b=c %", None), (None, None)][1:] + [(None, "x")]
    assert [(row["zip"], row["more"]) for row in rows(tmp_path)] == expected


@pytest.mark.parametrize("commits", [1, 4])
def test_a_checkpoint_in_place_of_commits(tmp_path: Path, commits: int) -> None:
    """Of a log whose first commits are gone: the checkpoint, and the commits after it."""
    for number in range(commits):
        write_deltalake(tmp_path, pa.table({"id": [number]}), mode="append")
    DeltaTable(tmp_path).create_checkpoint()
    write_deltalake(tmp_path, pa.table({"id": [100]}), mode="append")
    for number in range(commits):
        (tmp_path / "_delta_log" / f"{number:020}.json").unlink()
    assert [row["id"] for row in rows(tmp_path)] == [*range(commits), 100]


def test_a_log_with_a_gap_is_refused(tmp_path: Path) -> None:
    """A commit that is missing between two others, or neither the first commit nor a checkpoint."""
    for number in range(3):
        write_deltalake(tmp_path, pa.table({"id": [number]}), mode="append")
    log = tmp_path / "_delta_log"
    (log / f"{1:020}.json").unlink()
    assert "commit 1 is not in its log" in str(delta_reader.why_unread(str(tmp_path)))
    (log / f"{0:020}.json").unlink()
    assert "neither the first commit nor a checkpoint" in str(delta_reader.why_unread(str(tmp_path)))
    with pytest.raises(DatasetError):
        rows(tmp_path)


def changed(folder: Path, kind: str, change: dict[str, Any]) -> str:
    """The reason that is given once one action of the first commit has been changed."""
    write_deltalake(folder, ROWS, partition_by=["at"] if kind == "partition" else None)
    commit = folder / "_delta_log" / f"{0:020}.json"
    actions = [json.loads(line) for line in commit.read_text().splitlines()]
    for action in actions:
        if kind in action:
            action[kind] |= change
    commit.write_text("\n".join(map(json.dumps, actions)))
    return str(delta_reader.why_unread(str(folder)))


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("protocol", {"minReaderVersion": 3, "readerFeatures": ["typeWidening"]}, "features of readers: typeWidening"),
        ("protocol", {"minReaderVersion": 4}, "features of readers: 4"),
        ("metaData", {"configuration": {"delta.columnMapping.mode": "name"}}, "mapped to other names"),
        ("add", {"deletionVector": {"storageType": "i", "pathOrInlineDv": "x"}}, "are deleted beside the file"),
        ("add", {"path": "file:/elsewhere/a.parquet"}, "file:/elsewhere/a.parquet is outside of its folder"),
        ("partition", {}, "partitioned by at, whose values the log has as text: timestamp"),
    ],
)
def test_what_the_files_do_not_tell_is_a_reason(tmp_path: Path, kind: str, change: dict[str, Any], reason: str) -> None:
    """Nothing is read that could be other rows: the reason says what is in the way, and what to install."""
    told = changed(tmp_path, kind, change)
    assert reason in told and "otfbench[readers]" in told


def test_deleted_rows_are_taken_back_with_their_file(tmp_path: Path) -> None:
    """A file and the same file with deleted rows are two: to remove the one doesn't remove the other."""
    write_deltalake(tmp_path, ROWS)
    log = tmp_path / "_delta_log"
    added = next(json.loads(line) for line in (log / f"{0:020}.json").read_text().splitlines() if '"add"' in line)[
        "add"
    ]
    marked = added | {"deletionVector": {"storageType": "i", "pathOrInlineDv": "x"}}
    actions = [{"add": marked}, {"remove": {"path": added["path"]}}]
    (log / f"{1:020}.json").write_text("\n".join(map(json.dumps, actions)))
    assert "are deleted beside the file" in str(delta_reader.why_unread(str(tmp_path)))
