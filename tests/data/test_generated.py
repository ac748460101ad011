"""The generated datasets on real Spark: pure functions of their number of rows and their seed."""

import pytest
from pyspark.sql import functions as F

from otfbench.data.digest import digest
from otfbench.data.generated import Events, Trips, Wide, generated, names
from otfbench.registry import load_input
from otfbench.testing.fixtures import assert_content, started

EVENTS = Events(1000, 42)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """One JVM for all of it."""
    with started(tmp_path_factory.mktemp("generated"), {}) as jvm:
        yield jvm.spark


@pytest.fixture(scope="module")
def events(spark):
    """The events, computed once."""
    rows = EVENTS.generate(spark).cache()
    yield rows
    rows.unpersist()


@pytest.mark.parametrize("name", names())
def test_columns_are_the_schema(spark, name):
    """generate() has the columns and types that files are read with."""
    dataset = generated(name, 10, 1)
    assert dataset.generate(spark).dtypes == spark.createDataFrame([], dataset.schema).dtypes


@pytest.mark.parametrize(
    ("dataset", "total"),
    [
        (Trips(1000, 42), "91c4d27b0a48df31"),
        (Events(1000, 42), "57aab6d683318ec4"),
        (Wide(100, 42), "e08e00c506c6aa09"),
    ],
)
def test_rows_stay_what_they_are(spark, dataset, total):
    """Rows of version 1 are these: where this fails, the class's version must go up, or old files pass for new."""
    assert dataset.digest(spark, ()).hex == total


@pytest.mark.parametrize("name", names())
def test_partitions_do_not_matter(spark, name):
    """The rows are the same, however many tasks compute them."""
    dataset = generated(name, 100, 42)
    split = spark.range(0, 100, 1, 7).select(*dataset.columns())
    assert split.rdd.getNumPartitions() == 7
    assert digest(split) == digest(dataset.generate(spark))


@pytest.mark.parametrize("name", names())
def test_seed_changes_all(spark, name):
    """Another seed gives other values in each column but the key."""
    one, other = (generated(name, 100, seed).generate(spark) for seed in (1, 2))
    texts = [rows.selectExpr(*(f"to_json(struct({name})) AS x" for name in rows.columns)) for rows in (one, other)]
    columns = [list(zip(*rows.collect())) for rows in texts]
    same = [column for column, a, b in zip(one.columns, *columns) if a == b]
    assert same == list(generated(name, 1, 1).key)


@pytest.mark.parametrize("name", names())
def test_key_and_partitions(spark, name):
    """The key is unique, and partitions are few."""
    dataset = generated(name, 100, 42)
    rows = dataset.generate(spark)
    assert rows.select(*dataset.key).distinct().count() == 100
    assert 3 <= rows.select(*dataset.partition_by).distinct().count() <= 10


@pytest.mark.parametrize(
    ("name", "share", "count"),
    [("trips", 0.05, 5), ("trips", 0.001, 1), ("trips", 1.0, 100), ("events", 0.05, 5), ("wide", 0.05, 5)],
)
def test_fresh_rows_extend_the_dataset(spark, name, share, count):
    """Fresh rows are those that a larger dataset would have next: as many as asked for, at least one."""
    dataset, larger = generated(name, 100, 42), generated(name, 100 + count, 42)
    fresh = dataset.new_rows(spark, share)
    assert fresh.count() == count
    assert digest(dataset.initial_rows(spark)) + digest(fresh) == digest(larger.generate(spark))


@pytest.mark.parametrize("name", ["json", "parquet"])
def test_nested_rows_are_kept(spark, events, tmp_path, name):
    """What nested files hold is what is read from them."""
    files = load_input(name)
    files.write(events, str(tmp_path / "files"))
    assert_content(files.read(spark, str(tmp_path / "files"), Events.schema), events)


@pytest.fixture(scope="module")
def wide(spark):
    """Rows of 500 columns, computed once."""
    rows = Wide(50, 1).generate(spark).cache()
    yield rows
    rows.unpersist()


@pytest.mark.parametrize("name", ["csv", "json", "parquet"])
def test_wide_rows_are_kept(spark, wide, tmp_path, name):
    """Files hold 500 columns as well."""
    files = load_input(name)
    files.write(wide, str(tmp_path / "files"))
    assert_content(files.read(spark, str(tmp_path / "files"), Wide.schema), wide)


@pytest.mark.parametrize(
    "part",
    [
        "received_at", "account", "account.name", "account.address", "account.address.zip", "device", "device.os",
        "device.screen", "items", "items[0].price", "items[0].tags", "attributes", "attributes['referrer']", "scores",
        "amount", "is_test",
    ],
)  # fmt: skip
def test_any_part_may_be_missing(events, part):
    """At each level some values are there and some are null, where what they are in is there."""
    outer = F.expr(part.rsplit(".", 1)[0] if "." in part else part.split("[")[0] if "[" in part else "true")
    around = F.expr("map_contains_key(attributes, 'referrer')") if "referrer" in part else outer.isNotNull()
    found = {row[0] for row in events.where(around).select(F.expr(part).isNull()).distinct().collect()}
    assert found == {True, False}


def test_empty_values(events):
    """Arrays, maps and texts may be empty, which is not null."""
    empty = ["size(items) = 0", "size(items[0].tags) = 0", "size(attributes) = 0", "attributes['referrer'] = ''"]
    assert all(events.where(condition).count() > 0 for condition in empty)


def test_nulls_of_wide(spark):
    """500 columns of ten types; about a tenth of the values is null, in each column but the first two some."""
    rows = Wide(200, 42).generate(spark)
    counts = rows.agg(*(F.count(name).alias(name) for name in rows.columns)).first().asDict()
    assert len(counts) == 500 and len({kind for _, kind in rows.dtypes}) == 10
    assert [name for name, count in counts.items() if count == 200] == ["row_id", "region"]
    assert min(counts.values()) > 0 and 0.85 < sum(counts.values()) / (200 * 500) < 0.95
