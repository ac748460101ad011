"""What the harness itself does before and after each timed round, in ms. No workload; starts a JVM per format.

python benchmarks/self/round_overhead.py [ROWS] [ROUNDS]

An append is measured as a case would be, but for the check of the content, which is once per case. Of the work before a
round two parts are shown by themselves: the copy of the table's folder that is put back, and the garbage collection.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from otfbench.config.options import parse_config
from otfbench.data.generated import Trips
from otfbench.measure.bench import Bench
from otfbench.measure.content import ContentCheck
from otfbench.measure.rounds import Case, measure, work
from otfbench.measure.spent import Spent
from otfbench.measure.subject import Subject
from otfbench.registry import format_names, load_format
from otfbench.tables.session import Session


def timed_ms(action: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def overhead_ms(session: Session, rows: int, rounds: int) -> dict[str, float]:
    """Part of the work around a round -> median ms; the last two are parts of `before`."""
    table = session.states.filled("overhead", Trips(rows, 42))
    before: list[float] = []
    after: list[float] = []

    def pedantic(
        act: Callable[..., Any], setup: Callable[[], Any], teardown: Callable[..., Any], **counts: int
    ) -> object:
        for _ in range(counts["rounds"]):
            begun: list[Any] = []
            before.append(timed_ms(lambda: begun.extend(setup()[0])))
            last = act(*begun)
            after.append(timed_ms(lambda: teardown(*begun)))
        return last

    identity: Any = {"id": "append"}
    wanted = parse_config({"warmup": 1, "rounds": rounds, "verify": "off"})
    subject = Subject(None, table)
    content = ContentCheck(session, subject, "append", wanted.verify, proven=True)
    case = Case(session, identity, subject, wanted, content, Spent())
    measure(case, work(table.append, [table.initial_rows.appended(0.01)], table.rows), pedantic)
    return {
        "around a round": median(sum(each) for each in zip(before, after, strict=True)),
        "before": median(before),
        "after": median(after),
        "table put back": median(timed_ms(table.restore) for _ in range(rounds)),
        "garbage collection": median(timed_ms(session.meter.collect_garbage) for _ in range(rounds)),
    }


def main(rows: str = "100000", rounds: str = "10") -> None:
    """Measure each format in its own JVM, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(parse_config({}), [], Path(folder, "spark.log"), print)
        try:
            bench.fetch(format_names())
            for name in format_names():
                session = bench.launcher.new_session(load_format(name))
                try:
                    parts = overhead_ms(session, int(rows), int(rounds))
                finally:
                    session.jvm.stop()
                print(f"{name}: {', '.join(f'{part} {ms:.0f} ms' for part, ms in parts.items())}")
        finally:
            bench.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
