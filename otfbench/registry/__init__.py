"""Formats and inputs by name, from entry points; built-in ones are entry points, too. Looks at no file, needs no Spark.

A broken plugin is left out wherever it isn't asked for by name: broken_plugins() says why.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from otfbench.errors import PluginError, UnknownNameError
from otfbench.formats.base import TableFormat
from otfbench.hints import did_you_mean
from otfbench.inputs.base import Input
from otfbench.registry.contract import faults, loaded_class, message_of

Plugin = TypeVar("Plugin", TableFormat, Input)

FORMATS, INPUTS = "otfbench.formats", "otfbench.inputs"
"""The groups of entry points."""
CONTROL = "parquet"
"""The format with which the others are compared: the suite's choice, whatever else is installed."""

_raised: dict[type[TableFormat | Input], str] = {}
"""Plugin -> what it raised when it was asked about a file or folder."""


def format_names() -> list[str]:
    """The table formats that can be used, sorted; the control is one of them."""
    return sorted(formats())


def input_names() -> list[str]:
    """The inputs that can be used, sorted."""
    return sorted(inputs())


def installed(group: str) -> list[str]:
    """The names of all plugins of a group, also of those that are broken, sorted."""
    return sorted(entry_points_of(group))


def broken_plugins() -> list[str]:
    """What is wrong with each plugin that can't be used, or that raised when it was asked about a file or folder."""
    broken = _formats()[1] + _inputs()[1]
    return [*map(str, broken), *_raised.values()]


def note_raised(plugin: TableFormat | Input, message: str) -> None:
    """Remember what a plugin raised when it was asked about a file or folder; of several, the last."""
    _raised[type(plugin)] = message


def formats() -> dict[str, TableFormat]:
    """The table formats that can be used, by name."""
    return _formats()[0]


def inputs() -> dict[str, Input]:
    """The inputs that can be used, by name."""
    return _inputs()[0]


def load_format(name: str) -> TableFormat:
    """The table format of that name; raises UnknownNameError or PluginError."""
    return _load(FORMATS, "table format", name, TableFormat)  # type: ignore[type-abstract]


def load_input(name: str) -> Input:
    """The input of that name; raises UnknownNameError or PluginError."""
    return _load(INPUTS, "input", name, Input)


def control() -> TableFormat:
    """The plain files with which the table formats are compared."""
    return load_format(CONTROL)


def origin(group: str, name: str) -> str:
    """The package that brings a plugin, with its version."""
    packages = [point.dist for point in entry_points_of(group)[name]]
    return ", ".join(f"{each.name} {each.version}" if each else "unknown" for each in packages)


@cache  # reading the metadata of all packages takes 5 ms, and pytest asks for each test of a project
def entry_points_of(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points by name; more than one where several packages claim it."""
    points: dict[str, dict[str, EntryPoint]] = {}
    for point in entry_points(group=group):
        points.setdefault(point.name, {})[point.value] = point
    return {name: tuple(each.values()) for name, each in points.items()}


def _formats() -> tuple[dict[str, TableFormat], list[PluginError]]:
    return _usable(FORMATS, "table format", TableFormat)  # type: ignore[type-abstract]


def _inputs() -> tuple[dict[str, Input], list[PluginError]]:
    return _usable(INPUTS, "input", Input)


def _usable(group: str, kind: str, base: type[Plugin]) -> tuple[dict[str, Plugin], list[PluginError]]:
    """The plugins of a group that keep the contract, by name, and what is wrong with the others."""
    usable, broken = {}, []
    for name in sorted(entry_points_of(group)):
        try:
            usable[name] = _load(group, kind, name, base)
        except PluginError as error:
            broken.append(error)
    return usable, broken


def _load(group: str, kind: str, name: str, base: type[Plugin]) -> Plugin:
    points = entry_points_of(group).get(name)
    if not points:
        names = sorted(entry_points_of(group))
        raise UnknownNameError(f"Unknown {kind} {name!r}.{did_you_mean(name, names)} Installed: {', '.join(names)}.")
    which = f"The {kind} {name!r} ({', '.join(point.value for point in points)})"
    if len(points) > 1:
        raise PluginError(f"{which} is brought by several packages ({origin(group, name)}): uninstall all but one.")
    try:
        loaded = points[0].load()
    except Exception as error:
        raise PluginError(f"{which} can't be loaded: {message_of(error)}") from error
    plugin = loaded_class(loaded, base, which)
    for fault in faults(plugin, name):
        raise PluginError(f"{which} {fault}.")
    try:
        return plugin()
    except Exception as error:
        raise PluginError(f"{which} can't be instantiated: {message_of(error)}") from error
