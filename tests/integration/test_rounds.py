"""The rounds of a case on real Spark: what each of them gives, and what is proven of the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otfbench.config.options import parse_config
from otfbench.errors import ContentError
from otfbench.measure.content import ContentCheck
from otfbench.measure.record import Measured
from otfbench.measure.rounds import Case, Work, measure, work
from otfbench.measure.spent import Spent
from otfbench.measure.subject import Subject
from otfbench.registry import control
from otfbench.tables.restorable import FilledTable
from otfbench.tables.session import Session
from otfbench.testing.fixtures import FEW, started


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The control's."""
    folder = tmp_path_factory.mktemp("rounds")
    conf = control().conf(str(folder / "lake"))
    with started(folder, conf) as jvm:
        yield Session(jvm, control(), conf, str(folder / "lake"))


@pytest.fixture
def table(session: Session) -> FilledTable:
    """One that holds rows."""
    return session.states.filled("rounds", FEW)


def pedantic(
    act: Callable[[Any], Any], setup: Callable[[], Any], teardown: Callable[[Any], None], **counts: int
) -> Any:
    """As pytest-benchmark's, without its clock."""
    for _ in range(counts["rounds"]):
        (begun,), _ = setup()
        last = act(begun)
        teardown(begun)
    return last


def measured(session: Session, table: FilledTable, done: Work, calls: Any = pedantic, **options: Any) -> Measured:
    """What the rounds of an operation on the table give."""
    wanted, subject = parse_config({"warmup": 1, "rounds": 3, **options}), Subject(None, table)
    identity: Any = {"id": "case"}
    content = ContentCheck(session, subject, "case", wanted.verify, proven=True)
    return measure(Case(session, identity, subject, wanted, content, Spent()), done, calls)


def test_each_round_gives_its_reading(session: Session, table: FilledTable) -> None:
    """Each timed round has counters and figures of its own; those of warm-up rounds are none of the case's."""
    numbers = iter(range(10))

    def append() -> dict[str, float]:
        table.append(change)
        return {"number": next(numbers)}

    change = table.initial_rows.appended(0.01)
    found = measured(session, table, work(append, [], change.result))
    assert [each.figures for each in found.readings] == [{"number": 1}, {"number": 2}, {"number": 3}]
    assert len({each.counted.counters["output_records"] for each in found.readings}) == 1
    assert found.content.verdict == "equal" and found.content.actual == found.content.expected and found.writes


def test_wrong_content_ends_the_case(session: Session, table: FilledTable) -> None:
    """What is not there after the last round is an error, and no record is made."""
    with pytest.raises(ContentError, match="case: the content is not what it must be"):
        measured(session, table, work(lambda: None, [], table.initial_rows.appended(0.01).result))


def test_one_round_without_a_clock(session: Session, table: FilledTable) -> None:
    """Where pytest-benchmark is switched off, the action runs once, and its content is proven all the same."""

    def disabled(act: Callable[[Any], Any], setup: Callable[[], Any], **_: Any) -> Any:
        (begun,), _ = setup()
        return act(begun)

    found = measured(session, table, work(table.read, [], table.rows), disabled, warmup=0)
    assert len(found.readings) == 1 and found.content.verdict == "equal" and not found.writes
