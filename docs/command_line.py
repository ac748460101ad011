"""Writes command-line.md: each command and each option of a run, from the code.

python docs/command_line.py docs/command-line.md
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from otfbench.cli import app
from otfbench.plugin.hooks import pytest_addoption

ABOUT = """# Command line

Generated from the code: what `otfbench COMMAND --help` says of each command, and the options of a run. How they are
used is on [The command](command.md), [The report](report.md), [Compare, gate, export](comparing.md) and
[Is the new version slower?](ab-comparisons.md).
"""


def text() -> str:
    """The page."""
    return "\n".join([ABOUT, *_commands(typer.main.get_command(app), "otfbench"), *_options_of_runs(), ""])


def _commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield from _command(command, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    paragraphs = [" ".join(each.split()) for each in (command.help or "").split("\n\n")]
    yield f"## `{path}`\n"
    for paragraph in paragraphs:
        example = re.fullmatch(r"Examples?: (.*)", paragraph)
        yield f"```\n{example[1]}\n```\n" if example else f"{_cell(paragraph)}\n"
    rows = [row for each in command.params if (row := _parameter(each))]
    if rows:
        yield "| | default | |\n| --- | --- | --- |"
        yield from rows
        yield ""


def _parameter(parameter: Any) -> str | None:
    help_text = getattr(parameter, "help", None) or ""
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return None
    if parameter.param_type_name == "argument":
        name = f"`{parameter.metavar or parameter.name.upper()}`"
    else:
        metavar = parameter.metavar or ("" if getattr(parameter, "is_flag", False) else _metavar(parameter))
        name = " ".join(f"`{option}{' ' + metavar if metavar else ''}`" for option in parameter.opts).replace(
            "|", "\\|"
        )
    return f"| {name} | {_default(parameter)} | {_cell(help_text)} |"


def _metavar(parameter: Any) -> str:
    """The values of a choice; else the kind of the value."""
    kind = parameter.type_descriptor.annotation
    while get_args(kind):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    return {str: "TEXT", int: "N", float: "NUMBER"}.get(kind, kind.__name__.upper())


def _default(parameter: Any) -> str:
    value = parameter.default
    value = getattr(value, "value", value)
    nothing = value is None or value is False or value in ((), [], "") or callable(value)
    return "" if nothing else f"`{value}`"


def _options_of_runs() -> Iterator[str]:
    """pytest's options of ours."""
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    yield "## Options of a run\n"
    yield (
        "Given to `pytest`, `otfbench run` and, for each side, `otfbench ab`; most are keys of"
        " [otfbench.yaml](configuration.md), too.\n"
    )
    yield "| | |\n| --- | --- |"
    for option in parser.getgroup("otfbench").options:
        attributes = option.attrs()
        metavar = f" {attributes['metavar']}" if attributes.get("metavar") else ""
        yield f"| `{option.names()[0]}{metavar}` | {_cell(attributes['help'].replace('%%', '%'))} |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
