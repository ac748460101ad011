"""How commands speak: exit codes, a console 100 columns wide, JSON. Knows no command."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console

from otfbench import redaction
from otfbench.errors import UsageError
from otfbench.units import WIDTH, parse_seconds

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Matches what moves the cursor, colours or renames the terminal, or turns the direction of writing."""


class Exit(IntEnum):
    """What a command ends with."""

    FINE = 0
    FAILED = 1
    """Regressed, unequal, or failed on the way."""
    INCONCLUSIVE = 2
    NOT_COMPARABLE = 3
    USAGE = 4


def console(stderr: bool = False) -> Console:
    """For people: no colour and no progress where the output is no terminal, or NO_COLOR is set."""
    file = sys.stderr if stderr else sys.stdout
    return Console(file=file, width=None if file.isatty() else WIDTH, highlight=False, soft_wrap=True)


def print_lines(lines: Iterable[str]) -> None:
    """For people: text of a file, which may be anybody's, stays text."""
    print(_MOVES.sub("?", "\n".join(lines)))


def print_json(value: Any) -> None:
    """For programs: keys in the order that the command gives them, secrets hidden."""
    print(json.dumps(redaction.redact_json(value), indent=2, ensure_ascii=False, default=str))


def budget_seconds(text: str | None) -> float | None:
    """What --budget was given, if it was; raises UsageError."""
    try:
        return None if text is None else parse_seconds(text)
    except ValueError as error:
        raise UsageError(f"--budget: {error}.") from None


def write_whole(path: Path, text: str) -> None:
    """Write a file as a whole, or not at all; raises UsageError if it can't be."""
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with beside.open("x", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{path} can't be written: {error.strerror}.") from None


def print_table(columns: list[str], rows: list[list[Any]]) -> None:
    """For people: rows below the names of their columns; None is a dash."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*("-" if each is None else str(each) for each in row))
    console().print(table)
