"""The YAML file that a command is about, and how one that runs Spark ends. Checks no value itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from otfbench.config.options import Config

File = Annotated[Path, typer.Argument(help="The YAML file.", show_default=True)]
FILE = Path("otfbench.yaml")


def load_config(file: Path | None) -> Config:
    """What the YAML file asks for; without one, the defaults."""
    from otfbench.config import load as configfile

    return configfile.load({}, file)


def current_config() -> Config:
    """Spark's settings and the formats', from the YAML file of the current folder; without one, all cores are used."""
    from otfbench.config import load as configfile

    file = configfile.find_config_file(None, Path.cwd(), Path.cwd())
    return configfile.load({} if file else {"master": "local[*]"}, file)


@contextmanager
def ending_gently() -> Iterator[None]:
    """Who ends the process leaves nothing behind, and is not shown where: py4j tells the root logger.

    The exit code is 128 + the number of the signal.
    """
    from otfbench.spark import interrupts
    from otfbench.spark.jvm import kill

    logging.getLogger().addHandler(logging.NullHandler())
    interrupts.listen(kill)  # at once: what a JVM goes on writing can't be removed
    try:
        yield
    finally:
        interrupts.forget()
        if status := interrupts.exit_status():
            raise typer.Exit(status) from None
