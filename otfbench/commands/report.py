"""The command that shows saved runs: as a page, as Markdown, as CSV, over time. Knows no Spark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import console, write_whole
from otfbench.errors import RunFileError, UsageError
from otfbench.units import format_count

if TYPE_CHECKING:
    from otfbench.compare.compare import Comparison
    from otfbench.runs.file import SavedRun


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN...", help="Run files, or the numbers of saved runs; or the answers.json of `ab`."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="What to write: FILE.html, FILE.md or FILE.csv.")
    ] = Path("report.html"),
    history: Annotated[
        bool, typer.Option("--history", help="All runs of a folder (default: .benchmarks) as lines over time.")
    ] = False,
    pool: Annotated[
        bool, typer.Option("--pool", help="All runs as one: of one configuration, each with JVMs of its own.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file with your own template (default: otfbench.yaml).")
    ] = None,
) -> None:
    """Show a run as a page, as Markdown, or as CSV. Of two or more, the last one against the others, or all pooled.

    Example: otfbench report 0001 0002 -o report.html
    """
    from otfbench.compare.ab_file import is_comparison
    from otfbench.report.output import check, check_replaced

    compared = not history and not pool and len(runs or []) == 1 and is_comparison(Path((runs or [])[0]))
    check(output, (".html",) if history else (".html", ".md") if compared else (".html", ".md", ".csv"))
    if compared:
        text, about = _comparison(Path((runs or [])[0]), output)
    else:
        text, about = _history(runs or []) if history else _report(runs or [], output, config, pool)
    check_replaced(output, text)
    write_whole(output, text)
    print(f"{output}: {about}, {len(text.encode()) / 1e6:.2f} MB")


def _report(names: list[str], output: Path, config: Path | None, pool: bool) -> tuple[str, str]:
    """The text of a report on these runs, and what it is about."""
    from otfbench.config import load as configfile
    from otfbench.report.csv import sheet
    from otfbench.report.facts import facts_of_saved
    from otfbench.report.html.page import page
    from otfbench.report.markdown import markdown
    from otfbench.report.pooling import pooled
    from otfbench.runs import file as runfile

    if not names:
        raise UsageError("Which run? Name a file, or the number of a saved run: otfbench report 0001 -o report.html")
    runs = [runfile.read(runfile.find_run(name)) for name in names]
    shown = [pooled(runs)] if pool else list(map(facts_of_saved, runs))
    last, about = shown[-1], f"{len(runs)} runs pooled" if pool else _about(runs[-1])
    if output.suffix.lower() == ".csv":
        return sheet(shown), about
    comparisons = [] if pool else _comparisons(runs)
    if output.suffix.lower() == ".md":
        return markdown(last, comparisons), about
    here = Path.cwd()
    template = configfile.template(configfile.find_config_file(str(config) if config else None, here, here))
    return page(last, [run.path.name for run in runs], comparisons, template), about


def _comparison(answers: Path, output: Path) -> tuple[str, str]:
    """The text of a report on an A/B comparison, and what it is about."""
    from otfbench.compare.ab_file import read
    from otfbench.report.html.page import ab_page
    from otfbench.report.markdown import ab_markdown

    compared = read(answers)
    text = ab_markdown(compared) if output.suffix.lower() == ".md" else ab_page(compared)
    return text, f"{compared.head} against {compared.base}, {format_count(len(compared.cases), 'case')}"


def _about(run: SavedRun) -> str:
    if run.records:
        return f"{format_count(len(run.records), 'case')} of run {run.name}"
    why = f"{len(run.run.outcomes)} failed or were skipped" if run.run.outcomes else "none was selected"
    return f"run {run.name}, in which no case has a number ({why})"


def _comparisons(runs: Sequence[SavedRun]) -> list[Comparison]:
    """The last run against each of the others."""
    from otfbench.compare.compare import compare

    return [compare(base, runs[-1]) for base in runs[:-1]]


def _history(folders: list[str]) -> tuple[str, str]:
    """The text of a history of the runs in a folder, and what it is about."""
    from otfbench.report.history import history
    from otfbench.report.html.page import history_page
    from otfbench.runs import file as runfile

    if len(folders) > 1:
        raise UsageError(f"--history is about one folder; these are {len(folders)}: {', '.join(folders)}.")
    folder = Path(folders[0]) if folders else runfile.STORAGE
    runs, unreadable = [], []
    for path in runfile.saved(folder):
        try:
            runs.append(runfile.read(path))
        except RunFileError as error:
            unreadable.append(str(error))
    if not runs:
        raise UsageError(f"There is no run in {folder}. Make one: pytest benchmarks --benchmark-autosave")
    for line in unreadable:
        console(stderr=True).print(f"left out: {line}", markup=False)
    return history_page(history(runs), unreadable), f"{format_count(len(runs), 'run')} of {folder}"
