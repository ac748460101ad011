"""Whether this machine is ready for a run: each thing that a run needs, looked at. Starts no Spark."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import typer

from otfbench import redaction
from otfbench.commands.configuration import FILE, load_config
from otfbench.commands.output import AsJson, Exit, print_json
from otfbench.config.options import Config
from otfbench.data import cache
from otfbench.errors import OtfbenchError, UsageError
from otfbench.files import is_uri
from otfbench.registry.packages import profile, with_plugins
from otfbench.report.warnings import LOAD_PER_CORE
from otfbench.spark import installation, jars, machine
from otfbench.spark.java import find_java
from otfbench.spark.jvm import refuse_foreign_jvm
from otfbench.spark.settings import parallelism
from otfbench.tables.warehouse import Warehouse
from otfbench.units import format_count, format_size

_FIRST_PYTHON, _LAST_PYTHON = (3, 10), (3, 12)
"""The first and the last Python that is supported, as in pyproject.toml."""


def doctor(as_json: AsJson = False) -> None:
    """Look at all that a run needs. Each is ok, or what to do is said (exit code 1); starts no Spark.

    Looks at what otfbench.yaml of the current folder asks for, if it is there.

    Example: otfbench doctor
    """
    results = list(checks(load_config(FILE if FILE.exists() else None), Path.cwd()))
    if as_json:
        print_json([asdict(each) | {"ok": each.advice is None} for each in results])
    else:
        for each in results:
            print(f"{'ok' if each.advice is None else '--':4}{each.name}: {redaction.redact_text(each.found)}")
            for line in redaction.redact_text(each.advice or "").splitlines():
                print(f"      {line}")
    if any(each.advice for each in results):
        raise typer.Exit(Exit.FAILED)


@dataclass(frozen=True)
class Check:
    """One thing that a run needs: what was found, and what to do about it; None if it is fine."""

    name: str
    found: str
    advice: str | None = None


def checks(config: Config, here: Path) -> Iterator[Check]:
    """All of them, for runs of this configuration in this folder. The jars are read, to hash them."""
    yield _python()
    yield _tried("Java", lambda: str(find_java()))
    yield _tried("pyspark", lambda: f"{version('pyspark')}, profile {_profile().name}")
    yield _tried("Spark", _spark)
    yield _tried("this process", _foreign_jvm)
    yield from (packages := list(_jars()))
    yield _memory(config.driver_memory)
    yield _cores(config.master)
    yield _load()
    if any(each.advice for each in packages):  # those of an image are all there, and nobody may write to them
        yield _folder("jars folder", jars.cache_folder(), 0)
    yield _folder("datasets folder", cache.cache_folder(), 0)
    yield _folder("current folder", here, 0)
    largest = max(
        sum(jar.bytes for jar in each.jars)
        for line in jars.profiles()
        for each in with_plugins(line).packages.values()
        if not each.optional
    )
    yield _folder("temporary folder", Path(tempfile.gettempdir()), largest)  # Spark copies the jars of a session there
    yield _tables(config.warehouse)


def _tried(name: str, look: Callable[[], str]) -> Check:
    """What a look shows, as a check; an error says itself what to do."""
    try:
        return Check(name, look())
    except OtfbenchError as error:
        return Check(name, "not as it must be", str(error))


def _python() -> Check:
    fine = _FIRST_PYTHON <= sys.version_info[:2] <= _LAST_PYTHON
    return Check("Python", platform.python_version(), None if fine else "install otfbench with a Python 3.10 to 3.12")


def _profile() -> jars.Profile:
    return profile()


def _spark() -> str:
    names, file = sorted(installation.defaults()), installation.defaults_file()
    conf = os.environ.get("SPARK_CONF_DIR")
    if conf and not Path(conf).is_dir():
        raise UsageError(
            f"SPARK_CONF_DIR={conf} is no folder, so that Spark has no settings of it: unset or correct it."
        )
    defaults = f"defaults in {file}: {', '.join(names) or 'none'}" if file else "no defaults"
    return f"at {installation.home()}; {defaults}"


def _foreign_jvm() -> str:
    refuse_foreign_jvm()
    return "may start a JVM for each format"


def _jars() -> Iterator[Check]:
    """The jars of each package of the profile; none if there is no profile."""
    try:
        packages = _profile().packages
    except OtfbenchError:
        return
    for name, package in packages.items():
        if package.jars and not package.optional:
            yield _package(name, package)


def _package(name: str, package: jars.Package) -> Check:
    what = f"jars of {name} {package.version}"
    try:
        absent = jars.missing(package.jars, jars.cache_folder())
    except OtfbenchError as error:
        return Check(what, "not those of the lock", str(error))
    lack = f"{format_size(sum(jar.bytes for jar in absent))} of them missing"
    return Check(what, lack, "fetch them: otfbench fetch") if absent else Check(what, "all there, as locked")


def _memory(heap: str) -> Check:
    free = machine.available_bytes()
    wanted = machine.heap_bytes(heap)
    advice = f"a JVM may take {heap}: end what else runs, or give less, by --otf-driver-memory"
    return Check(
        "memory",
        f"{format_size(free)} free of {format_size(machine.memory_bytes())}",
        None if free > wanted else advice,
    )


def _cores(master: str) -> Check:
    cores, tasks = machine.cores(), parallelism(master) or 1
    advice = f"{master} runs {format_count(tasks, 'task')} at once: give as many as there are cores, by --otf-master"
    return Check("cores", format_count(cores, "core"), None if tasks <= cores else advice)


def _load() -> Check:
    load = machine.load_per_core()
    if load is None:
        return Check("load", "the system doesn't tell")
    advice = "end what else runs, or times will be of that as well"
    return Check("load", f"{load} waiting processes per core", advice if load > LOAD_PER_CORE else None)


def _folder(name: str, folder: Path, bytes_needed: int) -> Check:
    """Whether the folder, or the nearest one above that is there, can be written to, and has room."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        return Check(name, str(folder), f"{there}: {error.strerror}. Make it writable.")
    advice = f"make room: {format_size(bytes_needed)} are needed" if free <= bytes_needed else None
    return Check(name, f"{folder}, {format_size(free)} free", advice)


def _tables(folder: str | None) -> Check:
    """A folder that the user names is only looked at: it may hold tables that an earlier run has kept."""
    name = "folder for tables"
    if folder is None:
        return _tried(name, _temporary)
    return (
        Check(name, f"{folder}, tried by each run") if is_uri(folder) else _folder(name, Path(folder).expanduser(), 0)
    )


def _temporary() -> str:
    """Claim a folder for tables as a run does, and give it back: what is wrong with its name is a WarehouseError."""
    warehouse = Warehouse(None, keep=False)
    warehouse.close()
    return f"may be made in {warehouse.folder.parent}"
