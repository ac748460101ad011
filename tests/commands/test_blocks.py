"""`otfbench run --blocks`: files, resume, exit codes. A child writes a recorded run; real ones are those of `run`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.errors import UsageError
from otfbench.runs.journal import JOURNAL
from tests.commands.test_budget import document
from tests.processes import from_a_terminal

RECORDED = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"
PROGRAM = """
import json, sys, time

plan = json.load(open("plan.json"))
try:
    print("a run of", sys.argv[1:], flush=True)
    time.sleep(plan.get("takes_s", 0))
except KeyboardInterrupt:
    sys.exit(130)
options = dict(each.split("=", 1) for each in sys.argv if each.startswith("--benchmark-json="))
document = json.load(open(plan["recorded"]))
left_out = {each.split("=", 1)[1] for each in sys.argv if each.startswith("--deselect=")}
kept = {each["id"] for each in document["otfbench"]["outcomes"] if each["nodeid"] not in left_out}
document["benchmarks"] = [b for b in document["benchmarks"] if b["extra_info"]["otfbench"]["case"]["id"] in kept]
document["otfbench"]["outcomes"] = [each for each in document["otfbench"]["outcomes"] if each["id"] in kept]
if plan.get("failed"):
    document["otfbench"]["outcomes"][0].update(status="failed", reason="no")
if plan.get("leaves", True):
    json.dump(document, open(options["--benchmark-json"], "w"))
sys.exit(plan.get("exit", 0))
"""


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """What the runs are like, in a folder of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("otfbench.commands.child.program", lambda folder: _written(folder / "program.py"))

    def made(**how) -> None:
        Path("plan.json").write_text(json.dumps({"recorded": str(RECORDED), **how}))

    made()
    return made


def _written(path: Path) -> str:
    path.write_text(PROGRAM)
    return str(path)


