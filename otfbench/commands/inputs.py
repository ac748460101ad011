"""The command `inputs`: the installed inputs, as a table. Loads no Spark."""

from __future__ import annotations

from typing import Any

from otfbench.commands import installed
from otfbench.commands.output import AsJson, print_json, print_table


def inputs(as_json: AsJson = False) -> None:
    """List the installed inputs.

    Example: otfbench inputs --json
    """
    descriptions = installed.inputs()
    if as_json:
        print_json({"inputs": descriptions})
        return
    print_table(
        ["input", "contract", "brought by", "read by", "types", "nested"], [_input_row(each) for each in descriptions]
    )


def _input_row(description: dict[str, Any]) -> list[str | None]:
    if "error" in description:
        return [description["name"], None, description["package"], f"broken: {description['error']}", "", ""]
    types = "in the files" if description["typed"] else "inferred"
    nested = "yes" if description["nested"] else "no"
    origin = [description[key] for key in ("name", "contract", "package")]
    return [*origin, _reader(description), types, nested]


def _reader(description: dict[str, Any]) -> str:
    if description["lacks"]:
        return f"no jars in this profile ({description['lacks']})"
    return f"Spark and jars of {description['version']}" if description["version"] else "Spark itself"
