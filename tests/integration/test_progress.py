"""What Spark's own status tracker tells of a real job, and the bar that shows it."""

from __future__ import annotations

import io
import os
import signal
import threading
import time

import pytest
from rich.console import Console

from otfbench.spark.counters import CounterReader
from otfbench.spark.jvm import Jvm
from otfbench.spark.progress import Tracker, Work, shown


def work(jvm: Jvm) -> None:
    """One job of one stage with eight tasks, of which two run at once, a quarter of a second each."""
    sleep = "java_method('java.lang.Thread', 'sleep', 250L)"
    jvm.spark.range(0, 8, 1, 8).selectExpr(sleep).write.format("noop").mode("overwrite").save()


def test_work_is_counted(jvm: Jvm) -> None:
    """Only what was begun after the tracker was made counts; while it runs, some tasks are done and others are not."""
    work(jvm)
    settle = CounterReader(jvm.spark).settle
    settle()
    tracker = Tracker(jvm.spark)
    assert tracker.read() == Work(0, 0, 0, 0)

    seen = []
    thread = threading.Thread(target=work, args=(jvm,))
    thread.start()
    while thread.is_alive():
        seen.append(tracker.read())
        thread.join(0.02)
    settle()
    assert any(0 < each.tasks_done < each.tasks == 8 and each.stages_done == 0 for each in seen)
    assert tracker.read() == Work(1, 1, 8, 8)


def test_skipped_stages_are_done(jvm: Jvm) -> None:
    """A stage whose output is there already is skipped: it is done when its job is."""
    pairs = jvm.spark.range(0, 8, 1, 4).rdd.map(lambda row: (row.id % 2, 1)).reduceByKey(lambda one, two: one + two, 2)
    pairs.count()
    settle = CounterReader(jvm.spark).settle
    settle()
    tracker = Tracker(jvm.spark)
    pairs.count()
    settle()
    told = tracker.read()
    assert (told.stages_done, told.tasks_done) == (told.stages, told.tasks) == (2, 6)


def test_bar_shows_tasks_and_time_left(jvm: Jvm) -> None:
    """On a terminal stages, tasks and the time left are shown while the block runs."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    with shown(jvm.spark, "writing", console):
        work(jvm)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "writing" in text and "stage 0/1" in text and "/8" in text and "left:" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_no_bar(jvm: Jvm, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    """Nothing is shown where the output is no terminal, or NO_COLOR is set."""
    if terminal:
        monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), force_terminal=terminal)
    with shown(jvm.spark, "writing", console):
        work(jvm)
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]  # a StringIO


def test_dead_jvm(jvm: Jvm) -> None:
    """Where the JVM dies under the bar, the block's own error comes through, and nothing is said of the bar's."""
    console = Console(file=io.StringIO(), force_terminal=True)
    with pytest.raises(OSError, match="planted"), shown(jvm.spark, "writing", console):
        os.kill(jvm.pid, signal.SIGKILL)
        time.sleep(1)
        raise OSError("planted")
