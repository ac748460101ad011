"""Formats in another version than the locked one, as an option names them. Knows neither files nor jars on disk."""

from __future__ import annotations

from otfbench.config.options import Config
from otfbench.errors import ConfigError
from otfbench.registry.packages import profile
from otfbench.spark.replaced_jars import jars_of_versions


def in_versions(config: Config) -> Config:
    """The configuration with the jars of the versions that an option names, in place of those that the file gives.

    Raises ConfigError for a format that isn't run, and UsageError for one that has no jars.
    """
    if not config.versions:
        return config
    if unused := [name for name in config.versions if config.formats and name not in config.formats]:
        raise ConfigError(f"--otf-versions: {', '.join(unused)} is none of the formats of the run.")
    jars = jars_of_versions(profile(), config.versions)
    replaced = tuple(name for name in config.replaced if name not in jars)
    return config.model_copy(update={"jars": {**config.jars, **jars}, "replaced": replaced})
