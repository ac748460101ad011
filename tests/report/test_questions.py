"""Which cases of a run are held against one another, and what keeps otfbench from an answer."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from otfbench.compare.winners import AnswerKind
from otfbench.report.questions import RowAnswer, row_answers, rows_of
from otfbench.report.wording import answer_reason, candidates
from otfbench.runs.outcome import Run

STEADY = (1.0, 1.01, 1.02, 1.0, 1.01, 1.02)
KEY = ("x", "")


def record(name: str, *walls_s: float, verdict: str = "equal", control: bool = False) -> Any:
    """A case of a format, as far as answers look at it."""
    rounds = [{"wall_s": wall} for wall in walls_s]
    case = {"id": f"x[{name}]", "operation": "x", "format": name, "rows": 5000}
    return {"case": case, "verdict": verdict, "control": control, "rounds": rounds}


def run(*rulers: float | None, jvms: str = "apart", warmup: int = 1) -> Run:
    """A run with these rulers, all taken at the same moment of a JVM's life."""
    taken = [{"when": "after", "median_s": each} for each in rulers]
    return Run({}, {"warmup": warmup}, rulers=taken, jvms=jvms)


def times(factor: float) -> tuple[float, ...]:
    return tuple(factor * wall for wall in STEADY)


def pooled(blocks: list[Any], fixed: dict[str, float] | None = None) -> RowAnswer:
    """The answer of the only row, of several runs."""
    return row_answers(rows_of(blocks[-1][1]), blocks, fixed or {})[KEY]


def answer(*records: Any, of: Run | None = None, fixed: dict[str, float] | None = None) -> RowAnswer:
    """The answer of the only row of a run."""
    return pooled([(of or run(jvms="together"), records)], fixed)


A, B, C = record("a", *STEADY), record("b", *times(2)), record("c", *times(3))


def test_clear_winner() -> None:
    """Who is the fastest beyond doubt is the winner; the lead is the one over the second."""
    found = answer(C, B, A)

    assert (found.kind, found.winner, found.ahead) == (AnswerKind.WINNER, "a", ("a",))
    assert found.lead and found.lead.rival == "b" and found.lead.low < found.lead.ratio == pytest.approx(2)
    assert candidates(found) == "a" and answer_reason(found).startswith("b takes 2.00x as long (1.")


def test_open_question() -> None:
    """Who may be the fastest is named, with what keeps the question open and what would close it."""
    found = answer(A, record("b", *times(1.08)), C)

    assert (found.kind, found.winner, found.ahead) == (AnswerKind.OPEN, None, ("a", "b"))
    assert candidates(found) == "open, a or b"
    assert answer_reason(found).startswith("b takes 1.08x as long (0.9") and "would tell" in answer_reason(found)


def test_close_contenders_tie() -> None:
    """Who can't be far apart ties; who is slower is named with its interval."""
    found = pooled([(run(jvms="together"), [A, record("b", *times(1.001)), C]) for _ in range(6)])

    assert (found.kind, found.winner, found.ahead) == (AnswerKind.TIE, None, ("a", "b"))
    assert candidates(found) == "tie of a and b"
    assert answer_reason(found).startswith("at most ") and "; c takes " in answer_reason(found)


def test_less_than_drift_is_no_answer() -> None:
    """Contenders that ran one after the other differ by less than the machine moved: that is no answer."""
    quiet, restless = run(1.0, 1.02, 0.99), run(1.0, 1.4, 0.7)

    assert answer(A, B, of=quiet).winner == "a"
    assert answer(A, B, of=restless).kind is AnswerKind.OPEN
    assert answer(A, B, of=run(1.0, 1.4, 0.7, jvms="together")).winner == "a"


@pytest.mark.parametrize(
    ("other", "of", "reason"),
    [
        (record("b", 2.0), run(jvms="together"), "one round does not tell how far rounds scatter"),
        (B, run(), "without rulers nobody knows how far the machine moved"),
        (B, run(1.0, None), "without rulers nobody knows how far the machine moved"),
        (B, run(1.0, 1.0, warmup=0), "these are times of cold JVMs"),
        (B, run(jvms="together", warmup=0), "these are times of cold JVMs"),
    ],
)
def test_times_that_say_nothing(other: Any, of: Run, reason: str) -> None:
    """Where nobody can know how far times lie apart by chance, all contenders may be the fastest."""
    found = answer(A, other, of=of)

    assert (found.kind, found.ahead, found.lead, answer_reason(found)) == (AnswerKind.OPEN, ("a", "b"), None, reason)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra `report` is not installed a run still has its summary, and says what answers need."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)

    assert answer_reason(answer(A, B)) == "statistics need scipy: pip install 'otfbench[report]'"


def test_fixed_cost_is_no_veto() -> None:
    """Where more than half of a time is there without any data, the answer says at which size it holds."""
    found = answer(A, B, C, fixed={"x[a]": 0.51, "x[b]": 0.5, "x[c]": 0.9})

    assert found.winner == "a"
    assert answer_reason(found).endswith("; at 5,000 rows (fixed cost: 51 % of a)")


def test_only_proven_contents_are_ranked() -> None:
    """A faster case whose content was not verified, or the control, is not among those that are ranked."""
    unchecked, control = record("u", *times(0.1), verdict="unchecked"), record("p", *times(0.1), control=True)

    assert answer(unchecked, control, A, B).winner == "a"


def test_several_runs_answer_together() -> None:
    """What one run leaves open several answer; one whose times say nothing adds nothing."""
    close = [A, record("b", *times(1.12))]
    cold = (run(warmup=0), [A, record("b", 9.0)])
    several = [(run(jvms="together"), close) for _ in range(4)]

    assert pooled(several[:1]).kind is AnswerKind.OPEN
    found = pooled([cold, *several])
    assert found.answer and (found.kind, found.ahead, found.answer.blocks) == (AnswerKind.WINNER, ("a",), 4)
    assert answer_reason(found).endswith("; on 4 runs")


@pytest.mark.parametrize(
    ("records", "ahead", "reason"),
    [
        ([A], ("a",), "no other format has a number"),
        ([record("p", *STEADY, control=True)], (), "no table format has a number"),
        ([A, record("u", *STEADY, verdict="unchecked")], ("a",), "the content of others was not verified"),
        ([record("u", *STEADY, verdict="unchecked")], (), "no content was verified"),
    ],
)
def test_nobody_to_compare_with(records: list[Any], ahead: tuple[str, ...], reason: str) -> None:
    """One case alone wins nothing, and is no question."""
    found = answer(*records)

    assert (found.kind, found.ahead, found.winner, answer_reason(found)) == (None, ahead, None, reason)
