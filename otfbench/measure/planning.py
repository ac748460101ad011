"""How long Spark planned a query that was run. Knows no case."""

from __future__ import annotations


def planning_s(result: object) -> float | None:
    """Seconds that Spark took to analyse, optimise and plan the query that was run; None where none was returned."""
    from pyspark.sql import DataFrame

    if not isinstance(result, DataFrame):
        return None
    phases = result._jdf.queryExecution().tracker().phases().values().iterator()
    total_ms = 0
    while phases.hasNext():
        total_ms += max(0, phases.next().durationMs())  # of the clock on the wall, which may be set back
    return total_ms / 1000
