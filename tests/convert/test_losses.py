"""What is said of values and names before anything is written; what a second reader has seen is not asked for again."""

import datetime

import pyarrow as pa
import pytest
from pyspark.sql import types as T

from otfbench.convert.losses import _is_kept, warnings
from otfbench.data.column_hashes import evidence
from otfbench.registry import load_format

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([datetime.date(1582, 10, 15), None], T.DateType(), True),
        ([datetime.date(1582, 10, 14), datetime.date(2000, 1, 1)], T.DateType(), False),
        ([None], T.DateType(), True),
        ([datetime.datetime(1900, 1, 1, tzinfo=UTC)], T.TimestampType(), True),
        ([datetime.datetime(1899, 12, 31, 23, 59, tzinfo=UTC)], T.TimestampType(), False),
    ],
)
def test_the_first_day_that_was_seen(values, kind, kept):
    """A column is asked about only if its first value may be lost."""
    arrow = pa.date32() if isinstance(kind, T.DateType) else pa.timestamp("us", "UTC")
    batches = [pa.record_batch({"a": pa.array([value], arrow)}) for value in values]
    assert _is_kept(load_format("delta"), T.StructField("a", kind), evidence(batches)) is kept
    assert not _is_kept(load_format("delta"), T.StructField("a", kind), None)


def test_names_that_others_refuse():
    """Hudi's names are Avro's, which only Java can be made to take in other scripts."""
    assert list(warnings(["id", "accessibilité"], load_format("hudi"))) == [
        "hudi: readers other than Spark refuse columns of such names: 'accessibilité'"
    ]
    assert list(warnings(["accessibilité"], load_format("delta"))) == []
