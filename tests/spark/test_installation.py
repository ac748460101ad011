"""Which Spark is started, and with which defaults: another version than pyspark's is refused."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pyspark
import pytest

from otfbench.errors import UsageError
from otfbench.spark import installation


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    """No variable names another Spark."""
    monkeypatch.delenv("SPARK_HOME", raising=False)
    monkeypatch.delenv("SPARK_CONF_DIR", raising=False)


def named(monkeypatch, folder: Path, *jars: str) -> Path:
    """A SPARK_HOME with these jars."""
    (folder / "jars").mkdir()
    for jar in jars:
        (folder / "jars" / jar).touch()
    monkeypatch.setenv("SPARK_HOME", str(folder))
    return folder


def test_pyspark_brings_its_own():
    """Without SPARK_HOME that is started."""
    assert installation.home() == Path(pyspark.__file__).parent


def test_same_version(monkeypatch, tmp_path):
    """A Spark of pyspark's version may stand anywhere."""
    folder = named(monkeypatch, tmp_path, f"spark-core_2.12-{version('pyspark')}.jar")
    assert installation.home() == folder


@pytest.mark.parametrize(
    ("jars", "words"), [(["spark-core_2.13-4.0.1.jar"], "has Spark 4.0.1"), ([], "spark-core_.*.jar is missing")]
)
def test_another_spark_is_refused(monkeypatch, tmp_path, jars, words):
    """Its version and pyspark's are named, and what to do."""
    named(monkeypatch, tmp_path, *jars)
    with pytest.raises(UsageError, match=words) as error:
        installation.home()
    assert version("pyspark") in str(error.value) and "unset SPARK_HOME" in str(error.value)


def test_defaults_are_parsed_as_java_does(monkeypatch, tmp_path):
    """Names end at a space, `=` or `:`, as java.util.Properties has it; comments and empty lines are none."""
    lines = ["# spark.no 1", "! spark.no 2", "", "  spark.a   1 2 ", "spark.b=x=y", "spark.c : z", "spark.d"]
    (tmp_path / "spark-defaults.conf").write_text("\n".join(lines))
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert installation.defaults() == {"spark.a": "1 2", "spark.b": "x=y", "spark.c": "z"}


def test_no_defaults(monkeypatch, tmp_path):
    """Most installations have none."""
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert installation.defaults() == {} and installation.defaults_file() is None
