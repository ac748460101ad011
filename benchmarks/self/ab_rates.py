"""How often an A/B comparison is right: of equal sides, and of those with a planted slow-down.

No workload; needs no Spark. Prints the numbers of docs/ab-comparisons.md:

python benchmarks/self/ab_rates.py [SUITES]

Replayed pairs are recorded JVMs of one format in which nothing changed (tests/recorded/equal_jvms.jsonl), one as base,
the next one as head, or the other way round. Simulated ones have the machine's drift and the noise of
benchmarks/self/answer_rates.py, and no executor CPU. A planted slow-down is one of all of a case's time; of its
executor CPU as well, or not: as where the driver waits.
"""

from __future__ import annotations

import json
import math
import runpy
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median

import numpy as np

from otfbench.compare.ab import ALL, CPU, LOOKS, WALL, AbAnswer, AbVerdict, all_cases, look

Pairs = dict[str, dict[str, list[float]]]
_RATES = runpy.run_path(str(Path(__file__).with_name("answer_rates.py")))
_FILE = Path(__file__).parents[2] / "tests" / "recorded" / "equal_jvms.jsonl"
CASES = 40
MEAN = "mean of wall"
"""What other tools hold to a fixed limit."""
_MEASURED_ROUNDS = 3


def _neighbours() -> list[list[dict[str, float]]]:
    """For each recorded format and operation: log ratios of JVMs that followed each other."""
    rounds: dict[tuple[str, str], dict[int, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for line in _FILE.read_text().splitlines():
        each = json.loads(line)
        rounds[each["fmt"], each["op"]][each["blk"]].append(each)
    listed = []
    for jvms in rounds.values():
        levels = {jvm: _levels(each[-_MEASURED_ROUNDS:]) for jvm, each in jvms.items()}
        pairs = [(levels[jvm], levels[jvm + 1]) for jvm in levels if jvm + 1 in levels]
        listed.append([{name: after[name] - before[name] for name in before} for before, after in pairs])
    return listed


def _levels(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The logarithms of what is made of a JVM's rounds."""
    walls = [each["wall"] for each in rounds]
    return {
        WALL: median(map(math.log, walls)),
        CPU: median(math.log(each["ecpu"]) for each in rounds),
        MEAN: math.log(fmean(walls)),
    }


NEIGHBOURS = _neighbours()


def replayed(random: np.random.Generator) -> Callable[[], dict[str, dict[str, float]]]:
    """Draws the log ratios of all cases in a new pair; each case is a recorded operation of a format."""
    of_case = random.integers(len(NEIGHBOURS), size=CASES)

    def draw() -> dict[str, dict[str, float]]:
        sign = random.choice((-1, 1), size=CASES)
        drawn = [NEIGHBOURS[each][random.integers(len(NEIGHBOURS[each]))] for each in of_case]
        return {
            str(case): {name: float(sign[case]) * value for name, value in each.items()}
            for case, each in enumerate(drawn)
        }

    return draw


def simulated(random: np.random.Generator, noise: float = 1.0) -> Callable[[], dict[str, dict[str, float]]]:
    """The same of wall time alone: two processes after each other, in random order."""
    plan = _RATES["Plan"](rounds=_MEASURED_ROUNDS, together=False, noise=noise)
    unequal = [np.exp(random.normal(0, each, (CASES, 1))) for each in (0.2, 0.3)]

    def draw() -> dict[str, dict[str, float]]:
        times, _ = _RATES["_block"](np.zeros((CASES, 2)), plan, unequal, random)
        logs = np.median(np.log(times), axis=2)
        return {str(case): {WALL: float(logs[case, 1] - logs[case, 0])} for case in range(CASES)}

    return draw


def compared(
    draw: Callable[[], dict[str, dict[str, float]]], slower: dict[str, float]
) -> tuple[dict[str, AbAnswer], int]:
    """The answers of one comparison, and how many times a case was measured; `slower`: of case 0, by measure."""
    ratios: Pairs = {}
    answers: dict[str, AbAnswer] = {}
    measured = 0
    for pairs in range(1, LOOKS[-1] + 1):
        drawn = draw()
        for case in (each for each in drawn if each not in answers):
            measured += 1
            for name, value in ((name, drawn[case][name]) for name in (WALL, CPU) if name in drawn[case]):
                planted = math.log(slower.get(name, 1.0)) if case == "0" else 0.0
                ratios.setdefault(case, {}).setdefault(name, []).append(value + planted)
        if pairs in LOOKS:
            answers = look({**ratios, ALL: all_cases(ratios)}, answers, last=pairs == LOOKS[-1])
            if all(case in answers for case in ratios):
                break
    return answers, measured


def rates(
    kind: Callable[..., Callable[[], dict[str, dict[str, float]]]], slower: dict[str, float], suites: int, seed: int = 1
) -> Counter[str]:
    """In how many suites anything that isn't planted is called regressed, or improved; what becomes of case 0."""
    random, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(suites):
        answers, measured = compared(kind(random), slower)
        asked = answers.pop("0")
        found[f"case {asked.verdict.value}"] += 1
        verdicts = {each.verdict for each in answers.values()}
        found["false alarm"] += AbVerdict.REGRESSED in verdicts
        found["false praise"] += AbVerdict.IMPROVED in verdicts
        found["inconclusive"] += sum(each.verdict is AbVerdict.INCONCLUSIVE for each in answers.values())
        found["measured"] += measured
    return found


def fixed_limit(name: str, limit: float, slower: float, suites: int, seed: int = 1) -> tuple[int, int]:
    """By one pair of recorded JVMs, and a limit: in how many suites an unchanged case is beyond it; and case 0."""
    random = np.random.default_rng(seed)
    alarms = found = 0
    for _ in range(suites):
        drawn = replayed(random)()
        found += drawn.pop("0")[name] + math.log(slower) > math.log1p(limit)
        alarms += any(each[name] > math.log1p(limit) for each in drawn.values())
    return alarms, found


def main(suites: str = "1000") -> None:
    """Print rates in percent, one line at a time."""
    count = int(suites)
    for kind in (replayed, simulated):
        for effect in (1.0, 1.05, 1.1, 1.15, 1.2, 1.5):
            _print(kind.__name__, effect, rates(kind, {WALL: effect, CPU: effect}, count), count)
    for effect in (1.1, 1.2):
        _print("replayed, wall alone", effect, rates(replayed, {WALL: effect}, count), count)
    for name in (MEAN, WALL):
        for effect in (1.1, 1.2):
            alarms, found = (100 * each / count for each in fixed_limit(name, 0.10, effect, count))
            print(f"{name}, limit of 10 % in one pair: {effect} found {found:.1f}, alarms {alarms:.1f}", flush=True)


def _print(kind: str, effect: float, found: Counter[str], count: int) -> None:
    shares = (f"{name} {100 * found[name] / count:.1f}" for name in ("case regressed", "false alarm", "false praise"))
    more = f"pairs per case {found['measured'] / count / CASES:.1f}, inconclusive {found['inconclusive'] / count:.2f}"
    print(f"{kind}, slower by {effect - 1:.0%}: {', '.join(shares)}; {more}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
