"""No secret of a configuration gets into what a run shows or leaves, on real Spark."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).parents[2]
CONVERSIONS = str(PROJECT / "benchmarks" / "test_convert.py")
PLANTED = "pl4nted"
CONFIG = """
spark:
  driver_memory: 1g
  conf:
    spark.driver.defaultJavaOptions: -Dotf.keyStorePassword=pl4nted01 -Dotf.pass='pl4nted02 too' -Dotf.token="pl4nted03"
    spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net: pl4nted04+/==
    spark.hadoop.fs.azure.sas.lake.acct.blob.core.windows.net: ?sv=2022&sig=pl4nted05%3D
    spark.hadoop.fs.azure.account.oauth2.client.secret: pl4nted06
    spark.hadoop.fs.gs.auth.service.account.private.key.id: pl4nted07
    spark.hadoop.fs.gs.auth.service.account.private.key: "-----BEGIN PRIVATE KEY-----\\npl4nted08\\n-----END PRIVATE KEY-----"
    spark.hadoop.otf.json: '{"private_key": "pl4nted09", "client_email": "me@acme.org"}'
    spark.hadoop.fs.s3a.access.key: pl4nted10
    spark.hadoop.fs.s3a.secret.key: pl4nted11/+
    spark.hadoop.fs.s3a.session.token: pl4nted12
    spark.hadoop.fs.s3a.aws.credentials.provider: org.acme.TokenProvider
    spark.hadoop.otf.db.pwd: pl4nted13
    spark.hadoop.otf.gpg.passphrase: pl4nted14
    spark.hadoop.otf.api.key: pl4nted15
    spark.hadoop.otf.API_KEY: pl4nted16
    spark.hadoop.otf.registry.auth: pl4nted17
    spark.hadoop.otf.passwd: pl4nted18
    spark.hadoop.otf.nothing.special: pl4nted19
    spark.hadoop.otf.comment: s3a://me:pl4nted20/+@lake/a, AccountName=a;AccountKey=pl4nted21==;Suffix=net
    spark.hadoop.otf.url: https://host/x?X-Amz-Credential=pl4nted22&X-Amz-Signature=pl4nted23&token=pl4nted24&z=1
    spark.hadoop.otf.proxy.url: https://pl4nted25@host/x
    spark.hadoop.otf.endpoint: https://host/x?key=pl4nted26
    spark.sql.catalog.acme.credential: pl4nted27
    spark.acme.license: pl4nted28
    spark.sql.otf.note: "Authorization: Bearer pl4nted29"
formats:
  parquet:
    properties:
      otf.passwd: pl4nted30
      otf.source: "jdbc:x://h/db?user=me&password=pl4nted31"
      otf.account-key: pl4nted32
      otf.jaas: 'Login required username="me" password="pl4nted33";'
datasets:
  path: data
  format: csv
  schema: id int, name string
  options:
    header: "true"
    otf.token: pl4nted34
    otf.uri: s3a://me:pl4nted35@lake/a
"""  # noqa: E501
WORKLOADS = """
import os
from otfbench.convert.write import convert
from otfbench.errors import UnsupportedError

URI = "s3a://me:pl4nted36@lake/a?sig=pl4nted37"

