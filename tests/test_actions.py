"""The actions for GitHub, step by step: run, report, gate, comment. `gh` is a script here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from otfbench.commands.output import Exit
from tests.commands.test_ab import SLOW, write_checkout

PROJECT = Path(__file__).parents[1]
ACTION, COMMENT = PROJECT / "action.yml", PROJECT / ".github" / "actions" / "comment" / "action.yml"
RUNS = Path(__file__).parent / "recorded" / "runs"
GH = """#!/bin/sh
case "$*" in
  *pulls*) echo '[{"number": 7, "head": {"sha": "abc"}}]' ;;
  *PATCH*|*POST*) cp temp/comment.md posted.md ;;
  *) echo '[]' ;;
esac
"""
HOSTILE = """<!-- otfbench report -->
## Run

| median | answer |
| --- | --- |
| `convert[delta-csv]` | **1.2 s** |

@victim and \\@victim and &#64;victim &commat;victim, me@acme.org
[click](//acme.org) [click][1] ![x](x.png) [^1]
[1]: https://acme.org
<https://acme.org> https://acme.org HTTP://acme.org www.acme.org WWW.acme.org mailto:me@acme.org
<img src=x> <a href="//acme.org">x</a> &lt;
#123 owner/repo#123 GH-123 TICKET-5 0123456789abcdef0123456789abcdef01234567
"""
ACTIVE = [
    r"@\w", r"&[#\w]", r"<[\w!/]", r"\]\(", r"\]\[", r"\]:", r"://", r"(?i)www\.", r"#\d", r"[A-Za-z]-\d",
    r"\b[0-9a-f]{7,40}\b",
]  # fmt: skip
"""What GitHub makes a mention, an entity, HTML or a link of."""


SAYS_SO = """#!/bin/sh
case "$1" in
  gate) printf '```\n@victim [x](//acme.org)\n' ;;
  report) cp hostile.md "$4" ;;
esac
"""


class Runner:
    """Runs steps of an action as GitHub does: by bash, with `programs` in front of those that are installed."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.folder, self.temp = folder, folder / "temp"
        self.results = self.temp / "otfbench-results"
        self.results.mkdir(parents=True)
        for name, script in programs.items():
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)

    def run(self, action: Path, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The step with this name; what it prints on both streams."""
        script = next(
            each["run"] for each in yaml.safe_load(action.read_text())["runs"]["steps"] if each.get("name") == step
        )
        path = f"{self.folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        variables = {"PATH": path, "RUNNER_TEMP": str(self.temp), "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md")}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=variables | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def runner(tmp_path):
    """With a `gh` that keeps what is posted, and the file of a recorded run."""
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    runner = Runner(tmp_path, gh=GH)
    shutil.copy(RUNS / "parquet_a.json", runner.results / "run.json")
    return runner


@pytest.fixture
def posted(tmp_path):
    """The comment on a run in which hostile text is all that there is."""
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    runner = Runner(tmp_path, gh=GH, otfbench=SAYS_SO)
    (tmp_path / "hostile.md").write_text(HOSTILE + 60_000 * "ä")
    (runner.results / "ab").mkdir()
    (runner.results / "ab" / "answers.json").write_text("{}")
    return comment(runner)


def comment(runner: Runner) -> str:
    """What is posted."""
    runner.run(COMMENT, "Make the comment", BASELINE="base.json", RUN_URL="URL").check_returncode()
    runner.run(COMMENT, "Write or update it", REPO="o/r", HEAD="o:b", SHA="abc").check_returncode()
    return (runner.folder / "posted.md").read_text()


def take_as_baseline(runner: Runner) -> None:
    """The recorded run as the baseline."""
    program = [sys.executable, "-m", "otfbench", "gate", str(runner.results / "run.json")]
    subprocess.run([*program, "--baseline", "base.json", "--update"], cwd=runner.folder, check=True)


def test_report_and_gate(runner):
    """The page, its text in the summary of the job, and a green gate."""
    take_as_baseline(runner)
    assert runner.run(ACTION, "Report").returncode == 0
    gate = runner.run(ACTION, "Gate", BASELINE="base.json")
    assert gate.returncode == 0 and "gate: green" in gate.stdout
    assert {each.name for each in runner.results.iterdir()} == {"run.json", "report.html", "report.md", "gate.txt"}
    assert (runner.temp / "summary.md").read_text() == (runner.results / "report.md").read_text()


def test_errors_of_the_gate_are_kept(runner):
    """What can't be gated ends the step with the gate's own exit code, and gate.txt says why."""
    gate = runner.run(ACTION, "Gate", BASELINE="absent.json")
    assert gate.returncode == Exit.USAGE and "absent.json" in (runner.results / "gate.txt").read_text()


def test_comment_is_made_of_the_run_file(runner):
    """What the gate says here, and the report, whatever else was uploaded."""
    take_as_baseline(runner)
    (runner.results / "report.md").write_text("planted")
    (runner.results / "gate.txt").write_text("planted")
    posted = comment(runner)
    assert "gate: green" in posted and "| " in posted and "planted" not in posted


@pytest.fixture
def compared(runner):
    """Compares the two commits of a repository by the action's step; in the second the case is slower by a factor."""

    def compare(factor: float) -> subprocess.CompletedProcess[str]:
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "init", "-q"], cwd=runner.folder, check=True)
        for slower in (1.0, factor):
            write_checkout(runner.folder, slower={SLOW: slower})
            subprocess.run([*git, "add", "otfbench", "plan.json"], cwd=runner.folder, check=True)
            subprocess.run([*git, "commit", "-q", "-m", "x", "--allow-empty"], cwd=runner.folder, check=True)
        variables = {"COMPARE_WITH": "HEAD~1", "ARGUMENTS": "-k 'a or b'", "BUDGET": "5m", "HOME": str(runner.folder)}
        return runner.run(ACTION, "Compare times", **variables)

    return compare


