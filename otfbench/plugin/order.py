"""In which order cases run, and how many JVMs are up beside each other for that. Runs nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest

from otfbench.config.options import Config
from otfbench.errors import UsageError
from otfbench.plugin import cases
from otfbench.spark import machine
from otfbench.spark.cluster import is_cluster
from otfbench.spark.submitted import is_submitted

TOGETHER, APART = "together", "apart"
_BESIDE_HEAP_BYTES = 2**29
"""What a JVM takes beside its heap: classes, compiled code, threads, buffers; 0.3 to 0.5 GiB in our runs."""


@dataclass(frozen=True)
class Order:
    """How the contenders of a run stand to each other in time."""

    jvms: str = APART
    """`together`: the JVMs of all formats are up, and the formats' cases of one operation follow each other."""
    at_once: int = 1
    """How many JVMs may be up."""
    seed: int | None = None
    """What the formats of each operation were shuffled by; None where they weren't."""


def order(items: Iterable[pytest.Item], config: Config) -> Order:
    """Together where memory allows, and the JVMs don't wait for each other's executors; or what the user wants.

    Raises UsageError if that can't be.
    """
    if config.jvms == APART:
        return Order()
    jvms = {cases.jvm_of(item) for item in items if cases.is_case(item)}
    formats = len({name for name, guests in jvms if not guests})
    at_once = machine.available_bytes() // (machine.heap_bytes(config.driver_memory) + _BESIDE_HEAP_BYTES)
    if is_cluster(config.master) or is_submitted():
        why = f"on {config.master} each JVM would wait for the executors of the others"
    elif at_once < formats:
        why = f"memory is free for {at_once} JVMs of {config.driver_memory}, and there are {formats} formats"
    else:
        return Order(TOGETHER, max(1, at_once), random.SystemRandom().randrange(10**6)) if formats > 1 else Order()
    if config.jvms == TOGETHER:
        raise UsageError(f"--otf-jvms together: {why}.")
    return Order()


def sort(items: list[pytest.Item], formats: Sequence[str], chosen: Order) -> None:
    """What is no case comes first; then operation by operation, or one JVM after the other.

    Cases whose JVM has guests have one of their own: they come last, where others are up at once.
    """
    rank = {name: number for number, name in enumerate(formats, 1)}

    def by_jvm(item: pytest.Item) -> tuple[int, bool]:
        name, guests = cases.jvm_of(item)
        return (rank.get(name, 0), guests) if cases.is_case(item) else (-1, False)

    items.sort(key=by_jvm)
    if chosen.seed is not None:
        _interleave(items, formats, chosen.seed)


def _interleave(items: list[pytest.Item], formats: Sequence[str], seed: int) -> None:
    """Operation by operation as they stand, in each row by row, in each row the formats as the seed has it."""
    operations = {name: number for number, name in enumerate(dict.fromkeys(map(cases.operation, items)))}
    rows = {row: number for number, row in enumerate(dict.fromkeys(map(cases.row, items)))}
    shuffled = {name: random.Random(f"{seed} {name}").sample(list(formats), len(formats)) for name in operations}

    def place(item: pytest.Item) -> tuple[bool, bool, int, int, int]:
        name, guests = cases.jvm_of(item)
        operation = cases.operation(item)
        turn = shuffled[operation].index(name) if name in formats else 0
        return cases.is_case(item), guests, operations[operation], rows[cases.row(item)], turn

    items.sort(key=place)