def called(*arguments: str, option: str = "--blocks") -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["run", option, *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_runs_are_kept_and_pooled(plan, capfd):
    """Each run has its file; after each it is said what all answer, and at the end all are shown as one."""
    code, output = called("2", "-k", "append")
    assert code == 0 and sorted(os.listdir()) == ["plan.json", "run-1.json", "run-2.json"]
    assert "after 1 of 2 runs: " in output and "after 2 of 2 runs: " in output
    assert output.splitlines()[-1].startswith("a page of all: otfbench report --pool ")
    first, second = (line for line in capfd.readouterr().out.splitlines() if line.startswith("a run of"))
    assert "'run', '-k', 'append', '--benchmark-storage=" in first
    assert "'run', '-k', 'append', '--otf-jvms=apart', " in second  # as the first had them


@pytest.fixture
def answered(plan):
    """Runs of ten minutes, in which it is known of appending alone who is the fastest; their number by a budget."""
    slow = {f"append[{name}]": 100 for name in ("delta", "hudi", "paimon")}
    Path("recorded.json").write_text(json.dumps(document(slow)))
    plan(recorded="recorded.json")

    def runs(budget: str, *arguments: str) -> str:
        code, output = called(budget, *arguments, option="--budget")
        assert code == 0
        return output

    return runs


def test_later_runs_take_open_cases_only(answered, capfd):
    """The first run has all cases, the next those that are open; as many as there is time for, planned after each."""
    output = answered("25m")
    first, *others = (line for line in capfd.readouterr().out.splitlines() if line.startswith("a run of"))
    assert "--deselect" not in first and [others[0].count("::test_append[") > 3, len(others)] == [True, 1]
    assert sorted(each.name for each in Path().glob("run-*.json")) == ["run-1.json", "run-2.json"]
    assert "budget: open: 23 questions" in output and "budget: for which no time is left" in output
    assert "after 1 run: " in output and "after 2 runs: " in output and "--pool" in output.splitlines()[-1]


def test_budget_of_one_run(answered):
    """Where there is no time for a second run, or none asked for, the first is shown alone."""
    for budget in ("1m", "0s"):
        assert "budget: for which no time is left" in answered(budget, "--otf-resume")
        assert not Path("run-2.json").exists()


def test_budget_is_gone_on_with(answered):
    """--otf-resume counts the time of runs that are there; --blocks is the most of them."""
    answered("1m")
    before = Path("run-1.json").stat().st_mtime_ns
    assert "run 2: " in answered("1h", "--otf-resume", "--blocks", "2") and not Path("run-3.json").exists()
    assert Path("run-1.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("budget", ["soon", "10", "1 day"])
def test_no_budget(plan, budget):
    """What is no time is said before anything is run."""
    with pytest.raises(UsageError, match=f"--budget: '{budget}' is no time like 90s, 30m or 2h"):
        called(budget, option="--budget")


def test_taken_files(plan):
    """What is there is not overwritten; --otf-resume takes it, and makes what is missing."""
    called("2", "--benchmark-json=mine.json")
    before = Path("mine-1.json").stat().st_mtime_ns
    with pytest.raises(UsageError, match="mine-1.json is there already: --otf-resume goes on with it"):
        called("2", "--benchmark-json=mine.json")
    code, _ = called("3", "--benchmark-json=mine.json", "--otf-resume")
    assert code == 0 and Path("mine-3.json").is_file() and Path("mine-1.json").stat().st_mtime_ns == before


def test_failed_cases(plan):
    """Failed cases don't keep the other runs from being made; the exit code says so."""
    plan(exit=1, failed=True)
    assert called("2")[0] == 1 and Path("run-2.json").is_file()
    assert called("2", "--otf-resume")[0] == 1


def test_a_run_that_does_not_end(plan, capfd):
    """It is the last, leaves no file that counts, and --otf-resume goes on with it."""
    plan(exit=4)
    assert called("3")[0] == 4 and not list(Path().glob("run-*.json"))
    Path("run-1").mkdir()
    (Path("run-1") / JOURNAL).touch()
    plan()
    capfd.readouterr()
    assert called("2", "--otf-resume")[0] == 0
    first, second = (line for line in capfd.readouterr().out.splitlines() if line.startswith("a run of"))
    assert "'--otf-resume'" in first and "'--otf-resume'" not in second
    assert not list(Path().glob("*.partial"))


def test_a_run_that_never_began(plan, capfd):
    """Where there is no journal, --otf-resume begins that run anew."""
    plan(exit=4)
    called("2")
    plan()
    capfd.readouterr()
    assert called("2", "--otf-resume")[0] == 0
    assert "'--otf-resume'" not in capfd.readouterr().out


def test_a_run_without_a_file(plan):
    """A run that ends well and leaves no file is no run; nor is what an earlier one had left half-written."""
    plan(leaves=False)
    Path("run-1.partial").write_text(RECORDED.read_text())
    with pytest.raises(UsageError, match="left no file"):
        called("2")
    assert not Path("run-1.json").exists()


def test_interrupt_says_how_to_go_on(plan):
    """Control-C ends it with 130, and says how to go on."""
    plan(takes_s=30)
    start = "from pathlib import Path; from otfbench.commands import child; from otfbench import cli; "
    start += f"child.program = lambda folder: (p := folder / 'p.py').write_text({PROGRAM!r}) and str(p); cli.main()"
    command = [sys.executable, "-c", start, "run", "--blocks", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=from_a_terminal
    ) as process:
        deadline = time.monotonic() + 60
        while "a run of" not in process.stdout.readline() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "--otf-resume goes on with them" in said and "Traceback (most" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["1"], "--blocks 1: must be 2 at least"),
        (["2", "--benchmark-json=none/run.json"], "there is no folder"),
        (["2", "--benchmark-autosave"], "--benchmark-autosave: several runs are kept in files beside"),
        (["2", "--per-format", "x {}"], "leave one of them out"),
    ],
)
def test_usage_errors_come_before_any_run(plan, arguments, words):
    """What can't be is said before anything is run."""
    with pytest.raises(UsageError, match=words):
        called(*arguments)
    assert os.listdir() == ["plan.json"]
