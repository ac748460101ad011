"""Evidence computed by Spark is the evidence that is computed without it, for every type."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otfbench.data.column_hashes import evidence
from otfbench.data.digest import digest, evidence_of
from otfbench.data.evidence import ColumnEvidence
from otfbench.data.wide_evidence import wide_evidence
from otfbench.testing.fixtures import started

UTC = timezone.utc
COLUMNS = {
    "flag": (pa.bool_(), st.booleans()),
    "tiny": (pa.int8(), st.integers(-128, 127)),
    "whole": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "large": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "single": (pa.float32(), st.floats(width=32)),
    "double": (pa.float64(), st.floats() | st.just(-0.0)),
    "price": (pa.decimal128(18, 3), st.decimals(-(10**14), 10**14, places=3)),
    "digits": (pa.decimal128(38, 0), st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal)),
    "text": (pa.string(), st.text(st.characters(exclude_categories=["Cs"]), max_size=80)),
    "bytes": (pa.binary(), st.binary(max_size=40)),
    "day": (pa.date32(), st.dates(date(1, 1, 1))),
    "moment": (pa.timestamp("us", "UTC"), st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC))),
    "local": (pa.timestamp("us"), st.datetimes(datetime(1900, 1, 1))),
    "duration": (pa.duration("us"), st.timedeltas(timedelta(-(10**6)), timedelta(10**6))),
}
PLAIN = {name: each for name, each in COLUMNS.items() if name != "duration"}  # Parquet has no such type


def nullable(values):
    return st.none() | values


NESTED = {
    "list": (pa.list_(pa.float64()), st.lists(nullable(st.floats()), max_size=5)),
    "lists": (
        pa.list_(pa.list_(pa.string())),
        st.lists(nullable(st.lists(nullable(st.text(max_size=3)), max_size=3)), max_size=3),
    ),
    "struct": (
        pa.struct([("x", pa.int32()), ("y", pa.list_(pa.decimal128(20, 2)))]),
        st.fixed_dictionaries(
            {"x": nullable(st.integers(0, 9)), "y": nullable(st.lists(st.decimals(-99, 99, places=2), max_size=2))}
        ),
    ),
    "map": (
        pa.map_(pa.string(), pa.int64()),
        st.dictionaries(st.text(max_size=3), nullable(st.integers(-9, 9)), max_size=4).map(lambda d: list(d.items())),
    ),
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """One plain JVM for the module."""
    with started(tmp_path_factory.mktemp("evidence"), {}) as jvm:
        yield jvm.spark


@pytest.mark.parametrize("columns", [PLAIN, NESTED], ids=["plain", "nested"])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_both_compute_the_same(spark, tmp_path, columns, data):
    """Of any rows of every type, written by Arrow: the sums of Spark are those of numpy, column by column."""
    rows = data.draw(st.lists(st.fixed_dictionaries({n: nullable(v) for n, (_, v) in columns.items()}), max_size=60))
    schema = pa.schema([(name, kind) for name, (kind, _) in columns.items()])
    table = pa.Table.from_pylist(rows, schema)
    pq.write_table(table, tmp_path / "rows.parquet")
    read = spark.read.option("datetimeRebaseMode", "CORRECTED").parquet(str(tmp_path / "rows.parquet"))
    found = evidence_of(read)
    expected = evidence(table.to_batches(max_chunksize=7))
    assert found.digest == expected.digest, found.differing(expected)
    assert not rows or found == expected
    assert digest(read) == expected.digest
    assert wide_evidence(read) == found


def test_many_columns(spark, tmp_path):
    """Of more columns than Spark compiles in a reasonable time, too, in as many partitions as it likes."""
    table = pa.table({f"c{n}": [None, "x", f"{n}"] if n % 2 else [n, None, -n] for n in range(1_200)})
    for number in range(3):
        pq.write_table(table.slice(number, 1), tmp_path / f"{number}.parquet")
    read = spark.read.parquet(str(tmp_path)).repartition(3)
    assert (evidence_of(read), digest(read)) == (evidence(table.to_batches()), evidence(table.to_batches()).digest)
    nothing = evidence_of(read.where("false"))
    assert nothing.digest.rows == 0 and set(nothing.columns.values()) == {ColumnEvidence(0, 0)}
