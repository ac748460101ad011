"""The profile of the installed pyspark, with the jars that plugins bring. Fetches nothing."""

from __future__ import annotations

from importlib.metadata import version

from otfbench.registry import FORMATS, entry_points_of, formats, inputs
from otfbench.spark import jars
from otfbench.spark.jars import Package, Profile


def profile() -> Profile:
    """The profile of the installed pyspark, with what plugins bring; raises ProfileError if the lock has none."""
    return with_plugins(jars.profile_for(version("pyspark")))


def with_plugins(profile: Profile) -> Profile:
    """The profile with the packages of plugins: those of their lock files, none of which replaces one of ours.

    A format that no lock knows needs no jars; its version is that of the distribution that brings it.
    """
    brought: dict[str, Package] = {}
    locked = {name for each in jars.profiles() for name in each.packages}
    for plugin in formats().values():
        if plugin.lock:
            brought |= jars.read_lock(plugin.lock).get(profile.name, {})
        elif plugin.name not in locked:
            package = entry_points_of(FORMATS)[plugin.name][0].dist
            brought[plugin.name] = Package(version=package.version if package else "unknown", jars=())
    for files in inputs().values():
        brought |= jars.read_lock(files.lock).get(profile.name, {}) if files.lock else {}
    return profile.model_copy(update={"packages": {**brought, **profile.packages}})
