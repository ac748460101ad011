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
    reader = (
        f"no jars in this profile ({description['lacks']})"
        if description["lacks"]
        else f"Spark and jars of {description['version']}"
    )
    types = "in the files" if description["typed"] else "inferred"
    reader = reader if description["lacks"] or description["version"] else "Spark itself"
    return [
        description["name"],
        description["contract"],
        description["package"],
        reader,
        types,
        "yes" if description["nested"] else "no",
    ]
