"""A second reader of tables that fails, or finds what no column of Spark is: said in words. No JVM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from otfbench.data import reading_differences
from otfbench.data.evidence import ColumnEvidence, Digest, Evidence
from otfbench.data.second_reading import SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.formats.parquet import Parquet


class Panic(BaseException):
    """As libraries written in Rust raise it."""


class Read(Parquet):
    """A format whose second reader is given."""

    plain_files = False
    reader = "pyarrow"

    def __init__(self, read: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        self._read = read

    def batches(self, path: str) -> Iterator[pa.RecordBatch]:
        """What it was given."""
        return self._read()


def told(read: Callable[[], Iterator[pa.RecordBatch]], *columns: str) -> str:
    """The reason why the reading proves nothing; Spark isn't asked before the reader has read all."""
    rows = cast(Any, SimpleNamespace(columns=list(columns)))
    reason = read_beside(Read(read), "/table", rows)
    assert isinstance(reason, str)
    return reason


def failing(error: BaseException) -> Callable[[], Iterator[pa.RecordBatch]]:
    """A reader that finds one batch before its error."""

    def read() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"id": [1]})
        raise error

    return read


@pytest.mark.parametrize(
    "error", [ValueError("no\n  such\tname"), pa.ArrowInvalid("no such name"), Panic("no such name")]
)
def test_an_error_of_a_library_is_one_line(error: BaseException) -> None:
    """Whatever is raised, panics too: the reader, its version, and its words."""
    assert told(failing(error), "id") == f"pyarrow {pa.__version__} can't read it: no such name"


def test_an_error_without_words_is_named() -> None:
    """Its type, where there is nothing else to say."""
    assert told(failing(KeyError()), "id").endswith("can't read it: KeyError")


def test_an_interrupt_stays_one() -> None:
    """Ctrl-C is no fault of the reader."""
    with pytest.raises(KeyboardInterrupt):
        told(failing(KeyboardInterrupt()), "id")


def test_other_columns_are_named() -> None:
    """Columns that only one of both finds; or that the reader finds twice."""
    batch = pa.RecordBatch.from_pydict({"id": [1], "naem": ["x"]})
    assert told(lambda: iter([batch]), "id", "name").endswith("finds other columns than Spark: naem, name")
    twice = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], ["id", "id"])
    assert told(lambda: iter([twice]), "id").endswith("finds other columns than Spark: id, id")


def test_types_that_spark_does_not_have() -> None:
    """A time of day, and a decimal of more digits, by column."""
    batch = pa.RecordBatch.from_arrays([pa.array([1], pa.time64("us"))], ["at"])
    assert "finds time64[us] in column at, a type that Spark doesn't have" in told(lambda: iter([batch]), "at")
    batch = pa.RecordBatch.from_arrays([pa.nulls(1, pa.decimal256(40, 0))], ["sum"])
    assert "finds decimal256(40, 0) in column sum" in told(lambda: iter([batch]), "sum")


def test_a_part_of_a_microsecond_is_not_cut_off() -> None:
    """A time in nanoseconds that is no whole number of microseconds is no time of Spark's."""
    batch = pa.RecordBatch.from_arrays([pa.array([1_001], pa.timestamp("ns"))], ["at"])
    assert "column at, which pyarrow " in told(lambda: iter([batch]), "at")


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install; and that a format has none."""
    monkeypatch.setattr(Read, "reader", "no_such_reader")
    expected = "no_such_reader is not installed: pip install 'otfbench[readers]'"
    assert told(lambda: iter([]), "id") == expected
    monkeypatch.setattr(Read, "reader", "")
    assert told(lambda: iter([]), "id") == "no library beside Spark reads tables of parquet"


def test_a_table_without_rows_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch has no columns: it is what Spark reads all the same."""
    nothing = Evidence(Digest(0, 0), {"id": ColumnEvidence(0, 0)})
    monkeypatch.setattr(reading_differences, "evidence_of", lambda rows: nothing)
    found = read_beside(Read(lambda: iter([])), "/table", cast(Any, SimpleNamespace(columns=["id"])))
    assert isinstance(found, SecondReading) and found.evidence.digest.rows == 0


def test_what_spark_finds_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is known, no Spark job is started for it."""
    known = Evidence(Digest(0, 0), {"id": ColumnEvidence(0, 0)})
    monkeypatch.setattr(reading_differences, "evidence_of", lambda rows: pytest.fail("it is known"))
    found = read_beside(Read(lambda: iter([])), "/table", cast(Any, SimpleNamespace(columns=["id"])), known)
    assert isinstance(found, SecondReading)
