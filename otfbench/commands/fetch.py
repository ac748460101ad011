"""The command `fetch`: the locked jars into the cache folder. Knows no format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    ivy_settings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An Ivy settings file that names your own mirror.")
    ] = None,
) -> None:
    """Fetch the locked jars into the cache folder, and check them.

    Example: otfbench fetch --ivy-settings mirror.xml
    """
    from otfbench import registry
    from otfbench.spark import jars
    from otfbench.spark.java import find_java

    java = find_java()
    print(java)
    profile = registry.profile()
    folder = jars.cache_folder()
    jars.fetch(
        profile.jars, java, folder, ivy_settings, lambda jar: print(f"  {jar.coordinate} ({jar.bytes / 1e6:.1f} MB)")
    )
    total = sum(jar.bytes for jar in profile.jars)
    print(f"{profile.name}: {len(profile.jars)} jars, {total / 1e6:.0f} MB, all as locked, in {folder}")
