"""What a JVM is launched with: its jars and its settings; for a command also its errors. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from otfbench.errors import DatasetError, JvmError, OtfbenchError, UsageError
from otfbench.ownership.folders import KEPT_LOG, temporary, temporary_folder
from otfbench.spark import jars, submitted
from otfbench.spark.causes import reason
from otfbench.spark.java import Java, find_java
from otfbench.spark.jvm import Jvm, start
from otfbench.spark.replaced_jars import SESSION, with_user_jars
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

    @property
    def replaced(self) -> Collection[str]:
        """The packages that have these alone, and none of the profile."""


def launch_jvm(
    options: SparkOptions,
    jar_files: Iterable[Path],
    conf: Mapping[str, str],
    scratch: Path,
    java: Java,
    log: Path,
    launched: Callable[[], None] = lambda: None,
) -> Jvm:
    """Start a JVM with these jars, which the caller stops; see otfbench.spark.jvm.start.

    Under spark-submit it is a session in the JVM that is there; see otfbench.spark.submitted.

    Of settings, those of every session win over the user's, and `conf`, the format's, over both.
    """
    session = session_conf(options.master, options.driver_memory, scratch)
    paths = ",".join(map(str, jar_files))
    settings = {**options.conf, **session, **({"spark.jars": paths} if paths else {}), **conf}
    if not submitted.is_submitted():
        return start(settings, java, log, launched)
    launched()
    return submitted.start_session(settings)


def jar_files(
    profile: jars.Profile, packages: Collection[str], user_jars: Mapping[str, Iterable[str]], java: Java
) -> list[Path]:
    """The local jars of these packages of the profile, already fetched, and those of the user (package -> jars)."""
    folder = jars.cache_folder()
    files = [folder / jar.file_name for jar in profile.jars_of(packages)]
    for name in (*packages, SESSION):
        files += jars.user_jar_files(user_jars.get(name, ()), java, folder).values()
    return files


def no_jars(profile: jars.Profile, name: str) -> str:
    """Why a format can't be loaded, and what to do where its jars are at hand."""
    own = f"formats: {{{name}: {{jars: [group:artifact:version, or a path]}}}}"
    return f"profile {profile.name} has no jars for {name}; a format's can be given in otfbench.yaml: {own}"


@contextmanager
def open_jvm(
    config: SparkOptions,
    profile: jars.Profile,
    packages: Collection[str],
    conf: Mapping[str, str],
    launched: Callable[[], None] = lambda: None,
) -> Iterator[Jvm]:
    """A JVM with the jars of these packages of the profile, those of the user, and these settings.

    `launched` is called once its process is there, and its session starts.

    Raises UsageError if the profile lacks a package; what fails in Spark is a DatasetError with its first cause.
    """
    java, profile = find_java(), with_user_jars(profile, config.jars, config.replaced)
    for name in sorted(set(packages) - profile.packages.keys()):
        raise UsageError(f"The {no_jars(profile, name)}.")
    jars.fetch(profile.jars_of(packages), java, jars.cache_folder())
    files = jar_files(profile, packages, config.jars, java)
    with _log() as log, temporary_folder("scratch") as scratch:
        with stopping(launch_jvm(config, files, conf, scratch, java, log, launched)) as jvm:
            try:
                yield jvm
            except OtfbenchError:
                raise
            except Exception as error:
                raise DatasetError(*reason(error), f".\nThe whole error: {log}") from error


@contextmanager
def stopping(jvm: Jvm) -> Iterator[Jvm]:
    """The JVM, which is stopped behind the block.

    Raises JvmError with how it ended where its death is behind an error, whatever was made of that.
    """
    try:
        yield jvm
    except Exception as error:
        cause = error.__context__ if isinstance(error, OtfbenchError) else None
        if jvm.ended_by(cause or error):
            raise JvmError(jvm.death_notice()) from None
        raise
    finally:
        jvm.stop()


@contextmanager
def _log() -> Iterator[Path]:
    """A log among the temporary files, which is kept if an error refers to it."""
    claim = temporary("log")
    log = claim.folder / "spark.log"
    try:
        yield log
    except (DatasetError, JvmError) as error:
        if str(log) in str(error):
            with suppress(OSError):  # the disk may be full
                claim.note(kept=KEPT_LOG)
        raise
    finally:
        if not claim.facts:
            with suppress(OSError):  # the next process removes what is left
                claim.remove()
        claim.release()
