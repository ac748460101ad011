"""The command `formats`: the installed table formats, as a table. Loads no Spark."""

from __future__ import annotations

from typing import Any

from otfbench.commands import installed
from otfbench.commands.output import AsJson, print_json, print_table


def formats(as_json: AsJson = False) -> None:
    """List the installed table formats. Also what they can't do, and the versions that the lock has for each Spark.

    Example: otfbench formats --json
    """
    descriptions, profiles = installed.formats(), installed.profiles()
    if as_json:
        print_json({"formats": descriptions, "profiles": profiles})
        return
    rows = [
        [each["name"], each["version"], each.get("contract"), each["package"], *_abilities(each)]
        for each in descriptions
    ]
    print_table(["format", "version", "contract", "brought by", "variants", "can't do"], rows)
    names = [each["name"] for each in descriptions]
    rows = [
        [each["profile"] + (" (in use)" if each["in_use"] else ""), each["spark"], *map(each["packages"].get, names)]
        for each in profiles
    ]
    print_table(["profile", "Spark", *names], rows)


def _abilities(description: dict[str, Any]) -> list[str | None]:
    if "error" in description:
        return [f"broken: {description['error']}", None]
    control = " (the control)" if description["control"] else ""
    return [", ".join(description["variants"]) + control, ", ".join(description["lacks"]) or None]
