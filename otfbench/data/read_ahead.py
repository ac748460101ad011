"""An iterator whose next item is computed while the last one is used. Knows nothing of what the items are."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; the next one comes from a thread: what reads and parses holds no lock of Python's for long."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(list, _one(items))
        while item := upcoming.result():
            upcoming = pool.submit(list, _one(items))
            yield item[0]


def _one(items: Iterator[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        return
