"""Comma-separated text with a header line."""

from otfbench.inputs.base import MICROSECONDS, Input


class Csv(Input):
    """Quotes are doubled inside quotes, as RFC 4180 has it; a row that doesn't fit the schema is an error."""

    name = "csv"
    options = {"header": "true", "escape": '"', "timestampFormat": MICROSECONDS, "mode": "FAILFAST"}
    # enforceSchema is Spark's word for: take columns by position, whatever the header calls them.
    foreign_options = {"header": "true", "escape": '"', "mode": "FAILFAST", "enforceSchema": "false"}
    infer_options = {"inferSchema": "true"}
