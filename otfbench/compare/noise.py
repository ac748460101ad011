"""How far equal JVMs lie apart: what was recorded of it, and what the rulers of a run add. Knows no run file.

The numbers are of 56 JVMs in which nothing changed (tests/recorded/equal_jvms.jsonl), by benchmarks/self/jvm_noise.py:
variances of log times. A case is 2.2 % off in its JVM for as long as that lives; all cases of a JVM are 3.8 % off
together, of which neighbours in time share the larger part: that is the machine, which moves within minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from otfbench.compare.variance import variance

ROUNDS = 0.0036
"""The variance of one round beside the others of its case and JVM: 6.0 %."""
CASE = 0.0005
"""The variance of a case between equal JVMs: 2.2 %."""
SHARED = 0.0014
"""The variance that all cases of a JVM share: 3.8 %."""
CLOSE = 0.25
"""The share of that which is left between JVMs whose rounds are seconds apart: their launch, and quick moves."""
DF = 20.0
"""What the recorded numbers are worth on a machine that they were not recorded on, in degrees of freedom."""

_MACHINE_DF = 4.0
"""The same of how far a machine moves, in which machines differ more; a run's own rulers soon outweigh it."""


@dataclass(frozen=True)
class Noise:
    """The variance of a contender's log time in one block, beside that of its rounds; its degrees of freedom."""

    variance: float
    df: float


SIDE_BY_SIDE = Noise(CASE + CLOSE * SHARED, DF)
"""The noise of contenders whose JVMs live at the same time, and take turns."""


def apart(rulers: Sequence[Sequence[float]]) -> Noise | None:
    """The noise of contenders that ran one after the other; None if nothing tells how far the machine moved.

    `rulers`: seconds of the same work, one number per JVM; a list for each moment of a JVM's life, as a warm JVM is
    faster.
    """
    moments = [[math.log(value) for value in each] for each in rulers if len(each) > 1]
    df = sum(len(each) - 1 for each in moments)
    if not df:
        return None
    squares = sum((len(each) - 1) * variance(each, fmean(each)) for each in moments)
    return Noise(CASE + (_MACHINE_DF * SHARED + squares) / (_MACHINE_DF + df), _MACHINE_DF + df)


def rulers_of(rulers: Iterable[Mapping[str, Any]]) -> list[list[float]]:
    """The medians of a run's rulers, by moment; none where one is missing, for then nobody knows."""
    listed = list(rulers)
    if any(ruler["median_s"] is None for ruler in listed):
        return []
    moments: dict[str, list[float]] = {}
    for ruler in listed:
        moments.setdefault(ruler["when"], []).append(ruler["median_s"])
    return list(moments.values())
