"""Comma-separated text with a header line."""

from otfbench.inputs.base import MICROSECONDS, Input


class Csv(Input):
    """Quotes are doubled inside quotes, as RFC 4180 has it, but no line breaks; a row that doesn't fit is an error."""

    name = "csv"
    nested = False
    options = {
        "header": "true",
        "escape": '"',
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        **MICROSECONDS,
        "mode": "FAILFAST",
    }
    # Nothing is null, "" is empty: Spark can tell them apart only where null is read as something else than "".
    read_options = {"nullValue": "\uffff"}
    # enforceSchema is Spark's word for: take columns by position, whatever the header calls them.
    foreign_options = {"header": "true", "escape": '"', "mode": "FAILFAST", "enforceSchema": "false"}
    infer_options = {"inferSchema": "true"}
