"""What takes a JVM to tell: Spark's side of the digest, of the dataset and of the counters."""

from decimal import Decimal

import pyarrow as pa
import pytest

from otfbench.data.column_hashes import evidence
from otfbench.data.digest import differences, digest
from otfbench.data.evidence import Digest
from otfbench.data.generated import Trips
from otfbench.data.value_hash import row_hash
from otfbench.fidelity import matrix
from otfbench.fidelity.cells import CELLS
from otfbench.fidelity.snapshot import content
from otfbench.spark.counters import CounterReader
from otfbench.testing.fixtures import started

TRIPS = Trips(1000, 42)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """One plain JVM for the module."""
    with started(tmp_path_factory.mktemp("digest"), {}) as jvm:
        yield jvm.spark


@pytest.fixture(scope="module")
def trips(spark):
    """The trips, and their digest."""
    rows = TRIPS.generate(spark).cache()
    return rows, digest(rows)


class TestDigest:
    """Equal contents have equal digests, different contents different ones."""

    @pytest.mark.parametrize("partitions", [1, 5])
    def test_order_and_partitions_do_not_matter(self, trips, partitions):
        """The digest is the same in any order and any number of partitions."""
        rows, expected = trips
        assert digest(rows.repartition(partitions).sortWithinPartitions("fare")) == expected

    @pytest.mark.parametrize("column", TRIPS.schema.replace(",2)", ";2)").split(","))
    def test_every_column_counts(self, spark, trips, column):
        """One null in place of one value, in any column, changes the digest, but not the number of rows."""
        rows, expected = trips
        name = column.split()[0]
        key = rows.where(f"{name} IS NOT NULL").first()["trip_id"]
        exprs = [f"IF(trip_id = {key}, NULL, {c}) AS {c}" if c == name else c for c in rows.columns]
        found = digest(rows.selectExpr(*exprs))
        assert found.rows == expected.rows
        assert found != expected

    def test_duplicates_count(self, trips):
        """Rows that are there twice count twice, and the digests of two parts add up to that of the whole."""
        rows, expected = trips
        assert digest(rows.union(rows)) == expected + expected
        assert digest(rows.where("trip_id < 100")) + digest(rows.where("trip_id >= 100")) == expected

    def test_it_is_the_sum_of_the_hashes(self, trips):
        """Spark's sum in two halves is the sum modulo 2**64 that Python computes from the hashes."""
        rows, expected = trips
        hashes = [row[0] for row in rows.selectExpr(row_hash(rows.schema)).collect()]
        assert min(hashes) < 0 < max(hashes)
        assert Digest(1000, sum(hashes) % 2**64) == expected

    def test_no_rows(self, trips):
        """Nothing has the digest zero."""
        assert digest(trips[0].limit(0)) == Digest(0, 0)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("null a, 1 b", "1 a, null b"),
            ("0.0d a", "-0.0d a"),
            ("'' a", "cast(null AS string) a"),
            ("'ab' a, 'c' b", "'a' a, 'bc' b"),
            ("array(1, null) a", "array(null, 1) a"),
            ("array(array(1), array(2)) a", "array(array(1, 2)) a"),
            ("array() a", "cast(null AS array<void>) a"),
            ("array(0.0d) a", "array(-0.0d) a"),
            ("struct(null x, 1 y) a", "struct(1 x, null y) a"),
            ("named_struct('x', cast(null AS int)) a", "cast(null AS struct<x:int>) a"),
            ("map('k', 1) a", "map('k', 2) a"),
            ("map('k', null) a", "map() a"),
            ("map('k', struct(0.0d x)) a", "map('k', struct(-0.0d x)) a"),
        ],
    )
    def test_what_differs_by_little(self, spark, one, other):
        """Nulls, empty values, signs of zero and borders between values are told apart, also inside of values."""
        assert digest(spark.sql(f"SELECT {one}")) != digest(spark.sql(f"SELECT {other}"))

    def test_maps_have_no_order(self, spark):
        """Two maps of the same entries are equal, whatever the order in which they were built."""
        one, other = (spark.sql(f"SELECT map({pairs}) a") for pairs in ("1, 'a', 2, null", "2, null, 1, 'a'"))
        assert digest(one) == digest(other)

    def test_structs_without_fields(self, spark):
        """As Avro may have them: one value, which is not null."""
        rows = spark.createDataFrame([((),), (None,)], "a struct<>")
        batch = pa.record_batch({"a": pa.array([{}, None], pa.struct([]))})
        assert digest(rows) == evidence([batch]).digest

    def test_every_type_has_a_digest(self, spark):
        """Values of each type can be hashed; rows with different values are told apart."""
        unlike = {}
        for cell in CELLS.values():
            if not (cell.alone or cell.columns or cell.type == "struct<>"):  # a struct without fields has one value
                values = matrix.rows(spark, [cell]).drop("n")
                unlike[cell.name] = (
                    values.selectExpr(row_hash(values.schema)).distinct().count(),
                    len(set(map(repr, content(values).rows))),
                )
        assert len(unlike) > 70
        assert {name: counts for name, counts in unlike.items() if len(set(counts)) > 1} == {}


