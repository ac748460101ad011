"""A block that may take only so long: one that works in Python is ended, one that is in time is left alone."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from otfbench.errors import JvmError
from otfbench.plugin import time_limit as module
from otfbench.plugin.time_limit import time_limit


def test_block_in_time() -> None:
    """Nothing is called, no thread is left, and the signal does what it did."""
    before, threads = signal.getsignal(signal.SIGUSR2), threading.active_count()
    with time_limit(60, lambda: pytest.fail("it was in time")):
        pass
    assert signal.getsignal(signal.SIGUSR2) == before and threading.active_count() == threads


def test_block_that_ends_with_what_it_waits_for() -> None:
    """What `overrun` does ends the waiting: the block goes on, and nothing is raised in it."""
    ended = threading.Event()
    with time_limit(0.01, lambda: str(ended.set())):
        assert ended.wait(60)


def test_block_that_waits_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that goes on all the same ends with what `overrun` said."""
    monkeypatch.setattr(module, "_GRACE_S", 0.01)
    with pytest.raises(JvmError, match="^it took too long$"), time_limit(0.01, lambda: "it took too long"):
        time.sleep(600)
