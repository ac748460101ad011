"""What operations cost in money: the recorded run with prices in its configuration, computed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.report.facts import facts_of_saved
from otfbench.report.prices import cores, money, priced_rows
from otfbench.report.summary import summary
from otfbench.runs.file import SavedRun, read
from otfbench.runs.outcome import Run

RUN = Path(__file__).parents[1] / "recorded" / "runs" / "quick_a.json"


def priced(tmp_path: Path, **prices: float) -> SavedRun:
    """The run with these prices, at `run.json`."""
    document = json.loads(RUN.read_text())
    document["otfbench"]["options"] |= {"prices": prices} if prices else {}
    (tmp_path / "run.json").write_text(json.dumps(document))
    return read(tmp_path / "run.json")


def test_by_hand(tmp_path: Path) -> None:
    """A thousand appends on two cores; the table, with all that lies in its folder."""
    saved = priced(tmp_path, core_hour=0.36, gb_month=2.0)
    record = saved.records["append[delta]"]
    [row] = [each for each in priced_rows(facts_of_saved(saved)) if each.row.operation == "append"]
    seconds = median(each["wall_s"] for each in record["rounds"])
    stored = sum(record["storage"][f"{part}_bytes"] for part in ("live", "dead", "metadata"))
    assert row.costs["delta"] == (pytest.approx(1000 * seconds * 2 * 0.0001), pytest.approx(1000 * stored * 2e-9))


def test_one_price(tmp_path: Path) -> None:
    """What has no price has no cost; a read leaves no table."""
    rows = {each.row.operation: each for each in priced_rows(facts_of_saved(priced(tmp_path, core_hour=1.0)))}
    assert rows["append"].costs["delta"][0] is not None and rows["append"].costs["delta"][1] is None
    rows = {each.row.operation: each for each in priced_rows(facts_of_saved(priced(tmp_path, gb_month=1.0)))}
    assert rows["append"].costs["delta"][0] is None and rows["scan"].costs["delta"] == (None, None)


def test_without_prices_money_is_unsaid(tmp_path: Path) -> None:
    """Without prices nothing is said of money."""
    facts = facts_of_saved(priced(tmp_path))
    assert list(priced_rows(facts)) == [] and "for a month" not in "\n".join(summary(facts, color=False))


def test_all_reports_have_the_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminal, Markdown and page have the table."""
    monkeypatch.chdir(tmp_path)
    saved = priced(tmp_path, core_hour=0.36, gb_month=2.0)
    [row] = [each for each in priced_rows(facts_of_saved(saved)) if each.row.operation == "append"]
    shown = money(row.costs["delta"][0])
    assert shown in "\n".join(summary(facts_of_saved(saved), color=False))
    for suffix in ("md", "html"):
        done = CliRunner().invoke(cli.app, ["report", "run.json", "-o", f"report.{suffix}"], catch_exceptions=False)
        assert done.exit_code == 0 and shown in Path(f"report.{suffix}").read_text()


@pytest.mark.parametrize(
    ("environment", "master", "known"),
    [
        ({"cores": 8}, "local[2]", 2),
        ({"cores": 8}, "local[*]", 8),
        ({"cores": 8}, "local[3,2]", 3),
        ({"cores": 8}, "local", 1),
        ({"cores": 8, "executors": {"cores": 12}}, "spark://host:7077", 12),
        ({"cores": 8}, "yarn", None),
    ],
)
def test_cores_follow_the_master(environment: dict[str, object], master: str, known: int | None) -> None:
    """The threads of a local master, the cores of a cluster's executors."""
    assert cores(Run(environment, {"master": master})) == known


def test_money_has_few_digits() -> None:
    """Three digits, or two behind the point; a dash for unknown."""
    assert list(map(money, (None, 0.0, 0.00123456, 1.2345, 1234.5678))) == [
        "\u2013",
        "0",
        "0.00123",
        "1.23",
        "1,234.57",
    ]
