"""The Spark that is started: where it is, its version, the defaults that come with it. Starts nothing."""

from __future__ import annotations

import os
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from otfbench.errors import UsageError

_DEFAULT = re.compile(r"\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*?)\s*")


def home() -> Path:
    """The folder of the Spark that pyspark starts: SPARK_HOME, if that is set, else the one that it brings.

    Raises UsageError if that is another version than pyspark's, whose jars are those of the profile.
    """
    named, expected = os.environ.get("SPARK_HOME"), version("pyspark")
    spec = find_spec("pyspark")  # not imported: that takes most of a second
    assert spec and spec.origin, "otfbench requires pyspark"
    folder = Path(named) if named else Path(spec.origin).parent
    there = {jar.stem.rpartition("-")[2] for jar in folder.glob("jars/spark-core_*.jar")}
    if named and expected not in there:
        what = f"Spark {', '.join(sorted(there))}" if there else "no Spark (jars/spark-core_*.jar is missing)"
        advice = "unset SPARK_HOME, or install the pyspark of that version in an environment of its own"
        raise UsageError(f"SPARK_HOME={named} has {what}, and pyspark is {expected}: {advice}.")
    return folder


def defaults_file() -> Path | None:
    """The spark-defaults.conf that counts: of SPARK_CONF_DIR, or of Spark's own folder; None if there is none."""
    file = Path(os.environ.get("SPARK_CONF_DIR") or home() / "conf", "spark-defaults.conf")
    return file if file.is_file() else None


def defaults_text() -> str:
    """What that file holds; nothing if it can't be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace") if (file := defaults_file()) else ""
    except OSError:
        return ""


def defaults() -> dict[str, str]:
    """The settings in that file, as they stand: a line each, the name up to the first space, `=` or `:`."""
    return {found[1]: found[2] for line in defaults_text().splitlines() if (found := _DEFAULT.fullmatch(line))}
