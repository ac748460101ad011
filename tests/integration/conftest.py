"""One JVM for many files, and for many conversions to plain ones: what starting it costs is not what they test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from otfbench import cli
from otfbench.spark import launch
from otfbench.spark.jvm import Jvm
from otfbench.testing.fixtures import input_jars, started


@pytest.fixture(scope="module")
def jvm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jvm]:
    """One JVM for the module, without a format; it reads each input."""
    with started(tmp_path_factory.mktemp("jvm"), {}, input_jars()) as running:
        yield running


@pytest.fixture
def in_one_jvm(jvm: Jvm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are given that JVM in place of one of their own, with nothing in its catalog; it goes on after them."""

    def given(*arguments: Any) -> Jvm:
        *_, conf, _scratch, _java, log, launched = arguments
        launched()
        log.touch()
        jvm.use()
        jvm.spark.sql("DROP DATABASE IF EXISTS otfbench CASCADE")
        jvm.spark.sql(f"CREATE DATABASE otfbench LOCATION '{conf['spark.sql.warehouse.dir']}/otfbench.db'")
        return jvm

    monkeypatch.setattr(launch, "launch_jvm", given)
    monkeypatch.setattr(jvm, "stop", lambda: 0)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs `otfbench convert` in this process: its exit code, and what it prints, to both."""

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["otfbench", "convert", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return call
