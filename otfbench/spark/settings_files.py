"""How settings reach a JVM: by files that only their owner can read, not by its command line. Starts nothing."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.spark.installation import defaults_text

JAVA_OPTIONS = "spark.driver.defaultJavaOptions"
"""The setting by which users give Java options: spark-submit puts it on the command line of the JVM."""
ARGUMENTS = "PYSPARK_SUBMIT_ARGS"
"""The variable from which pyspark takes the arguments of spark-submit."""
ENVIRONMENT_OPTIONS = "SPARK_SUBMIT_OPTS"
"""The variable that does the same as JAVA_OPTIONS."""
_ESCAPES = {"\n": "n", "\r": "r", "\t": "t", "\f": "f"}


def java_options(conf: Mapping[str, str]) -> list[str]:
    """The user's Java options, of the environment and of the settings; raises UsageError if they can't be any."""
    options: list[str] = []
    for name, text in (
        (ENVIRONMENT_OPTIONS, os.environ.get(ENVIRONMENT_OPTIONS)),
        (JAVA_OPTIONS, conf.get(JAVA_OPTIONS)),
    ):
        try:
            options += shlex.split(text or "")
        except ValueError:
            raise UsageError(f"{name} can't be split into options: a quote is not closed.") from None
    if any(option.startswith("-Xmx") for option in options):
        raise UsageError("The heap is not set by -Xmx, but by spark.driver_memory, or --otf-driver-memory.")
    return options


@contextmanager
def settings_in_files(conf: Mapping[str, str], options: Sequence[str]) -> Iterator[None]:
    """In its body spark-submit finds these settings and Java options in files, which are gone afterwards.

    What the installed Spark has in its spark-defaults.conf comes first in the file: these settings win. The file in
    which the JVM tells pyspark its port and its secret is beside them: if this process is killed, the next one removes
    the folder.
    """
    with temporary_folder("conf") as folder, kept_variables(ARGUMENTS, ENVIRONMENT_OPTIONS), _temporary_files(folder):
        os.environ[ARGUMENTS] = (
            f"--properties-file {shlex.quote(_properties(str(folder), conf, options))} pyspark-shell"
        )
        os.environ.pop(ENVIRONMENT_OPTIONS, None)  # they are among the options
        yield


@contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    """In its body Python's temporary files are there."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def kept_variables(*names: str) -> Iterator[None]:
    """After its body these variables of the environment are what they were."""
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _properties(folder: str, conf: Mapping[str, str], options: Sequence[str]) -> str:
    """The path of the file of the settings."""
    given = {name: value for name, value in conf.items() if name != JAVA_OPTIONS}
    if options:
        given[JAVA_OPTIONS] = f'"@{_write(folder, "java.options", _argument_file(options))}"'
    lines = "".join(f"{_escaped(name)}={_escaped(value)}\n" for name, value in given.items())
    return _write(folder, "spark.properties", f"{defaults_text()}\n{lines}")


def _write(folder: str, name: str, text: str) -> str:
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _escaped(text: str) -> str:
    """As java.util.Properties reads it back."""
    return re.sub(r"[\\:=#!\s]", lambda found: "\\" + _ESCAPES.get(found[0], found[0]), text)


def _argument_file(options: Sequence[str]) -> str:
    """As the `java` command reads its @files."""
    escapes = {"\\": "\\\\", '"': '\\"'} | {plain: "\\" + letter for plain, letter in _ESCAPES.items()}
    return "".join('"' + "".join(escapes.get(each, each) for each in option) + '"\n' for option in options)
