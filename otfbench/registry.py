"""Formats and inputs by name, from entry points, and the jars they bring; built-in ones are entry points, too.

A broken plugin is left out wherever it isn't asked for by name: broken_plugins() says why. Starts no Spark.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from inspect import isabstract
from pathlib import Path
from typing import Any, TypeVar

from otfbench.errors import DatasetError, JarError, Key, PluginError, Text, UnknownNameError
from otfbench.files import is_uri, matches, open_file
from otfbench.formats.base import TableFormat
from otfbench.formats.model import SHIPPED, Capability, Variant
from otfbench.hints import did_you_mean
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import no_data, why_no_text
from otfbench.spark import jars
from otfbench.spark.jars import Package, Profile

Plugin = TypeVar("Plugin", TableFormat, Input)

FORMATS, INPUTS = "otfbench.formats", "otfbench.inputs"
"""The groups of entry points."""
CONTRACT = 1
"""The version of the plugin contract that this release keeps: what formats/base.py and inputs/base.py ask for."""
CONTROL = "parquet"
"""The format with which the others are compared: the suite's choice, whatever else is installed."""

_raised: dict[type[TableFormat] | type[Input], str] = {}
"""Plugin -> what it raised when it was asked about a file or folder."""


def format_names() -> list[str]:
    """The table formats that can be used, sorted; the control is one of them."""
    return sorted(_formats()[0])


def input_names() -> list[str]:
    """The inputs that can be used, sorted."""
    return sorted(_inputs()[0])


def installed(group: str) -> list[str]:
    """The names of all plugins of a group, also of those that are broken, sorted."""
    return sorted(_points(group))


def broken_plugins() -> list[str]:
    """What is wrong with each plugin that can't be used, or that raised when it was asked about a file or folder."""
    broken = _formats()[1] + _inputs()[1]
    return [*map(str, broken), *_raised.values()]


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
    packages = [point.dist for point in _points(group)[name]]
    return ", ".join(f"{each.name} {each.version}" if each else "unknown" for each in packages)


# What lies at a path


def detect(path: str) -> Input:
    """The input whose files look like this local one, by its content; raises DatasetError if none does, or several."""
    with open_file(path):  # a file that can't be read is no input's fault
        pass
    claiming = [each for each in _inputs()[0].values() if _claims(each, path, lambda plugin: plugin.sniff(path))]
    general = {name for each in claiming for name in each.before}
    specific = [each for each in claiming if each.name not in general]
    doubt = _doubt(path, sorted(each.name for each in claiming), [each.name for each in specific])
    if (not claiming or not doubt) and (what := no_data(path)):
        raise DatasetError(f"{path} is {what}")
    if doubt:
        how = (": say what it is, by ", Key("format"), f". Installed: {', '.join(input_names())}.")
        raise DatasetError(f"{path} ", *doubt, *how)
    return specific[0]


def _doubt(path: str, found: list[str], specific: list[str]) -> Text:
    """Why it isn't clear which input's file it is, or its name says something else; empty if all is clear."""
    ending = path.rpartition(".")[2].lower()
    if ending in input_names() and ending not in found and _means_it(ending, specific):
        looks = f"is named .{ending}, but its content looks like {' or '.join(specific) or 'no input'}"
        return looks, *(() if specific else why_no_text(path))
    if not found:
        return "looks like no input", *why_no_text(path)
    return (f"may be any of {', '.join(found)}",) if len(specific) > 1 else ()


def _means_it(ending: str, found: list[str]) -> bool:
    """Whether a name that ends so says more than what a file looks like to these inputs."""
    named = load_input(ending)
    return named.typed or not named.any_text and all(load_input(name).any_text for name in found)


def detect_table(folder: Path | str, plain_files: bool = True) -> TableFormat | None:
    """The format whose table lies in this folder, plain files last or not at all; None if none does.

    Behind a URI it is known by its marker, and plain files are no table.
    """
    if isinstance(folder, str):
        marked = (each for each in _formats()[0].values() if each.marker and not each.plain_files)
        return next((each for each in marked if matches(f"{_literal(folder)}/{each.marker}")), None)
    formats = (each for each in _formats()[0].values() if plain_files or not each.plain_files)
    candidates = sorted(formats, key=lambda each: each.plain_files)
    return next((each for each in candidates if _claims(each, folder, lambda plugin: plugin.is_table(folder))), None)


def _literal(folder: str) -> str:
    """As a glob of Hadoop's that matches nothing else."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", folder)


def _folders_above(path: str) -> Iterable[Path | str]:
    if not is_uri(path):
        return Path(os.path.realpath(path)).parents
    root, _, below = path.partition("://")
    names = below.split("/")
    return [f"{root}://{'/'.join(names[:count])}" for count in range(len(names) - 1, 1, -1)]


def table_around(paths: Iterable[str]) -> tuple[str, Path | str, TableFormat] | None:
    """The first of these paths that is in the folder of a table, with that folder and its format."""
    looked_at: set[Path | str] = set()
    for path in paths:
        for folder in _folders_above(path):
            if folder in looked_at:
                break
            looked_at.add(folder)
            table = detect_table(folder, plain_files=False)
            if table:
                return path, folder, table
    return None


def _claims(plugin: Plugin, path: str | Path, answer: Callable[[Plugin], bool]) -> bool:
    """What a plugin answers; one that raises doesn't claim the path, and is listed by broken_plugins()."""
    try:
        return answer(plugin)
    except Exception as error:
        kind = "table format" if isinstance(plugin, TableFormat) else "input"
        _raised[type(plugin)] = f"The {kind} {plugin.name!r} failed to inspect {path}: {_message(error)}"
        return False