def test_a_convert(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

def test_b_error_of_spark(measure, source, target):
    measure(lambda: target.format.spark.table(f"nowhere.`{URI}`"), expect=source.dataset)

def test_c_error_of_python(measure, source, target):
    def fail():
        raise ValueError(f"not found: {URI}")
    measure(fail, expect=source.dataset)

def test_d_unsupported(measure, source, target):
    def skip():
        raise UnsupportedError(f"{URI} can't be read")
    measure(skip, expect=source.dataset)

def test_e_killed(measure, source, target):
    def die():
        if "OTF_DIE" in os.environ:
            os._exit(9)
        convert(source, target)
    measure(die, expect=source.dataset)

def test_f_error_of_its_own(measure):
    print("password=pl4nted38")
    raise ValueError("no such order")

def test_g_error_with_its_source(measure):
    connect = "https://me:pl4nted39@host/x"
    raise ValueError(connect)
"""
SMALL = "--otf-formats parquet --otf-rounds 1 --otf-warmup 0".split()
OPTIONS = f"{os.environ.get('SPARK_SUBMIT_OPTS', '')} -Dotf.secret=pl4nted40"


def called(folder: Path, *command: str, **more: str) -> str:
    """What a command shows, output and errors; the command lines of the processes that it starts are kept."""
    environment = os.environ | {"COLUMNS": "100", "TMPDIR": str(folder / "tmp"), "SPARK_SUBMIT_OPTS": OPTIONS, **more}
    with (folder / "shown").open("w+") as output:
        streams = {"stdout": output, "stderr": subprocess.STDOUT}
        process = psutil.Popen([sys.executable, "-m", *command], cwd=folder, env=environment, **streams)
        lines: set[str] = set()
        while process.poll() is None:
            lines.update(command_lines(process))
            time.sleep(0.05)
        output.seek(0)
        with (folder / "commands").open("a") as commands:
            commands.writelines(f"{line}\n" for line in lines)
        return output.read()


def command_lines(process: psutil.Popen) -> Iterator[str]:
    """Of all processes that a process has started, as `ps` shows them."""
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            yield " ".join(child.cmdline())


def run(folder: Path, *arguments: str, **more: str) -> str:
    python = ("pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", "--rootdir", ".", "-rs")
    return called(folder, *python, "workloads/test_own.py", *SMALL, *arguments, **more)


def files(folder: Path) -> Iterator[Path]:
    """What runs and reports have left, without what we wrote ourselves."""
    for path in folder.rglob("*"):
        if (
            path.is_file()
            and path.name not in ("otfbench.yaml", "test_own.py", "shown", "commands")
            and "__pycache__" not in path.parts
        ):
            yield path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration full of secrets, and workloads whose errors have some."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "tmp").mkdir()
    (folder / "workloads").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("id,name\n" + "".join(f"{n},x{n}\n" for n in range(200)))
    (folder / "otfbench.yaml").write_text(CONFIG)
    (folder / "workloads" / "test_own.py").write_text(WORKLOADS)
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[str, str]:
    """What is shown by a run, by the reports on it, by a run that was killed, and by one that can't go on with it."""
    shown = {"run": run(folder, "--benchmark-autosave")}
    for kind in ("html", "md", "csv"):
        shown[kind] = called(folder, "otfbench", "report", "0001", "-o", f"report.{kind}")
    shown["killed"] = run(folder, OTF_DIE="1")
    shown["arguments"] = run(folder, PYSPARK_SUBMIT_ARGS="--conf spark.otf.password=pl4nted41 pyspark-shell")
    for option in ("warehouse=s3a://me:pl4nted42@lake/a", "formats=s3a://me:pl4nted43@lake", "rows=token=pl4nted44"):
        shown[option.replace(PLANTED, "")] = run(folder, f"--otf-{option}")
    (folder / "otfbench.yaml").write_text(CONFIG.replace("org.acme.TokenProvider", "org.acme.Other"))
    shown["resume"] = run(folder, "--otf-resume")
    return shown


def test_config_show(folder):
    """`otfbench config show` hides every secret, and nothing else."""
    told = called(folder, "otfbench", "config", "show")
    assert PLANTED in CONFIG and PLANTED not in told
    assert "credentials.provider: org.acme.TokenProvider" in told and "header: 'true'" in told


def test_the_runs_are_what_they_are_meant_to_be(folder, shown):
    """Cases pass, fail and are skipped; a journal is left, and the difference to it is told: there is where to look."""
    assert (
        "2 passed, 1 skipped" in shown["run"] and "nowhere" in shown["run"] and "not found: s3a://me:" in shown["run"]
    )
    assert "password=(hidden)" in shown["run"] and "https://(hidden)@host/x" in shown["run"]
    assert "failed: f_error_of_its_own: ValueError: no such order" in shown["run"]
    names = {path.name for path in files(folder)}
    assert {"report.html", "report.md", "report.csv", "otfbench-journal.jsonl"} <= names
    assert "org.acme.TokenProvider" in shown["resume"] and "(hidden)" in shown["resume"]


def test_nothing_is_shown(shown):
    """No secret is in what runs and reports show, in no reason for a failure either."""
    assert [name for name, text in shown.items() if PLANTED in text] == []


def test_forty_are_planted():
    """Secrets are planted in settings, properties, options, URIs, workloads, the environment, and arguments."""
    everything = CONFIG + WORKLOADS + OPTIONS
    assert len(set(re.findall(rf"{PLANTED}\d\d", everything))) == 40


def test_the_path_of_the_tables_is_not_kept(folder, shown):
    """The run file doesn't tell where the tables were, neither in the settings nor in a reason for a failure."""
    (saved,) = (folder / ".benchmarks").rglob("0001_*.json")
    settings = json.loads(saved.read_text())["benchmarks"][0]["extra_info"]["otfbench"]["settings"]
    assert settings["spark"]["spark.sql.warehouse.dir"] == "(warehouse)"
    assert f"{folder}/tmp/otfbench-" not in saved.read_text()


def test_nothing_is_on_a_command_line(folder, shown):
    """No secret is on the command line of a process: those of JVMs name the files of settings and Java options."""
    commands = (folder / "commands").read_text()
    assert "--properties-file" in commands and "/java.options" in commands
    assert PLANTED not in commands


def test_nothing_is_left(folder, shown):
    """No secret is in any file that they leave: run file, journal, reports, what we write to the log."""
    holding = [path for path in files(folder) if PLANTED.encode() in path.read_bytes()]
    assert [str(path.relative_to(folder)) for path in holding] == []
