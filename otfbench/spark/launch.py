"""One JVM for one command: its jars, its settings, its errors. Knows nothing of what it is for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from otfbench.errors import DatasetError, JvmError, OtfbenchError, UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.spark import jars
from otfbench.spark.causes import reason
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm, start
from otfbench.spark.settings import session_conf


class SparkOptions(Protocol):
    """The part of a configuration that a JVM is started with."""

    @property
    def master(self) -> str:
        """The Spark master."""

    @property
    def driver_memory(self) -> str:
        """The heap, as Java writes sizes."""

    @property
    def conf(self) -> Mapping[str, str]:
        """The user's settings."""

    @property
    def jars(self) -> Mapping[str, tuple[str, ...]]:
        """Package -> the user's jars."""


@contextmanager
def open_jvm(
    config: SparkOptions, profile: jars.Profile, packages: Collection[str], conf: Mapping[str, str]
) -> Iterator[Jvm]:
    """A JVM with the jars of these packages of the profile, those of the user, and these settings.

    Raises UsageError if the profile lacks a package; what fails in Spark is a DatasetError with its first cause.
    """
    java, profile = find_java(), jars.with_user_jars(profile, config.jars)
    for name in sorted(set(packages) - profile.packages.keys()):
        raise UsageError(f"Profile {profile.name} has no jars for {name}.")
    files = jars.fetch(profile.jars_of(packages), java, jars.cache_folder())
    for name in set(packages).intersection(config.jars):
        files += jars.user_jar_files(config.jars[name], java, jars.cache_folder()).values()
    descriptor, name = tempfile.mkstemp(prefix="otfbench-", suffix=".log")
    os.close(descriptor)
    log = Path(name)
    with temporary_folder("scratch") as scratch, _log(log):
        ours = session_conf(config.master, config.driver_memory, scratch)
        ours |= {"spark.jars": ",".join(map(str, files))} if files else {}
        started = start(dict(config.conf) | ours | dict(conf), java, log)
        try:
            yield started
        except OtfbenchError:
            raise
        except Exception as error:
            if started.ended_by(error):
                raise JvmError(started.death_notice()) from None
            raise DatasetError(*reason(error), f".\nThe whole error: {log}") from error
        finally:
            started.stop()


@contextmanager
def _log(log: Path) -> Iterator[None]:
    """Keep the log if an error refers to it."""
    keep = False
    try:
        yield
    except (DatasetError, JvmError) as error:
        keep = str(log) in str(error)
        raise
    finally:
        if not keep:
            log.unlink(missing_ok=True)
