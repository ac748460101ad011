"""A report as one HTML page: the templates, and what they are given. Counts nothing, and knows no chart."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

import jinja2
import jinja2.sandbox
from markupsafe import Markup

from otfbench import __version__, units
from otfbench.compare.ab import CPU, WALL
from otfbench.compare.compare import Comparison
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.errors import TemplateError
from otfbench.report import ab, wording
from otfbench.report.erasures import ABOUT as ABOUT_ERASURES
from otfbench.report.erasures import cell as erased_cell
from otfbench.report.erasures import remarks as erased_remarks
from otfbench.report.facts import Case, Facts
from otfbench.report.figures import ABOUT as ABOUT_FIGURES
from otfbench.report.figures import in_words
from otfbench.report.growth import ABOUT, OperationGrowth
from otfbench.report.growth import cell as growth_cell
from otfbench.report.growth import line, remarks
from otfbench.report.history import METRICS, History
from otfbench.report.html.charts import (
    LIFE_FIGURES,
    case_charts,
    growth_chart,
    history_charts,
    life_charts,
    pair_charts,
)
from otfbench.report.lives import ABOUT as ABOUT_LIVES
from otfbench.report.lives import LivedRow
from otfbench.report.lives import cell as lived_cell
from otfbench.report.lives import remarks as lived_remarks
from otfbench.report.output import MARK
from otfbench.report.prices import money, priced_rows

OURS = "otfbench"
"""The folder in which a user's template finds ours: {% extends "otfbench/report.html" %}."""
FILTERS = {
    **{"seconds": units.format_seconds, "size": units.format_size, "share": units.format_share},
    **{
        each.__name__: each
        for each in (
            wording.answer_reason,
            wording.candidates,
            wording.capital,
            wording.date_time,
            wording.differing_and_same,
            wording.figure,
            wording.findings,
            wording.first_line,
            wording.interval,
            wording.name_in_words,
            wording.needs,
            wording.ratio,
            wording.summed_up,
            wording.unreported,
            wording.value_text,
            wording.verdict_reason,
            money,
        )
    },
}


class _Sandbox(jinja2.sandbox.SandboxedEnvironment):
    """A template shows values and calls their methods; it reaches no file, no module, and nothing private."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of a path the name may be read, not the file."""
        if isinstance(obj, PurePath):
            return attr in ("name", "stem", "suffix")
        return not isinstance(obj, ModuleType) and super().is_safe_attribute(obj, attr, value)


def page(
    facts: Facts, runs: Sequence[str], comparisons: Sequence[Comparison] = (), template: Path | None = None
) -> str:
    """The page of a run, and of what it was compared with; raises TemplateError with file, line and cause.

    `runs` are the names of the run files.
    """
    formats = [each.name for each in facts.formats]
    control = any(each.control for each in facts.formats)
    return render(
        "report.html",
        template,
        facts=facts,
        runs=runs,
        comparisons=comparisons,
        headline=wording.headline(facts),
        subtitle=wording.subtitle(facts),
        priced=list(priced_rows(facts)),
        answers_about=wording.answers_about(facts),
        growth_about=ABOUT,
        remarks=remarks,
        growth_cell=growth_cell,
        lives_about=ABOUT_LIVES,
        lived_cell=lived_cell,
        lived_remarks=lived_remarks,
        erasures_about=ABOUT_ERASURES,
        erased_cell=erased_cell,
        erased_remarks=erased_remarks,
        figures_about=ABOUT_FIGURES,
        figure_in_words=in_words,
        charts={**case_charts(formats, control), "growth": growth_chart(formats, control)}
        | (life_charts(formats, control) if facts.lives else {}),
        data={each.name: _table(map(_row, each.cases)) for each in facts.operations}
        | {f"growth-{number}": _table(_points(each)) for number, each in enumerate(facts.growth)}
        | {f"life-{number}": _table(_lived(each)) for number, each in enumerate(facts.lives)},
    )


def history_page(history: History, unreadable: Sequence[str] = ()) -> str:
    """The page of many runs; `unreadable` says which files could not be read, and why."""
    changes = {each.run: each.letter for each in history.changes}
    columns = ["run", "format", *METRICS]
    return render(
        "history.html",
        None,
        history=history,
        metrics=METRICS,
        unreadable=unreadable,
        charts=history_charts(METRICS, history.formats, list(history.runs), changes),
        data={group.id: {"columns": columns, "rows": group.rows} for group in history.groups},
    )


