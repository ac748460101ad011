"""What holds for all tests: examples of hypothesis may take their time on a busy machine; run files from real runs."""

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from otfbench.runs.outcome import SCHEMA, Outcome, Status

settings.register_profile("otfbench", deadline=None)
settings.load_profile("otfbench")

RUNS = Path(__file__).parent / "recorded" / "runs"
# Files that take minutes, the longest first: begun early, they let the workers end together.
LONGEST = [
    "places/test_docker.py",
    "places/test_standalone_cluster.py",
    "integration/test_convert.py",
    "suites/test_run.py",
    "suites/test_own_table.py",
    "formats/test_hudi.py",
    "formats/test_delta.py",
    "formats/test_iceberg.py",
    "formats/test_paimon.py",
    "integration/test_own_data.py",
    "packages/test_examples.py",
    "packages/test_install.py",
    "integration/test_own_inputs.py",
    "places/test_remote_files.py",
    "formats/test_parquet.py",
    "suites/test_life.py",
    "suites/test_together.py",
    "places/test_file_system.py",
    "places/test_catalogs.py",
    "suites/test_redaction.py",
    "integration/test_convert_by_readers.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they were collected."""
    ranks = {Path(__file__).parent / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


def pytest_sessionstart() -> None:
    """Runs that tests start are nobody's workers, and take no options of ours: pytest-benchmark would time nothing."""
    for name in [each for each in os.environ if each.startswith("PYTEST_")]:
        del os.environ[name]


@pytest.fixture
def document() -> dict[str, Any]:
    """A recorded run of the suite quick with the control alone, as its file has it; each test may change its copy."""
    return json.loads((RUNS / "parquet_a.json").read_text())


@pytest.fixture
def name_cases() -> Callable[..., None]:
    """Gives the cases of a document other ids, by a function of number and id, and no outcomes but theirs."""

    def named(document: dict[str, Any], rename: Callable[[int, str], str]) -> None:
        cases = [benchmark["extra_info"]["otfbench"]["case"] for benchmark in document["benchmarks"]]
        for number, case in enumerate(cases):
            case["id"] = rename(number, case["id"])
        passed = {"status": "passed", "reason": None, "verdict": "equal"}
        document["otfbench"]["outcomes"] = [{"id": each["id"], "nodeid": each["id"], **passed} for each in cases]

    return named


@pytest.fixture
def finished(document: dict[str, Any]) -> Callable[[str], Any]:
    """A case of the recorded run as the journal takes it: outcome, pytest-benchmark's record, rulers."""

    def ended(case: str) -> tuple[Outcome, dict[str, Any], list[dict[str, Any]]]:
        outcome = next(each for each in document["otfbench"]["outcomes"] if each["id"] == case)
        benchmark = next(each for each in document["benchmarks"] if each["fullname"] == outcome["nodeid"])
        ours = benchmark["extra_info"]["otfbench"]
        if "unfed" in ours:  # it was recorded with schema 1
            ours |= {"schema": SCHEMA, "unreported": ours.pop("unfed"), "reported": None}
        return Outcome(**outcome | {"status": Status(outcome["status"])}), benchmark, document["otfbench"]["rulers"]

    return ended


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a document, or any text, as a file."""

    def written(content: Any, name: str = "run.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return written


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Calls a function in so many processes, which begin at one moment; returns what it returns, or raises, in each.

    The function is given a barrier, at which each may wait for all.
    """

    def called(count: int, function: Callable[[Any], Any]) -> list[Any]:
        fork = multiprocessing.get_context("fork")
        barrier, results = fork.Barrier(count), fork.Queue()

        def work() -> None:
            barrier.wait(60)
            try:
                results.put(function(barrier))
            except Exception as error:
                results.put(error)

        processes = [fork.Process(target=work) for _ in range(count)]
        for process in processes:
            process.start()
        found = [results.get(timeout=60) for _ in processes]
        for process in processes:
            process.join()
        return found

    return called
