"""What a case carries is what a run file may hold: a format that says something else fails its own case alone."""

from __future__ import annotations

from typing import Any

import pytest

from otfbench.errors import PluginError
from otfbench.measure.record import checked


def test_record_that_a_file_may_hold(finished):
    """A recorded case is as it was."""
    record = finished("append[parquet]")[1]["extra_info"]["otfbench"]
    assert checked(record) == record


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("reported", {"added_rows": -1}, "reported.added_rows: must be greater than or equal to 0"),
        ("reported", {"added_rows": object()}, "reported.added_rows: must be a whole number"),
        ("derived", {"rows_per_s": float("nan")}, "it is no JSON"),
        ("tolerances", {"live_bytes": 2.0}, "tolerances.live_bytes: must be less than 1"),
        ("unreported", {"jobs": "caf\udce9"}, "it is no JSON"),
        ("settings", {"table_properties": {"a": 1}, "spark": {}}, "settings.table_properties.a: must be text"),
    ],
)
def test_record_that_no_file_may_hold(finished, key: str, value: Any, told: str):
    """What could not be read again is an error of the format, by its place."""
    record = finished("append[parquet]")[1]["extra_info"]["otfbench"]
    with pytest.raises(PluginError, match=f"gave what no run file may hold: .*{told}"):
        checked(record | {key: value})
