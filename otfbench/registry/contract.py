"""What a plugin must keep to be used: checked when it is loaded. Knows no entry point, and starts no Spark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from inspect import isabstract
from typing import Any, TypeVar

from otfbench.errors import JarError, PluginError
from otfbench.formats.base import TableFormat
from otfbench.formats.model import SHIPPED, Capability, Variant
from otfbench.inputs.base import Input
from otfbench.spark import jars

Plugin = TypeVar("Plugin", TableFormat, Input)

CONTRACT = 1
"""The version of the plugin contract that this release keeps: what formats/base.py and inputs/base.py ask for."""


def loaded_class(loaded: Any, base: type[Plugin], which: str) -> type[Plugin]:
    """What an entry point gave, if it is a whole class of this kind; raises PluginError with `which` plugin it is."""
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        raise PluginError(f"{which} is no {base.__name__}.")
    if isabstract(loaded):
        lacks = ", ".join(sorted(loaded.__abstractmethods__))
        raise PluginError(f"{which} is no complete {base.__name__}: it lacks {lacks}.")
    return loaded


def message_of(error: Exception) -> str:
    """What a plugin raised, with its kind where that isn't plain."""
    return str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"


def faults(plugin: type[TableFormat] | type[Input], name: str) -> Iterator[str]:
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
        yield f"raises in conf: {message_of(error)}"
    else:
        if not isinstance(conf, Mapping) or not all(isinstance(text, str) for pair in conf.items() for text in pair):
            yield f"has a conf that is no mapping of text to text: {conf!r}"


def _input_faults(plugin: type[Input]) -> Iterator[str]:
    if isinstance(plugin.before, str):
        yield f"has text as `before`, not a tuple of names: {plugin.before!r}"
    if plugin.lock and not plugin.package:
        yield "brings a lock file, but no `package` says which of it is needed"
