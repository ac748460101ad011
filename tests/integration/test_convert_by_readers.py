"""`otfbench convert` of a table, and `--verify readers`: what the library beside Spark finds is said, and recorded."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from otfbench import cli

ROWS = pa.table({"id": [1, 2, 3], "größe": ["00501", "", None]})


def by(library: str) -> str:
    """The reader, as it is named in results."""
    return f"{library} {version(library)}"


def unwrapped(printed: str) -> str:
    """What is printed, without its line breaks."""
    return " ".join(printed.split())


@pytest.fixture
def convert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs `otfbench convert` in a folder with a file of rows: its exit code, and what it prints."""
    monkeypatch.chdir(tmp_path)
    ours = signal.getsignal(signal.SIGTERM)
    pq.write_table(ROWS, "rows.parquet")

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["otfbench", "convert", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        signal.signal(signal.SIGTERM, ours)
        return int(ended.value.code or 0), capfd.readouterr().out

    return call


def test_a_table_is_proved_by_its_reader(convert: Callable[..., tuple[int, str]]) -> None:
    """A table as a source: `equal` where its library reads it, too; else what that says, and whose reading it is."""
    assert convert("rows.parquet", "i", "--to", "iceberg")[1].endswith(": equal\n")
    code, told = convert("i", "h", "--to", "hudi", "--verify", "readers", "--json")
    second = json.loads(told)
    assert (code, second["verdict"], second["source"]["second_reader"]["reader"]) == (0, "equal", by("pyiceberg"))
    assert second["source"]["second_reader"]["rows"] == 3
    reason = f"{by('hudi')} can't read it: Data type error: Failed to parse Avro schema: Invalid field name größe"
    assert second["table"]["second_reader"] == reason

    code, told = convert("h", "d", "--to", "delta", "--verify", "readers")
    assert code == 0 and f"No other reader read the source ({reason}): the table holds what Spark read." in unwrapped(
        told
    )
    lines = told.splitlines()
    assert lines[-2] == f"d: {by('deltalake')} reads the same" and lines[-1].endswith(": equal to Spark's reading")


def test_a_new_table_that_its_reader_refuses_is_warned_of(convert: Callable[..., tuple[int, str]]) -> None:
    """Right in Spark, unreadable in hudi-rs: the verdict stays, the reader's words are a warning."""
    code, told = convert("rows.parquet", "h", "--to", "hudi", "--verify", "readers")
    assert code == 0 and told.splitlines()[-1].endswith(": equal")
    assert f"warning: h: {by('hudi')} can't read it: " in unwrapped(told)
