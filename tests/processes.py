"""Processes that tests start: to be sent signals, or to be killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable


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
