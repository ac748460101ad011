"""The command `otfbench`. Knows words and exit codes; the work is done elsewhere."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from otfbench.errors import OtfbenchError, UsageError

EXIT_FAILED, EXIT_USAGE = 1, 4

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def otfbench() -> None:
    """Measure what it costs to get data into open table formats on Apache Spark; the suite itself is run by pytest."""


@app.command()
def fetch(
    ivy_settings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An Ivy settings file that names your own mirror.")
    ] = None,
) -> None:
    """Fetch the jars of the installed pyspark's profile into the cache folder, and check them.

    Example: otfbench fetch --ivy-settings mirror.xml
    """
    from otfbench import jars
    from otfbench.java import find_java

    java = find_java()
    print(java)
    profile = jars.profile_for(version("pyspark"))
    folder = jars.cache_folder()
    jars.fetch(
        profile.jars, java, folder, ivy_settings, lambda jar: print(f"  {jar.coordinate} ({jar.bytes / 1e6:.1f} MB)")
    )
    total = sum(jar.bytes for jar in profile.jars)
    print(f"{profile.name}: {len(profile.jars)} jars, {total / 1e6:.0f} MB, all as locked, in {folder}")


def main() -> None:
    """Run the command; errors become one screen and an exit code."""
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:  # an unknown command or option: its own exit code 2 would mean "inconclusive"
        told = getattr(error, "format_message", error.__str__)()  # it names the option
        print(f"otfbench: {told}\nTry: otfbench --help", file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except OtfbenchError as error:
        print(f"otfbench: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED)
