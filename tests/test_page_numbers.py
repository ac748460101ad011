"""Numbers on pages against what they are of: the run file that a page links to, the lock of jars, the suites."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from otfbench.compare import ab_file
from otfbench.report import ab
from otfbench.report.facts import facts_of_saved
from otfbench.report.summary import summary
from otfbench.runs import file as runfile

PROJECT = Path(__file__).parents[1]
GALLERY = PROJECT / "docs" / "gallery" / "index.md"
FILE_OR_TEXT = re.compile(r"\]\((\S+\.json)\)|^```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
JARS = {"README.md": r"jars \((\d+) MB", "docs/containers.md": r"jars out \((\d+) MB"}
S3 = {"docs/other-file-systems.md": r"fetch s3` \((\d+) MB"}


def said_of(run: Path) -> list[str]:
    """The lines that otfbench prints of a run, or of a comparison."""
    if ab_file.is_comparison(run):
        return list(ab.lines(ab_file.read(run)))
    return list(summary(facts_of_saved(runfile.read(run)), color=False))


def wrong_lines(page: Path, text: str) -> Iterator[str]:
    """Lines of output on a page that aren't printed of the run file that it linked to before them."""
    said: list[str] = []
    for link, output in FILE_OR_TEXT.findall(text):
        if link:
            said = said_of(page.parent / link)
        yield from (line for line in output.splitlines() if line not in said)


@cache
def megabytes(s3: bool) -> int:
    """Of the jars of the default line: those of formats and inputs, or those for S3."""
    lock = tomllib.loads((PROJECT / "otfbench" / "jars.lock").read_text())
    packages = lock["profiles"]["spark-3.5"]["packages"]
    wanted = [package for name, package in packages.items() if (name == "s3") == s3]
    return round(sum(jar["bytes"] for package in wanted for jar in package["jars"]) / 1e6)


def numbers(pattern: str, text: str) -> list[int]:
    """Those in these words; a page without them would pass unseen."""
    found = [int(each) for each in re.findall(pattern, text)]
    assert found, pattern
    return found


def test_gallery_shows_its_runs() -> None:
    """Each line of output in the gallery is what otfbench prints of the run file above it."""
    assert list(wrong_lines(GALLERY, GALLERY.read_text())) == []


def test_gallery_opens_its_reports() -> None:
    """There is a page to open for each run file, under its name: docs/conf.py makes them."""
    text = GALLERY.read_text()
    runs = [Path(link).stem for link in re.findall(r"\]\((\S+\.json)\)", text)]
    assert re.findall(r'<a href="(\w+)\.html">', text) == runs


@pytest.mark.parametrize("planted", [("112 equal", "113 equal"), ("+8.69 %", "+8.96 %")])
def test_planted_wrong_number_is_found(planted: tuple[str, str]) -> None:
    """A number that isn't the run's is found, with its line."""
    [wrong] = wrong_lines(GALLERY, GALLERY.read_text().replace(*planted))
    assert planted[1] in wrong


@pytest.mark.parametrize(("page", "pattern"), [*JARS.items(), *S3.items()])
def test_size_of_jars(page: str, pattern: str) -> None:
    """What is fetched is as large as the lock says."""
    assert set(numbers(pattern, (PROJECT / page).read_text())) == {megabytes(page in S3)}


def test_cases_of_the_default_suite() -> None:
    """README says how many cases a first run has."""
    command = [sys.executable, "-m", "pytest", "benchmarks", "--collect-only", "-q"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    collected = sum("::test_" in line for line in done.stdout.splitlines())
    assert numbers(r"default suite: (\d+) cases", (PROJECT / "README.md").read_text()) == [collected], done.stdout
