"""On a cluster: what its executors are, see, and read beside Spark, with the same evidence as the driver's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from otfbench.data import column_hashes, path_columns, second_reading
from otfbench.data.column_hashes import evidence
from otfbench.data.discovery import UserData
from otfbench.data.second_reading import SecondReader, SecondReading
from otfbench.errors import DatasetError, UsageError
from otfbench.registry import load_input
from otfbench.spark.cluster import check_seen, executors, has_executors
from otfbench.spark.counters import CounterReader
from otfbench.testing.fixtures import started

ROWS = pa.table({"id": pa.array(range(1000), pa.int64()), "zip": [f"{n:05}" for n in range(1000)]})
DDL = "id bigint, zip string, day date"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A driver and two executors, each a process of its own."""
    settings = {"spark.master": "local-cluster[2,1,1024]", "spark.driver.host": "127.0.0.1"}
    settings["spark.executor.metrics.pollingInterval"] = "100ms"
    with started(tmp_path_factory.mktemp("cluster"), settings) as jvm:
        yield jvm.spark


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver itself reads no file to its end."""

    def refused(batches: Any) -> Any:
        raise AssertionError("read by the driver")

    monkeypatch.setattr(column_hashes, "evidence", refused)


def reader(folder: Path, kind: str) -> SecondReader:
    """That of all files in a folder."""
    files = sorted(str(path) for path in folder.rglob(f"*.{kind}"))
    groups = path_columns.group_by_values(files, str(folder))
    return SecondReader(load_input(kind), groups, UserData(path=str(folder), folder=folder, format=kind))


def read(spark: SparkSession, folder: Path, kind: str) -> DataFrame:
    """By Spark, with the day that the folders name."""
    return load_input(kind).read_foreign(spark, [str(folder)], DDL, {"header": "true"})


def expected() -> Any:
    """The rows, the first 500 of one day, the others of the next."""
    days = pa.array([f"2024-01-0{1 + n // 500}" for n in range(1000)]).cast(pa.date32())
    return evidence(ROWS.append_column("day", days).to_batches())


def written(folder: Path, kind: str) -> None:
    """Four files, in the folders of two days."""
    for number in range(4):
        path = folder / f"day=2024-01-0{1 + number // 2}" / f"{number}.{kind}"
        path.parent.mkdir(exist_ok=True)
        part = ROWS.slice(number * 250, 250)
        if kind == "parquet":
            pq.write_table(part, path)
        else:
            path.write_text("id,zip\n" + "".join(f"{row['id']},{row['zip']}\n" for row in part.to_pylist()))


@pytest.mark.usefixtures("no_driver")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_executors_find_the_evidence_of_the_files(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    """Files in folders of days: their sum is that of all rows, and Spark's."""
    written(tmp_path, kind)
    found = reader(tmp_path, kind).compare(read(spark, tmp_path, kind))
    assert isinstance(found, SecondReading) and found.evidence == expected()
    assert has_executors(spark)


@pytest.mark.usefixtures("no_driver")
def test_a_fault_of_one_file_is_the_same_error(spark: SparkSession, tmp_path: Path) -> None:
    """What the reader says of a file on an executor is what the driver would say."""
    written(tmp_path, "csv")
    (tmp_path / "day=2024-01-02" / "3.csv").write_bytes(b"id,zip\n1,a\n2,\xff\n")
    with pytest.raises(DatasetError, match=r"3\.csv"):
        reader(tmp_path, "csv").compare(read(spark, tmp_path, "csv"))


@pytest.mark.usefixtures("no_driver")
def test_executors_tell_what_columns_leave_out(spark: SparkSession, tmp_path: Path) -> None:
    """Names in the records of any file that are not declared."""
    for number in range(2):
        (tmp_path / f"{number}.json").write_text(f'{{"id": {number}, "more{number}": {{"x": 1}}}}\n')
    found = reader(tmp_path, "json")
    found = replace(found, data=replace(found.data, ddl="id bigint"))
    rows = load_input("json").read_foreign(spark, [str(tmp_path)], "id bigint", {})
    reading = found.compare(rows)
    assert isinstance(reading, SecondReading) and reading.undeclared == ("more0", "more1")


def test_the_driver_reads_where_executors_can_not(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An executor whose Python lacks a library: the driver finds the same."""

    def fails(*_: Any) -> Any:
        raise RuntimeError("ModuleNotFoundError: No module named 'numpy'")

    written(tmp_path, "parquet")
    monkeypatch.setattr(second_reading, "distributed_evidence", fails)
    found = reader(tmp_path, "parquet").compare(read(spark, tmp_path, "parquet"))
    assert isinstance(found, SecondReading) and found.evidence == expected()


def test_executors_are_counted(spark: SparkSession) -> None:
    """They are counted, with their cores."""
    found = executors(spark)
    assert (found.count, found.cores) == (2, 2)


def test_what_executors_do_not_see(spark: SparkSession, tmp_path: Path) -> None:
    """A folder that they see passes, and keeps nothing of the question; a path that they don't see is named."""
    check_seen(spark, 2, [tmp_path], [str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="doesn't see /nowhere/at/all: "):
        check_seen(spark, 2, [], ["/nowhere/at/all"])


def test_heap_of_executors(spark: SparkSession) -> None:
    """The largest heap while tasks ran is known, of one executor at least; the driver's isn't among them."""
    counters = CounterReader(spark)
    begin = counters.now()
    spark.range(0, 200_000_000, 1, 2).selectExpr("sum(hash(id))").collect()
    counters.settle()
    counted = counters.since(begin)
    assert counted.executor_peak_heap_bytes and 2**20 < counted.executor_peak_heap_bytes <= 2**30
