"""What it costs to turn files into tables, and to read the files alone."""

import pytest

from otfbench.convert.write import convert, read_all
from otfbench.workloads import every_dataset, every_size, only_in, variants


@every_size
@every_dataset
@variants("shipped", full=["aligned"])
def test_convert(measure, source, target):
    """Read the files with their schema and create a table of their rows."""
    measure(convert, source, target, expect=source.dataset)


@only_in("full")
def test_convert_partitioned(measure, source, partitioned_target):
    """The same into a table with partitions."""
    measure(convert, source, partitioned_target, expect=source.dataset)


@only_in("full")
def test_convert_table(measure, source_table, target):
    """Read what a table of another format holds after a merge and a delete, and create a table of that."""
    measure(convert, source_table, target, expect=source_table.dataset)


@every_dataset
def test_read_source(measure, source, spark):
    """Read the files with their schema and write nothing: tells reading from writing."""
    measure(read_all, source, spark, expect=source.dataset)


@pytest.mark.infers
def test_infer_schema(measure, source, spark):
    """Let Spark find the columns of the files and their types: it reads all of them, and writes nothing."""
    measure(source.infer, spark, expect=source.inferred(spark))
