"""The warm-up of a session calls workloads as their cases do, with fixtures of the user's own; what fails is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = """
import pytest
from otfbench.convert.write import convert

@pytest.fixture
def conversion(source, target):
    def converting():
        with open("tables.txt", "a") as file:
            print(target.format.table.name, file=file)
        convert(source, target)
    yield converting
    open("closed.txt", "a").close()

@pytest.fixture
def source(source):
    open("overridden.txt", "a").write(f"{source.dataset.name}\\n")
    return source

@pytest.fixture
def of_the_case(request, source, target):
    return request.node.name
"""
WORKLOAD = """
def test_mine(measure, source, conversion):
    measure(conversion, expect=source.dataset)
"""
ASKING = """
def test_asking(measure, source, target, of_the_case):
    from otfbench.convert.write import convert
    measure(convert, source, target, expect=source.dataset)
"""

PARAMETRIZED = """
import pytest
from otfbench.convert.write import convert

@pytest.fixture(params=[1])
def doubled(request):
    return 2 * request.param

@pytest.mark.parametrize("plain", [3])
def test_parametrized(measure, source, target, doubled, plain):
    assert (doubled, plain) == (2, 3)
    measure(convert, source, target, expect=source.dataset)
"""

OF_ONE_FORMAT = """
def test_of_one_format(measure, source, parquet):
    from otfbench.convert.write import convert
    measure(convert, source, parquet.table("mine", source.dataset), expect=source.dataset)
"""


def test_fixtures_of_ones_own(tmp_path: Path) -> None:
    """A user's fixture is built in the warm-up, too, with its parameter; one that asks for its case is reported.

    The fixture of a format gives its session, in which a workload makes tables of its own. One that overrides ours is
    given ours.
    """
    for name, text in (
        ("conftest", CONFTEST),
        ("test_mine", WORKLOAD),
        ("test_asking", ASKING),
        ("test_parametrized", PARAMETRIZED),
        ("test_one", OF_ONE_FORMAT),
    ):
        (tmp_path / f"{name}.py").write_text(text)
    small = ("--otf-rows", "500", "--otf-rounds", "1", "--otf-warmup", "1", "--otf-driver-memory", "1g")
    chosen = ("--otf-formats", "parquet", "--otf-inputs", "csv")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *small, *chosen]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0 and "cases: 4 equal" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "tables.txt").read_text().split()[0] == "warm_up" and (tmp_path / "closed.txt").exists()
    assert len((tmp_path / "overridden.txt").read_text().split()) == 4 * 2  # each case and its warm-up
    assert "the warm-up of mine[" not in done.stdout and "the warm-up of parametrized[" not in done.stdout
    assert "warning: the warm-up of asking[parquet-csv] failed, its first rounds pay for it: " in done.stdout
