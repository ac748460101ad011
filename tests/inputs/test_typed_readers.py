"""Parquet, ORC and Avro by the second readers: the types that Spark gives them, and files that don't go together."""

import base64
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from otfbench.errors import DatasetError
from otfbench.inputs.orc import Orc
from otfbench.inputs.parquet import Parquet

NOON = datetime(2024, 1, 1, 12, 0, 0, 123456)
INTERVAL = (
    "UEFSMRUAFRgVHCwVAhUAFQYVBgAADCwBAAAAAgAAAAAAAAAVAhksNQAYDWR1Y2tkYl9zY2hlbWEVAgAVDhUYFQAYAWklKgAWAhkcGRwmABwVDhkV"
    "ABkYAWkVAhYCFjoWPiYISRwVABUAFQIAAAAWOhYCJggWPgAZHBgcZHVja2RiLmludGVydmFsX2Jsb29tX2ZpbHRlchgNbm9ybWFsaXplZC12MQAY"
    "KER1Y2tEQiB2ZXJzaW9uIHYyLjAuMSAoYnVpbGQgOGQ3ODExNGU5MCkZHBwAAAC0AAAAUEFSMQ=="
)
"""What DuckDB writes for a column i of one interval: pyarrow can't."""
DECIMALS = (
    "UEFSMRUEFTIVNkwVCBUAEgAAGWACAAAAMDkBAAAA/wEAAAAABQAAAAJUC+P/FQAVFBUYLBUKFRAVBhUGHAAAAAokAgAAAAMXAgPkABUEGSw1ABgG"
    "c2NoZW1hFQIAFQwlAhgBZCUKFQQVFAAWChkcGRwmABwVDBk1AAYQGRgBZBUCFgoWiAEWkAEmWiYIKSwVBBUAFQIAFQAVEBUCADwWEhkGGSYCCAAA"
    "ABaIARYKJggWkAEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI1LjAuMRkcHAAAAJAAAABQQVIx"
)
"""Decimals (10, 2) in bytes of any length, as no writer here makes them: the footer of a file of bytes, changed."""
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
    def test_types_are_those_of_spark(self, tmp_path, column, kind, values):
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

    @pytest.mark.parametrize(
        ("column", "said"),
        [
            (pa.array([1], pa.float16()), "column c is a float of 16 bits, a type that Spark doesn't have: rewrite"),
            (pa.array([b"x" * 16], pa.uuid()), "column c is a UUID, which Spark doesn't read from Parquet: rewrite"),
            (pa.array([1], pa.time32("ms")), "column c is a time of day, a type that Spark doesn't have: rewrite"),
            (pa.array([1], pa.time64("ns")), "column c is a time of day, a type that Spark doesn't have: rewrite"),
            (pa.array([1], pa.decimal256(50, 2)), "column c is decimal(50,2), a type that Spark doesn't have: rewrite"),
            (pa.array([{"t": 1}], pa.struct([("t", pa.time64("us"))])), "column c.t is a time of day"),
            (pa.array([[1]], pa.list_(pa.timestamp("ns"))), "column c.element is a time in nanoseconds inside of"),
        ],
    )
    def test_no_type_of_spark(self, tmp_path, column, said):
        """A type that Spark doesn't have, or read, is named with its file and column, and what to do."""
        path = str(tmp_path / "a")
        pq.write_table(pa.table({"c": column}), path)
        assert error(Parquet(), path).startswith(f"{path}: {said}")

    def test_interval_is_refused(self, tmp_path):
        """As old files have it: by its converted type alone."""
        (tmp_path / "a").write_bytes(base64.b64decode(INTERVAL))
        assert "column i is an interval, which Spark doesn't read from Parquet" in error(Parquet(), str(tmp_path / "a"))

    def test_types_of_others(self, tmp_path):
        """An extension that pyarrow doesn't know is read as it is stored, and its name is said."""
        path, period = str(tmp_path / "a"), {"ARROW:extension:name": "pandas.period"}
        pq.write_table(pa.table({"p": [648]}, pa.schema([pa.field("p", pa.int64(), metadata=period)])), path)
        columns = Parquet().columns([path], None)
        assert columns.remarks == {"p": "it is a pandas.period, which Spark doesn't know: read as bigint"}
        assert columns.agree and read(Parquet(), path).to_pylist() == [{"p": 648}]

    def test_left_out(self, tmp_path):
        """Columns beside it can be read, if a schema leaves it out."""
        path = str(tmp_path / "a")
        pq.write_table(pa.table({"u": pa.array([b"x" * 16], pa.uuid()), "id": [7]}), path)
        schema = pa.schema({"id": pa.int64()})
        assert Parquet().columns([path], schema).agree
        assert read(Parquet(), path, schema=schema).to_pylist() == [{"id": 7}]

    @pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
    def test_nanoseconds_are_read_as_times(self, tmp_path, zone):
        """Spark reads them as numbers; they are times where microseconds hold them."""
        path, kind = str(tmp_path / "a"), pa.timestamp("ns", zone)
        pq.write_table(pa.table({"t": pa.array([1_000], kind)}), path)
        time = pa.timestamp("us", zone and "UTC")
        columns = Parquet().columns([path], None)
        assert (columns.schema.field("t").type, columns.parts[0][0].field("t").type) == (time, pa.int64())
        assert read(Parquet(), path)["t"].cast("int64").to_pylist() == [1]

    def test_lost_nanoseconds(self, tmp_path):
        """Where they don't, the column is named; as a bigint it is read."""
        path = str(tmp_path / "a")
        pq.write_table(pa.table({"t": pa.array([1_001], pa.timestamp("ns"))}), path)
        assert "column t: it has times in nanoseconds" in error(Parquet(), path)
        assert read(Parquet(), path, schema=pa.schema({"t": pa.int64()})).to_pylist() == [{"t": 1_001}]

    def test_old_times_inside(self, tmp_path):
        """Times of 96 bits are instants in structs and lists, too."""
        times = pa.array([{"t": [NOON]}], pa.struct([("t", pa.list_(pa.timestamp("us")))]))
        pq.write_table(pa.table({"s": times}), tmp_path / "a", use_deprecated_int96_timestamps=True)
        found = read(Parquet(), str(tmp_path / "a")).to_pylist()
        assert found == [{"s": {"t": [NOON.replace(tzinfo=timezone.utc)]}}]

    @pytest.mark.parametrize(
        "column",
        [
            pa.array([None, 1_001], pa.timestamp("ns")),
            pa.array([[], [1_000, 1_001]], pa.list_(pa.timestamp("ns"))),
            pa.array([None, {"t": -1}], pa.struct([("t", pa.timestamp("ns"))])),
            pa.array([[("k", 1_001)], None], pa.map_(pa.string(), pa.timestamp("ns"))),
        ],
    )
    def test_old_times_lose_no_digits(self, tmp_path, column):
        """Times of 96 bits have nanoseconds: where some are not zero, the column is named."""
        path = str(tmp_path / "a")
        pq.write_table(pa.table({"c.x": column, "i": [1, 2]}), path, use_deprecated_int96_timestamps=True)
        assert "column c.x has times of 96 bits with nanoseconds" in error(Parquet(), path)

    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.list_(pa.string())])
    def test_text_that_is_no_utf_8(self, tmp_path, kind):
        """It is an error with the column; as binary it is read."""
        text = pa.Array.from_buffers(pa.string(), 1, pa.array([b"caf\xe9"]).buffers())
        column = pa.ListArray.from_arrays([0, 1], text) if pa.types.is_list(kind) else text
        pq.write_table(pa.table({"c": column}), tmp_path / "a")
        assert "column c: it has text that is no UTF-8. Declare the column as binary" in error(
            Parquet(), str(tmp_path / "a")
        )
        if not pa.types.is_list(kind):
            declared = pa.schema({"c": pa.binary()})
            assert read(Parquet(), str(tmp_path / "a"), schema=declared).to_pylist() == [{"c": b"caf\xe9"}]

    def test_short_decimals_in_bytes(self, tmp_path):
        """Decimals of up to 18 digits in bytes of any length are read, and known to be what Spark fails at."""
        path = str(tmp_path / "a")
        Path(path).write_bytes(base64.b64decode(DECIMALS))
        numbers = [None if each is None else Decimal(each) for each in ("123.45", "-0.01", "0.00", None, "99999999.99")]
        assert read(Parquet(), path)["d"].to_pylist() == numbers
        found = Parquet().misread([path], {}, pa.schema([]))
        assert found is not None and found.reason.startswith("column d: Spark's reader takes no decimals of up to 18")

    @pytest.mark.parametrize(
        ("kinds", "said"),
        [
            ((pa.int64(), 2**53 + 1, pa.float64()), "it has whole numbers that double doesn't hold. Rewrite the file"),
            ((pa.timestamp("ms"), 2**60, pa.timestamp("us")), "it has times so far away that microseconds don't hold"),
        ],
    )
    def test_values_that_fit_no_type_of_all_files(self, tmp_path, kinds, said):
        """They are named in words, not in those of a library."""
        kind, value, wanted = kinds
        pq.write_table(pa.table({"c": pa.array([value], kind)}), tmp_path / "a")
        with pytest.raises(DatasetError, match=said):
            list(Parquet().batches([str(tmp_path / "a")], {}, pa.schema({"c": wanted})))


