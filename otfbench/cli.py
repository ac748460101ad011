"""The command `otfbench`. Knows its subcommands and exit codes; the work is done elsewhere."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import Annotated

import typer

from otfbench import __version__, redaction
from otfbench.commands import (
    ab,
    clean,
    compare,
    config,
    convert,
    doctor,
    export,
    fetch,
    formats,
    gate,
    generate,
    init,
    inputs,
)
from otfbench.commands import list as list_
from otfbench.commands import report, run
from otfbench.commands.output import Exit
from otfbench.errors import IncomparableError, OtfbenchError, UsageError

REPORT_EXTRA = ("altair", "numpy", "scipy", "vl_convert")
"""Modules that only reports and comparisons need, which the extra `report` brings."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def _show_version(requested: bool) -> None:
    if requested:
        print(f"otfbench {__version__}")
        raise typer.Exit


@app.callback()
def otfbench(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and exit.")
    ] = False,
) -> None:
    """Measure what it costs to get data into open table formats on Apache Spark; the suite itself is run by pytest."""


_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Options that a command doesn't know are those of a run."""
app.command()(init.init)
app.add_typer(config.config, name="config")
app.command()(doctor.doctor)
app.command()(fetch.fetch)
app.command()(formats.formats)
app.command()(inputs.inputs)
app.command(context_settings=_PASSED_ON)(run.run)
app.command()(report.report)
app.command("list")(list_.list_runs)
app.command()(compare.compare)
app.command()(gate.gate)
app.command(context_settings=_PASSED_ON)(ab.ab)
app.command(context_settings=_PASSED_ON)(ab.aa)
app.command()(export.export)
app.command()(generate.generate)
app.command()(convert.convert)
app.command()(clean.clean)


def main() -> None:
    """Run the command; errors become one screen and an exit code."""
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:  # an unknown command or option: its own exit code 2 would mean "inconclusive"
        message = getattr(error, "format_message", error.__str__)()  # it names the option
        message = redaction.redact_text(message).replace(": Value error, ", ": ")  # pydantic's words, which say nothing
        print(f"otfbench: {message}\nTry: otfbench --help", file=sys.stderr)
        sys.exit(Exit.USAGE)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in REPORT_EXTRA:
            raise
        print(f"otfbench: {package} is not installed: pip install 'otfbench[report]'", file=sys.stderr)
        sys.exit(Exit.USAGE)
    except OtfbenchError as error:
        print(f"otfbench: {redaction.redact_text(str(error))}", file=sys.stderr)
        sys.exit(exit_code(error))
    except Exception as error:
        # Else a fault of ours: its traceback may have what the user gave.
        words = f"otfbench: {room}" if (room := _no_room(error)) else traceback.format_exc()
        print(redaction.redact_text(words), file=sys.stderr)
        sys.exit(Exit.FAILED)


def _no_room(error: Exception) -> str | None:
    """What to do where nothing can be written, as in a full folder for temporary files; None for any other error."""
    unusable = isinstance(error, FileNotFoundError) and "temporary directory" in str(error)
    if not isinstance(error, OSError) or not (unusable or error.errno in _FULL):
        return None
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}. Make room there, or name another folder for temporary files by TMPDIR=FOLDER."


def exit_code(error: OtfbenchError) -> Exit:
    """What an error means to whoever called."""
    if isinstance(error, IncomparableError):
        return Exit.NOT_COMPARABLE
    return Exit.USAGE if isinstance(error, UsageError) else Exit.FAILED
