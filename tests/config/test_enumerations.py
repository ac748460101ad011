"""Every value of the configuration that is one of a few: a wrong one is told with its key, itself and the few.

The tables are made of the models and of the commands themselves: a new enumeration is tested without a line here.
"""

import sys
from enum import Enum
from pathlib import Path

import pytest
import typer
import yaml

from otfbench import cli
from otfbench.commands.output import Exit
from otfbench.compare.export import FORMS
from otfbench.config.load import load
from otfbench.config.options import Options, parse_config
from otfbench.config.schema import schema
from otfbench.config.yaml import show
from otfbench.data import generated
from otfbench.errors import ConfigError
from otfbench.inputs.option_values import MODES
from otfbench.registry import format_names, input_names, load_format
from otfbench.spark.jars import profiles

WRONG = "wr0ng"
SCHEMA = schema()


def enumerations(node, place=()):
    """Place and choices of each enumeration below a node of the schema."""
    node = SCHEMA["$defs"][node["$ref"].split("/")[-1]] if "$ref" in node else node
    if "enum" in node:
        yield place, node["enum"]
    for key, each in node.get("properties", {}).items():
        yield from enumerations(each, (*place, key))
    for each in node.get("anyOf", ()):
        yield from enumerations(each, place)
    if "items" in node:
        yield from enumerations(node["items"], (*place, 0))
    if isinstance(node.get("additionalProperties"), dict):
        yield from enumerations(node["additionalProperties"], (*place, "parquet"))


INSTALLED = [
    (("profile",), [each.name for each in profiles()]),
    (("formats", 0), format_names()),
    (("formats", "parquet", "variants", 0), list(load_format("parquet").variants)),
    (("inputs", 0), input_names()),
    (("datasets", "format"), input_names()),
    (("datasets", "options", "mode"), MODES),
]
"""Choices that no model has: they are what is installed, or Spark's."""
IN_THE_FILE = [*enumerations(SCHEMA), *INSTALLED]
IN_OPTIONS = [
    (name, each["enum"]) for name, each in Options.model_json_schema()["properties"].items() if "enum" in each
]
OF_COMMANDS = [
    (name, option.opts[0], [each.value for each in option.type_descriptor.annotation])
    for name, command in typer.main.get_command(cli.app).commands.items()
    for option in command.params
    if isinstance(option.type_descriptor.annotation, type) and issubclass(option.type_descriptor.annotation, Enum)
]
ARGUMENTS = [
    (("export", "1", "--to", WRONG), "--to", FORMS),
    (("generate", WRONG, "to", "--format", "csv"), "dataset", generated.names()),
    (("generate", "trips", "to", "--format", WRONG), "input", input_names()),
    (("convert", "a.csv", "to", "--to", WRONG), "table format", format_names()),
    (("convert", "a.csv", "to", "--to", "parquet", "--from", WRONG), "input", input_names()),
    (("convert", "a.csv", "to", "--to", "parquet", "--option", f"mode={WRONG}"), "--option mode", MODES),
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with a file of data."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("a\n1\n")


@pytest.fixture
def told(monkeypatch, capsys):
    """What `otfbench` says to wrong arguments."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == Exit.USAGE
        return capsys.readouterr().err

    return call


def as_yaml(place):
    """A file with the wrong value at this place; own files need a path."""
    value = WRONG
    for part in reversed(place):
        value = [value] if part == 0 else {part: value}
        if part in ("bad_records", "infer", "options", "format"):
            value = {"path": "a.csv", **value}
    return yaml.safe_dump(value)


def says_all(line, key, choices):
    """Whether a line names the key, the wrong value, and each choice."""
    return key in line and WRONG in line and all(choice in line for choice in choices)


def test_tables_are_not_empty():
    """The enumerations that there are for sure were found."""
    assert {place[-1] for place, _ in IN_THE_FILE} >= {"suite", "verify", "bad_records", "name"}
    assert {name for name, _ in IN_OPTIONS} >= {"suite", "verify"}
    assert {(name, option) for name, option, _ in OF_COMMANDS} >= {
        ("convert", "--verify"),
        ("convert", "--on-conflict"),
    }


@pytest.mark.parametrize(
    ("place", "choices"), IN_THE_FILE, ids=lambda each: show(each) if isinstance(each, tuple) else ""
)
def test_in_the_file(place, choices):
    """In the YAML file, a wrong value is one line: its place, itself, the choices."""
    Path("otfbench.yaml").write_text(as_yaml(place))
    with pytest.raises(ConfigError) as error:
        load({}, Path("otfbench.yaml"))
    [line] = str(error.value).splitlines()
    assert says_all(line, f"{show(place)} {WRONG}: ", choices)


@pytest.mark.parametrize(("name", "choices"), [*IN_OPTIONS, ("dataset", generated.names())])
def test_in_options(name, choices):
    """So it is as an option of a run, with and without a file."""
    Path("otfbench.yaml").write_text("rounds: 2\n")
    for file in (None, Path("otfbench.yaml")):
        with pytest.raises(ConfigError) as error:
            load({name: WRONG}, file)
        [line] = str(error.value).splitlines()
        assert says_all(line, f"--otf-{name} {WRONG}: ", choices)


@pytest.mark.parametrize(("name", "option", "choices"), OF_COMMANDS)
def test_of_commands(told, name, option, choices):
    """So it is as an option of a command."""
    line, advice = told(name, "a.csv", "to", option, WRONG).splitlines()
    assert says_all(line, f"'{option}': '{WRONG}'", choices) and advice == "Try: otfbench --help"


@pytest.mark.parametrize(("arguments", "key", "choices"), ARGUMENTS, ids=lambda each: "")
def test_wrong_argument_tells_all_choices(told, arguments, key, choices):
    """So it is where a command takes the name of a dataset, an input, a format or a form."""
    [line] = told(*arguments).splitlines()
    assert says_all(line, key, choices)


@pytest.mark.parametrize("name", ["suite", "verify"])
def test_right_ones(name):
    """Each of the choices is taken."""
    [choices] = [choices for each, choices in IN_OPTIONS if each == name]
    assert [getattr(parse_config({name: choice}), name) for choice in choices] == choices
