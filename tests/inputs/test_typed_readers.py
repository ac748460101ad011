"""Parquet, ORC and Avro by the second readers: the types that Spark gives them, and files that don't go together."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from otfbench.errors import DatasetError
from otfbench.inputs.orc import Orc
from otfbench.inputs.parquet import Parquet

NOON = datetime(2024, 1, 1, 12, 0, 0, 123456)
WRITERS = {"parquet": (Parquet, pq.write_table), "orc": (Orc, orc.write_table)}


@pytest.fixture(params=sorted(WRITERS))
def files(request):
    """The input, and a function that writes a table as such a file."""
    files, write = WRITERS[request.param]
    return files(), write


@pytest.fixture
def write(files, tmp_path):
    """Write columns as a file; its path."""

    def written(columns, name="a"):
        path = str(tmp_path / name)
        files[1](pa.table(columns), path)
        return path

    return written


def read(files, *paths, schema=None, **options):
    """All rows, as one table."""
    return pa.Table.from_batches(files.batches(paths, options, schema))


def error(files, *paths, **options):
    """What is said of files that can't be read."""
    with pytest.raises(DatasetError) as raised:
        list(files.batches(paths, options, None))
    return str(raised.value)


class TestParquetTypes:
    """Types that Spark has not, or otherwise."""

    @pytest.mark.parametrize(
        ("column", "kind", "values"),
        [
            (pa.array([255, None], pa.uint8()), "int16", [255, None]),
            (pa.array([65535], pa.uint16()), "int32", [65535]),
            (pa.array([2**32 - 1], pa.uint32()), "int64", [2**32 - 1]),
            (pa.array([2**64 - 1], pa.uint64()), "decimal128(20, 0)", [Decimal(2**64 - 1)]),
            (pa.array(["x", None, "x"]).dictionary_encode(), "string", ["x", None, "x"]),
            (pa.array(["x"], pa.large_string()), "string", ["x"]),
            (pa.array([b"abcd"], pa.binary(4)), "binary", [b"abcd"]),
            (pa.array([date(2024, 1, 1)], pa.date64()), "date32[day]", [date(2024, 1, 1)]),
            (pa.array([NOON], pa.timestamp("us")), "timestamp[us]", [NOON]),
            (pa.array([0], pa.timestamp("ms")), "timestamp[us]", [datetime(1970, 1, 1)]),
            (pa.array([7], pa.duration("us")), "int64", [7]),
            (pa.array([[1, None]], pa.list_(pa.uint8(), 2)), "list<item: int16>", [[1, None]]),
            (pa.array([{"a": 1}], pa.struct([("a", pa.uint8())])), "struct<a: int16>", [{"a": 1}]),
            (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.uint8())), "map<string, int16>", [[("k", 1)]]),
        ],
    )
    def test_types(self, tmp_path, column, kind, values):
        """Each column is in the type in which Spark reads it, with its values."""
        pq.write_table(pa.table({"c": column}), tmp_path / "a")
        found = read(Parquet(), str(tmp_path / "a")).column("c")
        assert (str(found.type).replace("element", "item"), found.to_pylist()) == (kind, values)

    def test_old_times(self, tmp_path):
        """Times of 96 bits are instants in microseconds, also far from 1970."""
        times = [datetime(1, 1, 1), NOON, datetime(9999, 12, 31, 23, 59, 59)]
        table = pa.table({"t": pa.array(times, pa.timestamp("us"))})
        pq.write_table(table, tmp_path / "a", use_deprecated_int96_timestamps=True)
        found = read(Parquet(), str(tmp_path / "a")).column("t")
        assert found.type == pa.timestamp("us", "UTC")
        assert found.to_pylist()[1] == NOON.replace(tzinfo=timezone.utc)

    def test_no_type_of_spark(self, tmp_path):
        """A type that Spark doesn't have is named with its column."""
        pq.write_table(pa.table({"h": pa.array([1], pa.float16())}), tmp_path / "a")
        assert "column h is halffloat, a type that Spark doesn't have" in error(Parquet(), str(tmp_path / "a"))

    def test_nanoseconds(self, tmp_path):
        """They are read only where nothing gets lost."""
        for nanos in (1_000, 1):
            pq.write_table(pa.table({"t": pa.array([nanos], pa.timestamp("ns"))}), tmp_path / f"{nanos}")
        assert read(Parquet(), str(tmp_path / "1000")).column("t").cast("int64").to_pylist() == [1]
        assert "would lose data" in error(Parquet(), str(tmp_path / "1"))


