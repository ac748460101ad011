"""Processes that tests start: to be sent signals, to be killed, or to be measured."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MEASURED = """
import re, sys
from {module} import {name} as work

def peak_bytes():  # ru_maxrss is that of the parent, if it is more
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

work(sys.argv[1])
before = peak_bytes()
result = work(sys.argv[2])
print(peak_bytes() - before)
print(result)
"""


def from_a_terminal() -> None:
    """A shell's background ignores Control-C, and what nohup starts SIGHUP: a child that is sent them must not."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def killed(function: Callable[[], object]) -> None:
    """Call it in a process that is killed right after it."""

    def work() -> None:
        kept_alive = function()  # noqa: F841
        os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()


def peak_growth(work: Callable[[str], str], small: str, large: str) -> tuple[int, str]:
    """By how many bytes a new Python grows at most in work(large), after it has done work(small); and what it returns.

    `work` is a function of a module. tracemalloc would need no process, but crashes CPython 3.11 if it is stopped
    while a library's thread allocates: https://github.com/python/cpython/issues/128679
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process is read from /proc")
    program = MEASURED.format(module=work.__module__, name=work.__name__)
    done = subprocess.run(
        [sys.executable, "-c", program, small, large],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    grown, _, result = done.stdout.partition("\n")
    return int(grown), result.strip()
