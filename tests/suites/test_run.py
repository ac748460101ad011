"""Whole runs on real Spark: what a file carries, what is caught, what is left behind."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otfbench.fidelity.cells import CELLS
from tests.processes import from_a_terminal

PROJECT = Path(__file__).parents[2]
CONVERSIONS = str(PROJECT / "benchmarks" / "test_convert.py")
SMALL = ("--otf-rows", "500", "--otf-rounds", "2", "--otf-warmup", "1", "--otf-driver-memory", "1g")
OWN_WORKLOADS = """
import os, signal
from otfbench.convert.write import convert

def test_good(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

def test_wrong_value(measure, source, target):
    def convert_wrongly():
        convert(source, target)
        target.format.spark.sql(f"UPDATE {target.format.identifier} SET fare = fare + 1 WHERE trip_id = 7")
    measure(convert_wrongly, expect=source.dataset)

CALLS = []

def test_wrong_in_one_round(measure, source, target):
    def sometimes():
        CALLS.append(target.format.table.name)
        rows = source.read(target.format.spark)
        target.create(rows.limit(9) if len(CALLS) == 1 else rows)
    measure(sometimes, expect=source.dataset)

def test_spark_error(measure, source, target):
    def fail():
        bad = "if(trip_id = 400, raise_error('this row is bad'), vendor)"
        target.create(source.read(target.format.spark).selectExpr(f"{bad} AS vendor"))
    measure(fail, expect=source.dataset)

def test_dead_jvm(measure, source, target, spark):
    def die():
        if target.format.table.name != "warm_up":
            os.kill(int(spark._jvm.java.lang.ProcessHandle.current().pid()), signal.SIGKILL)
        convert(source, target)
    measure(die, expect=source.dataset)

def test_zafter(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "otfbench.plugin", "-p", "no:cacheprovider", *SMALL, *arguments]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there, with temporary files of its own."""
    (folder / "tmp").mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(folder / "tmp"), "COLUMNS": "100"}
    return subprocess.run(command(*arguments), cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def saved(folder: Path) -> dict[str, Any]:
    """The run file that was saved last."""
    return json.loads(max(folder.glob(".benchmarks/*/*.json")).read_text())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of the project's own conversions: the control and one format, one input."""
    folder = tmp_path_factory.mktemp("good")
    options = ("--otf-formats", "parquet,iceberg", "--otf-inputs", "csv", "--benchmark-autosave", "-k", "not infer")
    return folder, run(folder, CONVERSIONS, *options)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of operations on tables that hold rows: the control and one format, as the quick suite has them."""
    folder = tmp_path_factory.mktemp("changed")
    chosen = "test_commit or test_merge or look_up or test_expire"
    options = ("--otf-formats", "parquet,iceberg", "--otf-suite", "quick", "--benchmark-autosave", "-k", chosen)
    once = ("--otf-rounds", "1", "--otf-warmup", "0")
    return folder, run(folder, str(PROJECT / "benchmarks"), *options, *once)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of workloads that go wrong, each in its way."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "test_own.py").write_text(OWN_WORKLOADS)
    shown = ("--html=report.html", "--self-contained-html", "--otf-verify", "always", "--otf-warmup", "0")
    return folder, run(
        folder, "test_own.py", "--otf-formats", "delta", "--otf-inputs", "parquet", "--benchmark-autosave", *shown
    )


def case(folder: Path, name: str) -> dict[str, Any]:
    """What the run file carries for a case."""
    found = [b for b in saved(folder)["benchmarks"] if b["extra_info"]["otfbench"]["case"]["id"] == name]
    assert len(found) == 1
    return found[0]


# A good run


def test_all_equal(good: Any) -> None:
    """Three cases pass, each equal, and the exit code is 0."""
    folder, done = good

    assert done.returncode == 0, done.stdout + done.stderr
    assert {(o["id"], o["status"], o["verdict"]) for o in saved(folder)["otfbench"]["outcomes"]} == {
        (name, "passed", "equal") for name in ("convert[parquet-csv]", "convert[iceberg-csv]", "read_source[csv]")
    }


def test_case_record(good: Any) -> None:
    """A case carries identity, verdict, digests, adaptations, counters, storage, source and settings."""
    record = case(good[0], "convert[iceberg-csv]")["extra_info"]["otfbench"]

    assert record["schema"] == 2
    assert record["case"] == {
        "id": "convert[iceberg-csv]", "family": "convert", "operation": "convert", "format": "iceberg",
        "format_version": "1.12.0", "input": "csv", "variant": "shipped", "detail": {}, "dataset": "trips",
        "rows": 500, "seed": 42, "profile": "spark-3.5",
    }  # fmt: skip
    assert record["expected"] == record["actual"] and record["actual"]["rows"] == 500
    assert [(change["column"], change["from"], change["to"]) for change in record["adaptations"]] == [
        ("passengers", "smallint", "int")
    ]
    counted = {"jobs": 1, "stages": 1, "tasks": 2, "failed_tasks": 0, "input_records": 500, "output_records": 500}
    assert record["counters"].items() >= counted.items()
    assert record["unreported"] == {} and record["unstable"] == []
    assert record["storage"]["live_files"] == 2 and record["storage"]["dead_files"] == 0
    assert record["storage"]["live_bytes"] == record["counters"]["output_bytes"]
    assert record["source"] == {"files": 2, "bytes": record["source"]["bytes"]}
    assert record["settings"]["table_properties"]["format"] == "iceberg/parquet"
    assert record["settings"]["spark"]["spark.sql.catalog.lake.type"] == "hadoop"


def test_each_timed_round_is_recorded(good: Any) -> None:
    """One object per timed round, aligned with pytest-benchmark's own data."""
    benchmark = case(good[0], "convert[parquet-csv]")
    rounds = benchmark["extra_info"]["otfbench"]["rounds"]

    assert [entry["wall_s"] for entry in rounds] == benchmark["stats"]["data"]
    assert len(rounds) == 2
    assert all(entry["executor_cpu_s"] > 0 and entry["process_cpu_s"] > 0 for entry in rounds)
    assert all(set(entry) >= {"gc_s", "peak_rss_bytes"} for entry in rounds)


def test_case_without_table(good: Any) -> None:
    """Reading alone has no format, writes nothing, and is checked as well."""
    record = case(good[0], "read_source[csv]")["extra_info"]["otfbench"]

    assert record["case"]["format"] is None and record["storage"] is None
    assert record["verdict"] == "equal" and record["counters"]["output_bytes"] == 0


def test_run_record(good: Any) -> None:
    """The file tells machine, versions, jars and options, and a ruler before and after each JVM's cases."""
    record = saved(good[0])["otfbench"]

    assert record["schema"] == 2
    assert record["environment"]["formats"] == {"iceberg": "1.12.0", "parquet": "3.5.9"}
    assert list(record["environment"]["jars"]) == ["iceberg-spark-runtime-3.5_2.12-1.12.0.jar"]
    assert record["options"]["datasets"] == [{"name": "trips", "rows": 500, "seed": 42}]
    assert record["jvms"] == "together" and isinstance(record["order_seed"], int)
    moments = [(ruler["format"], ruler["when"]) for ruler in record["rulers"]]
    for name in ("parquet", "iceberg"):
        assert [when for each, when in moments if each == name] == ["before", "after"]
    assert all(ruler["median_s"] > 0 for ruler in record["rulers"])
    assert all(record["spent"][part] > 0 for part in ("timed rounds", "warm-up rounds", "JVMs", "verification"))


def test_terminal_shows_cases_and_summary(good: Any) -> None:
    """The terminal shows a line per case and the summary, at most 100 columns wide, and no noise of Spark's."""
    lines = good[1].stdout.splitlines()

    assert sum(bool(re.search(r"equal +\[", line)) for line in lines) == 3
    assert any(line.startswith("cases: 3 equal") for line in lines)
    summary = lines[next(i for i, line in enumerate(lines) if "= otfbench =" in line) :]
    assert max(map(len, summary)) <= 100
    assert any(line.startswith("log of Spark and the formats: .benchmarks/otfbench-") for line in summary)
    assert "WARN" not in good[1].stdout + good[1].stderr


def test_compare_reads_it(good: Any) -> None:
    """pytest-benchmark's own compare reads the file."""
    done = subprocess.run(["pytest-benchmark", "compare"], cwd=good[0], env=path(), capture_output=True, text=True)

    assert done.returncode == 0 and "test_convert[iceberg-csv]" in done.stdout


def path() -> dict[str, str]:
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_nothing_left_behind(request: pytest.FixtureRequest, kind: str) -> None:
    """A run leaves its file and its log; no temporary file, no journal, nothing of Spark's in the working folder."""
    folder = request.getfixturevalue(kind)[0]

    assert list((folder / "tmp").iterdir()) == []
    assert not list(folder.glob(".benchmarks/*.jsonl"))
    assert {entry.name for entry in folder.iterdir()} - {"__pycache__", "test_own.py", "report.html"} == {
        "tmp",
        ".benchmarks",
    }


# Operations on tables


def test_operations_are_equal_or_unsupported(changed: Any) -> None:
    """What a format can do is equal; what the control can't is skipped with a sentence, also in the summary."""
    folder, done = changed

    assert done.returncode == 0, done.stdout + done.stderr
    found = {o["id"]: (o["status"], o["reason"] or o["verdict"]) for o in saved(folder)["otfbench"]["outcomes"]}
    able = ("commit", "merge", "merge_scattered", "look_up", "expire")
    assert found == {
        **{f"{name}[iceberg]": ("passed", "equal") for name in able},
        **{f"{name}[parquet]": ("passed", "equal") for name in ("commit", "look_up")},
        **{f"{n}[parquet]": ("skipped", "unsupported: parquet has no merge") for n in ("merge", "merge_scattered")},
        "expire[parquet]": ("skipped", "unsupported: parquet has no expiry of old versions"),
    }
    assert "unsupported: parquet has no merge (merge[parquet], merge_scattered[parquet])" in done.stdout
    assert "Warning" not in done.stdout  # pytest-benchmark's, of a fixture that a skipped case doesn't use
    assert "left out: " in done.stdout


def test_derived_figures(changed: Any) -> None:
    """A merge says what it wrote and left, by the listing before and after; an expiry says what it freed."""
    merge, expire = (case(changed[0], name)["extra_info"]["otfbench"] for name in ("merge[iceberg]", "expire[iceberg]"))
    before, after, derived = merge["storage_before"], merge["storage"], merge["derived"]
    bytes_per_row = before["live_bytes"] / 500

    assert merge["actual"]["rows"] == 505
    assert derived["metadata_bytes_added"] == after["metadata_bytes"] - before["metadata_bytes"] > 0
    total = sum(after[f"{kind}_bytes"] for kind in ("live", "dead", "metadata"))
    assert derived["space_amplification"] == pytest.approx(total / (505 * bytes_per_row))
    assert derived["write_amplification"] > 1 and derived["freed_bytes"] == 0
    assert expire["derived"]["freed_bytes"] > 0 == expire["storage"]["dead_files"]
    assert expire["derived"]["write_amplification"] is None


def test_planning_is_told_from_execution(changed: Any) -> None:
    """A read tells what part of it was planning; other operations don't know."""
    read, merge = (case(changed[0], name)["extra_info"]["otfbench"] for name in ("look_up[iceberg]", "merge[iceberg]"))

    assert all(0 < entry["planning_s"] < entry["wall_s"] for entry in read["rounds"])
    assert read["actual"]["rows"] == 1 and read["counters"]["input_records"] >= 1
    assert {entry["planning_s"] for entry in merge["rounds"]} == {None}


# A run that goes wrong


def outcome(folder: Path, name: str) -> dict[str, Any]:
    return next(o for o in saved(folder)["otfbench"]["outcomes"] if o["id"].startswith(name))


def test_changed_value_is_caught(bad: Any) -> None:
    """One value changed after the write: the case fails, `unequal`, with the column and the row; it has no timing."""
    folder, done = bad
    found = outcome(folder, "wrong_value")

    assert done.returncode == 1
    assert (found["status"], found["verdict"]) == ("failed", "unequal")
    assert "trip_id is 7" in found["reason"] and "fare: expected" in found["reason"]
    assert not [b for b in saved(folder)["benchmarks"] if "wrong_value" in b["name"]]


def test_each_round_is_verified(bad: Any) -> None:
    """With --otf-verify always a table that is wrong after one round fails, though the last round made it right."""
    found = outcome(bad[0], "wrong_in_one_round")
    assert (found["status"], found["verdict"]) == ("failed", "unequal")


def test_spark_error_in_one_line(bad: Any) -> None:
    """An error in Spark shows its first cause; the Java stack is in the log only."""
    folder, done = bad
    found = outcome(folder, "spark_error")

    assert found["status"] == "failed" and "this row is bad" in found["reason"].splitlines()[0]
    assert "\tat org.apache.spark" not in done.stdout
    assert "at org.apache.spark" in next(folder.glob(".benchmarks/*.log")).read_text()


def test_dead_jvm(bad: Any) -> None:
    """A JVM that dies fails its case, with exit code and log; the next case gets a new one."""
    folder, _ = bad

    assert outcome(folder, "dead_jvm")["status"] == "crashed"
    assert "The JVM died (exit code -9)" in outcome(folder, "dead_jvm")["reason"]
    assert outcome(folder, "zafter")["status"] == "passed"


def test_pytest_html(bad: Any) -> None:
    """pytest-html shows median, tax, size and verdict of a case, its counters and rounds; of a failed one the cause."""
    folder, _ = bad
    blob = re.search(r'data-jsonblob="([^"]*)"', (folder / "report.html").read_text())[1]
    tests = {name.partition("::")[2]: results[0] for name, results in json.loads(html.unescape(blob))["tests"].items()}
    passed, failed = tests["test_good[delta-parquet]"], tests["test_spark_error[delta-parquet]"]

    heads = [cell for cell in passed["resultsTableRow"] if "col-median" in cell or "col-verdict" in cell]
    assert re.search(r"\d m?s</td>", heads[0]) and heads[1].endswith(">equal</td>")
    [shown] = [extra["content"] for extra in passed["extras"]]
    assert "<svg" in shown and re.search(r"<td>input records</td><td>\d", shown)
    [cause] = [extra["content"] for extra in failed["extras"]]
    assert "this row is bad" in cause and "\n" not in cause
    assert 'col-median">\u2013</td>' in "".join(failed["resultsTableRow"])


# A killed run


INTERRUPTED = """
import os, signal
from otfbench.convert.write import convert

def test_a(measure, source, target):
    measure(convert, source, target, expect=source.dataset)

CALLS = []

def test_b(measure, source, target):
    def interrupted():
        CALLS.append(target.format.table.name)
        if "INTERRUPT" in os.environ and len([name for name in CALLS if name != "warm_up"]) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        convert(source, target)
    measure(interrupted, expect=source.dataset)

def test_c(measure, source, target):
    measure(convert, source, target, expect=source.dataset)
"""


ALONE = ("--otf-formats", "parquet", "--otf-inputs", "csv", "--otf-warehouse", "lake", "--otf-warmup", "0")


def interrupt(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """A run of three cases, interrupted in a timed round of the second."""
    (folder / "tmp").mkdir()
    (folder / "test_work.py").write_text(INTERRUPTED)
    options = (*ALONE, *more)
    return subprocess.run(
        command("test_work.py", *options),
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder / "tmp"), "INTERRUPT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=from_a_terminal,
    )


def test_interrupted_run(tmp_path: Path) -> None:
    """A run that is interrupted in a round ends with a summary and with files of what had finished; no table is left.

    It goes on with --otf-resume. Other moments and signals are in tests/faults.
    """
    both = ("--benchmark-autosave", "--benchmark-json=run.json")
    done = interrupt(tmp_path, *both)
    assert done.returncode == 143 and "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert "cases: 1 equal" in done.stdout and "running: b[parquet-csv]: the run was interrupted in it" in done.stdout
    assert not (tmp_path / "lake").exists() and list((tmp_path / "tmp").iterdir()) == []
    for file in (saved(tmp_path), json.loads((tmp_path / "run.json").read_text())):
        assert [each["name"] for each in file["benchmarks"]] == ["test_a[parquet-csv]"]
        assert [each["status"] for each in file["otfbench"]["outcomes"]] == ["passed", "running", "planned"]
    for arguments in (("report", "run.json", "-o", "page.html"), ("compare", "0001", "run.json")):
        read = subprocess.run([sys.executable, "-m", "otfbench", *arguments], cwd=tmp_path, capture_output=True)
        assert read.returncode == 0, read.stderr

    again = run(tmp_path, "test_work.py", *ALONE, *both, "--otf-resume")
    assert again.returncode == 0 and "2 passed" in again.stdout, again.stdout + again.stderr
    assert len(json.loads((tmp_path / "run.json").read_text())["benchmarks"]) == 3


def test_fidelity_matrix_is_saved(tmp_path: Path) -> None:
    """The matrix of a format is in the run file, cell by cell, and counted in the summary; nothing is timed."""
    chosen = str(PROJECT / "benchmarks" / "test_fidelity.py")
    done = run(
        tmp_path, chosen, "--otf-formats", "parquet", "--otf-suite", "full", "--otf-warmup", "0", "--benchmark-autosave"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    file = saved(tmp_path)
    [(name, cells)] = file["otfbench"]["fidelity"].items()
    found = {cell["cell"]: cell for cell in cells}
    assert (name, list(found), file["benchmarks"]) == ("parquet", list(CELLS), [])
    assert found["tinyint"] == {"cell": "tinyint", "outcome": "kept", "detail": "", "adapted": None}
    assert (found["void"]["outcome"], found["void"]["adapted"]) == ("refused", "string")
    assert f"fidelity of parquet: {sum(cell['outcome'] == 'kept' for cell in cells)} kept, " in done.stdout
    assert list((tmp_path / "tmp").iterdir()) == []
