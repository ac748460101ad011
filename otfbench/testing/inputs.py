"""The contract suite for authors of inputs: subclass it, name the plugin, run pytest. Knows no input by name.

::

    from otfbench.testing.inputs import InputContract

    class TestMine(InputContract):
        name = "mine"

A suite starts one JVM per class, and changes nothing outside of pytest's temporary folder but for the cache of jars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from otfbench.data.dataset import as_inferred
from otfbench.fidelity import matrix
from otfbench.fidelity.cells import CELLS, GROUPS
from otfbench.fidelity.snapshot import content
from otfbench.inputs.base import Input
from otfbench.registry import load_input
from otfbench.registry.detection import detect
from otfbench.testing.fixtures import TRIPS, assert_content, input_jars, started

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PLAIN_TEXTS = (
    "",
    " ",
    "\t",
    "a,b",
    '"',
    '""',
    "'",
    "\\",
    '\\"',
    ' "x" ',
    "#",
    "null",
    "\ufeffGr\u00fc\u00dfe \u4e16\u754c \U0001f600",
)
"""Texts that a careless writer or reader changes."""

NUMBERS = (*(cell.name for cell in GROUPS["Numbers"]), "boolean", "date", "timestamp", "timestamp_ntz")
"""The cells (otfbench.fidelity.cells) that any input must hold."""


class InputContract:
    """What an input must do to be measured. A subclass gives its name."""

    name: ClassVar[str]
    """The entry point's name."""
    texts: ClassVar[Sequence[str]] = (*PLAIN_TEXTS, "a\nb", "a\r\nb")
    """What must survive beside null. An input that can't hold line breaks takes PLAIN_TEXTS, and says so."""
    numbers: ClassVar[Sequence[str]] = NUMBERS
    """The cells of the fidelity matrix that must survive. An input that can't hold one leaves it out, and says so."""

    @classmethod
    def jar_files(cls) -> list[Path]:
        """The local jars that the input needs. One whose package is not in the lock overrides this."""
        return input_jars([cls.name])

    @pytest.fixture(scope="class")
    @classmethod
    def spark(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
        """The session of the one JVM of the class."""
        with started(tmp_path_factory.mktemp(cls.name), {}, cls.jar_files()) as jvm:
            yield jvm.spark

    @pytest.fixture
    def files(self) -> Input:
        """The input itself."""
        return load_input(self.name)

    def test_rows_are_kept(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """What is written is what is read: all common types, microseconds, nulls; one file per partition."""
        written = _written(files, TRIPS.generate(spark), tmp_path)
        assert len(written) == TRIPS.files >= 2
        assert_content(files.read(spark, str(tmp_path / "files"), TRIPS.schema), TRIPS.generate(spark))

    def test_texts_are_kept(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """Quotes, commas, blanks and any script survive, and an empty text is not null."""
        schema = "n int, text string, after string"
        rows = spark.createDataFrame([(n, text, "end") for n, text in enumerate([None, *self.texts])], schema)
        files.write(rows, str(tmp_path / "files"))
        assert content(files.read(spark, str(tmp_path / "files"), schema)) == content(rows)

    def test_numbers_are_kept(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """The ends of each range, NaN, infinity, -0.0, early moments and nulls survive."""
        rows = matrix.rows(spark, [CELLS[name] for name in self.numbers])
        files.write(rows, str(tmp_path / "files"))
        schema = ", ".join(f"`{name}` {kind}" for name, kind in rows.dtypes)
        assert content(files.read(spark, str(tmp_path / "files"), schema)) == content(rows)

    def test_detected_by_content(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """Its files are detected as this input's, whatever they are called; and fault() reports nothing."""
        for number, path in enumerate(_written(files, TRIPS.generate(spark), tmp_path)):
            assert files.fault(str(path), {}) is None
            assert detect(str(path.rename(tmp_path / f"file {number}"))).name == self.name

    def test_types_are_inferred(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """What Spark infers from files without types is what the input declares for each column; no row differs."""
        if files.typed:
            pytest.skip("each file holds its types")
        from pyspark.sql import functions as F

        rows = TRIPS.generate(spark).withColumn("never", F.lit(None).cast("int"))
        files.write(rows, str(tmp_path / "files"))
        assert_content(files.infer(spark, str(tmp_path / "files")), as_inferred(rows, files.inferences))

    def test_sample_of_foreign_files(self, spark: SparkSession, files: Input, tmp_path: Path) -> None:
        """What is written as others would have is read so: whole numbers, texts and nulls, from several files."""
        rows = spark.createDataFrame([(n, f"text {n}" if n else None) for n in range(10)], "row int, text string")
        files.write_foreign(rows, str(tmp_path / "files"), {})
        paths = [str(tmp_path / "files")] if files.lists_files else list(map(str, _data(tmp_path / "files")))
        assert content(files.read_foreign(spark, paths, rows.schema, {})) == content(rows)


def _written(files: Input, rows: DataFrame, folder: Path) -> list[Path]:
    files.write(rows, str(folder / "files"))
    return _data(folder / "files")


def _data(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name[0] not in "._")
