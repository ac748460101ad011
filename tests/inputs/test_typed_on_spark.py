"""Parquet, ORC and Avro as Spark reads them: the second reader finds the same, and both what was written."""

import tempfile
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from otfbench.data.discovery import UserData
from otfbench.data.inspection import look_through
from otfbench.data.second_reading import SecondReading
from otfbench.errors import DatasetError
from otfbench.registry import load_format, load_input
from otfbench.testing.fixtures import input_jars, started

KINDS = ("avro", "orc", "parquet")
BIG = 5_000_000_000
NOON = datetime(2024, 1, 1, 12, 0, 0, 123456)
AVRO = {"int32": "int", "int64": "long", "float": "float", "double": "double", "string": "string"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """One session for all."""
    with started(tmp_path_factory.mktemp("spark"), {}, input_jars(["avro"])) as jvm:
        yield jvm.spark


def write(kind, path, columns):
    """A file of that kind with these columns."""
    table = pa.table(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "orc":
        orc.write_table(table, str(path), compression="zlib")
    else:
        fields = [{"name": each.name, "type": ["null", AVRO[str(each.type)]]} for each in table.schema]
        write_avro(path, fields, *table.to_pylist())


def write_avro(path, fields, *rows):
    """A file with these fields."""
    with open(path, "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "row", "fields": fields}, rows)


def look(spark, kind, path, ddl=None, **options):
    """What is found there."""
    data = UserData(str(path), Path("/"), kind, options, ddl)
    return look_through(spark, data, load_input(kind), [load_format("parquet")], Path(tempfile.gettempdir()))


def rows(spark, kind, path, ddl=None, **options):
    """What Spark reads, sorted; the second reader has found the same."""
    own = look(spark, kind, path, ddl, **options)
    assert isinstance(own.second, SecondReading), own.second
    return sorted((row.asDict(recursive=True) for row in own.read(spark).collect()), key=str)


def error(spark, kind, path, **options):
    """What is said, in one line without a name of Java."""
    with pytest.raises(DatasetError) as raised:
        look(spark, kind, path, **options)
    said = str(raised.value)
    assert "Exception" not in said and "java." not in said and "org.apache" not in said
    return said


@pytest.mark.parametrize("kind", KINDS)
class TestFilesThatDiffer:
    """Columns of all files, each value as it was written."""

    def test_missing_and_wider(self, spark, tmp_path, kind):
        """A column that one file lacks, another order, int beside long, another case."""
        write(kind, tmp_path / "1", {"id": pa.array([1], pa.int32()), "a": ["x"]})
        write(kind, tmp_path / "2", {"b": ["y", ""], "A": [None, "z"], "id": [BIG, 2]})
        assert rows(spark, kind, tmp_path) == [
            {"id": 1, "a": "x", "b": None},
            {"id": 2, "a": "z", "b": ""},
            {"id": BIG, "a": None, "b": "y"},
        ]
        assert set(look(spark, kind, tmp_path).notes) == {"id", "a", "b"}

    def test_first_file_lacks_it(self, spark, tmp_path, kind):
        """A column that only the last file has."""
        for number in range(3):
            write(kind, tmp_path / f"{number}", {"id": [number]} | ({"b": [7]} if number == 2 else {}))
        assert rows(spark, kind, tmp_path) == [{"id": 0, "b": None}, {"id": 1, "b": None}, {"id": 2, "b": 7}]

    def test_numbers_are_read_as_doubles(self, spark, tmp_path, kind):
        """Float beside double; whole numbers beside doubles."""
        write(kind, tmp_path / "1", {"f": pa.array([0.1], pa.float32()), "n": [2**53]})
        write(kind, tmp_path / "2", {"f": [0.1], "n": [0.5]})
        assert rows(spark, kind, tmp_path) == [{"f": 0.1, "n": 0.5}, {"f": 0.10000000149011612, "n": 2.0**53}]

    def test_partition_columns_stay(self, spark, tmp_path, kind):
        """Columns that are in the path stay, whatever else the files have."""
        write(kind, tmp_path / "day=1" / "1", {"id": pa.array([1], pa.int32())})
        write(kind, tmp_path / "day=2" / "2", {"id": [BIG], "b": ["y"]})
        assert rows(spark, kind, tmp_path) == [{"id": 1, "b": None, "day": 1}, {"id": BIG, "b": "y", "day": 2}]

    def test_declared_schema_may_be_wider(self, spark, tmp_path, kind):
        """A schema that is wider than the files, and leaves a column out."""
        write(kind, tmp_path / "1", {"id": pa.array([1], pa.int32()), "a": ["x"]})
        write(kind, tmp_path / "2", {"id": [BIG]})
        assert rows(spark, kind, tmp_path, "id bigint") == [{"id": 1}, {"id": BIG}]

    def test_no_type_for_both(self, spark, tmp_path, kind):
        """Two files and the column, before Spark is asked."""
        write(kind, tmp_path / "1", {"id": [1]})
        write(kind, tmp_path / "2", {"id": ["x"]})
        said = error(spark, kind, tmp_path)
        assert said.startswith(f"column id is bigint in {tmp_path / '1'}, string in {tmp_path / '2'}")


@pytest.mark.parametrize("kind", KINDS)
class TestDamage:
    """The file, and what is wrong with it, in words."""

    @pytest.fixture
    def path(self, tmp_path, kind):
        """A file of 20,000 rows."""
        write(kind, tmp_path / "f", {"id": range(20_000), "a": [f"text {n * n}" for n in range(20_000)]})
        return tmp_path / "f"

    def test_cut_off(self, spark, path, kind):
        """A file that lost its end."""
        path.write_bytes(path.read_bytes()[:-99])
        assert error(spark, kind, path).startswith(str(path))

    def test_flipped_bytes_are_located(self, spark, path, kind):
        """Bytes that changed in its middle, where files have checksums or can't be unpacked; where is said."""
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 64] = bytes(255 - each for each in data[len(data) // 2 :][:64])
        path.write_bytes(data)
        said = error(spark, kind, path)
        assert said.startswith(str(path)) and any(where in said for where in ("record", "row group", "stripe", "block"))

    def test_misnamed_text_is_refused(self, spark, path, kind):
        """A text by another name."""
        path.write_text("id,a\n1,x\n")
        assert str(path) in error(spark, kind, path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda batch: batch.slice(1), "Spark reads 3 rows where"),
        (
            lambda batch: batch.set_column(0, "id", pa.array([n * 10 for n in batch["id"].to_pylist()], pa.int64())),
            "id: the file has 70, Spark reads 7 (3 rows differ)",
        ),
        (
            lambda batch: batch.set_column(1, "a", pa.array([text or None for text in batch["a"].to_pylist()])),
            "a: the file has null, Spark reads '' (1 row differ",
        ),
    ],
    ids=["a row is lost", "a digit has moved", "an empty text is nothing"],
)
def test_wrong_reading(spark, tmp_path, monkeypatch, kind, change, said):
    """One of both readers is wrong: the column, both values, the number of rows."""
    write(kind, tmp_path / "1", {"id": [7, 8, 9], "a": ["x", "", None]})
    right = type(load_input(kind)).batches

    def wrong(*arguments):
        return (change(batch) if batch.num_rows else batch for batch in right(*arguments))

    monkeypatch.setattr(type(load_input(kind)), "batches", wrong)
    assert said in error(spark, kind, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_odd_names_are_kept(spark, tmp_path, kind):
    """Names that only SQL finds odd are kept; two that are one to Spark are named."""
    odd = {"a-b": [1], "ü": [2]} if kind == "avro" else {"a.b": [1], "c d": [2], "g;h": [4]}
    odd |= {"e`f": [3], "": [5]} if kind == "parquet" else {}
    write(kind, tmp_path / "1", odd)
    assert rows(spark, kind, tmp_path) == [{name: each for name, [each] in odd.items()}]
    write(kind, tmp_path / "2", {"a": [1], "A": [2]})
    assert "two columns are called a and A" in error(spark, kind, tmp_path / "2")


class TestParquet:
    """Logical types, and the oldest ones."""

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (pa.array([1_001_000], pa.timestamp("ns")), datetime(1970, 1, 1, 0, 0, 0, 1001)),
            (pa.array([-1000], pa.timestamp("ns", "UTC")), datetime(1969, 12, 31, 23, 59, 59, 999999)),
            (pa.array([date(1500, 1, 1)]), date(1500, 1, 1)),
            (pa.array([datetime(1500, 1, 1)], pa.timestamp("us", "UTC")), datetime(1500, 1, 1)),
            (pa.array(['{"a":1}'], pa.json_()), '{"a":1}'),
            (pa.array([2**64 - 1], pa.uint64()), Decimal(2**64 - 1)),
            (pa.array([2**32 - 1], pa.uint32()), 2**32 - 1),
            (pa.array([Decimal("-1.50")], pa.decimal128(9, 2)), Decimal("-1.50")),
            (pa.array([7], pa.duration("s")), 7),
            (pa.array([None], pa.null()), None),
            (pa.array([{"x": {"y": [1]}}]), {"x": {"y": [1]}}),
        ],
    )
    def test_types_are_read_as_written(self, spark, tmp_path, column, value):
        """Each as it was written."""
        write("parquet", tmp_path / "1", {"c": column})
        assert rows(spark, "parquet", tmp_path) == [{"c": value}]

    @pytest.mark.parametrize("decimals_in_numbers", [True, False])
    def test_all_layouts_are_read(self, spark, tmp_path, decimals_in_numbers):
        """Times of 96 bits; decimals as numbers or as bytes; pages of the second version."""
        table = pa.table({"t": pa.array([NOON]), "d": pa.array([Decimal("1.50")], pa.decimal128(9, 2))})
        pq.write_table(
            table,
            tmp_path / "1",
            use_deprecated_int96_timestamps=True,
            store_decimal_as_integer=decimals_in_numbers,
            data_page_version="2.0",
        )
        assert rows(spark, "parquet", tmp_path) == [{"t": NOON, "d": Decimal("1.50")}]

    def test_nanoseconds_beside_others(self, spark, tmp_path):
        """Files of several units."""
        for unit in ("ns", "us", "ms"):
            write("parquet", tmp_path / unit, {"t": pa.array([NOON.replace(microsecond=0)], pa.timestamp(unit))})
        assert rows(spark, "parquet", tmp_path) == [{"t": NOON.replace(microsecond=0)}] * 3

    def test_lost_nanoseconds(self, spark, tmp_path):
        """What microseconds don't hold is refused; declared as numbers, it is read."""
        write("parquet", tmp_path / "1", {"t": pa.array([1_001], pa.timestamp("ns"))})
        assert "column t: it has times in nanoseconds" in error(spark, "parquet", tmp_path)
        assert rows(spark, "parquet", tmp_path, "t bigint") == [{"t": 1_001}]

    def test_no_type_of_spark(self, spark, tmp_path):
        """File, column, what to do."""
        write("parquet", tmp_path / "1", {"c": pa.array([b"x" * 16], pa.uuid())})
        assert error(spark, "parquet", tmp_path).startswith(f"{tmp_path / '1'}: column c is a UUID")


class TestOrc:
    """Types of ORC that only Java writes."""

    @pytest.fixture
    def written(self, spark, tmp_path):
        """Write a file without a row, by ORC's own library."""

        def write(schema):
            jvm = spark._jvm
            kind = jvm.org.apache.orc.TypeDescription.fromString(schema)
            options = jvm.org.apache.orc.OrcFile.writerOptions(spark._jsc.hadoopConfiguration()).setSchema(kind)
            path = jvm.org.apache.hadoop.fs.Path(str(tmp_path / "f.orc"))
            writer = jvm.org.apache.orc.OrcFile.createWriter(path, options)
            batch = kind.createRowBatch()
            batch.size = 0
            writer.close()
            return tmp_path / "f.orc"

        return write

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ("uniontype<int,string>", "column c is a union, which Spark doesn't read from ORC"),
            ("timestamp with local time zone", "column c is a timestamp with local time zone, which Spark"),
        ],
    )
    def test_no_type_of_spark(self, spark, written, kind, said):
        """File, column, what to do."""
        path = written(f"struct<c:{kind}>")
        assert error(spark, "orc", path).startswith(f"{path}: {said}")

    def test_old_days(self, spark, tmp_path):
        """Days before 1582 take an option, unless Spark has written them."""
        write("orc", tmp_path / "1", {"d": [date(1500, 1, 1), date(1, 1, 1)]})
        assert "orc.proleptic.gregorian.default: true if they are days of" in error(spark, "orc", tmp_path / "1")
        option = {"orc.proleptic.gregorian.default": "true"}
        assert rows(spark, "orc", tmp_path / "1", **option) == [{"d": date(1, 1, 1)}, {"d": date(1500, 1, 1)}]

    def test_far_times(self, spark, tmp_path):
        """Times that nanoseconds don't reach: what converts them is said."""
        spark.sql("SELECT timestamp'1500-01-01 00:00:00' AS t").write.orc(str(tmp_path / "f"))
        assert "a timestamp is before 1677 or after 2262" in error(spark, "orc", tmp_path / "f")

    def test_char_stays_padded(self, spark, tmp_path):
        """What is padded in the file is padded in the table."""
        table = spark.sql("SELECT cast('x' AS char(3)) AS c, cast('y' AS varchar(3)) AS v")
        table.write.orc(str(tmp_path / "f"))
        found = rows(spark, "orc", tmp_path / "f")
        [file] = (tmp_path / "f").glob("*.orc")
        assert found == orc.read_table(str(file)).to_pylist()


