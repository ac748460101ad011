"""What is installed: formats and inputs, what they can, and the versions that the lock has. Shows nothing itself."""

from __future__ import annotations

from typing import Any

from otfbench.errors import PluginError, ProfileError
from otfbench.formats.model import Capability
from otfbench.registry import CONTROL, FORMATS, INPUTS, installed, load_format, load_input, origin
from otfbench.registry.packages import profile, with_plugins
from otfbench.spark import jars


def formats() -> list[dict[str, Any]]:
    """Each table format: name, package, version (None: the profile has no jars for it), contract, abilities, lacks.

    One that is broken has `error` instead of what it would tell.
    """
    return [_format(name) for name in installed(FORMATS)]


def inputs() -> list[dict[str, Any]]:
    """Each input: name, package, version of its jars (None: Spark reads such files itself), typed, nested.

    One that is broken has `error` instead of what it would tell; `lacks` names a package that the profile lacks.
    """
    return [_input(name) for name in installed(INPUTS)]


def profiles() -> list[dict[str, Any]]:
    """Each profile of the lock: its name, Spark's version, the versions of its packages; and whether it is in use."""
    mine = _profile()
    return [
        {
            "profile": each.name,
            "spark": each.spark,
            "in_use": each == mine,
            "packages": {name: package.version for name, package in each.packages.items()},
        }
        for each in map(with_plugins, jars.profiles())
    ]


def _format(name: str) -> dict[str, Any]:
    description: dict[str, Any] = {"name": name, "package": origin(FORMATS, name), "version": _version(name)}
    try:
        plugin = load_format(name)
    except PluginError as error:
        return description | {"error": str(error)}
    able, lacks = ([each.value for each in Capability if (each in plugin.capabilities) is can] for can in (True, False))
    description |= {"contract": plugin.contract, "control": name == CONTROL, "plain_files": plugin.plain_files}
    description |= {"variants": [*plugin.variants], "catalogs": [*plugin.catalogs]}
    return description | {"capabilities": able, "lacks": lacks}


def _input(name: str) -> dict[str, Any]:
    description: dict[str, Any] = {"name": name, "package": origin(INPUTS, name)}
    try:
        plugin = load_input(name)
    except PluginError as error:
        return description | {"error": str(error)}
    known = plugin.package is None or _version(plugin.package) is not None
    return description | {
        "version": _version(plugin.package) if plugin.package else None,
        "lacks": None if known else plugin.package,
        "contract": plugin.contract,
        "typed": plugin.typed,
        "nested": plugin.nested,
    }


def _version(package: str) -> str | None:
    mine = _profile()
    locked = mine.packages.get(package) if mine else None
    return locked.version if locked else None


def _profile() -> jars.Profile | None:
    """The profile of the installed pyspark; None if the lock has none."""
    try:
        return profile()
    except ProfileError:
        return None
