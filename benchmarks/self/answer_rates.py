"""How often answers are right: of suites in which nothing differs, and of those with a planted difference.

No workload; needs no Spark. Prints the tables of docs/measuring.md:

python benchmarks/self/answer_rates.py [SUITES]

Simulated suites have the noise of recorded JVMs (benchmarks/self/jvm_noise.py): the machine drifts, a launch moves all
cases of its JVM, each case is off in its JVM, rounds scatter as recorded ones do, and get faster. Replayed ones are
recorded JVMs, drawn anew: two of the same format stand for two contenders.
"""

from __future__ import annotations

import math
import runpy
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from otfbench.compare.contenders import Questions
from otfbench.compare.noise import CASE, SHARED, SIDE_BY_SIDE, Noise, apart
from otfbench.compare.winners import Answer, AnswerKind, answers

Floats = NDArray[np.float64]
_JVMS = runpy.run_path(str(Path(__file__).with_name("jvm_noise.py")))
_RECORDED = _JVMS["recorded"]()
QUESTIONS = 31
"""As many as the default suite has."""
_STEP_S = 1.2
"""What a round takes, with its preparation: the clock of a simulated suite."""
_BETWEEN_CASES, _LAUNCH_STEPS, _RULER_STEPS = 2, 12, 3
_DRIFT_S = 126.0
"""Neighbouring JVMs of the recording, which lived for 45 s each, share 0.7 of what the cases of one JVM share."""
_LAUNCH = 0.015
_WARMUP, _COOLING = 0.08, 0.6
_UNEQUAL_CASES, _UNEQUAL_ROUNDS = 0.2, 0.3
"""Cases differ in how far JVMs and rounds move them, as recorded ones do: deviations of logarithms of deviations."""


@dataclass(frozen=True)
class Plan:
    """On how many rounds and blocks a suite rests, whether its contenders took turns, and times how much noise."""

    rounds: int = 8
    blocks: int = 1
    together: bool = True
    noise: float = 1.0


def _scatter() -> Floats:
    """What recorded rounds are off from the others of their case in their JVM."""
    grown = math.sqrt(5 / 4)  # the mean that is taken off is of the same five rounds
    return np.array(
        [grown * (value - fmean(each)) for each in _JVMS["residuals"](_RECORDED).values() for value in each]
    )


SCATTER = _scatter()


def simulated(factors: Floats, plan: Plan, random: np.random.Generator) -> tuple[Questions, list[Noise]]:
    """The times of a suite, and the noise that a report takes from its rulers; factors: by question and contender."""
    unequal = [np.exp(random.normal(0, each, (len(factors), 1))) for each in (_UNEQUAL_CASES, _UNEQUAL_ROUNDS)]
    blocks = [_block(np.log(factors), plan, unequal, random) for _ in range(plan.blocks)]
    questions = {
        str(q): {str(c): [times[q, c].tolist() for times, _ in blocks] for c in range(factors.shape[1])}
        for q in range(len(factors))
    }
    return questions, [noise for _, noise in blocks]


def _block(logs: Floats, plan: Plan, unequal: list[Floats], random: np.random.Generator) -> tuple[Floats, Noise]:
    """The times of all rounds, by question and contender; the noise."""
    starts, ruler_starts = _order(logs.shape, plan, random)
    drift = plan.noise * _drift(int(ruler_starts.max()) + plan.rounds + 4, random)
    launches = plan.noise * random.normal(0, _LAUNCH, logs.shape[1])
    level = logs + launches + plan.noise * unequal[0] * random.normal(0, math.sqrt(CASE), logs.shape)
    warmup = _WARMUP * np.maximum(0, random.normal(1, 0.3, logs.shape))
    scatter = plan.noise * unequal[1][..., None] * random.choice(SCATTER, (*logs.shape, plan.rounds))
    cooling = warmup[..., None] * _COOLING ** np.arange(plan.rounds)
    times = np.exp(level[..., None] + cooling + scatter + drift[starts[..., None] + np.arange(plan.rounds)])
    rulers = np.median(random.choice(SCATTER, (*ruler_starts.shape, _RULER_STEPS)), axis=-1)
    seconds = np.exp(launches + plan.noise * rulers + drift[ruler_starts])
    return times, SIDE_BY_SIDE if plan.together else apart(seconds.tolist()) or SIDE_BY_SIDE


def _order(shape: tuple[int, ...], plan: Plan, random: np.random.Generator) -> tuple[Floats, Floats]:
    """When each case begins, by question and contender; when each ruler does, by moment and contender."""
    questions, contenders = shape
    case = plan.rounds + _BETWEEN_CASES
    rank = np.argsort(random.random(shape), axis=1)
    if plan.together:
        begin = contenders * (_LAUNCH_STEPS + _RULER_STEPS)
        starts = begin + case * (contenders * np.arange(questions)[:, None] + rank)
        before = _LAUNCH_STEPS + np.arange(contenders) * (_LAUNCH_STEPS + _RULER_STEPS)
        after = begin + case * questions * contenders + np.arange(contenders) * _RULER_STEPS
        return starts, np.stack([before, after])
    life = _LAUNCH_STEPS + 2 * _RULER_STEPS + case * questions
    launch = rank[0] * life
    starts = launch + _LAUNCH_STEPS + _RULER_STEPS + case * np.arange(questions)[:, None]
    return starts, np.stack([launch + _LAUNCH_STEPS, launch + life - _RULER_STEPS])


