"""The sides of an A/B comparison: what somebody names, and how a run of it is started. Knows no pair and no result."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from otfbench.errors import UsageError
from otfbench.registry import format_names
from otfbench.spark.jars import profiles

KINDS = (
    "A side is a format in another version (NAME=VERSION), a YAML file, a virtual environment, a checkout, or a"
    " revision of the repository here."
)


@dataclass(frozen=True)
class Side:
    """How runs of a side are started: by which Python, in which folder, with which options."""

    text: str
    """The side as it was named."""
    description: str
    python: str = sys.executable
    arguments: tuple[str, ...] = ()
    checkout: Path | None = None
    """The folder that runs are in, whose code is found first; None for the current folder, and what is installed."""

    def environment(self) -> Mapping[str, str]:
        """The variables of its processes."""
        if self.checkout is None:
            return os.environ
        paths = [self.checkout, self.checkout / "src", os.environ.get("PYTHONPATH")]
        return os.environ | {"PYTHONPATH": os.pathsep.join(str(each) for each in paths if each)}


def side(text: str, sources: Path) -> Side:
    """What somebody names as a side; raises UsageError if it is none.

    `sources`: where a revision's files are put, in a folder named by its commit.
    """
    path = Path(text).expanduser()
    named = re.fullmatch(r"([\w-]+)=(\w[\w.+-]*)", text)
    if named and named[1] in format_names():
        return Side(text, f"{named[1]} {named[2]}", arguments=(f"--otf-versions={text}",))
    if path.is_file() and path.suffix in (".yaml", ".yml"):
        return Side(text, f"{path.name}", arguments=(f"--otf-config={path.absolute()}",))
    if path.is_dir():
        return _environment(text, path.absolute()) or Side(text, f"checkout {path}", checkout=path.absolute())
    if commit := _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}"):
        revision = commit.decode().strip()
        return Side(text, f"{text} (commit {revision[:9]})", checkout=_unpacked(revision, sources))
    raise UsageError(f"{text}: {_why_none(text, path)} {KINDS}")


def _environment(text: str, folder: Path) -> Side | None:
    """The virtual environment in a folder; None if there is none; raises UsageError if otfbench isn't in it."""
    python = folder / "bin" / "python"
    if not python.exists():
        return None
    asked = "from importlib.metadata import version as v; print('otfbench', v('otfbench'), 'pyspark', v('pyspark'))"
    answer = subprocess.run([python, "-c", asked], capture_output=True, text=True, cwd="/")
    if answer.returncode:
        raise UsageError(f"{text}: otfbench is not installed there: {python} -m pip install otfbench.")
    return Side(text, f"environment {text}: {answer.stdout.strip()}", python=str(python))


def _why_none(text: str, path: Path) -> str:
    if path.exists():
        return "it is a file, and not one of YAML."
    if any(each.name == text for each in profiles()):
        return "a profile comes with its pyspark: name a virtual environment that has it."
    name, sign, _ = text.partition("=")
    if sign and name in format_names():
        return f"it names no version of {name}."
    if sign:
        return f"{name} is no format: there are {', '.join(sorted(format_names()))}."
    return "nothing of that name is here."


def _unpacked(revision: str, sources: Path) -> Path:
    """The files of a commit, in a folder of their own; within it the folder that corresponds to the current one."""
    folder = sources / revision[:12]
    prefix = (_git("rev-parse", "--show-prefix") or b"").decode().strip()
    if not folder.exists():
        root = (_git("rev-parse", "--show-toplevel") or b"").decode().strip()
        archive = subprocess.run(["git", "-C", root, "archive", revision], capture_output=True, check=True)
        partial = folder.with_name(f"{folder.name}.partial")
        partial.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", partial], input=archive.stdout, check=True)
        partial.rename(folder)
    if not (folder / prefix).is_dir():
        raise UsageError(f"Commit {revision[:9]} has no folder {prefix}.")
    return folder / prefix


def _git(*arguments: str) -> bytes | None:
    """What git answers in the current folder; None if it refuses, or isn't there."""
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True)
    except FileNotFoundError:
        return None
    return answer.stdout if answer.returncode == 0 else None
