"""Tables of each format, read by Spark and by the library beside it: both find what the rows were that went in.

What is expected is computed by Arrow from rows that are written down here; Spark has no part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from otfbench.data.column_hashes import evidence
from otfbench.data.evidence import Evidence
from otfbench.data.second_reading import SecondReading
from otfbench.data.table_reading import read_beside
from otfbench.formats import delta_reader
from otfbench.formats.base import TableFormat
from otfbench.formats.model import Capability
from otfbench.registry import load_format
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.tables.session import Session
from otfbench.testing.fixtures import started

UTC = timezone.utc
FORMATS = ["delta", "hudi", "iceberg", "parquet"]


def column(kind: pa.DataType, *values: Any) -> pa.Array:
    """Three values, the last of which is null."""
    return pa.array([*values, None], kind)


NUMBERS = {
    "flag": column(pa.bool_(), True, False),
    "tiny": column(pa.int8(), -128, 127),
    "small": column(pa.int16(), -32768, 32767),
    "whole": column(pa.int32(), -(2**31), 2**31 - 1),
    "large": column(pa.int64(), -(2**63), 2**63 - 1),
    "single": column(pa.float32(), float("nan"), -0.0),
    "least_single": column(pa.float32(), 1.4e-45, 3.4028235e38),
    "double": column(pa.float64(), float("nan"), -0.0),
    "least_double": column(pa.float64(), 4.9e-324, float("-inf")),
    "dec9": column(pa.decimal128(9, 2), Decimal("1234567.89"), Decimal("-0.01")),
    "dec18": column(pa.decimal128(18, 6), Decimal("-999999999999.999999"), Decimal("0.000001")),
    "dec38": column(pa.decimal128(38, 0), Decimal("9" * 38), Decimal("-" + "9" * 38)),
    "fraction38": column(pa.decimal128(38, 38), Decimal("0." + "9" * 38), Decimal("-0." + "0" * 37 + "1")),
}
TEXTS_AND_TIMES = {
    "text": column(pa.string(), "Gr\u00fc\u00dfe \u4e16\u754c \U0001f600", ""),
    "bytes": column(pa.binary(), b"", b"\x00a\xff"),
    "nothing": pa.nulls(3, pa.string()),
    "day": column(pa.date32(), date(1582, 10, 15), date(9999, 12, 31)),
    "moment": column(
        pa.timestamp("us", "UTC"),
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2262, 4, 11, 23, 47, 16, 854775, tzinfo=UTC),
    ),
    "far": column(pa.timestamp("us", "UTC"), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None),
    "local": column(pa.timestamp("us"), datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2024, 2, 29, 1)),
}
NESTED = {
    "list": column(pa.list_(pa.int32()), [], [1, None]),
    "lists": column(pa.list_(pa.list_(pa.string())), [[], None, ["a", None]], [["b"]]),
    "struct": column(pa.struct([("x", pa.int32()), ("y", pa.string())]), {"x": None, "y": ""}, {"x": 1, "y": None}),
    "structs": column(
        pa.list_(pa.struct([("at", pa.timestamp("us", "UTC")), ("sum", pa.decimal128(20, 2))])),
        [None, {"at": None, "sum": Decimal("-0.01")}],
        [{"at": datetime(2024, 1, 1, tzinfo=UTC), "sum": None}],
    ),
    "map": column(pa.map_(pa.string(), pa.int32()), [("a", 1), ("", None)], []),
    "deep": column(
        pa.list_(pa.struct([("a", pa.map_(pa.string(), pa.list_(pa.int32()))), ("b", pa.int32())])),
        [{"a": [("k", [1, None])], "b": None}, None],
        [],
    ),
}
ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int32()), **NUMBERS, **TEXTS_AND_TIMES, **NESTED})
WRONG = {
    "delta": {"far": "reads 1816-03-30 05:56:08.066277"},
    "iceberg": {"structs": "reads [], Spark reads null", "deep": "reads [], Spark reads"},
    "hudi": {"local": "can't read it: column local has timestamps without a time zone"},
    "parquet": {},
}
"""Columns that a reader gets wrong, or not at all, and what is said of it: docs/spark-based-data/readers.md."""
PLACES = pa.table(
    {
        "id": pa.array(range(4), pa.int64()),
        "zip": ["00501", "a=c %", "x+y", None],
        "day": [date(2024, 2, 29), date(1969, 12, 31), date(2024, 2, 29), None],
    }
)


@pytest.fixture(scope="module", params=FORMATS)
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One JVM of each format."""
    folder = tmp_path_factory.mktemp(request.param)
    table_format, warehouse = load_format(request.param), str(folder / "warehouse")
    conf = table_format.conf(warehouse)
    locked = profile().packages[request.param].jars
    with started(folder, conf, jars.fetch(locked, find_java(), jars.cache_folder())) as jvm:
        yield Session(jvm, table_format, conf, warehouse)