class TestAvro:
    """Avro's own types."""

    def test_types_are_read_as_written(self, spark, tmp_path):
        """Unions, enums, fixed, logical types, each as it was written."""
        fields = {
            "u": (["null", "int", "string"], "x", {"member0": None, "member1": "x"}),
            "w": (["int", "long"], BIG, BIG),
            "e": ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B", "B"),
            "f": ({"type": "fixed", "name": "F", "size": 2}, b"ab", bytearray(b"ab")),
            "d": (
                {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
                Decimal("1.50"),
                Decimal("1.50"),
            ),
            "g": (
                {"type": "fixed", "name": "G", "size": 9, "logicalType": "decimal", "precision": 20, "scale": 1},
                Decimal("-1234567890123456789.5"),
                Decimal("-1234567890123456789.5"),
            ),
            "a": ({"type": "int", "logicalType": "date"}, date(1500, 1, 1), date(1500, 1, 1)),
            "t": ({"type": "long", "logicalType": "timestamp-millis"}, 1, datetime(1970, 1, 1, 0, 0, 0, 1000)),
            "s": (
                {"type": "long", "logicalType": "timestamp-micros"},
                datetime(1500, 1, 1, tzinfo=timezone.utc),
                datetime(1500, 1, 1),
            ),
            "l": ({"type": "long", "logicalType": "local-timestamp-micros"}, 1, datetime(1970, 1, 1, 0, 0, 0, 1)),
            "m": ({"type": "map", "values": ["null", "E"]}, {"k": "A", "z": None}, {"k": "A", "z": None}),
            "r": (
                {"type": "record", "name": "R", "fields": [{"name": "x", "type": ["F", "null"]}]},
                {"x": b"cd"},
                {"x": bytearray(b"cd")},
            ),
            "i": ({"type": "int", "logicalType": "time-millis"}, 5, 5),
            "n": ("null", None, None),
        }
        kinds = [{"name": name, "type": kind} for name, (kind, _, _) in fields.items()]
        write_avro(tmp_path / "1", kinds, {name: value for name, (_, value, _) in fields.items()})
        assert rows(spark, "avro", tmp_path) == [{name: right for name, (_, _, right) in fields.items()}]

    def test_recursive_records_are_refused(self, spark, tmp_path):
        """One sentence."""
        write_avro(tmp_path / "1", [{"name": "next", "type": ["null", "row"]}], {"next": {"next": None}})
        assert "column next: the record row holds records of its own kind" in error(spark, "avro", tmp_path)

    @pytest.mark.parametrize("codec", ["snappy", "zstandard", "deflate", "bzip2", "xz"])
    def test_codecs_of_spark_are_unpacked(self, spark, tmp_path, codec):
        """What Spark packs, the second reader unpacks."""
        spark.conf.set("spark.sql.avro.compression.codec", codec)
        spark.range(1000).selectExpr("id", "repeat('x', 99) AS a").write.format("avro").save(str(tmp_path / "f"))
        assert len(rows(spark, "avro", tmp_path / "f")) == 1000
