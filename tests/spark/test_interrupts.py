"""Signals as interrupts: when they are raised, when they wait, and what becomes of later ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from otfbench.spark import interrupts

CALLS: list[str] = []


@pytest.fixture
def listening() -> Iterator[None]:
    """Signals are listened to."""
    CALLS.clear()
    ours = {each: signal.signal(each, signal.default_int_handler) for each in (signal.SIGINT, signal.SIGHUP)}
    interrupts.listen(lambda: CALLS.append("at once"))
    yield
    interrupts.forget()
    for each, handler in ours.items():
        signal.signal(each, handler)


def interrupt(by: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), by)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_first_signal_interrupts(listening: None, by: signal.Signals) -> None:
    """It calls what is to be done at once, and is the exit status; a later one interrupts nothing."""
    with pytest.raises(KeyboardInterrupt):
        interrupt(by)
    interrupt(signal.SIGTERM)
    assert interrupts.exit_status() == 128 + by and CALLS == ["at once"] * 2


def test_held_signal_waits(listening: None) -> None:
    """A signal doesn't cut into a block, however deep in there; it is raised after it, also in place of an error."""
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts.held():
        with interrupts.held():
            interrupt()
            done.append(1)
        done.append(2)
        raise ValueError
    assert done == [1, 2] and CALLS == ["at once"]


def test_block_without_a_signal(listening: None) -> None:
    """Nothing is raised after a block in which no signal came."""
    with interrupts.held():
        pass
    interrupts.check()
    assert interrupts.exit_status() is None


def test_end_of_a_run(listening: None) -> None:
    """A signal while the run is being saved raises nothing, and is told."""
    interrupts.hold()
    interrupt()
    with interrupts.held():
        pass
    assert interrupts.exit_status() == 143


def test_swallowed_interrupt_is_raised_again(listening: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python drops what is raised in a finalizer."""

    class Finalized:
        def __del__(self) -> None:
            interrupt()

    monkeypatch.setattr("sys.unraisablehook", lambda _: None)
    Finalized()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()


def test_ignored_signal_stays_ignored() -> None:
    """A signal that the process ignores, as below nohup, is not listened to; afterwards all is as before."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        interrupts.listen(None)
        interrupt(signal.SIGHUP)
        interrupts.forget()
        assert interrupts.exit_status() is None and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_kill_imports_nothing() -> None:
    """A signal may come while pyspark is being imported: what is called at once doesn't import it."""
    code = "import sys; from otfbench.spark.jvm import kill; kill(); print([n for n in sys.modules if 'pyspark' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
