"""The contract of inputs, kept by fixed-width text."""

import pytest

from otfbench.testing import InputContract
from otfbench.testing.inputs import PLAIN_TEXTS


class TestFixedWidth(InputContract):
    """All of it, but for texts with line breaks: these are refused."""

    name = "fixed-width"
    texts = PLAIN_TEXTS

    @pytest.mark.parametrize("text", ["a\nb", "x" * 48])
    def test_what_does_not_fit_is_refused(self, spark, files, tmp_path, text):
        """A text with a line break, or longer than its field, can't be written."""
        with pytest.raises(Exception, match="a value of `text` is too long, or has a line break"):
            files.write(spark.createDataFrame([(text,)], "text string"), str(tmp_path / "files"))
