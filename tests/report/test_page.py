"""The page as a browser shows it: on a screen and on a phone, light, dark and on paper, without any network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

from otfbench.cli import app

RUNS = Path(__file__).parents[1] / "recorded" / "runs"
DOCS = Path(__file__).parents[2] / "docs" / "report-templates.md"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDE, NARROW = 1280, 390
FIRST = "details.operation:first-of-type"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")


@dataclass
class Opened:
    """A page, with what it told its console and what it asked the network for."""

    page: Page
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def show(self, selector: str) -> None:
        """Open what is there, bring it into sight, and wait until all its charts are drawn."""
        self.page.evaluate("s => document.querySelector(s).open = true", selector)
        for chart in self.page.locator(f"{selector} [data-chart]").all():
            chart.scroll_into_view_if_needed()
        undrawn = f"document.querySelectorAll('{selector} [data-chart]:not(:has(svg .mark-group))').length"
        self.page.wait_for_function(f"{undrawn} === 0", timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of one run, with a template of one's own, of two runs, and the history of a folder."""
    place = tmp_path_factory.mktemp("pages")
    own = DOCS.read_text().rpartition("```html+jinja\n")[2].partition("```")[0]
    (place / "own.txt").write_text(own)
    (place / "own.yaml").write_text("report: {template: own.txt}")
    for name, arguments in (
        ("one", [str(RUNS / "quick_a.json")]),
        ("own", [str(RUNS / "quick_a.json"), "--config", str(place / "own.yaml")]),
        ("two", [str(RUNS / "parquet_a.json"), str(RUNS / "parquet_b.json")]),
        ("history", ["--history", str(RUNS)]),
    ):
        result = CliRunner().invoke(app, ["report", *arguments, "-o", str(place / f"{name}.html")])
        assert result.exit_code == 0, result.output
    return place


@pytest.fixture
def opened(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The page that the test names, in its width and colours."""
    name, width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = Opened(page)
    page.on("console", lambda message: found.told.append(message.text))
    page.on("pageerror", lambda error: found.told.append(str(error)))
    page.on("request", lambda request: found.asked.append(request.url))
    page.goto((folder / f"{name}.html").as_uri())
    yield found
    page.close()


def pages(*names: str) -> Any:
    """Each page in both widths and both colours."""
    kinds = [(name, width, scheme) for name in names for width in (WIDE, NARROW) for scheme in ("light", "dark")]
    return pytest.mark.parametrize("opened", kinds, indirect=True, ids=lambda kind: "-".join(map(str, kind)))


def one(name: str, width: int = WIDE) -> Any:
    return pytest.mark.parametrize("opened", [(name, width, "light")], indirect=True, ids=[f"{name}-{width}"])


@pages("one", "two", "history")
def test_page_opens_without_errors_or_requests(opened: Opened, tmp_path: Path) -> None:
    """It opens without an error, asks for nothing, fits the width, and draws its first charts with their marks."""
    opened.show(FIRST)
    opened.page.screenshot(path=tmp_path / "page.png")

    assert opened.told == [] and all(url.startswith("file:") for url in opened.asked) and len(opened.asked) == 1
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= opened.page.viewport_size["width"]
    assert opened.count("details.operation[open] svg .mark-group path, details.operation[open] svg .mark-symbol") > 0
    assert (tmp_path / "page.png").stat().st_size > 10_000


@one("one")
def test_marks_are_the_data(opened: Opened) -> None:
    """A dot per round, a bar of memory per case, and for each chart's numbers a table with a row per case."""
    opened.show("#operation-merge")
    cases = opened.count("#operation-merge details.table:first-of-type tbody tr")

    rounds = opened.page.locator("#operation-merge [data-chart=rounds] .mark-symbol path")
    assert cases == 4 and rounds.count() == 2 * cases
    assert opened.count("#operation-merge [data-chart=memory] .mark-rect path") == cases
    tables = opened.page.locator("#operation-merge details.table > summary").all_inner_texts()
    assert tables == ["Table: rounds, tax, CPU, memory, verdicts", "Table: storage", "Table: counters"]


@one("one")
def test_colours_follow_the_scheme(opened: Opened) -> None:
    """A chart that is drawn already changes its colours with the scheme, and so does the page."""
    opened.show("#operation-merge")
    script = """() => [getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('#operation-merge svg text')).fill]"""
    light = opened.page.evaluate(script)
    opened.page.emulate_media(color_scheme="dark")
    dark = opened.page.evaluate(script)

    assert light[0] == "rgb(255, 255, 255)" and all(one != other for one, other in zip(light, dark, strict=True))


@one("one")
def test_answers_lead_to_their_operation(opened: Opened) -> None:
    """Who clicks an operation in the answers sees it opened."""
    opened.page.click("#answers a[href='#operation-merge']")
    opened.page.wait_for_function("document.getElementById('operation-merge').open")


@one("one", NARROW)
def test_every_median_is_named_on_a_phone(opened: Opened) -> None:
    """Without the table's head each figure of the answers says of which format it is."""
    cells = opened.page.locator("#answers tr.row td[data-format]")
    shown = opened.page.evaluate(
        "() => [...document.querySelectorAll('#answers td[data-format]')]"
        ".every(cell => getComputedStyle(cell, '::before').content === `\"${cell.dataset.format}\"`)"
    )
    assert cells.count() > 50 and shown and not opened.page.is_visible("#answers thead")


@pytest.mark.parametrize("opened", [(name, WIDE, "light") for name in ("one", "history")], indirect=True, ids=str)
def test_all_is_there_on_paper(opened: Opened, tmp_path: Path) -> None:
    """On paper everything is open, and every chart is drawn; afterwards the page is as it was."""
    state = "[...document.querySelectorAll('details')].map(each => each.open)"
    before = opened.page.evaluate(state)
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(opened.page.evaluate(state))
    assert opened.count("[data-chart]:not(:has(svg .mark-group))") == 0 < opened.count("[data-chart] svg")

    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.page.evaluate(state) == before
    opened.page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 50_000 and opened.told == []


@one("two")
def test_each_case_has_a_comparison_line(opened: Opened) -> None:
    """Of two runs each case has its line: those that are the same are folded away."""
    assert "Run parquet_b against run parquet_a" in opened.page.inner_text("h2 >> nth=0")
    cases = json.loads((RUNS / "parquet_a.json").read_text())["benchmarks"]
    assert opened.count(".comparison tbody tr") == len(cases)


@one("own")
def test_chart_of_ones_own(opened: Opened) -> None:
    """The last template of the documentation adds a chart to the page: a bar per case of its own data set."""
    opened.page.locator("[data-chart=planning]").scroll_into_view_if_needed()
    opened.page.wait_for_selector("[data-chart=planning] .mark-rect path")
    rows = json.loads(opened.page.inner_html("#data"))["planning"]["rows"]
    assert opened.count("[data-chart=planning] .mark-rect path") == len(rows) > 0 and opened.told == []


@one("history")
def test_history_shows_lines_and_a_table(opened: Opened) -> None:
    """Lines over the runs, a lettered mark where something changed, and a table with a row per run and format."""
    opened.show(FIRST)
    assert opened.count(f"{FIRST} [data-chart=wall_s] .mark-line path") > 0
    opened.page.evaluate("document.querySelector('[data-table]').open = true")
    opened.page.wait_for_selector(f"{FIRST} [data-table] table")
    heads = opened.page.locator(f"{FIRST} [data-table] tr >> nth=0").inner_text().split()
    assert heads[:3] == ["run", "format", "wall_s"]
