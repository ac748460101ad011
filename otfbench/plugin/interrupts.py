"""SIGTERM and SIGHUP end a run as Control-C does, with results saved and tables removed. Knows no case."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


def listen() -> None:
    """From now on these signals interrupt the run; only the first one, so that nothing interrupts the saving."""
    _received.clear()
    if threading.current_thread() is threading.main_thread():  # Python sets handlers in no other
        for each in _SIGNALS:
            signal.signal(each, _interrupt)


def exit_status() -> int | None:
    """128 + the number of the signal that ended the run, as shells have it; None if none did."""
    return 128 + _received[0] if _received else None


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    _received.append(number)
    raise KeyboardInterrupt(signal.Signals(number).name)
