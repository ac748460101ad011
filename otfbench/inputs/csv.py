"""Comma-separated text with a header line."""

from otfbench.inputs.base import MICROSECONDS, Input


class Csv(Input):
    """Quotes are doubled inside quotes, as RFC 4180 has it; a row that doesn't fit the schema is an error."""

    name = "csv"
    options = {"header": "true", "escape": '"', "timestampFormat": MICROSECONDS, "mode": "FAILFAST"}
