"""How far times of equal JVMs lie apart, and what makes them: where otfbench.compare.noise has its numbers from.

No workload; needs no Spark.

python benchmarks/self/jvm_noise.py [tests/recorded/equal_jvms.jsonl]

The file: 14 JVMs per format, one after the other, formats in turn, nothing changed; in each six rounds of a conversion
(CSV, 100,000 rows) and six of a merge, on two cores. A line per round: format, number of the JVM, operation, number of
the round, wall seconds, CPU seconds of the executor and of the process, load. The first round of each is warm-up.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from pathlib import Path
from statistics import fmean, median

RECORDED = Path(__file__).parents[2] / "tests" / "recorded" / "equal_jvms.jsonl"

Key = tuple[str, str, int]
"""Format, operation, JVM."""


def recorded(path: Path = RECORDED) -> dict[Key, list[float]]:
    """Wall seconds of the rounds after the first, by format, operation and JVM, in the order of recording."""
    found: dict[Key, list[float]] = {}
    for entry in map(json.loads, path.read_text().splitlines()):
        rounds = found.setdefault((entry["fmt"], entry["op"], entry["blk"]), [])
        if entry["r"]:
            rounds.append(entry["wall"])
    return found


def residuals(times: dict[Key, list[float]]) -> dict[Key, list[float]]:
    """Log times less the mean of the same round of the same case over all JVMs: warm-up is no noise."""
    logs = {key: [math.log(wall) for wall in walls] for key, walls in times.items()}
    alike: dict[tuple[str, str], list[list[float]]] = {}
    for (table_format, operation, _), each in logs.items():
        alike.setdefault((table_format, operation), []).append(each)
    means = {case: [fmean(rounds) for rounds in zip(*all_jvms, strict=True)] for case, all_jvms in alike.items()}
    return {key: [x - m for x, m in zip(each, means[key[:2]], strict=True)] for key, each in logs.items()}


def parts(times: dict[Key, list[float]]) -> dict[str, float]:
    """Variances of log times: of rounds in a JVM, of a case between JVMs, of what the cases of a JVM share."""
    off = residuals(times)
    jvms = len({jvm for *_, jvm in off})
    grown = jvms / (jvms - 1)  # the mean that was taken off is of the same numbers
    rounds = [(b - a) ** 2 / 2 for each in off.values() for a, b in pairwise(each)]
    level = {key: fmean(each) for key, each in off.items()}
    within = grown * fmean(_variance(each) for each in off.values())
    total = grown * fmean(value**2 for value in level.values())
    shared = grown * fmean(_products(level, 0))
    return {
        "rounds": within,
        "rounds, by differences of neighbours": grown * fmean(rounds),
        "case in JVM": total - within / len(next(iter(off.values()))) - shared,
        "shared by a JVM's cases": shared,
        **{f"shared with the JVM {n} later": grown * fmean(_products(level, n)) for n in (1, 2, 3, 4, 8)},
    }


def _products(level: dict[Key, float], later: int) -> Iterable[float]:
    """Products of levels of one JVM, and of the one so many later; in the same JVM of different operations."""
    jvms = list(dict.fromkeys((table_format, jvm) for table_format, _, jvm in level))
    operations = sorted({operation for _, operation, _ in level})
    for (f, a), (g, b) in zip(jvms, jvms[later:], strict=False):
        for one, other in product(operations, operations):
            if later or one < other:
                yield level[f, one, a] * level[g, other, b]


def heterogeneity(times: dict[Key, list[float]]) -> list[float]:
    """The standard deviation of each case's levels over its JVMs."""
    cases: dict[tuple[str, str], list[float]] = {}
    for (table_format, operation, _), each in residuals(times).items():
        cases.setdefault((table_format, operation), []).append(median(each))
    return sorted(math.sqrt(_variance(each)) for each in cases.values())


def _variance(values: Sequence[float]) -> float:
    center = fmean(values)
    return sum((value - center) ** 2 for value in values) / (len(values) - 1)


def main(path: str = str(RECORDED)) -> None:
    """Print each part as a variance, and as a standard deviation in percent."""
    times = recorded(Path(path))
    for name, value in parts(times).items():
        print(f"{name:40} {value:9.5f}   {math.copysign(math.sqrt(abs(value)), value):6.1%}")
    print("a case's median over its JVMs, by case  ", *(f"{deviation:.1%}" for deviation in heterogeneity(times)))


if __name__ == "__main__":
    main(*sys.argv[1:])