class TestOrcTypes:
    """ORC's own."""

    def test_types(self, tmp_path):
        """As Spark has them; all times are instants."""
        columns = {
            "i": pa.array([1], pa.int8()),
            "d": pa.array([Decimal("1.50")], pa.decimal128(10, 2)),
            "t": pa.array([NOON], pa.timestamp("us")),
            "l": pa.array([[1, 2]], pa.list_(pa.int32())),
            "s": pa.array([{"x": None}], pa.struct([("x", pa.string())])),
        }
        orc.write_table(pa.table(columns), tmp_path / "a")
        found = read(Orc(), str(tmp_path / "a"))
        kinds = ["int8", "decimal128(10, 2)", "timestamp[us, tz=UTC]", "list<item: int32>", "struct<x: string>"]
        assert list(map(str, found.schema.types)) == kinds
        row = {"i": 1, "d": Decimal("1.50"), "t": NOON.replace(tzinfo=timezone.utc), "l": [1, 2], "s": {"x": None}}
        assert found.to_pylist() == [row]

    def test_stripes(self, tmp_path):
        """Stripe by stripe."""
        table = pa.table({"n": range(200_000), "text": [f"{n}" * 5 for n in range(200_000)]})
        orc.write_table(table, tmp_path / "a", stripe_size=1024)
        found = list(Orc().batches([str(tmp_path / "a")], {}, None))
        assert len(found) > 1
        assert pa.Table.from_batches(found).equals(table)


class TestSeveralFiles:
    """Files whose columns differ are named, before a row is read."""

    @pytest.mark.parametrize(
        ("one", "other", "said"),
        [
            ({"id": [1], "a": [1]}, {"id": [1]}, "column a is in {0}, but not in {1}: give datasets.options mergeSc"),
            ({"id": [1]}, {"id": [1], "a": [1]}, "column a is in {1}, but not in {0}: give datasets.options mergeSc"),
            ({"a": [1], "b": [1]}, {"b": [1], "a": [1]}, "where {0} has column a, {1} has b"),
            ({"n": pa.array([1], "int32")}, {"n": [1]}, "column n is int in {0}, bigint in {1}"),
            ({"n": [1], "x": [1]}, {"n": ["1"]}, "column n is bigint in {0}, string in {1}"),
            ({"id": [1]}, {"ID": [1]}, "column id of {0} is called ID in {1}"),
            ({"s": [{"x": 1}]}, {"s": [{"x": 1, "y": 2}]}, "column s is struct<x: int64> in {0}, struct<x: int64, y"),
        ],
    )
    def test_differences(self, files, write, one, other, said):
        """Both files, the column, both types."""
        paths = write(one, "1"), write(one, "2"), write(other, "3")
        assert said.format(paths[0], paths[2]) in error(files[0], *paths)

    def test_merged(self, files, write):
        """With Spark's option for it, columns are those of any file."""
        paths = write({"id": [1]}, "1"), write({"id": [2], "b": ["x"]}, "2")
        found = read(files[0], *paths, mergeschema="true").to_pylist()
        assert found == [{"id": 1, "b": None}, {"id": 2, "b": "x"}]

    def test_not_merged(self, files, write):
        """Other types, or names of another case, are an error then, too."""
        one = write({"id": pa.array([1], "int32")}, "1")
        assert "is int in" in error(files[0], one, write({"id": [5_000_000_000]}, "2"), mergeschema="true")
        assert "is called ID" in error(files[0], one, write({"ID": [1]}, "3"), mergeschema="true")

    def test_same_name_in_one_file(self, files, write):
        """Names that differ in case only are none that Spark could tell apart."""
        assert "two columns are called a and A" in error(files[0], write({"a": [1], "A": [2]}))

    def test_schema(self, files, write):
        """A schema chooses columns, and their order."""
        path = write({"a": [1], "b": [2], "c": [3]})
        schema = pa.schema([("C", pa.int64()), ("a", pa.int64())])
        assert read(files[0], path, schema=schema).to_pylist() == [{"c": 3, "a": 1}]

    @pytest.mark.parametrize("damage", [lambda data: data[:-6], lambda data: data[:40], lambda data: b""])
    def test_damaged(self, files, write, damage):
        """A file that can't be read is named."""
        good, bad = write({"a": range(10_000)}, "1"), write({"a": range(10_000)}, "2")
        with open(bad, "rb+") as file:
            data = damage(file.read())
            file.seek(0)
            file.truncate()
            file.write(data)
        assert error(files[0], good, bad).startswith(f"{bad}: it is damaged")

    def test_unknown_option(self, files):
        """An option that isn't honoured is named."""
        assert files[0].why_unread({"recursivefilelookup": "true", "mergeschema": "true"}) is None
        assert "datetimerebasemode is not known" in files[0].why_unread({"datetimerebasemode": "LEGACY"})
