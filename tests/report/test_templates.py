"""The templates in docs/report-templates.md, run on a saved run; the page names all that a template can use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from jinja2.exceptions import SecurityError
from typer.testing import CliRunner

from otfbench.cli import app
from otfbench.errors import TemplateError
from otfbench.report.facts import facts_of_saved
from otfbench.report.html.page import FILTERS, _Sandbox, page
from otfbench.runs.file import read

DOCS = (Path(__file__).parents[2] / "docs" / "report-templates.md").read_text()
RUN = Path(__file__).parents[1] / "recorded" / "runs" / "parquet_a.json"
EXAMPLES = [text for text in re.findall(r"```html\+jinja\n(.*?)```", DOCS, re.DOTALL) if "extends" in text]
TEMPLATES = files("otfbench.report.html") / "templates"


@pytest.fixture
def report(tmp_path: Path) -> Callable[[str], str]:
    """The page of the saved run by a template."""

    def written(template: str) -> str:
        (tmp_path / "page.html").write_text(template)
        (tmp_path / "otfbench.yaml").write_text("report: {template: page.html}")
        place = tmp_path / "report.html"
        done = CliRunner().invoke(
            app, ["report", str(RUN), "--config", str(tmp_path / "otfbench.yaml"), "-o", str(place)]
        )
        assert done.exit_code == 0, done.output
        return place.read_text()

    return written


@pytest.fixture
def failed(tmp_path: Path) -> Callable[[str], str]:
    """What is said of a template that can't be used."""

    def said(template: str) -> str:
        (tmp_path / "page.html").write_text(template)
        with pytest.raises(TemplateError) as error:
            page(facts_of_saved(read(RUN)), ["0001"], template=tmp_path / "page.html")
        return str(error.value)

    return said


def script(page: str, name: str) -> Any:
    """The data that a page holds for its charts."""
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page)[1])


def medians(document: dict[str, Any], figure: str) -> dict[str, float]:
    """Case id -> median of a figure of its rounds, where each round has it."""
    records = [each["extra_info"]["otfbench"] for each in document["benchmarks"]]
    rounds = {record["case"]["id"]: [each[figure] for each in record["rounds"]] for record in records}
    return {name: median(values) for name, values in rounds.items() if None not in values}


def test_part_of_the_page(report: Callable[[str], str], document: dict[str, Any]) -> None:
    """The first example adds the five slowest cases below the doubts, and has its own title."""
    page = report(EXAMPLES[0])
    walls = medians(document, "wall_s")

    found = re.findall(r"<tr><th>(.*?)<td>", page.partition('id="slowest"')[2].partition("</table>")[0])
    assert found == sorted(walls, key=walls.get, reverse=True)[:5]
    assert "<title>Lake tests: run parquet_a</title>" in page and 'id="doubts"' in page


def test_changed_chart(report: Callable[[str], str]) -> None:
    """The second example makes one chart higher, and leaves the others alone."""
    ours, changed = (script(report(text), "charts") for text in ('{% extends "otfbench/report.html" %}', EXAMPLES[1]))
    assert changed == {**ours, "cpu": {**ours["cpu"], "height": 400}} != ours


def test_added_chart(report: Callable[[str], str], document: dict[str, Any]) -> None:
    """The third example adds a chart with a data set of its own: the planning time of each read of a table."""
    page = report(EXAMPLES[2])
    planning = medians(document, "planning_s")

    rows = script(page, "data")["planning"]["rows"]
    assert [[name, planning[name]] for name, _, _ in rows] == [[name, seconds] for name, _, seconds in rows]
    assert {name for name, *_ in rows} == {name for name in planning if "[parquet" in name and "infer" not in name}
    assert "planning" in script(page, "charts") and 'data-chart="planning" data-of="planning"' in page


def test_every_block_is_documented() -> None:
    """The table of blocks names those of the page, and no others."""
    sources = [(TEMPLATES / name).read_text() for name in ("base.html", "report.html")]
    blocks = {name for source in sources for name in re.findall(r"{% block (\w+) %}", source)}
    table = DOCS.partition("| block | content |")[2].partition("\n\n")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table)) == blocks


def test_every_macro_is_documented() -> None:
    """The page names each macro of parts.html with its arguments."""
    macros = re.findall(r"{% macro (.*?) %}", (TEMPLATES / "parts.html").read_text())
    assert macros and [macro for macro in macros if f"`{macro}`" not in DOCS] == []


def test_every_filter_is_documented() -> None:
    """The page names the filters that there are, and no others."""
    told = DOCS.partition("Filters write figures")[2].partition("[Reports]")[0]
    named = set(re.findall(r"`(\w+)(?:\(unit\))?`", told)) - {"s", "B"}
    assert named == set(FILTERS)


def test_charts_and_data_are_documented(report: Callable[[str], str]) -> None:
    """The page names each chart, and each field of the charts' data."""
    page = report('{% extends "otfbench/report.html" %}')
    names = [*script(page, "charts"), *next(iter(script(page, "data").values()))["columns"]]
    rows = "".join(line for line in DOCS.splitlines() if line.startswith(("| `charts`", "| `data`")))
    assert [name for name in names if f"`{name}`" not in rows] == []


@pytest.mark.parametrize(
    "template",
    [
        "{{ facts.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ facts.headline.__globals__ if facts.headline is defined else self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.system('touch planted') }}",
        "{% set f = 'a{0.__class__}' %}{{ f.format(facts) }}",
        "{% include '../planted' %}",
        "{% include '/etc/hostname' %}",
    ],
)
def test_templates_run_no_code(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: Callable[[str], str]
) -> None:
    """A template that reaches for Python behind the values, or for files elsewhere, is an error; nothing is run."""
    monkeypatch.chdir(tmp_path)
    assert "page.html" in failed(template) or "There is no template" in failed(template)
    assert not (tmp_path / "planted").exists() and not (tmp_path / "report.html").exists()


def test_of_a_path_only_the_name_is_shown() -> None:
    """Where a value is a path, its file can't be read or removed."""
    sandbox = _Sandbox()
    assert sandbox.from_string("{{ path.name }}").render(path=RUN) == RUN.name
    with pytest.raises(SecurityError):
        sandbox.from_string("{{ path.read_text() }}").render(path=RUN)
