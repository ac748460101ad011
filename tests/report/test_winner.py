"""Who is the fastest, and what keeps otfbench from saying so."""

from __future__ import annotations

from typing import Any

import pytest

from otfbench.report.winner import Answer, answer

STEADY = (1.0, 1.01, 1.02)


def record(name: str, *walls_s: float, verdict: str = "equal", control: bool = False) -> Any:
    """A case of a format, as far as answers look at it."""
    rounds = [{"wall_s": wall} for wall in walls_s]
    return {"case": {"id": f"x[{name}]", "format": name}, "verdict": verdict, "control": control, "rounds": rounds}


def times(factor: float) -> tuple[float, ...]:
    return tuple(factor * wall for wall in STEADY)


A, B, C = record("a", *STEADY), record("b", *times(2)), record("c", *times(3))


def test_clear_winner() -> None:
    """Who is ahead by more than rounds, rulers and JVMs differ is the winner; the rival is the second."""
    assert answer([C, B, A], {}, 0.05) == Answer(("a",), "b", pytest.approx(1.0), ())
    assert answer([C, B, A], {}, 0.05).winner == "a"


@pytest.mark.parametrize(
    ("other", "rulers_apart", "reason"),
    [
        (record("b", 1.1, 1.2, 1.5), 0.0, "rounds spread by 33 %"),
        (record("b", *times(1.3)), 0.4, "the machine moved by 40 %"),
        (record("b", *times(1.08)), 0.0, "two JVMs differ by 10 % though nothing changed"),
        (record("b", *times(2)), None, "without rulers nobody knows how far the machine moved"),
        (record("b", 2.0), 0.0, "one round does not tell how far rounds spread"),
    ],
)
def test_no_clear_winner(other: Any, rulers_apart: float | None, reason: str) -> None:
    """A lead within what differs anyway, or within what nobody knows, is no win: both are ahead, with the reason."""
    found = answer([A, other, record("z", *times(9))], {}, rulers_apart)

    assert found.winner is None and found.reasons == (reason,)
    assert found.ahead[:2] == ("a", "b")


def test_who_is_ahead() -> None:
    """All whose times can't be told from the fastest are ahead, in their order; the others are not."""
    assert answer([A, record("b", *times(1.05)), C], {}, 0.0).ahead == ("a", "b")


def test_rival_is_the_nearest_that_is_not_told_apart() -> None:
    """A steady second that is slower for sure is no doubt; a third with wild rounds is, and is named."""
    wild = record("c", 1.5, 3.0, 9.0)
    found = answer([A, B, wild], {}, 0.0)

    assert (found.ahead, found.rival, found.winner) == (("a", "c"), "c", None)


@pytest.mark.parametrize(("fixed", "winner"), [({"x[a]": 0.5}, "a"), ({"x[a]": 0.51}, None), ({"x[c]": 0.9}, "a")])
def test_fixed_cost(fixed: dict[str, float], winner: str | None) -> None:
    """Where more than half of the time of one of the two is there without any data, nobody wins."""
    found = answer([A, B, C], fixed, 0.0)

    assert found.winner == winner
    assert winner or found.reasons == ("fixed cost is 51 % of a",)


def test_only_proven_contents_are_ranked() -> None:
    """A faster case whose content was not verified, or the control, is not among those that are ranked."""
    unchecked, control = record("u", 0.1, 0.1, 0.1, verdict="unchecked"), record("p", 0.1, 0.1, 0.1, control=True)

    assert answer([unchecked, control, A, B], {}, 0.0).winner == "a"


@pytest.mark.parametrize(
    ("records", "ahead", "reason"),
    [
        ([A], ("a",), "no other format has a number"),
        ([], (), "no table format has a number"),
        ([record("p", *STEADY, control=True)], (), "no table format has a number"),
        ([A, record("u", *STEADY, verdict="unchecked")], ("a",), "the content of others was not verified"),
        ([record("u", *STEADY, verdict="unchecked")], (), "no content was verified"),
    ],
)
def test_nobody_to_compare_with(records: list[Any], ahead: tuple[str, ...], reason: str) -> None:
    """One case alone wins nothing."""
    assert answer(records, {}, 0.0) == Answer(ahead, None, None, (reason,))
