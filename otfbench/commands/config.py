"""The commands `config check`, `show` and `schema`: what the YAML file says. Starts nothing."""

from __future__ import annotations

import typer

from otfbench.commands.configuration import FILE, File, load_config
from otfbench.commands.output import AsJson, Exit, print_json
from otfbench.errors import ConfigError

config = typer.Typer(no_args_is_help=True, help="Check, show and describe the YAML file.", rich_markup_mode=None)


@config.command()
def check(file: File = FILE, as_json: AsJson = False) -> None:
    """Say all that is wrong with the file. Nothing is started.

    Example: otfbench config check otfbench.yaml
    """
    try:
        load_config(file)
    except ConfigError as error:
        if not as_json:
            raise
        print_json({"file": str(file), "errors": str(error).splitlines()})
        raise typer.Exit(Exit.USAGE) from None
    print_json({"file": str(file), "errors": []}) if as_json else print(f"{file}: nothing is wrong with it")


@config.command()
def show(file: File = FILE, as_json: AsJson = False) -> None:
    """Show what a run would be asked to do. Defaults are there, secrets are hidden.

    Example: otfbench config show otfbench.yaml
    """
    from otfbench.config.shown import effective

    values = effective(load_config(file if file != FILE or file.exists() else None))
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