class TestOrcTypes:
    """ORC's own."""

    def test_types_are_those_of_spark(self, tmp_path):
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

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            ({"": [1]}, "a column, or a field of one, has no name"),
            ({"s": [{"a`b": 1}]}, "a column, or a field of one, has the name a`b"),
        ],
    )
    def test_unreadable_names_are_refused(self, tmp_path, columns, said):
        """Names that Spark can't read, or takes for others, in ORC."""
        path = str(tmp_path / "a")
        orc.write_table(pa.table(columns), path)
        assert error(Orc(), path).startswith(f"{path}: {said}")

    def test_old_days(self, tmp_path):
        """Days before 1582 take an option, for Spark takes them for Julian ones; they are named."""
        path, option = str(tmp_path / "a"), "orc.proleptic.gregorian.default"
        orc.write_table(pa.table({"d": [date(1500, 1, 1), None]}), path)
        assert "column d has days before 1582-10-15, as 1500-01-01, which Spark takes" in error(Orc(), path)
        assert read(Orc(), path, **{option: "true"})["d"].to_pylist() == [date(1500, 1, 1), None]
        assert Orc().why_unread({option: "true"}) is None

    def test_stripes_are_read_one_by_one(self, tmp_path):
        """Stripe by stripe."""
        table = pa.table({"n": range(200_000), "text": [f"{n}" * 5 for n in range(200_000)]})
        orc.write_table(table, tmp_path / "a", stripe_size=1024)
        found = list(Orc().batches([str(tmp_path / "a")], {}, None))
        assert len(found) > 1
        assert pa.Table.from_batches(found).equals(table)