class TestDifferences:
    """What differs is told in a few lines."""

    def test_changed_value(self, spark):
        """A row with the same key and another value: the column and both values."""
        one, other = (spark.sql(f"SELECT 1 id, 'a' name, double('{x}') x, map('k', {x}) m") for x in (1.5, 2.5))
        assert differences(one, other).splitlines() == [
            "  x: expected 1.5, found 2.5 where id is 1 (1 row differs)",
            "  m: expected {'k': Decimal('1.5')}, found {'k': Decimal('2.5')} where id is 1 (1 row differs)",
        ]

    def test_sign_of_zero(self, spark):
        """-0.0 in place of 0.0 is told, and NaN is no difference to NaN."""
        one, other = (spark.sql(f"SELECT 1 id, double('NaN') n, double('{x}') x") for x in ("0.0", "-0.0"))
        assert differences(one, other) == "  x: expected 0.0, found -0.0 where id is 1 (1 row differs)"

    def test_duplicate_row_is_not_expected(self, spark):
        """A row that is there twice instead of once is one that nobody expects."""
        one = spark.sql("SELECT 1 id, map('k', 1) m")
        assert differences(one, one.union(one)).splitlines() == [
            "0 expected rows missing, 1 row not expected",
            "a row that nobody expects: {'id': 1, 'm': {'k': 1}}",
        ]

    def test_missing_and_foreign_rows(self, spark):
        """A row without a twin is shown whole."""
        two, one = spark.sql("SELECT id FROM range(2)"), spark.sql("SELECT id FROM range(1)")
        assert differences(two, one).splitlines()[1:] == ["an expected row that is missing: {'id': 1}"]
        assert differences(one, two).splitlines()[1:] == ["a row that nobody expects: {'id': 1}"]

    def test_wrong_columns_are_told_first(self, spark):
        """Columns that are missing, too many or of another type are told before any row."""
        assert differences(spark.sql("SELECT 1 a, 2 b"), spark.sql("SELECT 1L a, 3 c")).splitlines() == [
            "column b int is missing",
            "column c int is there, but was not expected",
            "column a has type bigint, not int",
        ]


