"""The comment on a pull request: what its author wrote is text in it, and nothing else. `gh` is a script here."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

WORKFLOW = Path(__file__).parents[1] / ".github" / "workflows" / "benchmark-comment.yml"
GH = """#!/bin/sh
case "$*" in
  *pulls*) echo '[{"number": 7, "head": {"sha": "abc"}}]' ;;
  *PATCH*|*POST*) cp comment.md posted.md ;;
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


@pytest.fixture
def posted(tmp_path):
    """The comment that the workflow posts about a run whose files have hostile text."""
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "report.md").write_text(HOSTILE + 60_000 * "ä")
    (tmp_path / "gate.txt").write_text("```\n@victim [x](//acme.org)\n")
    step = yaml.safe_load(WORKFLOW.read_text())["jobs"]["comment"]["steps"][-1]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "REPO": "o/r", "HEAD": "o:b", "SHA": "abc"}
    subprocess.run(["bash", "-c", step["run"]], cwd=tmp_path, env=environment | {"RUN_URL": "URL"}, check=True)
    return (tmp_path / "posted.md").read_text()


def test_nothing_mentions_or_links(posted):
    """Outside of the code block nothing is a mention, a link, an entity or HTML; our own mark and link are kept."""
    assert posted.startswith("<!-- otfbench -->\n```\n") and posted.endswith(
        "[The run, with the page and the run file](URL)\n"
    )
    _, gate, report = posted.split("```")
    report = report.rpartition("[The run")[0]
    assert "@victim [x](//acme.org)" in gate
    assert "victim" in report and [active for active in ACTIVE if re.search(active, report)] == []


def test_the_report_is_still_one(posted):
    """Headings, tables, code and bold text are as they were."""
    assert "## Run\n\n| median | answer |\n| --- | --- |\n| `convert[delta-csv]` | **1.2 s** |\n" in posted
