"""README and docs against the code: each command and option that they show is there, each link leads somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from otfbench.cli import app

PROJECT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(PROJECT)
    for path in (*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "examples").rglob("*.md"))
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
OPTION = re.compile(r"--[a-z][\w-]*")
ANY_OTF = re.compile(r"--otf-[a-z][\w-]*")


@cache
def options_of_runs() -> frozenset[str]:
    """Those of pytest with its plugins, ours among them."""
    shown = subprocess.run([sys.executable, "-m", "pytest", "--help"], cwd=PROJECT, capture_output=True, text=True)
    return frozenset(OPTION.findall(shown.stdout))


@cache
def options_of_commands() -> dict[str, frozenset[str]]:
    """Command -> its options; where it hands others on to a run, those of runs, too."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    known = {}
    for name, command in commands.items():
        parts = [command, *getattr(command, "commands", {}).values()]
        own = {
            each for part in parts for parameter in part.params for each in parameter.opts + parameter.secondary_opts
        }
        passed_on = command.context_settings.get("ignore_unknown_options")
        known[name] = frozenset(own | {"--help"} | (options_of_runs() if passed_on else set()))
    return known


def commands(text: str) -> Iterator[str]:
    """Command lines of the code blocks of a page that call otfbench or pytest."""
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in re.split(r"\n|&&|;(?!')|\|", re.sub(r" #.*", "", block.replace("\\\n", " "))):
            if match := re.search(r"(?:^|.*[\s/])((?:otfbench|pytest) (?=[\w'\"./-]).*)", line):
                yield match[1]


def faults(command: str) -> list[str]:
    """Commands and options of a line that are not there."""
    name, *words = shlex.split(command)
    if name == "pytest":
        known = options_of_runs()
    else:
        called = words[0]
        if called.startswith("--"):
            return [] if called in ("--help", "--version") else [called]
        if called not in options_of_commands():
            return [called]
        known = options_of_commands()[called]
    given = [word.partition("=")[0] for word in words if OPTION.match(word)]
    return [option for option in given if option not in known]


def dead_links(page: Path) -> list[str]:
    """Links of a page into the project that lead to no file, or to no heading of one."""
    text = re.sub(r"^```.*?^```", "", (PROJECT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    dead = []
    for address in LINK.findall(text):
        path, _, anchor = address.partition("#")
        target = (PROJECT / page).parent / path if path else PROJECT / page
        if re.match(r"[a-z]+:", address):
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            dead.append(address)
    return dead


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_are_there(page: Path) -> None:
    """Each command line of a page names a command and options that exist."""
    wrong = {line: found for line in commands((PROJECT / page).read_text()) if (found := faults(line))}
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_options_are_there(page: Path) -> None:
    """Options of ours exist wherever they are named, also in a sentence."""
    assert set(ANY_OTF.findall((PROJECT / page).read_text())) - options_of_runs() == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link into the project leads to a file, and to a heading of it."""
    assert dead_links(page) == []


RUNS = sorted(
    {
        line.strip()
        for page in PAGES
        for line in commands((PROJECT / page).read_text())
        if line.startswith("pytest benchmarks") and "--otf-gate" not in line and "--otf-warehouse" not in line
    }
)


@pytest.mark.parametrize("line", RUNS)
def test_runs_have_cases(line: str) -> None:
    """Each run of the shipped workloads selects at least one case."""
    command = [sys.executable, "-m", *shlex.split(line), "--collect-only", "-q"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0 and "::test_" in done.stdout, done.stdout + done.stderr


def test_pages_have_commands() -> None:
    """They are found at all: of what isn't found nothing is checked."""
    assert sum(len(list(commands((PROJECT / page).read_text()))) for page in PAGES) > 50


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("otfbench convrt a b --to delta", "convrt"),
        ("otfbench convert a b --into delta", "--into"),
        ("otfbench run --otf-round 3", "--otf-round"),
        ("pytest benchmarks --otf-sweet quick", "--otf-sweet"),
        ("otfbench gate run.json --baseline=b.json --updat", "--updat"),
    ],
)
def test_planted_fault_is_found(line: str, fault: str) -> None:
    """A command or an option that isn't there is found."""
    [found] = commands(f"```\n$ {line}   # what it does\n```\n")
    assert faults(found) == [fault]


def test_planted_dead_link_is_found(tmp_path: Path) -> None:
    """So is a link to no file, and to no heading."""
    (tmp_path / "page.md").write_text("# One\n[a](#one) [b](#two) [c](none.md) [d](https://example.org/none)\n")
    assert dead_links(tmp_path / "page.md") == ["#two", "none.md"]
