"""The commands `ab` and `aa`: pairs of processes, what they leave, exit codes.

Sides are checkouts whose otfbench writes a recorded run, slower or faster as the test says; real ones are in
tests/integration/test_ab.py.
"""

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
from otfbench.ownership.locks import lock

RECORDED = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"
CASES = 16
SLOW = "append[parquet]"
PROGRAM = """
import json, random, sys, time

def main():
    options = dict(each.split("=", 1) for each in sys.argv if each.startswith("--benchmark-json="))
    left_out = [each.split("=", 1)[1] for each in sys.argv if each.startswith("--deselect=")]
    print("a run of", sys.argv[1:])
    plan = json.load(open("plan.json"))
    random.seed(options["--benchmark-json"].rpartition("/")[2])
    time.sleep(plan.get("takes_s", 0))
    document = json.load(open(plan["recorded"]))
    run = document["otfbench"]
    run["outcomes"] = [each for each in run["outcomes"] if each["nodeid"] not in left_out]
    kept = {each["id"]: each for each in run["outcomes"]}
    document["benchmarks"] = [
        each for each in document["benchmarks"] if each["extra_info"]["otfbench"]["case"]["id"] in kept
    ]
    if "fails" in plan:
        document["benchmarks"] = []
        for each in run["outcomes"]:
            each.update(status="failed", verdict="unchecked", reason=plan["fails"])
    for each in document["benchmarks"]:
        record = each["extra_info"]["otfbench"]
        case = record["case"]["id"]
        factor = plan.get("slower", {}).get(case, 1) * random.uniform(0.98, 1.02)
        for measured in record["rounds"]:
            measured["wall_s"] *= factor
        if case == plan.get("unequal"):
            record["verdict"] = kept[case]["verdict"] = "unequal"
            kept[case].update(status="failed", reason="the content is unequal")
        record["counters"]["tasks"] += plan.get("more_tasks", {}).get(case, 0)
    json.dump(document, open(options["--benchmark-json"], "w"))
    sys.exit(plan.get("exit", 0))
"""


def write_checkout(folder: Path, **plan) -> None:
    """A checkout whose otfbench writes a recorded run as planned: `slower={case: 1.2}`."""
    (folder / "otfbench").mkdir(parents=True, exist_ok=True)
    (folder / "otfbench" / "__init__.py").touch()
    (folder / "otfbench" / "cli.py").write_text(PROGRAM)
    (folder / "plan.json").write_text(json.dumps({"recorded": str(RECORDED), **plan}))


@pytest.fixture
def checkout(tmp_path):
    """Makes a checkout: `checkout("head", slower={case: 1.2})`; the name of its folder."""

    def make(name: str, **plan) -> str:
        write_checkout(tmp_path / name, **plan)
        return str(tmp_path / name)

    return make


@pytest.fixture
def called(tmp_path, monkeypatch):
    """Calls the command in an empty folder: exit code, what it prints, its folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def call(*arguments: str) -> tuple[int, str, Path]:
        result = CliRunner().invoke(cli.app, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output, tmp_path / "here" / arguments[0]

    return call


def test_equal_sides(checkout, called):
    """Equal sides pass, with a page, a comment and numbers, and no more pairs than that takes."""
    code, output, folder = called("ab", "--base", checkout("base"), "--head", checkout("head"))
    answers = json.loads((folder / "answers.json").read_text())
    assert code == 0 and {case["verdict"] for case in answers["cases"]} == {"pass"}
    assert len(answers["cases"]) == CASES + 1  # and the middle of all
    assert answers["pairs"] <= 8
    assert (folder / "report.html").stat().st_size > 100_000 and "16 pass" not in (folder / "report.md").read_text()[
        :20
    ]
    assert str(folder / "report.html") in output


def test_slower_case_is_named_with_counter(checkout, called):
    """A slower case is named, with the counter that moved; the others are not measured for its sake."""
    head = checkout("head", slower={SLOW: 1.3}, more_tasks={SLOW: 3})
    code, output, folder = called("ab", "--base", checkout("base"), "--head", head, "-k", "parquet")
    assert code == 1
    [line] = [line for line in output.splitlines() if line.startswith("regressed")]
    assert SLOW in line and "x1.3" in line or "x1.2" in line
    assert "tasks" in output.partition(line)[2].splitlines()[2]
    first, fourth = ((folder / f"pair-0{pair}-head.log").read_text() for pair in (1, 4))
    assert "'-k', 'parquet'" in first and "--deselect" not in first
    assert 0 < fourth.count("--deselect=") < CASES and "test_append[parquet]" not in fourth
    comment = (folder / "report.md").read_text()
    assert f"| regressed | `{SLOW}` |" in comment and comment.count("| pass |") == 0


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_shown_again(checkout, called, name):
    """`report` makes of the numbers alone what the comparison ended with."""
    _, _, folder = called("ab", "--base", checkout("base"), "--head", checkout("head", slower={SLOW: 1.3}))
    code, output, _ = called("report", str(folder / "answers.json"), "-o", name)
    assert code == 0 and f"{CASES + 1} cases" in output
    assert Path(name).read_text() == (folder / name).read_text()


def test_wrong_content(checkout, called):
    """A case that is right in base and wrong in head has regressed, whatever its time; it is measured no more."""
    code, output, folder = called("ab", "--base", checkout("base"), "--head", checkout("head", unequal=SLOW))
    assert code == 1
    assert any(line.startswith("regressed") and SLOW in line for line in output.splitlines())
    assert "head: failed: the content is unequal" in output or "head: the content is unequal" in output


def test_nothing_has_a_number(checkout, called):
    """Where each case of both sides fails, no second pair is made; the reason is said of each case."""
    code, output, folder = called("aa", checkout("both", fails="OSError: no room", exit=1))
    assert code == 2 and not list(folder.glob("pair-02-*"))
    cases = json.loads((folder / "answers.json").read_text())["cases"]
    assert f"after 1 pair: {len(cases)} broken; 0 to be measured on" in output
    assert len(cases) >= CASES
    assert {(case["verdict"], case["reason"]) for case in cases} == {("inconclusive", "base: failed: OSError: no room")}


def test_of_two_pairs_base_leads_one(checkout, called):
    """Of two pairs base comes first once; which of them is a matter of the seed, which is printed."""
    _, output, _ = called("aa", checkout("both"))
    order = [line.split(",")[1].split(":")[0].strip() for line in output.splitlines() if line.startswith("pair ")]
    firsts = order[::2]
    assert all(set(firsts[n : n + 2]) == {"base", "head"} for n in range(0, len(firsts) - 1, 2))
    assert "seed " in output


def test_time_is_up(checkout, called):
    """With a budget no pair is begun that would end later; what isn't known then is inconclusive."""
    head = checkout("head", slower={SLOW: 1.3}, takes_s=1)
    code, output, folder = called("ab", "--base", checkout("base"), "--head", head, "--budget", "3s")
    assert code == 2 and not (folder / "pair-04-head.json").exists()
    assert any(line.startswith("inconclusive") and SLOW in line for line in output.splitlines())


