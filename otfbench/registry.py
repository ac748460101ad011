"""Formats and inputs by name, from entry points; built-in ones come through the same door. Knows nothing of Spark."""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from pathlib import Path
from typing import TypeVar

from otfbench.errors import DatasetError, PluginError, UnknownNameError
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input

Plugin = TypeVar("Plugin", TableFormat, Input)

FORMATS, INPUTS = "otfbench.formats", "otfbench.inputs"
"""The groups of entry points."""


def format_names() -> list[str]:
    """The installed table formats, sorted; the control is one of them."""
    return sorted(_points(FORMATS))


def input_names() -> list[str]:
    """The installed inputs, sorted."""
    return sorted(_points(INPUTS))


def load_format(name: str) -> TableFormat:
    """The table format of that name; raises UnknownNameError or PluginError."""
    return _load(FORMATS, "table format", name, TableFormat)  # type: ignore[type-abstract]


def load_input(name: str) -> Input:
    """The input of that name; raises UnknownNameError or PluginError."""
    return _load(INPUTS, "input", name, Input)


def detect(path: str) -> Input:
    """The input whose files look like this local one, by its content; raises DatasetError if none does, or several."""
    found = [each for each in map(load_input, input_names()) if each.sniff(path)]
    if len(found) != 1:
        several = f"may be any of {', '.join(each.name for each in found)}" if found else "looks like no input"
        raise DatasetError(
            f"{path} {several}: say what it is, by datasets.format. Installed: {', '.join(input_names())}."
        )
    return found[0]


def detect_table(folder: Path) -> TableFormat | None:
    """The format, or the control, whose table lies in this local folder; None if none does."""
    return next((each for each in map(load_format, format_names()) if each.is_table(folder)), None)


def origin(group: str, name: str) -> str:
    """The package that brings a plugin, with its version."""
    package = _points(group)[name].dist
    return f"{package.name} {package.version}" if package else "unknown"


def control() -> TableFormat:
    """The format that is none: plain files, with which the others are compared."""
    for name in format_names():
        table_format = load_format(name)
        if table_format.control:
            return table_format
    raise PluginError("No control among the installed table formats: install otfbench again.")


@cache  # reading the metadata of all packages takes 5 ms, and pytest asks for each test of a project
def _points(group: str) -> dict[str, EntryPoint]:
    """Entry points by name; raises PluginError if two packages claim one name."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        twin = points.get(point.name)
        if twin and twin.value != point.value:
            raise PluginError(
                f"Two packages bring a plugin named {point.name!r} ({twin.value}, {point.value}): uninstall one."
            )
        points[point.name] = point
    return points


def _load(group: str, kind: str, name: str, base: type[Plugin]) -> Plugin:
    points = _points(group)
    if name not in points:
        near = difflib.get_close_matches(name, points, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownNameError(f"Unknown {kind} {name!r}.{hint} Installed: {', '.join(sorted(points))}.")
    try:
        plugin = points[name].load()
    except Exception as error:
        raise PluginError(f"The {kind} {name!r} can't be loaded from {points[name].value}: {error}") from error
    if not (isinstance(plugin, type) and issubclass(plugin, base)) or isabstract(plugin):
        raise PluginError(f"The {kind} {name!r} ({points[name].value}) is no complete {base.__name__}.")
    if getattr(plugin, "name", None) != name:
        raise PluginError(f"The {kind} {name!r} ({points[name].value}) calls itself {getattr(plugin, 'name', None)!r}.")
    try:
        return plugin()
    except Exception as error:
        raise PluginError(f"The {kind} {name!r} ({points[name].value}) can't be made: {error}") from error
