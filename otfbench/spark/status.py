"""Objects of Spark's status store, as its REST interface would give them. Knows not what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def json_reader(spark: SparkSession) -> Callable[[Any], Any]:
    """Turns an object of Scala's into one of Python's: by Spark's own REST mapper, in one round trip."""
    jvm = spark._jvm
    assert jvm is not None  # a classic session always has one
    mapper = jvm.org.apache.spark.status.api.v1.JacksonMessageWriter().mapper()
    return lambda scala_object: json.loads(mapper.writeValueAsString(scala_object))
