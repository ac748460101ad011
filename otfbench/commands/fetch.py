"""The command `fetch`: the locked jars into the cache folder. Knows no format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from otfbench.errors import UsageError
from otfbench.units import format_count


def fetch(
    packages: Annotated[
        list[str], typer.Argument(metavar="[PACKAGE]...", help="Packages of the lock (default: all but optional ones).")
    ] = [],
    ivy_settings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An Ivy settings file that names your own mirror.")
    ] = None,
) -> None:
    """Fetch the locked jars into the cache folder, and check them. Optional: s3, what Spark reads s3a:// with.

    Example: otfbench fetch --ivy-settings mirror.xml
    """
    from otfbench.registry.packages import profile as installed_profile
    from otfbench.spark import jars
    from otfbench.spark.java import find_java

    java = find_java()
    print(java)
    profile = installed_profile()
    folder = jars.cache_folder()
    if unknown := sorted(set(packages) - profile.packages.keys()):
        there = ", ".join(profile.packages)
        raise UsageError(f"Profile {profile.name} has no package {unknown[0]!r}. There are: {there}.")
    wanted = profile.jars_of(packages) if packages else profile.jars
    jars.fetch(wanted, java, folder, ivy_settings, lambda jar: print(f"  {jar.coordinate} ({jar.bytes / 1e6:.1f} MB)"))
    total = sum(jar.bytes for jar in wanted)
    print(f"{profile.name}: {format_count(len(wanted), 'jar')}, {total / 1e6:.0f} MB, all as locked, in {folder}")