INT, LONG, FLOAT, DOUBLE = pa.int32(), pa.int64(), pa.float32(), pa.float64()
BIG = 5_000_000_000


def by_hive(path, columns, **pairs):
    """A file as Hive's writer makes it, which is Java's: the footer has its name, and these pairs alone."""
    writer = b"parquet-cpp-arrow version " + pa.__version__.encode()
    table = pa.table(columns)
    with pq.ParquetWriter(path, table.schema, store_schema=False) as file:
        file.write_table(table)
        file.add_key_value_metadata(pairs)
    data = Path(path).read_bytes()
    assert data.count(writer) == 1
    Path(path).write_bytes(data.replace(writer, b"parquet-mr version 1.10.1".ljust(len(writer))))


class TestHiveCalendar:
    """Hive writes days before 1582 by the Julian calendar, and not all of its files say so."""

    OLD, BEFORE_YEAR_1 = date(1500, 1, 1), pa.array([-800_000], pa.date32())
    OPTIONS = (
        "options datetimeRebaseMode: LEGACY if Hive or Spark 2 has written it, or datasets.options datetimeRebaseMode: "
    )

    @pytest.mark.parametrize(
        ("values", "first"),
        [
            ([OLD, None], OLD),
            ([datetime(1582, 10, 14, 23, 59)], "1582-10-14"),
            (pa.array([datetime(1, 1, 1)], pa.timestamp("us", "UTC")), "0001-01-01"),
            (BEFORE_YEAR_1, "-221-09-04"),
        ],
    )
    def test_ambiguous_days_are_refused(self, tmp_path, values, first):
        """A file that doesn't tell is refused with column, value, and both options."""
        path = str(tmp_path / "a")
        by_hive(path, {"d": values})
        said = error(Parquet(), path)
        assert f"{path}: column d has days before 1582-10-15, as {first}, and the file doesn't tell by which" in said
        assert self.OPTIONS in said

    @pytest.mark.parametrize("mode", ["CORRECTED", "corrected"])
    def test_option_tells_the_calendar(self, tmp_path, mode):
        """With the option the days are those of today's calendar."""
        path = str(tmp_path / "a")
        by_hive(path, {"d": [self.OLD]})
        assert read(Parquet(), path, datetimerebasemode=mode)["d"].to_pylist() == [self.OLD]

    @pytest.mark.parametrize(
        "pairs",
        [
            {"org.apache.spark.version": "3.5.9"},
            {"writer.date.proleptic": "true"},
            {"iceberg.schema": "{}"},
            {"parquet.avro.schema": "{}"},
        ],
        ids=str,
    )
    def test_files_that_tell(self, tmp_path, pairs):
        """Spark, Hive from 3.1.3 on, Iceberg and Avro tell whose calendar it is."""
        path = str(tmp_path / "a")
        by_hive(path, {"d": [self.OLD]}, **pairs)
        assert read(Parquet(), path)["d"].to_pylist() == [self.OLD]

    def test_unambiguous_days_are_read(self, tmp_path):
        """Days since 1582 are the same by both calendars; writers other than Java's know no Julian one."""
        path, by_arrow = str(tmp_path / "a"), str(tmp_path / "b")
        by_hive(path, {"d": [date(1582, 10, 15)], "n": [-1_000_000]})
        assert read(Parquet(), path)["d"].to_pylist() == [date(1582, 10, 15)]
        pq.write_table(pa.table({"d": [self.OLD]}), by_arrow)
        assert read(Parquet(), by_arrow)["d"].to_pylist() == [self.OLD]


