"""How a command is told which saved run it is about. Reads none."""

from __future__ import annotations

from typing import Annotated

import typer

RunName = Annotated[str, typer.Argument(help="A run file, or the number of a saved run (otfbench list).")]
