"""How far Spark is, by its own status tracker, and a bar that shows it while Spark works. Knows no command."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_EVERY_S = 0.2


@dataclass(frozen=True)
class Work:
    """Stages and tasks of the jobs that Spark has begun: how many there are, and how many of them are done."""

    stages: int
    stages_done: int
    tasks: int
    tasks_done: int


class Tracker:
    """What Spark has done since the tracker was created. Spark numbers its jobs one after the other."""

    def __init__(self, spark: SparkSession) -> None:
        self._tracker = spark.sparkContext.statusTracker()
        self._first = self._end(0)

    def read(self) -> Work:
        """The work so far. Stages that Spark skips, because their output is there, count as done with their job."""
        figures = [0, 0, 0, 0]
        for job in range(self._first, self._end(self._first)):
            for number, figure in enumerate(self._job(job)):
                figures[number] += figure
        return Work(*figures)

    def _job(self, job: int) -> tuple[int, int, int, int]:
        info = self._tracker.getJobInfo(job)
        assert info is not None, "the number of a job that has begun"
        tasks = done = stages_done = 0
        for number in info.stageIds:
            stage = self._tracker.getStageInfo(number)
            if stage is None:  # it is not submitted yet
                continue
            finished = stage.numTasks if info.status == "SUCCEEDED" else stage.numCompletedTasks
            tasks, done, stages_done = (
                tasks + stage.numTasks,
                done + finished,
                stages_done + (finished >= stage.numTasks),
            )
        return len(info.stageIds), stages_done, tasks, done

    def _end(self, job: int) -> int:
        """The number that the next job will have."""
        while self._tracker.getJobInfo(job) is not None:
            job += 1
        return job


def _columns() -> tuple[ProgressColumn, ...]:
    what = map(TextColumn, ("{task.description}", "stage {task.fields[stages_done]}/{task.fields[stages]}"))
    tasks = TextColumn("task {task.completed}/{task.total}")
    return (*what, BarColumn(), tasks, TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn())


@contextmanager
def shown(spark: SparkSession, what: str, console: Console) -> Iterator[None]:
    """Show stages and tasks done and the time left, until the block ends; nothing where the output is no terminal."""
    if not console.is_terminal or console.no_color:
        yield
        return
    tracker, ended = Tracker(spark), threading.Event()
    with Progress(*_columns(), console=console, transient=True) as progress:
        bar = progress.add_task(what, total=0, stages=0, stages_done=0)

        def watch() -> None:
            with suppress(Exception):  # if the JVM dies, whoever works with it raises
                while not ended.wait(_EVERY_S):
                    work = tracker.read()
                    fields: dict[str, Any] = {"stages": work.stages, "stages_done": work.stages_done}
                    progress.update(bar, total=work.tasks, completed=work.tasks_done, **fields)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(_EVERY_S * 5)