class TestSeveralFiles:
    """Files whose columns differ have those of all, where a type holds the values of each."""

    @pytest.mark.parametrize(
        ("one", "other", "kind", "values"),
        [
            (pa.array([1], INT), pa.array([BIG]), "int64", [1, BIG]),
            (pa.array([BIG]), pa.array([1], pa.int8()), "int64", [BIG, 1]),
            (pa.array([0.5], FLOAT), pa.array([0.1]), "double", [0.5, 0.1]),
            (pa.array([7]), pa.array([0.1]), "double", [7.0, 0.1]),
            (pa.array([7], INT), pa.array([Decimal("0.25")]), "decimal128(12, 2)", [7, Decimal("0.25")]),
            (
                pa.array([Decimal("1.5")]),
                pa.array([Decimal("123.25")]),
                "decimal128(5, 2)",
                [Decimal("1.5"), Decimal("123.25")],
            ),
            (pa.array([[1]], pa.list_(INT)), pa.array([[BIG], None]), "list<item: int64>", [[1], [BIG], None]),
            (
                pa.array([{"x": 1}], pa.struct([("x", INT)])),
                pa.array([{"y": "b", "X": BIG}, None]),
                "struct<x: int64, y: string>",
                [{"x": 1, "y": None}, {"x": BIG, "y": "b"}, None],
            ),
        ],
    )
    def test_wider_type_of_two_wins(self, files, write, one, other, kind, values):
        """The wider type of two, said with both files; in any order of the files."""
        paths = write({"c": one}, "1"), write({"c": other}, "2")
        found = read(files[0], *paths).column("c")
        assert (str(found.type).replace("element", "item"), found.to_pylist()) == (kind, values)
        note = files[0].columns(paths, None).notes["c"]
        assert paths[0] in note and paths[1] in note

    @pytest.mark.parametrize(
        ("one", "other", "said"),
        [
            ({"n": [1], "x": [1]}, {"n": ["1"]}, "column n is bigint in {0}, string in {1}"),
            ({"n": [True]}, {"n": [1]}, "column n is boolean in {0}, bigint in {1}"),
            ({"d": [date(2024, 1, 1)]}, {"d": [NOON]}, "column d is date in {0}, timestamp"),
            ({"s": [{"x": 1}]}, {"s": [{"x": "1"}]}, "column s is struct<x:bigint> in {0}, struct<x:string> in {1}"),
            ({"b": [b"x"]}, {"b": ["x"]}, "column b is binary in {0}, string in {1}"),
        ],
    )
    def test_no_type_for_both(self, files, write, one, other, said):
        """Two files, the column, both types."""
        paths = write(one, "1"), write(one, "2"), write(other, "3")
        assert said.format(paths[0], paths[2]) in error(files[0], *paths)

    def test_inexact_number_is_an_error(self, files, write):
        """A whole number that no double is equal to is an error."""
        paths = write({"n": [2**53 + 1]}, "1"), write({"n": [0.1]}, "2")
        assert f"{paths[0]}: column n: it has whole numbers that double doesn't hold" in error(files[0], *paths)

    def test_missing_columns_are_null(self, files, write):
        """A column that some files don't have is null there, said with their number."""
        paths = write({"id": [1]}, "1"), write({"id": [2], "b": ["x"]}, "2"), write({"b": ["y"], "id": [3]}, "3")
        found = read(files[0], *paths).to_pylist()
        assert found == [{"id": 1, "b": None}, {"id": 2, "b": "x"}, {"id": 3, "b": "y"}]
        notes = files[0].columns(paths, None).notes
        assert notes == {"b": f"null in 1 file of 3 that don't have it, as {paths[0]}"}

    def test_names_differing_in_case_are_one(self, files, write):
        """Names that differ in case are one column, by the name that is in the first file."""
        paths = write({"id": [1]}, "1"), write({"ID": [2]}, "2")
        assert read(files[0], *paths).to_pylist() == [{"id": 1}, {"id": 2}]
        assert files[0].columns(paths, None).notes == {"id": f"called id in {paths[0]}, ID in {paths[1]}: read as one"}

    def test_agreeing_files_need_no_word(self, files, write):
        """Files with the same columns, or without a row, need no word."""
        paths = write({"id": [1], "a": ["x"]}, "1"), write({"id": [2], "a": [None, "x"][1:]}, "2")
        assert files[0].columns(paths, None).agree
        empty = write({"id": pa.array([], LONG)}, "3")
        assert read(files[0], empty).schema == pa.schema({"id": LONG})

    def test_one_schema_is_one_part(self, files, write):
        """What Spark reads by one schema is one part: missing columns, another order, but not narrower numbers."""
        a, b = write({"id": [1], "n": pa.array([1], INT)}, "1"), write({"n": pa.array([2], INT)}, "2")
        c = write({"n": [BIG], "id": [3]}, "3")
        narrow, wide = (pa.schema({"id": LONG, "n": kind}) for kind in (INT, LONG))
        assert files[0].columns([a, b, c], None).parts == [(narrow, [a, b]), (wide, [c])]

    def test_narrower_files_are_cast_to_schema(self, files, write):
        """A schema whose types are wider than those of a file is what the file is cast to."""
        paths = [write({"id": pa.array([1], INT), "a": ["x"]})]
        schema = pa.schema({"ID": LONG})
        assert files[0].columns(paths, schema).parts == [(pa.schema({"ID": INT}), paths)]
        assert read(files[0], *paths, schema=schema).to_pylist() == [{"ID": 1}]

    def test_same_name_in_one_file(self, files, write):
        """Names that differ in case only are none that Spark could tell apart."""
        assert "two columns are called a and A" in error(files[0], write({"a": [1], "A": [2]}))

    def test_schema_chooses_and_orders_columns(self, files, write):
        """A schema chooses columns, and their order."""
        path = write({"a": [1], "b": [2], "c": [3]})
        schema = pa.schema([("C", pa.int64()), ("a", pa.int64())])
        assert read(files[0], path, schema=schema).to_pylist() == [{"C": 3, "a": 1}]

    @pytest.mark.parametrize("damage", [lambda data: data[:-6], lambda data: data[:40]])
    def test_damaged_file_is_named(self, files, write, damage):
        """A file that can't be read is named."""
        good, bad = write({"a": range(10_000)}, "1"), write({"a": range(10_000)}, "2")
        with open(bad, "rb+") as file:
            data = damage(file.read())
            file.seek(0)
            file.truncate()
            file.write(data)
        assert error(files[0], good, bad).startswith(f"{bad} can't be read as {files[0].name}: it is damaged")

    def test_damaged_inside(self, files, write):
        """What can't be unpacked is named with the part of the file that it is in."""
        path = write({"a": [f"{n}" * 9 for n in range(1000)]})
        with open(path, "rb+") as file:
            file.seek(60)
            file.write(b"\xff" * 40)
        assert "1 of 1 is damaged" in error(files[0], path)

    def test_other_file(self, files, tmp_path):
        """A text that is called otherwise is called what it is."""
        path = tmp_path / "a.parquet"
        path.write_text("id,a\n1,x\n")
        assert "whatever it is called: its first bytes are b'id,a" in error(files[0], str(path))

    def test_unknown_option(self, files):
        """An option that isn't honoured is named."""
        assert files[0].why_unread({"recursivefilelookup": "true", "mergeschema": "true"}) is None
        assert "dateformat is not known" in files[0].why_unread({"dateformat": "yyyy"})

    @pytest.mark.parametrize("name", ["datetimerebasemode", "int96rebasemode"])
    def test_only_todays_calendar_is_known(self, files, name):
        """It knows today's calendar, and no other."""
        assert files[0].why_unread({name: "corrected"}) is None
        assert f"no other calendar than today's, and {name} is LEGACY" in files[0].why_unread({name: "LEGACY"})