def ab_page(comparison: AbComparison) -> str:
    """The page of an A/B comparison."""
    measures = {"wall": WALL, "cpu": CPU}
    looks: dict[int, Counter[str]] = {}
    for case in comparison.cases:
        if case.answer:
            looks.setdefault(case.answer.pairs, Counter())[case.verdict.value] += 1
    return render(
        "ab.html",
        None,
        comparison=comparison,
        summary=ab.summary(comparison),
        intervals=ab.INTERVALS,
        notes=ab.notes,
        measures=measures,
        looks=dict(sorted(looks.items())),
        charts=pair_charts(),
        data={name: _table(_pair_rows(comparison.cases, measure)) for name, measure in measures.items()},
    )


def _points(grown: OperationGrowth) -> Iterator[dict[str, Any]]:
    for name, growth in grown.formats.items():
        for rows, time_s, measured in line(growth):
            yield {"format": name, "rows": round(rows), "time_s": round(time_s, 4), "measured": measured}


def _lived(life: LivedRow) -> Iterator[dict[str, Any]]:
    """A row for each format and each round; a figure that a round doesn't have is null."""
    rounds: dict[tuple[str, int], dict[str, Any]] = {}
    empty = {field: None for field, *_ in LIFE_FIGURES.values()}
    for figure, (field, *_) in LIFE_FIGURES.items():
        for name, trend in life.trends.get(figure, {}).items():
            for commits, value in trend.points:
                row = rounds.setdefault((name, commits), {"format": name, "commits": commits, **empty})
                row[field] = round(value, 4)
    yield from rounds.values()


def _pair_rows(cases: Sequence[AbCase], measure: str) -> Iterator[dict[str, Any]]:
    """A row per case that has this measure."""
    for case in cases:
        if case.answer and measure in case.answer.estimates:
            estimate = case.answer.estimates[measure]
            yield {
                "case": case.id,
                "verdict": case.verdict.value,
                "ratios": [round(each, 4) for each in case.ratios[measure]],
                "ratio": round(estimate.ratio, 4),
                "low": round(estimate.low, 4),
                "high": round(estimate.high, 4),
            }


def render(name: str, user_template: Path | None, **given: Any) -> str:
    """Our template of this name, or the user's, filled in; raises TemplateError with file, line and cause."""
    loaders: list[jinja2.BaseLoader] = [jinja2.PrefixLoader({OURS: jinja2.PackageLoader("otfbench.report.html")})]
    if user_template is not None:
        loaders.append(jinja2.FileSystemLoader(user_template.parent))
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= FILTERS
    try:
        template = environment.get_template(user_template.name if user_template else f"{OURS}/{name}")
        return f"{MARK}\n" + template.render(version=__version__, vega=Markup(_vega()), **given)
    except Exception as error:  # a template is a program: it may raise anything
        raise TemplateError(_error_text(error, user_template)) from error


def _error_text(error: Exception, user_template: Path | None) -> str:
    """File, line and cause of what a template raised."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or user_template}:{error.lineno}: {error.message}"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"There is no template {error.message}; those of otfbench are called {OURS}/report.html and so on."
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.endswith(".py")]
    location = f"{inside[-1].filename}:{inside[-1].lineno}" if inside else str(user_template)
    return f"{location}: {type(error).__name__}: {error}"


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which defines `vegaEmbed`; nothing of it needs a network."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _table(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as a page holds them: names once, then values."""
    listed = list(rows)
    return {"columns": list(listed[0]) if listed else [], "rows": [list(row.values()) for row in listed]}


def _row(case: Case) -> dict[str, Any]:
    """A case as the charts' data has it."""
    stored = case.record["storage"]
    return {
        "case": case.name,
        "format": case.format or "",
        "rounds_s": [round(wall, 6) for wall in case.rounds_s],
        "median_s": round(case.median_s, 6),
        "cpu_s": case.typical("process_cpu_s"),
        "peak_bytes": case.peak("peak_rss_bytes"),
        "live": stored and stored["live_bytes"],
        "dead": stored and stored["dead_bytes"],
        "metadata": stored and stored["metadata_bytes"],
    }
