"""Inputs in Spark keep the contract, and a file that doesn't fit the schema is an error."""

import json

import pytest

from otfbench.formats.declaration import SPARK_3
from otfbench.spark.causes import first_cause
from otfbench.testing.fixtures import input_jars, started
from otfbench.testing.inputs import NUMBERS, PLAIN_TEXTS, InputContract


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The session of one JVM for all inputs."""
    with started(tmp_path_factory.mktemp("inputs"), {}, input_jars()) as jvm:
        yield jvm.spark


class OneJvm(InputContract):
    """The contract, in the JVM of the module."""

    @pytest.fixture(scope="class")
    @classmethod
    def spark(cls, plain):
        """The module's session."""
        return plain


class TestCsv(OneJvm):
    """Comma-separated text; a text can't hold a line break."""

    name = "csv"
    texts = PLAIN_TEXTS

    @pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\n"])
    def test_line_break_is_an_error(self, spark, files, tmp_path, text):
        """A text with a line break is refused when it is read, instead of becoming two rows."""
        files.write(spark.createDataFrame([(1, text)], "row int, text string"), str(tmp_path / "files"))
        with pytest.raises(Exception) as caught:
            files.read(spark, str(tmp_path / "files"), "row int, text string").collect()
        assert "MALFORMED_CSV_RECORD" in first_cause(caught.value)

    @pytest.mark.parametrize("line", ["one,text", "1", "1,text,more"])
    def test_row_that_does_not_fit_is_an_error(self, spark, files, tmp_path, line):
        """A value of another type, and too few or too many values, are refused."""
        (tmp_path / "file.csv").write_text(f"row,text\n{line}\n")
        with pytest.raises(Exception, match="FAILFAST"):
            files.read(spark, str(tmp_path), "row int, text string").collect()


class TestJson(OneJvm):
    """JSON, one object a line."""

    name = "json"

    @pytest.mark.parametrize("line", ['{"row": "one"}', '{"row": 1', '{"row": 1.5}'])
    def test_row_that_does_not_fit_is_an_error(self, spark, files, tmp_path, line):
        """A value of another type and a line that is no object are refused."""
        (tmp_path / "file.json").write_text(f"{line}\n")
        with pytest.raises(Exception, match="FAILFAST"):
            files.read(spark, str(tmp_path), "row int, text string").collect()


class TestParquet(OneJvm):
    """Parquet files."""

    name = "parquet"


class TestCsvGz(TestCsv):
    """Compressed CSV is the same; each file ends in .gz."""

    name = "csv-gz"

    def test_cut_file_is_an_error(self, spark, files, tmp_path):
        """A file that lost its end is refused."""
        assert_cut_is_refused(spark, files, tmp_path)


class TestJsonGz(TestJson):
    """Compressed JSON is the same."""

    name = "json-gz"

    def test_cut_file_is_an_error(self, spark, files, tmp_path):
        """A file that lost its end is refused."""
        assert_cut_is_refused(spark, files, tmp_path)


def assert_cut_is_refused(spark, files, folder):
    rows = spark.range(9_999).selectExpr("id", "hex(xxhash64(id)) AS text")
    files.write(rows.coalesce(1), str(folder / "files"))
    [file] = (folder / "files").glob("*.gz")
    cut = folder / f"cut{file.suffix}"  # elsewhere: Hadoop keeps a checksum beside the file
    cut.write_bytes(file.read_bytes()[:-99])
    with pytest.raises(Exception) as caught:
        files.read(spark, str(cut), "id bigint, text string").collect()
    assert "Unexpected end of input stream" in first_cause(caught.value)


class TestJsonMultiline(TestJson):
    """One array per file, over many lines."""

    name = "json-multiline"

    def test_array_per_partition(self, spark, files, tmp_path):
        """Each partition is one array that any JSON parser reads, also a partition without a row."""
        files.write(spark.range(0, 4, 1, 2).where("id < 2"), str(tmp_path / "files"))
        arrays = [json.loads(file.read_text()) for file in sorted((tmp_path / "files").glob("part-*"))]
        assert arrays == [[{"id": 0}, {"id": 1}], []]


