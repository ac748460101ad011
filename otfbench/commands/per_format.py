"""`otfbench run --per-format`: a run of each format by a command such as spark-submit, merged. Knows no cluster."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from otfbench.commands.output import Exit, write_whole
from otfbench.config import load as configfile
from otfbench.config.options import Config
from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.registry import format_names, input_names, load_input, profile
from otfbench.runs.merging import merged
from otfbench.spark import jars
from otfbench.spark.jars import Profile
from otfbench.spark.java import find_java
from otfbench.spark.launch import jar_files
from otfbench.spark.replaced_jars import with_user_jars
from otfbench.spark.s3 import packages_for

_PROGRAM = "from otfbench.cli import main\n\nmain()\n"
_OPTIONS = ("formats", "master", "driver_memory")


def submit_each(template: str, arguments: Sequence[str]) -> int:
    """Run the command for each format of the run, one after the other, and write what they leave as one run file.

    `{}` in the command stands for master, memory, jars, program and arguments. A run that fails doesn't keep the others
    from being made; the exit code is then that of the first that failed. Raises UsageError if nothing can be submitted.
    """
    config, into, rest = _understood(arguments)
    words = shlex.split(template)
    if words.count("{}") != 1:
        raise UsageError(
            f"--per-format {template!r}: must have one {{}}, as in 'spark-submit --deploy-mode cluster {{}}'."
        )
    codes, parts = [], []
    with temporary_folder("submitted") as folder:
        program = folder / "otfbench_run.py"
        program.write_text(_PROGRAM)
        line = with_user_jars(profile(), config.jars, config.replaced)
        for name in _formats(config, line):
            part = into.with_name(f"{into.stem}.{name}.json")
            part.unlink(missing_ok=True)
            asked = ["run", *rest, f"--otf-formats={name}", f"--benchmark-json={part}"]
            given = [*_for_submit(config, line, name), str(program), *asked]
            command = [each for word in words for each in (given if word == "{}" else [word])]
            print(f"otfbench: {name}: {shlex.join(command)}", flush=True)
            codes.append(_ended(command))
            parts += [part] if part.is_file() else []
    if not parts:
        raise UsageError(f"No run left a file: {into}. What they said is above.")
    write_whole(into, json.dumps(merged(parts), indent=4))
    for part in parts:
        part.unlink()
    return next((code for code in codes if code), Exit.FINE)


def _understood(arguments: Sequence[str]) -> tuple[Config, Path, list[str]]:
    """The configuration, the run file to be, and the arguments that each run is given as they are."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("--otf-config", "--benchmark-json", *(f"--otf-{name.replace('_', '-')}" for name in _OPTIONS)):
        parser.add_argument(name)
    known, rest = parser.parse_known_args(arguments)
    if not known.benchmark_json:
        raise UsageError("--per-format needs --benchmark-json FILE: the runs of the formats are merged into it.")
    given = {name: getattr(known, f"otf_{name}") for name in _OPTIONS}
    here = Path.cwd()
    file = configfile.find(known.otf_config, here, here)
    config = configfile.load(given, file)
    same = {"otf-config": file, "otf-master": config.master, "otf-driver-memory": config.driver_memory}
    return config, Path(known.benchmark_json).absolute(), [*rest, *(f"--{k}={v}" for k, v in same.items() if v)]


def _formats(config: Config, line: Profile) -> list[str]:
    """Those of the run that have jars, or need none."""
    usable = line.packages
    return [name for name in config.formats or usable if name in usable and name in format_names()]


def _for_submit(config: Config, line: Profile, name: str) -> Iterator[str]:
    """What a JVM is started with: master, memory, and the jars of the format, of all inputs and of file systems."""
    java = find_java()
    packages = {name, *(each.package for each in map(load_input, input_names()) if each.package)}
    packages |= packages_for(*([config.user_data.path] if config.user_data else []), config.warehouse or "")
    there = sorted(packages & line.packages.keys())
    jars.fetch(line.jars_of(there), java, jars.cache_folder())
    files = jar_files(line, there, config.jars, java)
    yield from ("--master", config.master, "--driver-memory", config.driver_memory)
    if files:
        yield from ("--jars", ",".join(map(str, files)))


def _ended(command: Sequence[str]) -> int:
    """Its exit code; spark-submit would take a `python3` and a `java` of the path, which may be others than ours."""
    ours = {"PYSPARK_PYTHON": sys.executable, "JAVA_HOME": str(find_java().home)}
    try:
        return subprocess.run(command, check=False, env=ours | os.environ).returncode
    except OSError as error:
        raise UsageError(f"{command[0]}: {error.strerror}. It is the command of --per-format.") from None
