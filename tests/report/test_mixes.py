"""Which format suits a mix of operations, on every kind of paper: a recorded run, as if its JVMs had been warm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.redaction import redact_json
from otfbench.report.facts import Facts, facts_of_saved
from otfbench.report.summary import summary
from otfbench.runs.file import read

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "quick_a.json"
TABLES = ["delta", "hudi", "iceberg", "paimon"]


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The facts of the run, with these mixes in its configuration; `warmup` rounds it had."""
    monkeypatch.chdir(tmp_path)

    def made(mixes: dict[str, dict[str, float]] | None = None, warmup: int = 1) -> Facts:
        document = json.loads(RUN.read_text())
        document["otfbench"]["options"]["warmup"] = warmup
        document["otfbench"]["options"] |= {"mixes": mixes} if mixes else {}
        document["otfbench"]["jvms"] = "together"
        Path("run.json").write_text(json.dumps(document))
        return facts_of_saved(read(Path("run.json")))

    return made


def test_ours_are_answered(facts: Any) -> None:
    """Each of ours has an answer among the table formats; the control is no contender."""
    mixes = facts().mixes
    assert [mix.name for mix in mixes] == ["append-heavy", "update-heavy", "scan-heavy"]
    assert all(sorted(mix.answer.ranked) == TABLES and mix.answer.answer for mix in mixes)


def test_of_the_configuration(facts: Any) -> None:
    """One's own mix is answered, too; where an operation wasn't measured, it says which."""
    mixes = {mix.name: mix for mix in facts({"mine": {"append": 2.5}, "other": {"append": 1, "fly": 1}}).mixes}
    [append] = [row.answer for row in facts().rows if (row.operation, row.label) == ("append", "")]
    assert mixes["mine"].answer.ahead[0] == append.ahead[0]
    assert mixes["mine"].answer.answer.leads[0].ratio == pytest.approx(append.answer.leads[0].ratio)
    assert (mixes["other"].answer.answer, mixes["other"].answer.reason) == (None, "fly was not measured")


def test_names_as_in_tables(facts: Any) -> None:
    """`look_up` and look up are one operation; names that look like a secret's, or like markup, are names."""
    strange = {"token [/x] :smile:": {"look up": 1.0, "scan": 2.0}, "plain": {"look_up": 1.0, "scan": 2.0}}
    made = facts(strange)
    one, other = made.mixes[-2:]
    assert one.answer.answer.leads == other.answer.answer.leads
    assert "token [/x] :smile:: 1" in "\n".join(summary(made, color=False))
    assert redact_json({"mixes": strange}) == {"mixes": strange}


def test_cold_jvms_tell_nothing(facts: Any) -> None:
    """Without warm-up rounds nothing is said of ours, and of one's own why."""
    assert facts(warmup=0).mixes == ()
    [mine] = facts({"mine": {"append": 1}}, warmup=0).mixes
    assert (mine.answer.answer, mine.answer.reason) == (None, "these are times of cold JVMs")


def test_all_reports_say_the_same(facts: Any) -> None:
    """Terminal, Markdown and page say the same."""
    made = facts({"nightly": {"merge": 24, "scan": 0.5}})
    assert "nightly: 24 merge, 0.5 scan" in "\n".join(summary(made, color=False))
    for suffix in ("md", "html"):
        done = CliRunner().invoke(cli.app, ["report", "run.json", "-o", f"report.{suffix}"], catch_exceptions=False)
        text = Path(f"report.{suffix}").read_text()
        assert done.exit_code == 0 and "nightly: 24 merge, 0.5 scan" in text.replace("\\", "")
        assert "append-heavy: 100 append, 1 scan, 1 compact" in text