class TestOrc(OneJvm):
    """ORC files; moments in the last second before 1970 are moved."""

    name = "orc"
    numbers = [name for name in NUMBERS if name != "timestamp"]

    def test_the_second_before_1970_is_lost(self, spark, files, tmp_path):
        """A part of the last second before 1970 comes back a second later; other moments are kept."""
        moments = ["1969-12-31 23:59:58.5", "1969-12-31 23:59:59", "1969-12-31 23:59:59.5", "1970-01-01 00:00:00.5"]
        rows = spark.createDataFrame([(text,) for text in moments], "at string").selectExpr(
            "CAST(at AS timestamp) AS at"
        )
        files.write(rows.coalesce(1), str(tmp_path / "files"))
        read = files.read(spark, str(tmp_path / "files"), "at timestamp").selectExpr("CAST(at AS string) AS at")
        assert [row["at"] for row in read.collect()] == [*moments[:2], moments[3], moments[3]]


class TestAvro(OneJvm):
    """Avro files."""

    name = "avro"

    def test_small_integers_are_int_in_the_file(self, spark, files, tmp_path):
        """Avro has no smaller integer than int: whoever reads the file without our schema gets int."""
        files.write(spark.sql("SELECT 1Y AS tiny, 1S AS small"), str(tmp_path / "files"))
        assert spark.read.format("avro").load(str(tmp_path / "files")).dtypes == [("tiny", "int"), ("small", "int")]


class TestXml(OneJvm):
    """XML, one element a row; the lowest int and bigint, control characters and, in Spark 3, timestamps without a zone
    are lost.
    """

    name = "xml"
    numbers = [name for name in NUMBERS if name not in ("int", "bigint", "timestamp_ntz" if SPARK_3 else "")]

    @pytest.mark.parametrize("kind", ["int", "bigint"])
    def test_lowest_integer_is_an_error(self, spark, files, tmp_path, kind):
        """The lowest value is refused when it is read; the one above it and the highest are kept."""
        bits = {"int": 31, "bigint": 63}[kind]
        schema = f"whole {kind}"
        for number, values in enumerate(([1 - 2**bits, 2**bits - 1], [-(2**bits)])):
            files.write(spark.createDataFrame([(value,) for value in values], schema), str(tmp_path / str(number)))
        assert sorted(files.read(spark, str(tmp_path / "0"), schema).collect()) == [(1 - 2**bits,), (2**bits - 1,)]
        with pytest.raises(Exception, match="FAILFAST"):
            files.read(spark, str(tmp_path / "1"), schema).collect()

    @pytest.mark.parametrize(
        "value", ["'a\u0001'", "'\u0000'", *(["TIMESTAMP_NTZ'2024-02-29 12:00:00'"] if SPARK_3 else [])]
    )
    def test_refused_when_written(self, spark, files, tmp_path, value):
        """A control character, and in Spark 3 a timestamp without a zone, can't be written."""
        with pytest.raises(Exception, match="aborted|Failed to convert|TASK_WRITE_FAILED"):
            files.write(spark.sql(f"SELECT {value} AS value"), str(tmp_path / "files"))

    @pytest.mark.parametrize("row", ["<row>x</row>", "<row>1</text>", "<row>1.5</row>"])
    def test_row_that_does_not_fit_is_an_error(self, spark, files, tmp_path, row):
        """A value of another type and broken markup inside of a row are refused."""
        (tmp_path / "file.xml").write_text(f"<ROWS><ROW>{row}</ROW></ROWS>")
        with pytest.raises(Exception, match="FAILFAST"):
            files.read(spark, str(tmp_path), "row int, text string").collect()
