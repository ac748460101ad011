"""`otfbench run --per-format`: a run of each format by a command such as spark-submit, merged. Knows no cluster."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from otfbench.commands import child
from otfbench.commands.output import Exit, write_whole
from otfbench.config import load as configfile
from otfbench.config.options import Config
from otfbench.errors import UsageError
from otfbench.ownership.folders import temporary_folder
from otfbench.redaction import redact_text
from otfbench.registry import format_names, input_names, load_format, load_input
from otfbench.registry.packages import profile
from otfbench.runs.merging import merged
from otfbench.spark import interrupts, jars
from otfbench.spark.jars import Profile
from otfbench.spark.java import find_java
from otfbench.spark.launch import jar_files
from otfbench.spark.replaced_jars import with_user_jars
from otfbench.spark.s3 import packages_for

_OPTIONS = ("formats", "master", "driver_memory")


def submit_each(template: str, arguments: Sequence[str]) -> int:
    """Run the command for each format of the run, one after the other, and write what they leave as one run file.

    `{}` in the command stands for master, memory, jars, program and arguments. A run that fails doesn't keep the others
    from being made; the exit code is then that of the first that failed. After an interruption what is there is merged.
    Raises UsageError if nothing can be submitted.
    """
    config, into, rest = _understood(arguments)
    words = _words(template)
    with temporary_folder("submitted") as folder:
        runs = {
            part: [each for word in words for each in (given if word == "{}" else [word])]
            for part, given in _given(config, into, [child.program(folder), "run", *rest])
        }
        codes = _submit(runs.values())
    interrupted = interrupts.exit_status()
    there = [part for part in runs if part.is_file()]
    if interrupted and not there:
        return interrupted
    if not there:
        ended = ", ".join(map(str, codes)) or "none"
        raise UsageError(f"No run left a file: {into}. Exit codes of the command: {ended}.")
    _merge(there, into)
    return interrupted or next((code for code in codes if code), Exit.FINE)


def _submit(commands: Iterable[Sequence[str]]) -> list[int]:
    """Run one after the other, until a signal comes; the exit codes of those that have ended."""
    codes: list[int] = []
    interrupts.listen(None)
    try:
        for command in commands:
            print(redact_text(f"otfbench: {shlex.join(command)}"), flush=True)
            codes.append(_ended(command))
    except KeyboardInterrupt:
        print("otfbench: interrupted; what runs have written is merged", file=sys.stderr)
    finally:
        interrupts.forget()
    return codes


def _words(template: str) -> list[str]:
    """The words of the command, one of which is `{}`."""
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise UsageError(f"--per-format {template!r}: {error}.") from None
    if words.count("{}") != 1:
        raise UsageError(
            f"--per-format {template!r}: must have one {{}}, as in 'spark-submit --deploy-mode cluster {{}}'."
        )
    return words


def _given(config: Config, into: Path, program: Sequence[str]) -> list[tuple[Path, list[str]]]:
    """The file that the run of each format is to write, of a name that nobody else has, and what stands for `{}`.

    All of it before the first run, so that jars that can't be had are told at once.
    """
    line = with_user_jars(profile(), config.jars, config.replaced)
    names, token = _formats(config, line), secrets.token_hex(4)
    parts = [into.with_name(f"{into.stem}.{name}-{token}.json") for name in names]
    return [
        (part, [*_for_submit(config, line, name), *program, f"--otf-formats={name}", f"--benchmark-json={part}"])
        for name, part in zip(names, parts, strict=True)
    ]


def _merge(parts: Sequence[Path], into: Path) -> None:
    """Write what the runs have left as one file, in place of theirs."""
    write_whole(into, json.dumps(merged(parts), indent=4))
    for part in parts:
        part.unlink()


def _understood(arguments: Sequence[str]) -> tuple[Config, Path, list[str]]:
    """The configuration, the run file to be, and the arguments that each run is given as they are."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("--otf-config", "--benchmark-json", *(f"--otf-{name.replace('_', '-')}" for name in _OPTIONS)):
        parser.add_argument(name)
    known, rest = parser.parse_known_args(arguments)
    if not known.benchmark_json:
        raise UsageError("--per-format needs --benchmark-json FILE: the runs of the formats are merged into it.")
    into = Path(known.benchmark_json).absolute()
    if not into.parent.is_dir():
        raise UsageError(f"--benchmark-json {into}: there is no folder {into.parent}.")
    if "--otf-resume" in rest:
        raise UsageError("--otf-resume goes on with one run, and --per-format makes several: leave one of them out.")
    if any(each.split("=")[0] == "--otf-gate" for each in rest):
        raise UsageError(f"--otf-gate holds one run to a baseline: gate the merged file, by otfbench gate, {into}.")
    given = {name: getattr(known, f"otf_{name}") for name in _OPTIONS}
    here = Path.cwd()
    file = configfile.find_config_file(known.otf_config, here, here)
    config = configfile.load(given, file)
    same = {"otf-config": file, "otf-master": config.master, "otf-driver-memory": config.driver_memory}
    return config, into, [*rest, *(f"--{k}={v}" for k, v in same.items() if v)]


def _formats(config: Config, line: Profile) -> list[str]:
    """The formats of the run that have jars, or need none; raises UsageError if there are none, or one is unknown."""
    for name in config.formats or ():
        load_format(name)
    usable = [name for name in config.formats or line.packages if name in line.packages and name in format_names()]
    if missing := [name for name in config.formats or () if name not in usable]:
        raise UsageError(f"{', '.join(missing)}: there are no jars for {line.name}. Leave it out of --otf-formats.")
    return usable


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
    """The exit code; spark-submit would take a `python3` and a `java` of the path, which may be others than ours."""
    ours = {"PYSPARK_PYTHON": sys.executable, "JAVA_HOME": str(find_java().home)}
    try:
        process = subprocess.Popen(command, env=ours | os.environ)
    except OSError as error:
        raise UsageError(f"{command[0]}: {error.strerror}. It is the command of --per-format.") from None

    return child.ended(process)