# The jars of a run


def profile() -> Profile:
    """The profile of the installed pyspark, with what plugins bring; raises ProfileError if the lock has none."""
    return with_plugins(jars.profile_for(version("pyspark")))


def with_plugins(profile: Profile) -> Profile:
    """The profile with the packages of plugins: those of their lock files, none of which replaces one of ours.

    A format that no lock knows needs no jars; its version is that of the distribution that brings it.
    """
    brought: dict[str, Package] = {}
    locked = {name for each in jars.profiles() for name in each.packages}
    for plugin in _formats()[0].values():
        if plugin.lock:
            brought |= jars.read_lock(plugin.lock).get(profile.name, {})
        elif plugin.name not in locked:
            package = _points(FORMATS)[plugin.name][0].dist
            brought[plugin.name] = Package(version=package.version if package else "unknown", jars=())
    for files in _inputs()[0].values():
        brought |= jars.read_lock(files.lock).get(profile.name, {}) if files.lock else {}
    return profile.model_copy(update={"packages": {**brought, **profile.packages}})


# Loading


@cache  # reading the metadata of all packages takes 5 ms, and pytest asks for each test of a project
def _points(group: str) -> dict[str, tuple[EntryPoint, ...]]:
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
    for name in sorted(_points(group)):
        try:
            usable[name] = _load(group, kind, name, base)
        except PluginError as error:
            broken.append(error)
    return usable, broken


def _load(group: str, kind: str, name: str, base: type[Plugin]) -> Plugin:
    points = _points(group).get(name)
    if not points:
        names = sorted(_points(group))
        raise UnknownNameError(f"Unknown {kind} {name!r}.{did_you_mean(name, names)} Installed: {', '.join(names)}.")
    which = f"The {kind} {name!r} ({', '.join(point.value for point in points)})"
    if len(points) > 1:
        raise PluginError(f"{which} is brought by several packages ({origin(group, name)}): uninstall all but one.")
    try:
        loaded = points[0].load()
    except Exception as error:
        raise PluginError(f"{which} can't be loaded: {_message(error)}") from error
    plugin = _complete(loaded, base, which)
    for fault in _faults(plugin, name):
        raise PluginError(f"{which} {fault}.")
    try:
        return plugin()
    except Exception as error:
        raise PluginError(f"{which} can't be instantiated: {_message(error)}") from error


def _complete(loaded: Any, base: type[Plugin], which: str) -> type[Plugin]:
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        raise PluginError(f"{which} is no {base.__name__}.")
    if isabstract(loaded):
        lacks = ", ".join(sorted(loaded.__abstractmethods__))
        raise PluginError(f"{which} is no complete {base.__name__}: it lacks {lacks}.")
    return loaded


def _message(error: Exception) -> str:
    return str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"


def _faults(plugin: type[TableFormat] | type[Input], name: str) -> Iterator[str]:
    """What breaks the contract, as the end of a sentence; the first is the one to report."""
    if getattr(plugin, "name", None) != name:
        yield f"calls itself {getattr(plugin, 'name', None)!r}: its name must be that of its entry point"
    if plugin.contract != CONTRACT:
        yield (
            f"was written for contract {plugin.contract}, and otfbench {version('otfbench')} keeps contract {CONTRACT}:"
            f" install a release of {'otfbench' if plugin.contract > CONTRACT else 'the plugin'} that fits"
        )
    yield from _format_faults(plugin) if issubclass(plugin, TableFormat) else _input_faults(plugin)
    try:
        packages = {each for line in (jars.read_lock(plugin.lock) if plugin.lock else {}).values() for each in line}
    except JarError as error:
        yield f"brings a lock file that can't be read: {error}"
        return
    if packages - {plugin.name if issubclass(plugin, TableFormat) else plugin.package}:
        yield f"brings jars for {', '.join(sorted(packages))}: a lock file may only have the plugin's package"


def _format_faults(plugin: type[TableFormat]) -> Iterator[str]:
    if not isinstance(getattr(plugin, "metadata", None), re.Pattern):
        yield "has no `metadata`: a compiled regular expression of the files that are not data"
    if not all(isinstance(each, Capability) for each in plugin.capabilities):
        yield f"has capabilities that are no Capability: {', '.join(sorted(map(repr, plugin.capabilities)))}"
    if not isinstance(plugin.variants.get(SHIPPED), Variant):
        yield f"has no variant `{SHIPPED}`: {', '.join(plugin.variants) or 'none at all'}"
    if wrong := [name for name, share in plugin.tolerances.items() if not (name.endswith("_bytes") and 0 <= share < 1)]:
        yield f"has tolerances that are no share of bytes, from 0 to below 1: {', '.join(wrong)}"
    try:
        conf: Any = plugin().conf("/tables")
    except Exception as error:
        yield f"raises in conf: {_message(error)}"
    else:
        if not isinstance(conf, Mapping) or not all(isinstance(text, str) for pair in conf.items() for text in pair):
            yield f"has a conf that is no mapping of text to text: {conf!r}"


def _input_faults(plugin: type[Input]) -> Iterator[str]:
    if isinstance(plugin.before, str):
        yield f"has text as `before`, not a tuple of names: {plugin.before!r}"
    if plugin.lock and not plugin.package:
        yield "brings a lock file, but no `package` says which of it is needed"