def test_slower_revision(runner, compared):
    """A case that is slower than in the other revision fails the step; the comment has both, the gate and the times."""
    take_as_baseline(runner)
    done = compared(1.4)
    assert done.returncode == Exit.FAILED, done.stdout
    assert {each.name for each in (runner.results / "ab").iterdir()} == {"answers.json", "report.html", "report.md"}
    assert f"| regressed | `{SLOW}` |" in (runner.temp / "summary.md").read_text()
    posted = comment(runner)
    assert posted.index("gate: green") < posted.index(f"| regressed | `{SLOW}` |") < posted.index("## otfbench: run")


def test_revision_of_the_same_speed(compared):
    """Where nothing is slower the step passes."""
    assert compared(1.0).returncode == Exit.FINE


def test_revision_that_is_not_there(runner):
    """It is said, and nothing is uploaded of a comparison."""
    subprocess.run(["git", "init", "-q"], cwd=runner.folder, check=True)
    done = runner.run(ACTION, "Compare times", COMPARE_WITH="origin/main", ARGUMENTS="", BUDGET="5m")
    assert done.returncode == Exit.USAGE and "origin/main" in done.stdout and not (runner.results / "ab").exists()


def test_comparison_that_was_changed_by_hand(runner):
    """A file that is no comparison is named in the comment, which has the rest."""
    (runner.results / "ab").mkdir()
    (runner.results / "ab" / "answers.json").write_text('{"cases": [{"id": "@victim"}]}')
    take_as_baseline(runner)
    posted = comment(runner)
    assert "read as a comparison" in posted and "gate: green" in posted and "@victim" not in posted


def test_comment_on_no_run_file(runner):
    """A run that left no readable file is commented on, too."""
    (runner.results / "run.json").write_text("{")
    assert comment(runner).count("run.json") >= 2


def test_nothing_mentions_or_links(posted):
    """Outside of the code block nothing is a mention, a link, an entity or HTML; our own mark and link are kept."""
    assert posted.startswith("<!-- otfbench -->\n```\n") and posted.endswith(
        "[The run, with the page and the run file](URL)\n"
    )
    _, gate, report = posted.split("```")
    report = report.rpartition("[The run")[0]
    assert report.count("| median | answer |") == 2  # of the comparison, and of the run
    assert "@victim [x](//acme.org)" in gate
    assert "victim" in report and [active for active in ACTIVE if re.search(active, report)] == []


def test_the_report_is_still_one(posted):
    """Headings, tables, code and bold text are as they were."""
    assert "## Run\n\n| median | answer |\n| --- | --- |\n| `convert[delta-csv]` | **1.2 s** |\n" in posted
