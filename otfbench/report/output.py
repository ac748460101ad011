"""Where a report may be written, and what is never overwritten. Knows no run."""

from __future__ import annotations

from pathlib import Path

from otfbench.errors import UsageError

MARK = "<!-- otfbench report -->"
"""The first line of each page and each Markdown text: how a report is known to be one."""


def check(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raise UsageError if no report can be written there, before any work is done."""
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{path}: what it is to be is told by its suffix: {', '.join(suffixes)}.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}. Make it first.")


def check_replaced(path: Path, text: str) -> None:
    """Raise UsageError if another file than an older report is there: one with the same first line."""
    if path.exists() and _first_line(path) != text.partition("\n")[0]:
        raise UsageError(f"{path} exists, and is no report of otfbench: name another file, or remove it.")


def _first_line(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.readline(1000).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return None
