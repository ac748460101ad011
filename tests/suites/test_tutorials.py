"""Tutorials word for word: each command works, and prints the lines that the page shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(r"```(console|text)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tutorial_prints_what_it_shows(page: Path, tmp_path: Path) -> None:
    """From an empty folder to its end; the last command before a text prints its lines."""
    blocks = BLOCK.findall(page.read_text())
    assert [kind for kind, _ in blocks].count("console") >= 3
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    printed = ""
    try:
        for kind, text in blocks:
            if kind == "text":
                lacking = [line for line in text.splitlines() if line not in printed]
                assert not lacking, printed
                continue
            command = ["bash", "-euc", text]
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
            printed = done.stdout + done.stderr
            assert done.returncode == 0, printed
    finally:
        for server in tmp_path.glob("*.pid"):  # where the page's own end was not reached
            with suppress(ProcessLookupError):
                os.kill(int(server.read_text()), signal.SIGTERM)
