"""A block that may take only so long, whatever it waits for. Knows no case and no JVM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from otfbench.errors import JvmError

_GRACE_S = 30


@contextmanager
def time_limit(seconds: float, overrun: Callable[[], str]) -> Iterator[None]:
    """Call `overrun` in another thread once the block has taken so long; it says why the block has to end.

    What waits for a JVM ends with that. If the block goes on all the same, it works or waits in Python: JvmError is
    raised in it, with what `overrun` said.
    """
    ended, reasons = threading.Event(), list[str]()
    main = threading.current_thread()

    def watch() -> None:
        if not ended.wait(seconds):
            reasons.append(overrun())
            while main is threading.main_thread() and not ended.wait(_GRACE_S):
                signal.pthread_kill(main.ident or 0, signal.SIGUSR2)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not ended.is_set():
            raise JvmError(*reasons)

    before = signal.signal(signal.SIGUSR2, interrupt) if main is threading.main_thread() else None
    watcher = threading.Thread(target=watch, name="time limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()  # what ends the JVM must not meet the next one
        if before is not None:
            signal.signal(signal.SIGUSR2, before)
