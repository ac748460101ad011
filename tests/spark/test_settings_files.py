"""Settings reach the JVM by files of their owner's alone, which are gone once it has read them."""

import os
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from otfbench.errors import UsageError
from otfbench.spark.java import find_java
from otfbench.spark.log import pipe_into
from otfbench.spark.settings_files import java_options, settings_in_files

CONF = {"spark.hadoop.otf.secret": "pl4nted = x\\y\n  z ", "spark.driver.defaultJavaOptions": "-Da='b c' -Dd=\\\"e#"}


@pytest.fixture
def given(monkeypatch):
    """What spark-submit is given: the file of the settings, and that of Java's options."""
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-Dfirst=1")
    with settings_in_files(CONF, java_options(CONF)):
        arguments = shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])
        assert "SPARK_SUBMIT_OPTS" not in os.environ
        yield Path(arguments[1]), Path(arguments[1]).with_name("java.options")


def test_only_the_owner_can_read_them(given):
    """The files can be read by their owner only, and the command line names nothing but a file."""
    assert os.environ["PYSPARK_SUBMIT_ARGS"] == f"--properties-file {given[0]} pyspark-shell"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (*given, given[0].parent)] == [0o600, 0o600, 0o700]


def test_nothing_is_left(monkeypatch):
    """Afterwards there is no file, and the environment is as it was."""
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-Dfirst=1")
    before = dict(os.environ)
    with settings_in_files(CONF, ["-Da=1"]):
        folder = Path(shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])[1]).parent
    assert not folder.exists() and dict(os.environ) == before


def test_defaults_of_the_installed_spark_come_first(monkeypatch, tmp_path):
    """What spark-defaults.conf says is said before our settings, which win."""
    (tmp_path / "spark-defaults.conf").write_text("spark.eventLog.enabled  false")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    with settings_in_files({"spark.eventLog.enabled": "true"}, []):
        text = Path(shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])[1]).read_text()
    assert text.splitlines() == ["spark.eventLog.enabled  false", "spark.eventLog.enabled=true"]


def test_java_reads_back_what_was_given(given, tmp_path):
    """Java finds the settings and its options as they were given, whatever characters they have."""
    (tmp_path / "Read.java").write_text(
        "public class Read { public static void main(String[] a) throws Exception {"
        " var p = new java.util.Properties(); p.load(new java.io.FileReader(a[0]));"
        ' for (var s : new String[] {p.getProperty("spark.hadoop.otf.secret"), System.getProperty("first"),'
        ' System.getProperty("a"), System.getProperty("d")}) System.out.print(s + "|"); } }'
    )
    java = str(find_java().home / "bin" / "java")
    command = [java, f"@{given[1]}", str(tmp_path / "Read.java"), str(given[0])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == 'pl4nted = x\\y\n  z |1|b c|"e#|'


@pytest.mark.parametrize(
    ("options", "message"), [("-Dpassword='pl4nted", "a quote is not closed"), ("-Xmx8g", "spark.driver_memory")]
)
def test_options_that_cannot_be(options, message):
    """What can't be split, or would set the heap, is an error that shows no value."""
    with pytest.raises(UsageError, match=message) as error:
        java_options({"spark.driver.defaultJavaOptions": options})
    assert "pl4nted" not in str(error.value)


def test_the_log_has_no_secrets(tmp_path):
    """What is written to the log's pipe comes to the log by whole lines, up to the last byte, without secrets."""
    log = tmp_path / "spark.log"
    log.write_text("before\n")
    pipe, thread = pipe_into(log)
    with os.fdopen(pipe, "wb", buffering=0) as output:
        output.write(b"no s3a://me:pl4")
        output.write(b"nted@lake\nbyte \xff, a.password=pl4nted")
    thread.join(10)
    assert log.read_bytes() == b"before\nno s3a://me:(hidden)@lake\nbyte \xff, a.password=(hidden)"