def test_interrupted_and_resumed(checkout, called, tmp_path):
    """After Control-C nothing half-made counts, and --resume makes only what is missing."""
    base, head = checkout("base"), checkout("head", takes_s=2)
    command = [sys.executable, "-m", "otfbench", "ab", "--base", base, "--head", head]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    folder = tmp_path / "here" / "ab"
    deadline = time.monotonic() + 60
    while not list(folder.glob("pair-01-*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "--resume goes on" in output
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    (Path(head) / "plan.json").write_text(json.dumps({"recorded": str(RECORDED)}))
    code, _, _ = called("ab", "--base", base, "--head", head, "--resume")
    assert code == 0 and all(path.stat().st_mtime_ns == at for path, at in kept.items())
    assert not [each for each in os.listdir(folder) if each.endswith(".partial")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--budget", "soon"], "--budget: 'soon' is no time like 90s, 30m or 2h"),
        (["--benchmark-json=x.json"], "--benchmark-json=x.json: the runs of a comparison are kept in its folder"),
        (["--resume"], "has no comparison to go on with"),
        (["--output", "taken"], "taken isn't empty"),
        (["--output", "file/below"], "Not a directory"),
    ],
)
def test_usage_errors_come_before_any_run(checkout, called, arguments, words):
    """What can't be is said before anything is run."""
    Path("taken").mkdir()
    Path("taken/mine.txt").touch()
    Path("file").touch()
    with pytest.raises(UsageError, match=words):
        called("aa", checkout("both"), *arguments)
    assert os.listdir("taken") == ["mine.txt"]


def test_another_comparison(checkout, called):
    """What is in the folder is gone on with only by the same sides and options."""
    both = checkout("both")
    called("aa", both)
    with pytest.raises(UsageError, match=r"has another comparison: arguments was \[\]"):
        called("aa", both, "--resume", "-k", "merge")


def test_two_at_once(checkout, called):
    """A folder that another comparison has is refused, and stays as it is."""
    both = checkout("both")
    called("aa", both)
    descriptor = lock(Path("aa/lock"))
    before = {path: path.stat().st_mtime_ns for path in Path("aa").iterdir()}
    with pytest.raises(UsageError, match="in use by another process"):
        called("aa", both, "--resume")
    assert before == {path: path.stat().st_mtime_ns for path in Path("aa").iterdir()}
    os.close(descriptor)


def test_secrets_are_kept_from_files(checkout, called):
    """A secret among the options is in no file of the folder but the logs: a side here prints its arguments."""
    _, output, folder = called("aa", checkout("both"), "--otf-warehouse=s3a://me:hunter2@lake/x", "--budget", "1s")
    kept = [path for path in folder.rglob("*") if path.is_file() and "hunter2" in path.read_text(errors="replace")]
    assert [path for path in kept if path.suffix != ".log"] == [] and "hunter2" not in output


def test_a_run_that_fails(checkout, called):
    """A side that can't be run ends the comparison with the last lines of its log."""
    with pytest.raises(
        UsageError, match=r"The run of (base|head) ended with exit code 4; its last lines, .*\n.*a run of"
    ):
        called("aa", checkout("both", exit=4))
    assert called("aa", checkout("mended"))[0] == 0  # in the same folder


def test_no_side(called):
    """A comparison that never begins leaves no folder."""
    with pytest.raises(UsageError, match="nothing of that name is here"):
        called("aa", "nowhere")
    assert os.listdir() == []
