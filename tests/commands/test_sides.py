"""The sides of an A/B comparison, as they are named: what each starts, and what is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from otfbench.commands.sides import side
from otfbench.errors import UsageError


def git(*arguments: str) -> str:
    """What git answers in the current folder."""
    settings = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *settings, *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A repository with two commits, in whose folder `part` the test is."""
    folder = tmp_path / "repository"
    (folder / "part").mkdir(parents=True)
    monkeypatch.chdir(folder)
    git("init", "-q", "-b", "main")
    for text in ("old", "new"):
        (folder / "part" / "code.py").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", text)
    git("tag", "released", "HEAD~1")
    monkeypatch.chdir(folder / "part")
    return folder


def test_version_is_an_option(tmp_path):
    """A format in another version is an option of the installed otfbench."""
    made = side("iceberg=1.11.0", tmp_path)
    assert (made.arguments, made.python, made.checkout) == (("--otf-versions=iceberg=1.11.0",), sys.executable, None)


def test_yaml_file(tmp_path, monkeypatch):
    """A YAML file is one of the installed otfbench, by its whole path."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("rounds: 3\n")
    assert side("mine.yaml", tmp_path).arguments == (f"--otf-config={tmp_path}/mine.yaml",)


def test_environment_has_its_own_python():
    """The Python of a virtual environment, with what is installed there."""
    made = side(sys.prefix, Path("/nowhere"))
    assert (
        made.python == f"{sys.prefix}/bin/python" and "otfbench" in made.description and "pyspark" in made.description
    )


def test_environment_without_otfbench(tmp_path):
    """Its Python is asked, and the error says what to do."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    with pytest.raises(UsageError, match="otfbench is not installed there: .*bare/bin/python -m pip install otfbench"):
        side(str(tmp_path / "bare"), tmp_path)


def test_checkout_is_imported_first(tmp_path, monkeypatch):
    """Runs are in its folder, and its code is found first, before what PYTHONPATH has."""
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    made = side(str(tmp_path), tmp_path)
    assert made.checkout == tmp_path
    assert made.environment()["PYTHONPATH"].split(":") == [str(tmp_path), f"{tmp_path}/src", "/elsewhere"]


def test_revision_leaves_repository_as_is(repository, tmp_path):
    """The files of a commit, outside of the repository, which stays as it is; in the same folder of it."""
    (repository / "part" / "code.py").write_text("not committed")
    made = side("released", tmp_path / "sources")
    assert (made.checkout / "code.py").read_text() == "old"
    assert made.checkout.name == "part" and made.checkout.is_relative_to(tmp_path / "sources")
    assert git("rev-parse", "HEAD~1")[:9] in made.description
    assert git("status", "--short") == "M code.py" and git("worktree", "list").count("\n") == 0


def test_revision_that_is_there_already(repository, tmp_path):
    """Two sides may be one commit: its files are put there once."""
    assert side("main", tmp_path).checkout == side("HEAD", tmp_path).checkout


def test_revision_without_the_folder(repository, tmp_path, monkeypatch):
    """A commit that hasn't the current folder is refused."""
    (repository / "later").mkdir()
    monkeypatch.chdir(repository / "later")
    with pytest.raises(UsageError, match="has no folder later/"):
        side("released", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nowhere", "nothing of that name is here"),
        ("--all", "nothing of that name is here"),
        ("iceberg=", "it names no version of iceberg"),
        ("icberg=1", "icberg is no format: there are delta, hudi, iceberg"),
        ("spark-4.1", "a profile comes with its pyspark"),
        ("notes.txt", "it is a file, and not one of YAML"),
    ],
)
def test_unknown_sides_are_refused(tmp_path, monkeypatch, text, words):
    """What is no side is refused, with what a side may be."""
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").touch()
    with pytest.raises(UsageError, match=words) as error:
        side(text, tmp_path)
    assert "A side is a format in another version" in str(error.value)