class TestTrips:
    """The dataset is a pure function of its number of rows and its seed."""

    def test_columns_are_the_schema(self, spark):
        """generate() has the columns and types that files are read with."""
        assert TRIPS.generate(spark).dtypes == spark.createDataFrame([], TRIPS.schema).dtypes

    @pytest.mark.parametrize("partitions", [1, 7])
    def test_partitions_do_not_matter(self, spark, trips, partitions):
        """The rows are the same, however many tasks compute them."""

        class Split(Trips):
            files = partitions

        rows = Split(TRIPS.rows, TRIPS.seed).generate(spark)
        assert rows.rdd.getNumPartitions() == partitions
        assert digest(rows) == trips[1]

    def test_rows_stay_what_they_are(self, trips):
        """Rows of version 1 are these: where this fails, datasets._VERSION must go up, or old files pass for new."""
        assert trips[1].hex == "91c4d27b0a48df31"

    def test_seed_changes_all(self, spark, trips):
        """Another seed gives other rows in each column but the key."""
        rows = trips[0].join(Trips(TRIPS.rows, 43).generate(spark), "trip_id")
        assert rows.count() == TRIPS.rows
        assert digest(Trips(TRIPS.rows, 43).generate(spark)) != trips[1]

    def test_five_columns_have_some_nulls(self, trips):
        """Five columns have nulls, some values and some nulls each; the others have none."""
        counts = trips[0].selectExpr(*(f"count({name}) AS {name}" for name in trips[0].columns)).first().asDict()
        partly = {name for name, count in counts.items() if count < TRIPS.rows}
        assert partly == {"passengers", "tip", "note", "is_shared", "rain_mm"}
        assert all(counts.values())

    def test_values_make_sense(self, trips):
        """Trips end after they began, within the year; fares follow the distance, and keys are unique."""
        rows = trips[0]
        assert rows.select("trip_id").distinct().count() == TRIPS.rows
        assert rows.where("dropoff_at <= pickup_at OR year(pickup_at) != 2024 OR fare < 3 OR tip > fare").count() == 0
        assert rows.agg({"fare": "max"}).first()[0] > Decimal(20)


class TestCounters:
    """Spark's counters of known jobs are exact."""

    def test_write_and_read(self, spark, tmp_path):
        """A write is one job of one stage, and so is a read; each counts every record, `range` as read."""
        reader = CounterReader(spark)
        start = reader.now()
        spark.range(0, 1000, 1, 4).write.parquet(str(tmp_path / "files"))
        reader.settle()
        written = reader.since(start)
        assert {name: written.counters[name] for name in ("jobs", "stages", "tasks", "failed_tasks")} == {
            "jobs": 1,
            "stages": 1,
            "tasks": 4,
            "failed_tasks": 0,
        }
        assert (written.counters["output_records"], written.counters["input_records"]) == (1000, 1000)
        assert written.counters["output_bytes"] == sum(path.stat().st_size for path in tmp_path.rglob("part-*"))
        assert written.executor_cpu_s > 0
        middle = reader.now()
        spark.read.schema("id bigint").parquet(str(tmp_path / "files")).write.format("noop").mode("overwrite").save()
        reader.settle()
        read = reader.since(middle).counters
        assert (read["jobs"], read["stages"], read["input_records"], read["output_records"]) == (1, 1, 1000, 0)

    def test_shuffled_records_are_counted_once(self, spark):
        """Records that are exchanged are counted; nothing is counted twice."""
        reader = CounterReader(spark)
        start = reader.now()
        spark.sparkContext._jsc.sc().setJobGroup("another", "the caller's group doesn't matter", False)
        spark.range(0, 1000, 1, 4).repartition(3).write.format("noop").mode("overwrite").save()
        reader.settle()
        counters = reader.since(start).counters
        assert (counters["shuffle_write_records"], counters["spill_bytes"], counters["failed_tasks"]) == (1000, 0, 0)
        assert (counters["stages"], counters["tasks"]) == (2, 7)

    def test_failed_tasks(self, spark):
        """A task that fails is counted, in a job that fails."""
        reader = CounterReader(spark)
        start = reader.now()
        with pytest.raises(Exception, match="planted"):
            spark.range(1).selectExpr("raise_error('planted')").collect()
        reader.settle()
        assert reader.since(start).counters["failed_tasks"] == 1

    def test_counters_are_zero_without_work(self, spark):
        """Where nothing ran, everything is zero."""
        reader = CounterReader(spark)
        counted = reader.since(reader.now())
        assert not any(counted.counters.values())
        assert counted.executor_cpu_s == 0
