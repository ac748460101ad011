"""The argument that names a saved run, for each command that takes one. Reads none."""

from __future__ import annotations

from typing import Annotated

import typer

RunName = Annotated[str, typer.Argument(help="A run file, or the number of a saved run (otfbench list).")]
