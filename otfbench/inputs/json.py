"""JSON, one object a line."""

from otfbench.inputs.base import MICROSECONDS, Input


class Json(Input):
    """A line that doesn't fit the schema is an error."""

    name = "json"
    options = {**MICROSECONDS, "mode": "FAILFAST"}
    foreign_options = {"mode": "FAILFAST"}