def _drift(steps: int, random: np.random.Generator) -> Floats:
    """How far the machine is off its usual speed at each step: an AR(1) process."""
    kept = math.exp(-_STEP_S / _DRIFT_S)
    moves = random.normal(0, math.sqrt(SHARED * (1 - kept**2)), steps)
    moves[0] = random.normal(0, math.sqrt(SHARED))
    return np.asarray(lfilter([1], [1, -kept], moves))


def replayed(random: np.random.Generator, rounds: int = 5) -> tuple[Questions, list[Noise]]:
    """Recorded JVMs: each question has a case twice, from two JVMs of its format that lived one after the other.

    The rulers are what such JVMs took for the other operation.
    """
    neighbours = [key for key in _RECORDED if (*key[:2], key[2] + 1) in _RECORDED]
    questions, rulers = {}, []
    for number, drawn in enumerate(random.integers(len(neighbours), size=QUESTIONS)):
        table_format, operation, jvm = neighbours[drawn]
        other = "merge" if operation == "convert" else "convert"
        pair = [_RECORDED[table_format, operation, each][-rounds:] for each in (jvm, jvm + 1)]
        questions[str(number)] = {str(contender): [each] for contender, each in enumerate(pair)}
        rulers.append([median(_RECORDED[table_format, other, each][-3:]) for each in (jvm, jvm + 1)])
    return questions, [apart(rulers[:4]) or SIDE_BY_SIDE]


def twins(contenders: int = 2) -> Floats:
    """Questions in which nobody is faster than another."""
    return np.ones((QUESTIONS, contenders))


def planted(slower: float, random: np.random.Generator) -> Floats:
    """Four contenders that differ as formats do; the first question's second is so much slower than its first."""
    factors = np.exp(random.normal(0, 0.4, (QUESTIONS, 4)))
    factors[0] = 1.0, slower, 1.7, 2.5
    return factors


def won(answer: Answer) -> bool:
    """Whether somebody wins."""
    return answer.kind is AnswerKind.WINNER


def twin_wins(plan: Plan, suites: int, contenders: int = 2, seed: int = 1) -> int:
    """In how many suites of equal contenders somebody wins."""
    random = np.random.default_rng(seed)
    found = (answers(*simulated(twins(contenders), plan, random)) for _ in range(suites))
    return sum(any(map(won, each.values())) for each in found)


def replayed_wins(rounds: int, suites: int, seed: int = 1) -> int:
    """The same of recorded JVMs."""
    random = np.random.default_rng(seed)
    return sum(any(map(won, answers(*replayed(random, rounds)).values())) for _ in range(suites))


def planted_answers(slower: float, plan: Plan, suites: int, seed: int = 1) -> Counter[str]:
    """What becomes of a question with such a difference: `winner`, `tie`, `open`, or `wrong` if the slow one wins.

    Of all questions: `answered`, and `wrong suites`, in which any winner is not the fastest.
    """
    random, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(suites):
        factors = planted(slower, random)
        each = answers(*simulated(factors, plan, random))
        asked = each["0"]
        found["wrong" if won(asked) and asked.ahead[0] != "0" else asked.kind.value] += 1
        found["answered"] += sum(answer.kind is not AnswerKind.OPEN for answer in each.values())
        found["wrong suites"] += any(won(a) and int(a.ahead[0]) != factors[int(q)].argmin() for q, a in each.items())
    return found


_SLOWER = (1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5)


def main(suites: str = "2000") -> None:
    """Print rates in percent, one line at a time."""
    count, few = int(suites), int(suites) // 8
    print(f"suites of {QUESTIONS} questions in which a twin wins, in percent of {count}; 3, 5, 10 rounds")
    kinds = [(together, blocks) for together in (True, False) for blocks in (1, 2, 3)]
    for together, blocks in kinds:
        rates = [twin_wins(Plan(rounds, blocks, together), count) for rounds in (3, 5, 10)]
        print(_kind(together, blocks), *(f"{100 * rate / count:.1f}" for rate in rates), flush=True)
    print("recorded JVMs; 3, 4, 5 rounds:", *(f"{100 * replayed_wins(r, count) / count:.1f}" for r in (3, 4, 5)))
    print(f"what becomes of a planted difference, in percent of {few} suites of 4 formats, 8 rounds")
    print("of all questions: how many are answered; in percent of suites: any winner is not the fastest")
    for together, blocks in kinds:
        for slower in _SLOWER:
            found = planted_answers(slower, Plan(8, blocks, together), few)
            parts = [f"{kind} {100 * found[kind] / few:.0f}" for kind in ("winner", "tie", "open", "wrong")]
            parts += [f"answered {found['answered'] / few:.1f}", f"any wrong {100 * found['wrong suites'] / few:.1f}"]
            print(_kind(together, blocks), f"{slower:.2f}", *parts, flush=True)


def _kind(together: bool, blocks: int) -> str:
    return f"{'together' if together else 'apart':8} blocks {blocks}:"


if __name__ == "__main__":
    main(*sys.argv[1:])
