"""An iterator whose next item is computed while the last one is used. Knows nothing of what the items are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from typing import TypeVar

Item = TypeVar("Item")


def until(stopped: Callable[[], bool], items: Iterator[Item]) -> Iterator[Item]:
    """The same items, as long as it isn't stopped.

    The next one comes from a thread: what reads and parses holds no lock of Python's for long.
    """
    return takewhile(lambda _: not stopped(), _read_ahead(items))


def _read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(list, _one(items))
        while item := upcoming.result():
            upcoming = pool.submit(list, _one(items))
            yield item[0]


def _one(items: Iterator[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        return
