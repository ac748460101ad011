"""Inputs in Spark keep the contract, and a file that doesn't fit the schema is an error."""

import pytest

from otfbench.spark import first_cause
from otfbench.testing import PLAIN_TEXTS, InputContract, started


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The session of one JVM for all inputs."""
    with started(tmp_path_factory.mktemp("inputs"), {}) as jvm:
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