def made(session: Session, rows: pa.Table, folder: Path, partition_by: tuple[str, ...] = ()) -> TableFormat:
    """A table of these rows, adapted to the format; gone when the session is."""
    folder.mkdir(exist_ok=True)
    pq.write_table(rows, folder / "rows.parquet")
    read = session.spark.read.parquet(str(folder / "rows.parquet"))
    table = session.table_for(folder.name.lower(), tuple(session.format.adapt(read.schema)), partition_by=partition_by)
    table.create(read)
    return table.format


def expected(rows: pa.Table, names: list[str]) -> Evidence:
    """The evidence of the rows, with the columns in this order."""
    return evidence(rows.select(names).to_batches())


def test_every_type(session: Session, tmp_path: Path) -> None:
    """Edge values and nulls of each type, nested ones too: the reader finds those that went in, and Spark the same."""
    rows = ROWS.drop_columns(list(WRONG[session.format.name]))
    table = made(session, rows, tmp_path)
    found = read_beside(table, table.path, table.read())
    assert isinstance(found, SecondReading), found
    assert found.evidence == expected(rows, table.read().columns)


def test_what_a_reader_gets_wrong_is_found(session: Session, tmp_path: Path) -> None:
    """It is no proof, and what is wrong is said in one line: the reader, the column, both values."""
    for name, reason in WRONG[session.format.name].items():
        table = made(session, ROWS.select(["id", name]), tmp_path / name)
        told = read_beside(table, table.path, table.read())
        assert isinstance(told, str) and reason in told and name in told and "\n" not in told


def test_values_of_partitions(session: Session, tmp_path: Path) -> None:
    """Texts and days that name folders come back as they were, a missing one as null."""
    table = made(session, PLACES, tmp_path, ("zip", "day"))
    found = read_beside(table, table.path, table.read())
    assert isinstance(found, SecondReading), found
    assert found.evidence == expected(PLACES, table.read().columns)


def test_rows_that_are_left(session: Session, tmp_path: Path) -> None:
    """After rows were added, and others deleted, it finds those that are left."""
    table = made(session, PLACES, tmp_path)
    table.append(table.read().where("id < 2"))
    if Capability.DELETE in table.capabilities:
        table.delete("id = 1")
    left = pa.concat_tables([PLACES, PLACES.slice(0, 2)])
    if Capability.DELETE in table.capabilities:
        left = left.filter(pc.not_equal(left["id"], 1))
    found = read_beside(table, table.path, table.read())
    assert isinstance(found, SecondReading), found
    assert found.evidence == expected(left, table.read().columns)


def test_what_spark_reads_otherwise_is_shown(session: Session, tmp_path: Path) -> None:
    """A wrong digit in what Spark reads: the column, both values, and in how many rows."""
    table = made(session, PLACES, tmp_path)
    wrong = table.read().withColumn("zip", F.regexp_replace("zip", "^00", ""))
    told = read_beside(table, table.path, wrong)
    assert isinstance(told, str) and "zip: " in told and "'00501', Spark reads '501' (1 row differ" in told


def test_delta_without_deltalake(session: Session, tmp_path: Path) -> None:
    """The log and pyarrow alone find the same rows, of every type."""
    if session.format.name != "delta":
        pytest.skip("only Delta's log is read so")
    table = made(session, ROWS, tmp_path)
    assert delta_reader.why_unread(table.path) is None
    names = table.read().columns
    assert evidence(batch.select(names) for batch in delta_reader.batches(table.path)) == expected(ROWS, names)
