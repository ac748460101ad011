"""The charts of a report as Vega-Lite specifications. Knows neither runs nor pages.

A specification holds no data: the page gives the rows of one operation to the data set `cases`. Colours are
CSS variables of the page (`--c0` is the control's), so that light, dark and paper need one drawing only. A chart
without a height gets as much as its rows need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

Chart = Any
"""One of Altair's many; what its methods return is a union that no caller can use."""
INK = {"text": "var(--ink)", "muted": "var(--muted)", "line": "var(--line)"}
PRINTED = {"text": "#222222", "muted": "#666666", "line": "#dddddd"}
"""The same where no style sheet is: a picture of its own."""
PALETTE = ("#767676", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F")
"""The control's colour, then those of Okabe and Ito, which tell apart whoever sees them."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
VERDICTS = {"pass": "var(--c0)", "regressed": "var(--bad)", "improved": "var(--good)", "inconclusive": "var(--c5)"}
PARTS = ("live", "dead", "metadata")
LIFE_FIGURES = {
    "merge": ("merge_s", "a merge", "s"),
    "scan": ("scan_s", "a scan", "s"),
    "look_up": ("look_up_s", "a look-up", "s"),
    "metadata bytes": ("metadata_bytes", "bytes of metadata", "B"),
}
"""What is drawn of a life: figure -> the field that has it, its title and its unit."""

_SECONDS = r"replace(format(datum.value, '~s'), /(\D?)$/, ' $1s')"
_BYTES = r"replace(format(datum.value, '~s'), /(\D?)$/, ' $1B')"

_LABELS = {"s": _SECONDS, "B": _BYTES}


def case_charts(formats: Sequence[str], control: bool = True) -> dict[str, dict[str, Any]]:
    """The charts of an operation, by name; `formats` in their order, the control first, if it is among them.

    Rows of `cases`: `case`, `format`, `rounds_s` (list), `median_s`, `cpu_s`, `peak_bytes`, and bytes `live`, `dead`,
    `metadata`; what could not be measured is null.
    """
    colors = _colors(formats, control)
    charts = {
        "rounds": _rounds(formats, colors),
        "cpu": _cpu(formats, colors),
        "memory": _memory(formats, colors),
        "storage": _storage(),
    }
    return {name: finished(chart, INK) for name, chart in charts.items()}


def growth_chart(formats: Sequence[str], control: bool = True) -> dict[str, Any]:
    """Cost against size: a line per format through what was measured, which are dots.

    Rows of `cases`: `format`, `rows`, `time_s`, `measured`.
    """
    colors = _colors(formats, control)
    base = alt.Chart(_cases()).encode(
        x=alt.X("rows:Q").title("rows").scale(type="log", nice=False).axis(format="~s", tickCount=5),
        y=alt.Y("time_s:Q").title("wall time").scale(type="log").axis(labelExpr=_SECONDS, tickCount=5),
        color=_format_color(formats, colors, legend=True),
        tooltip=["format:N", "rows:Q", "time_s:Q"],
    )
    dots = base.transform_filter("datum.measured").mark_circle(size=50, opacity=1)
    return finished(alt.layer(base.mark_line(strokeWidth=1.5), dots).properties(width="container", height=200), INK)


def life_charts(formats: Sequence[str], control: bool = True) -> dict[str, dict[str, Any]]:
    """A chart per figure of a life: a line per format over the commits.

    Rows of `cases`: `format`, `commits`, and the figures; null where a round has none.
    """
    color = _format_color(formats, _colors(formats, control), legend=True)
    charts = {}
    for field, title, unit in LIFE_FIGURES.values():
        lines = alt.Chart(_cases()).mark_line(strokeWidth=1.5, point={"size": 14}, invalid="break-paths-show-domains")
        chart = lines.encode(
            x=alt.X("commits:Q").title("commits").axis(grid=False, tickCount=6),
            y=alt.Y(f"{field}:Q").title(title).axis(labelExpr=_LABELS[unit], tickCount=4).scale(zero=True),
            color=color,
            tooltip=["format:N", "commits:Q", f"{field}:Q"],
        )
        charts[f"life-{field}"] = finished(chart.properties(width="container", height=170), INK)
    return charts


def history_charts(
    metrics: Mapping[str, tuple[str, str]], formats: Sequence[str], runs: Sequence[str], changes: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """A chart per metric (name -> what it is called, unit): a line per format over the runs, in their order.

    `changes`: run -> what stands at the line that marks it. Rows of `cases`: `run`, `format`, and the metrics.
    """
    colors = _colors(formats)
    marks = [{"run": run, "letter": letter} for run, letter in changes.items()]
    charts = {}
    for name, (title, unit) in metrics.items():
        lines = _lines(name, _LABELS.get(unit, "datum.label"), runs)
        lines = lines.encode(color=_format_color(formats, colors, legend=True))
        layers = alt.layer(_marks(marks, runs), lines).properties(width="container", height=150, title=title)
        charts[name] = finished(layers, INK)
    return charts


def pair_charts() -> dict[str, dict[str, Any]]:
    """The chart of an A/B comparison: each pair is a dot, its interval a line; at 1 both sides take the same time.

    Rows of `cases`: `case`, `verdict`, `ratios` (list), `ratio`, `low`, `high`.
    """
    verdicts, colors = zip(*VERDICTS.items(), strict=True)
    color = alt.Color("verdict:N").scale(domain=list(verdicts), range=list(colors)).legend(columns=4)
    base = alt.Chart(_cases()).encode(y=_names(grid=True), color=color)
    ratio = alt.X("ratios:Q").title("head / base, each pair (line: 95 % interval)").axis(tickCount=6, orient="top")
    dots = (
        base.transform_flatten(["ratios"])
        .mark_circle(size=30, opacity=0.55)
        .encode(x=ratio.scale(type="log", nice=False), tooltip=["case:N", "ratios:Q"])
    )
    intervals = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", tooltip=["case:N", "low:Q", "high:Q"])
    ticks = base.mark_tick(thickness=2, size=13).encode(x="ratio:Q", tooltip=["case:N", "verdict:N", "ratio:Q"])
    same = alt.Chart(alt.InlineData(values=[{"at": 1}])).mark_rule(strokeDash=[3, 3], color="var(--muted)")
    chart = alt.layer(same.encode(x="at:Q"), intervals, dots, ticks).properties(width="container")
    return {"pairs": finished(chart, INK)}


def rounds_picture(record: Mapping[str, Any]) -> str:
    """The rounds of one case as SVG: where no script draws it."""
    import vl_convert

    rows = [{"case": "", "format": "", "rounds_s": record["rounds_s"], "median_s": record["median_s"]}]
    chart = _rounds([""], [PALETTE[1]]).properties(width=320, height=20, data=alt.InlineData(values=rows))
    return vl_convert.vegalite_to_svg(finished(chart, PRINTED))


def finished(chart: Chart, ink: Mapping[str, str]) -> dict[str, Any]:
    """The chart as a specification in the style of the page."""
    spec: dict[str, Any] = chart.to_dict(validate=False)  # Altair has checked its parts already
    spec |= {"config": _style(ink), "autosize": {"type": "fit-x", "contains": "padding"}}
    return spec


def _style(ink: Mapping[str, str]) -> dict[str, Any]:
    texts = {"labelColor": ink["muted"], "titleColor": ink["muted"], "titleFontWeight": "normal"}
    return {
        "font": "system-ui, sans-serif",
        "background": "transparent",
        "view": {"stroke": None},
        "title": {"color": ink["muted"], "fontSize": 12, "fontWeight": "normal", "anchor": "start", "offset": 16},
        "axis": {
            **texts,
            "domain": False,
            "ticks": False,
            "gridColor": ink["line"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titlePadding": 6,
            "titleAnchor": "start",
            "labelPadding": 6,
        },
        "axisY": {"labelColor": ink["text"], "labelLimit": 190},
        "legend": {**texts, "orient": "bottom", "title": None, "labelFontSize": 12, "symbolStrokeWidth": 0},
    }


def _cases() -> alt.NamedData:
    return alt.NamedData(name="cases")


def _names(grid: bool = False) -> alt.Y:
    return alt.Y("case:N").sort(None).title(None).axis(grid=grid)


def _colors(formats: Sequence[str], control: bool = True) -> list[str]:
    """One each; the first is left out where no control is there to have it."""
    first = 0 if control else 1
    return [f"var(--c{number % len(PALETTE)})" for number in range(first, first + len(formats))]


def _format_color(formats: Sequence[str], colors: Sequence[str], legend: bool = False) -> alt.Color:
    color = alt.Color("format:N").scale(domain=list(formats), range=list(colors))
    return color.legend(columns=3) if legend else color.legend(None)


def _x(field: str, title: str, labels: str) -> alt.X:
    """An axis above, for a list of cases may be long; its title is the chart's."""
    return alt.X(f"{field}:Q").title(title).axis(labelExpr=labels, tickCount=5, orient="top")


def _rounds(formats: Sequence[str], colors: Sequence[str]) -> Chart:
    """Each round is a dot, their median a tick."""
    base = alt.Chart(_cases()).encode(y=_names(grid=True), color=_format_color(formats, colors))
    dots = (
        base.transform_flatten(["rounds_s"])
        .mark_circle(size=44, opacity=0.75)
        .encode(x=_x("rounds_s", "wall time of each round (line: median)", _SECONDS), tooltip=["case:N", "rounds_s:Q"])
    )
    ticks = base.mark_tick(thickness=2, size=13).encode(x="median_s:Q", tooltip=["case:N", "median_s:Q"])
    return alt.layer(dots, ticks).properties(width="container")


def _cpu(formats: Sequence[str], colors: Sequence[str]) -> Chart:
    """CPU against wall; on the line one core was busy all the time."""
    base = alt.Chart(_cases())
    wall = alt.X("median_s:Q").title("wall time, median").scale(zero=True).axis(labelExpr=_SECONDS, tickCount=5)
    points = base.mark_point(size=60, filled=True, opacity=0.85).encode(
        x=wall,
        y=alt.Y("cpu_s:Q").title("CPU time, median (line: one core)").axis(labelExpr=_SECONDS, tickCount=5),
        color=_format_color(formats, colors, legend=True),
        shape=alt.Shape("format:N").scale(
            domain=list(formats), range=[SHAPES[number % len(SHAPES)] for number in range(len(formats))]
        ),
        tooltip=["case:N", "median_s:Q", "cpu_s:Q"],
    )
    one_core = base.mark_line(strokeDash=[3, 3], strokeWidth=1, color="var(--muted)").encode(
        x="median_s:Q", y="median_s:Q"
    )
    return alt.layer(one_core, points).properties(width="container", height=230)


def _memory(formats: Sequence[str], colors: Sequence[str]) -> Chart:
    """The largest resident memory of the rounds."""
    return (
        alt.Chart(_cases(), width="container")
        .mark_bar(height=9)
        .encode(
            y=_names(),
            x=_x("peak_bytes", "largest resident memory of a round", _BYTES),
            color=_format_color(formats, colors),
            tooltip=["case:N", "peak_bytes:Q"],
        )
    )


def _storage() -> Chart:
    """What the table's folder holds: live and dead data, metadata."""
    order = f"indexof({list(PARTS)}, datum.part)"
    return (
        alt.Chart(_cases(), width="container")
        .transform_fold(list(PARTS), as_=["part", "bytes"])
        .transform_calculate(order=order)
        .mark_bar(height=9)
        .encode(
            y=_names(),
            x=_x("bytes", "bytes on disk after the last round", _BYTES),
            color=alt.Color("part:N")
            .scale(domain=list(PARTS), range=["var(--live)", "var(--dead)", "var(--metadata)"])
            .legend(symbolType="square"),
            order="order:Q",
            tooltip=["case:N", "part:N", "bytes:Q"],
        )
    )


def _run(runs: Sequence[str]) -> alt.X:
    """Runs in their order, evenly, with as many labels as there is room for."""
    runs_in_order = alt.X("run:N").scale(type="point", domain=list(runs)).title(None)
    return runs_in_order.axis(labelOverlap=True, labelAngle=0, grid=False)


def _lines(metric: str, labels: str, runs: Sequence[str]) -> Chart:
    """The metric of each format over the runs; a run without it interrupts the line."""
    return (
        alt.Chart(_cases())
        .mark_line(strokeWidth=1.5, point={"size": 16}, invalid="break-paths-show-domains")
        .encode(
            x=_run(runs),
            y=alt.Y(f"{metric}:Q").title(None).axis(labelExpr=labels, tickCount=4).scale(zero=True),
            tooltip=["run:N", "format:N", f"{metric}:Q"],
        )
    )


def _marks(marks: Sequence[Mapping[str, str]], runs: Sequence[str]) -> Chart:
    """A lettered line where something changed."""
    base = alt.Chart(alt.InlineData(values=list(marks))).encode(x=_run(runs))
    rules = base.mark_rule(strokeDash=[2, 3], color="var(--muted)")
    return alt.layer(rules, base.mark_text(y=-6, color="var(--muted)").encode(text="letter:N"))
