"""What it costs to fetch the newest trips: a workload with a fixture of its own."""

import pytest
from pyspark.sql import functions as F

from otfbench.workloads import collect, variants


@pytest.fixture(params=[10, 100])
def newest(request):
    """The query: so many trips, the latest first."""
    return lambda rows: rows.orderBy(F.desc("pickup_at"), "trip_id").limit(request.param)


@variants("shipped", full=["mor"])
def test_newest(measure, table, newest):
    """Fetch the newest trips of a table."""
    measure(collect, table, newest, expect=newest(table.rows))
