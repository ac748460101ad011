"""No secret of a configuration gets into what a run shows or leaves, on real Spark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CONVERSIONS = str(PROJECT / "benchmarks" / "test_convert.py")
PLANTED = "pl4nted"
CONFIG = """
spark:
  driver_memory: 1g
  conf:
    spark.driver.defaultJavaOptions: -Dotf.keyStorePassword=pl4nted -Dotf.pass='pl4nted too'
    spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net: pl4nted+/==
    spark.hadoop.fs.azure.sas.lake.acct.blob.core.windows.net: ?sv=2022&sig=pl4nted%3D
    spark.hadoop.fs.gs.auth.service.account.private.key.id: pl4nted
    spark.hadoop.fs.gs.auth.service.account.private.key: "-----BEGIN PRIVATE KEY-----\\npl4nted\\n-----END PRIVATE KEY-----"
    spark.hadoop.otf.json: '{"private_key": "pl4nted", "client_email": "me@acme.org"}'
    spark.hadoop.fs.s3a.access.key: pl4nted
    spark.hadoop.fs.s3a.secret.key: pl4nted/+
    spark.hadoop.fs.s3a.aws.credentials.provider: org.acme.TokenProvider
    spark.hadoop.otf.db.pwd: pl4nted
    spark.hadoop.otf.gpg.passphrase: pl4nted
    spark.hadoop.otf.api.key: pl4nted
    spark.hadoop.otf.comment: s3a://me:pl4nted/+@lake/a, AccountName=a;AccountKey=pl4nted==;Suffix=net
formats:
  parquet: {properties: {otf.passwd: pl4nted, otf.source: "jdbc:x://h/db?user=me&password=pl4nted"}}
"""  # noqa: E501
WORKLOADS = """
import os
from otfbench.convert.write import convert
from otfbench.errors import UnsupportedError

URI = "s3a://me:pl4nted@lake/a?sig=pl4nted"

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
    raise ValueError("no such order")
"""
SMALL = "--otf-formats parquet --otf-inputs csv --otf-rows 200 --otf-rounds 1 --otf-warmup 0".split()


def called(folder: Path, *command: str, **more: str) -> str:
    """What a command shows, output and errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"COLUMNS": "100", "TMPDIR": str(folder / "tmp"), **more}
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def run(folder: Path, *arguments: str, **more: str) -> str:
    python = ("pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", "--rootdir", ".", "-rs")
    return called(folder, *python, "workloads/test_own.py", *SMALL, *arguments, **more)


def files(folder: Path) -> Iterator[Path]:
    """What runs and reports have left, without what we wrote ourselves."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("otfbench.yaml", "test_own.py") and "__pycache__" not in path.parts:
            yield path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration full of secrets, and workloads whose errors have some."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "tmp").mkdir()
    (folder / "workloads").mkdir()
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
    (folder / "otfbench.yaml").write_text(CONFIG.replace("org.acme.TokenProvider", "org.acme.Other"))
    shown["resume"] = run(folder, "--otf-resume")
    return shown


def test_config_show(folder):
    """`otfbench config show` hides every secret, and nothing else."""
    told = called(folder, "otfbench", "config", "show")
    assert PLANTED in CONFIG and PLANTED not in told
    assert "credentials.provider: org.acme.TokenProvider" in told and "client_email" in told


def test_the_runs_are_what_they_are_meant_to_be(folder, shown):
    """Cases pass, fail and are skipped; a journal is left, and the difference to it is told: there is where to look."""
    assert (
        "2 passed, 1 skipped" in shown["run"] and "nowhere" in shown["run"] and "not found: s3a://me:" in shown["run"]
    )
    assert "failed: f_error_of_its_own: ValueError: no such order" in shown["run"]
    names = {path.name for path in files(folder)}
    assert {"report.html", "report.md", "report.csv", "otfbench-journal.jsonl"} <= names
    assert "org.acme.TokenProvider" in shown["resume"] and "(hidden)" in shown["resume"]


def test_nothing_is_shown(shown):
    """No secret is in what runs and reports show, in no reason for a failure either."""
    assert [name for name, text in shown.items() if PLANTED in text] == []


def test_nothing_is_left(folder, shown):
    """No secret is in any file that they leave: run file, journal, reports, what we write to the log."""
    holding = [path for path in files(folder) if PLANTED.encode() in path.read_bytes()]
    assert [str(path.relative_to(folder)) for path in holding] == []
