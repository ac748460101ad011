"""The command `inputs`: the installed inputs, as a table. Loads no Spark."""

from __future__ import annotations

from typing import Any

from otfbench.commands import installed
from otfbench.commands.output import AsJson, print_json, print_table


def inputs(as_json: AsJson = False) -> None:
    """List the installed inputs.

    Example: otfbench inputs --json
    """
    found = installed.inputs()
    if as_json:
        print_json({"inputs": found})
        return
    print_table(["input", "contract", "brought by", "read by", "types", "nested"], [_input_row(each) for each in found])


def _input_row(told: dict[str, Any]) -> list[str | None]:
    if "error" in told:
        return [told["name"], None, told["package"], f"broken: {told['error']}", "", ""]
    reader = f"no jars in this profile ({told['lacks']})" if told["lacks"] else f"Spark and jars of {told['version']}"
    types = "in the files" if told["typed"] else "inferred"
    reader = reader if told["lacks"] or told["version"] else "Spark itself"
    return [told["name"], told["contract"], told["package"], reader, types, "yes" if told["nested"] else "no"]
