"""A run of otfbench in a process of its own: its program, and signals for it. Knows no option of a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from otfbench.spark import interrupts


def program(folder: Path) -> str:
    """The path of a new file that is the command, whatever folder it is started in."""
    path = folder / "otfbench_run.py"
    path.write_text("from otfbench.cli import main\n\nmain()\n")
    return str(path)


def ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process, as shells have it. A signal is passed on to it, so that it saves what it has."""

    def pass_on() -> None:
        process.send_signal((interrupts.exit_status() or 0) - 128)

    with interrupts.held(pass_on):
        code = process.wait()
    return code if code >= 0 else 128 - code
