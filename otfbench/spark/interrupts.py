"""SIGINT, SIGTERM and SIGHUP as interrupts, and blocks that none of them cuts into. Knows no case and no command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_handlers: dict[signal.Signals, Any] = {}
"""What handled these signals before."""
_received: list[int] = []
_held: list[bool] = []
"""For each block that no signal cuts into whether one had come before it."""
_at_once: list[Callable[[], None]] = []


def listen(at_once: Callable[[], None] | None) -> None:
    """From now on the first of these signals raises KeyboardInterrupt, and each calls `at_once`.

    Those that the process ignores stay ignored: what a shell keeps from the background, and SIGHUP below nohup. Later
    ones raise nothing, so that none interrupts the saving.
    """
    forget()
    _received.clear()
    if at_once:
        _at_once.append(at_once)
    if threading.current_thread() is threading.main_thread():  # Python sets handlers in no other
        for each in _SIGNALS:
            if signal.getsignal(each) is not signal.SIG_IGN:
                _handlers[each] = signal.signal(each, _interrupt)


def forget() -> None:
    """The signals do what they did before `listen`; exit_status() stays."""
    for each, handler in _handlers.items():
        signal.signal(each, handler)
    for state in (_handlers, _held, _at_once):
        state.clear()


@contextmanager
def held(at_once: Callable[[], None] | None = None) -> Iterator[None]:
    """A block that no signal cuts into: one calls `at_once`; it is raised after it, also in place of an error."""
    _held.append(bool(_received))
    if at_once:
        _at_once.append(at_once)
    try:
        yield
    finally:
        if at_once and _at_once:
            _at_once.pop()
        raised = _held.pop() if _held else True
        if _received and not _held and not raised:
            raise KeyboardInterrupt from None


def hold() -> None:
    """Until `forget` no signal raises anything: what is being saved is saved."""
    _held.append(True)


def check() -> None:
    """Raise KeyboardInterrupt if a signal has come: Python drops what is raised in a finalizer."""
    if _received:
        raise KeyboardInterrupt


def exit_status() -> int | None:
    """128 + the number of the first signal, as shells have it; None if none came."""
    return 128 + _received[0] if _received else None


def _interrupt(number: int, _: FrameType | None) -> None:
    _received.append(number)
    for call in _at_once:
        call()
    if len(_received) == 1 and not _held:
        raise KeyboardInterrupt(signal.Signals(number).name)
