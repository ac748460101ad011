"""What a run has from its first check to its end: Java, jars, its folder, what launches JVMs. Knows no rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from otfbench.config.options import Config
from otfbench.measure.launcher import Launcher
from otfbench.measure.spent import Spent
from otfbench.registry import load_input
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.cluster import check_reachable
from otfbench.spark.java import find_java
from otfbench.spark.jvm import refuse_foreign_jvm
from otfbench.spark.replaced_jars import SESSION, with_user_jars
from otfbench.spark.s3 import packages_for
from otfbench.tables.warehouse import Warehouse


class Bench:
    """What the JVMs of a run share; nothing of it is set later."""

    def __init__(self, config: Config, inputs: Iterable[str], log: Path, say: Callable[[str], None]) -> None:
        """Check the process, Java, pyspark and the folder; raises UsageError before anything is started.

        `inputs`: those that every session reads.
        """
        self.config, self.say, self.spent = config, say, Spent()
        refuse_foreign_jvm()
        check_reachable(config.master)
        self.java = find_java()
        self.profile = with_user_jars(profile(), config.jars, config.replaced)
        self.packages = _packages(inputs, config)
        """The packages of the lock that sessions need beside the formats', sorted; also such as the profile lacks."""
        self.warehouse = Warehouse(config.warehouse, config.keep_tables)
        self.locks = ExitStack()
        """Of the files in the cache."""
        self.launcher = Launcher(config, self.java, self.profile, self.packages, self.warehouse, log)

    def version_of(self, name: str) -> str | None:
        """The format's version in the profile; None if the profile has no jars for it."""
        package = self.profile.packages.get(name)
        return package.version if package else None

    def lacking(self, input_format: str) -> str | None:
        """The package that an input needs and the profile lacks; None if it lacks none."""
        needed = _packages([input_format], self.config)
        return next((name for name in needed if name not in self.profile.packages), None)

    def fetch(self, formats: Collection[str]) -> dict[str, dict[str, Path]]:
        """Fetch the missing jars of these formats and of the inputs; returns the user's: format -> files by names."""
        wanted = self.profile.jars_of([*formats, *self.packages])
        absent = jars.missing(wanted, jars.cache_folder())
        if absent:
            self.say(f"fetching jars: {len(absent)} ({sum(jar.bytes for jar in absent) / 1e6:.0f} MB) ...")
            jars.fetch(wanted, self.java, jars.cache_folder())
        user_jars = {}
        for name in {*formats, SESSION}.intersection(self.config.jars):
            user_jars[name] = jars.user_jar_files(self.config.jars[name], self.java, jars.cache_folder())
            self.say(f"{name} runs with jars of your own: {', '.join(user_jars[name])}")
        return user_jars

    def close(self) -> None:
        """Remove all but tables that are to be kept; no JVM is up any more."""
        self.locks.close()
        self.warehouse.close()
        if self.warehouse.unremoved:  # no session was up to do it
            self.say(f"tables were left behind in {self.warehouse.unremoved}: remove that folder")


def _packages(inputs: Iterable[str], config: Config) -> list[str]:
    named = {package for name in inputs if (package := load_input(name).package)}
    return sorted(named | packages_for(*_places(config)))


def _places(config: Config) -> Iterator[str]:
    """Where sessions read and write, as far as the configuration says."""
    if config.user_data:
        yield config.user_data.path
    if config.warehouse:
        yield config.warehouse
