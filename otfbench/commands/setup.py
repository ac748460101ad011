"""Commands that make a machine ready, and tell what is there. Knows no run file."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otfbench import redaction
from otfbench.commands.output import AsJson, Exit, console, print_json
from otfbench.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from otfbench.config.options import Config

File = Annotated[Path, typer.Argument(help="The YAML file.", show_default=True)]
_FILE = Path("otfbench.yaml")

config = typer.Typer(no_args_is_help=True, help="Check, show and describe the YAML file.", rich_markup_mode=None)


def fetch(
    ivy_settings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An Ivy settings file that names your own mirror.")
    ] = None,
) -> None:
    """Fetch the locked jars into the cache folder, and check them.

    Example: otfbench fetch --ivy-settings mirror.xml
    """
    from otfbench.spark import jars
    from otfbench.spark.java import find_java

    java = find_java()
    print(java)
    profile = jars.profile_for(version("pyspark"))
    folder = jars.cache_folder()
    jars.fetch(
        profile.jars, java, folder, ivy_settings, lambda jar: print(f"  {jar.coordinate} ({jar.bytes / 1e6:.1f} MB)")
    )
    total = sum(jar.bytes for jar in profile.jars)
    print(f"{profile.name}: {len(profile.jars)} jars, {total / 1e6:.0f} MB, all as locked, in {folder}")


def init() -> None:
    """Write an otfbench.yaml of comments: every key with its default.

    Example: otfbench init && otfbench config check
    """
    from otfbench.config.docs import example

    try:
        with _FILE.open("x", encoding="utf-8") as file:
            file.write(example())
    except FileExistsError:
        raise UsageError(f"{_FILE} is there already: it is left as it is.") from None
    except OSError as error:
        raise UsageError(f"{_FILE} can't be written: {error.strerror}.") from None
    print(f"{_FILE}: every key with its default, as a comment: take the # away from lines that you change")


@config.command()
def check(file: File = _FILE, as_json: AsJson = False) -> None:
    """Say all that is wrong with the file. Nothing is started.

    Example: otfbench config check otfbench.yaml
    """
    try:
        _load(file)
    except ConfigError as error:
        if not as_json:
            raise
        print_json({"file": str(file), "errors": str(error).splitlines()})
        raise typer.Exit(Exit.USAGE) from None
    print_json({"file": str(file), "errors": []}) if as_json else print(f"{file}: nothing is wrong with it")


@config.command()
def show(file: File = _FILE, as_json: AsJson = False) -> None:
    """Show what a run would be asked to do. Defaults are there, secrets are hidden.

    Example: otfbench config show otfbench.yaml
    """
    from otfbench.config.load import effective

    values = effective(_load(file if file != _FILE or file.exists() else None))
    if as_json:
        print_json(values)
        return
    import yaml  # type: ignore[import-untyped]  # PyYAML has no types of its own

    print(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100), end="")


@config.command()
def schema() -> None:
    """Print the JSON Schema of the file, for editors.

    Example: otfbench config schema > otfbench.schema.json
    """
    from otfbench.config.schema import schema as json_schema

    print_json(json_schema())


def doctor(as_json: AsJson = False) -> None:
    """Look at all that a run needs. Each is ok, or what to do is said (exit code 1); starts no Spark.

    Looks at what otfbench.yaml of the current folder asks for, if it is there.

    Example: otfbench doctor
    """
    from dataclasses import asdict

    from otfbench.commands.doctor import checks

    found = list(checks(_load(_FILE if _FILE.exists() else None), Path.cwd()))
    if as_json:
        print_json([asdict(each) | {"ok": each.advice is None} for each in found])
    else:
        for each in found:
            print(f"{'ok' if each.advice is None else '--':4}{each.name}: {redaction.text(each.found)}")
            for line in redaction.text(each.advice or "").splitlines():
                print(f"      {line}")
    if any(each.advice for each in found):
        raise typer.Exit(Exit.FAILED)


def formats(as_json: AsJson = False) -> None:
    """List the installed table formats. Also what they can't do, and the versions that the lock has for each Spark.

    Example: otfbench formats --json
    """
    from otfbench.commands import installed

    found, matrix = installed.formats(), installed.matrix()
    if as_json:
        print_json({"formats": found, "profiles": matrix})
        return
    rows = [[each["name"], each["version"], each["package"], *_abilities(each)] for each in found]
    _table(["format", "version", "brought by", "variants", "can't do"], rows)
    names = [each["name"] for each in found]
    rows = [
        [each["profile"] + (" (in use)" if each["in_use"] else ""), each["spark"], *map(each["packages"].get, names)]
        for each in matrix
    ]
    _table(["profile", "Spark", *names], rows)


def inputs(as_json: AsJson = False) -> None:
    """List the installed inputs.

    Example: otfbench inputs --json
    """
    from otfbench.commands import installed

    found = installed.inputs()
    if as_json:
        print_json({"inputs": found})
        return
    _table(["input", "brought by", "read by", "types", "nested"], [_input_row(each) for each in found])


def _load(file: Path | None) -> Config:
    from otfbench.config import load as configfile

    return configfile.load({}, file)


def _abilities(told: dict[str, Any]) -> list[str | None]:
    if "error" in told:
        return [f"broken: {told['error']}", None]
    control = " (the control)" if told["control"] else ""
    return [", ".join(told["variants"]) + control, ", ".join(told["lacks"]) or None]


def _input_row(told: dict[str, Any]) -> list[str | None]:
    if "error" in told:
        return [told["name"], told["package"], f"broken: {told['error']}", "", ""]
    reader = f"no jars in this profile ({told['lacks']})" if told["lacks"] else f"Spark and jars of {told['version']}"
    types = "in the files" if told["typed"] else "inferred"
    reader = reader if told["lacks"] or told["version"] else "Spark itself"
    return [told["name"], told["package"], reader, types, "yes" if told["nested"] else "no"]


def _table(columns: list[str], rows: list[list[Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*("-" if each is None else str(each) for each in row))
    console().print(table)
