"""`otfbench generate` on real Spark: the files hold the dataset, and a folder that is there stays as it is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.orc
import pyarrow.parquet
import pytest

from otfbench import cli
from otfbench.commands.output import Exit
from otfbench.registry.detection import detect


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs `otfbench` in an empty folder: its exit code, and what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capfd.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return call


def data(folder: str) -> list[Path]:
    """The data files."""
    return sorted(path for path in Path(folder).iterdir() if path.name[0] not in "._")


READERS = {"csv": pyarrow.csv.read_csv, "orc": pyarrow.orc.read_table, "parquet": pyarrow.parquet.read_table}


@pytest.mark.parametrize("kind", READERS)
def test_files_hold_the_requested_rows(command: Any, kind: str) -> None:
    """Exactly so many rows are in the files, by keys from 0 on, found by a reader that is not Spark."""
    code, told = command("generate", "trips", "made/trips", "--rows", "777", "--format", kind)
    assert code == Exit.FINE, told
    size = sum(path.stat().st_size for path in data("made/trips"))
    assert (
        told.startswith(f"made/trips: {kind}, 777 rows, 2 files, ") and told.endswith(" of trips\n") and size > 10_000
    )
    keys = [key for path in data("made/trips") for key in READERS[kind](path)["trip_id"].to_pylist()]
    assert sorted(keys) == list(range(777)) and os.listdir("made") == ["trips"]


def test_into_a_table(command: Any) -> None:
    """Generated Avro files of nested rows are what convert takes them for, and another seed makes other rows."""
    code, told = command("generate", "events", "e", "--rows", "50", "--format", "avro", "--seed", "7", "--json")
    files = data("e")
    told = json.loads(told)
    assert (code, told.pop("bytes")) == (Exit.FINE, sum(path.stat().st_size for path in files))
    assert told == {"path": "e", "dataset": "events", "seed": 7, "format": "avro", "rows": 50, "files": 2}
    assert {detect(str(path)).name for path in files} == {"avro"}

    code, text = command("convert", "e", "t", "--to", "parquet", "--key", "event_id", "--json")
    assert (code, json.loads(text)["table"]["rows"], json.loads(text)["verdict"]) == (Exit.FINE, 50, "equal")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("trip d --format csv", "'trip'"),
        ("trips d --format cvs", "Unknown input 'cvs'. Did you mean 'csv'?"),
        ("events d --format csv", "csv has no nested columns, and events has some"),
        ("trips there --format csv", "there is there already: name another folder"),
        ("trips d --format csv --rows 0", "Invalid value for '--rows': "),
    ],
)
def test_usage_error_makes_nothing(command: Any, arguments: str, told: str) -> None:
    """One screen that says what is wrong, exit code 4, and nothing is made."""
    Path("there").mkdir()
    code, screen = command("generate", *arguments.split())
    assert (code, told in screen) == (Exit.USAGE, True), screen
    assert len(screen.splitlines()) < 5 and os.listdir() == ["there"]
