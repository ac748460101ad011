"""Several JVMs of one process at once: each does its own work, is measured by itself, and ends alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from otfbench.config.options import parse_config
from otfbench.measure.bench import Bench
from otfbench.measure.pool import JvmPool
from otfbench.measure.prepared import ruler
from otfbench.tables.session import Session

SMALL = {"driver_memory": "600m", "warmup": 0, "master": "local[1]"}
FORMATS = ("parquet", "delta", "iceberg")


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the run has said."""
    return []


@pytest.fixture(scope="module")
def jvms(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[JvmPool]:
    """Those of a run in which two may be up."""
    bench = Bench(parse_config(SMALL), [], tmp_path_factory.mktemp("log") / "spark.log", said.append)
    bench.fetch(FORMATS)
    jvms = JvmPool(bench, ruler(bench, None), at_once=2)
    yield jvms
    jvms.close()
    bench.close()


def session(jvms: JvmPool, name: str) -> Session:
    """The session of a format, without a warm-up."""
    return jvms.session(name, (), lambda _: None)


def work(each: Session) -> int:
    """What goes through pyspark's classes, functions and views, and through Python's workers."""
    from pyspark.sql import functions as F

    rows = each.spark.range(1000).withColumn("twice", F.col("id") * 2)
    rows.createOrReplaceTempView("v")
    assert each.spark.createDataFrame([(1, "a")], "n int, t string").collect()[0].t == "a"
    assert each.spark.sparkContext.parallelize(range(3)).map(lambda n: n + 1).sum() == 6
    return int(each.spark.sql("SELECT sum(twice) AS s FROM v").collect()[0].s)


def test_each_works_in_its_turn(jvms: JvmPool) -> None:
    """They take turns, any number of times; counters are those of the one that works."""
    for _ in range(2):
        for name in FORMATS[:2]:
            assert work(session(jvms, name)) == 999_000
    one, other = session(jvms, "parquet"), session(jvms, "delta")
    assert one.jvm.pid != other.jvm.pid and one.jvm.alive and other.jvm.alive
    start = one.reader.now()
    work(other)
    other.reader.settle()
    assert one.reader.since(start).counters["jobs"] == 0


def test_idle_time_is_recorded(jvms: JvmPool) -> None:
    """What each used while the other had its turn is known."""
    assert set(jvms.idle) == {"parquet", "delta"}
    assert all(0 <= each["cpu_s"] and 0 < each["wall_s"] for each in jvms.idle.values())


def test_one_more_ends_the_one_unused_for_the_longest(jvms: JvmPool) -> None:
    """There are never more than may be; the one that comes back is a new one."""
    parquet, delta = session(jvms, "parquet"), session(jvms, "delta")
    assert work(session(jvms, "iceberg")) == 999_000
    assert not parquet.jvm.alive and delta.jvm.alive
    assert work(session(jvms, "delta")) == 999_000
    assert session(jvms, "delta") is delta


def test_one_that_dies_leaves_the_others(jvms: JvmPool, said: list[str]) -> None:
    """A JVM that is killed is replaced when its format's turn comes; the others go on."""
    iceberg, delta = session(jvms, "iceberg"), session(jvms, "delta")
    delta.jvm.kill()
    with pytest.raises(Exception) as error:
        delta.spark.range(3).count()
    assert delta.jvm.ended_by(error.value) and iceberg.jvm.alive
    assert work(session(jvms, "iceberg")) == 999_000
    assert session(jvms, "delta") is not delta and work(session(jvms, "delta")) == 999_000
    assert said[-1] == "the JVM of delta died: starting another"


def test_threads_are_dumped(jvms: JvmPool, tmp_path: Path) -> None:
    """One can be asked what its threads are doing."""
    each = session(jvms, "delta")
    each.jvm.dump_threads()
    assert "Full thread dump" in each.jvm._log.read_text()


def test_garbage_is_collected_where_a_round_would_meet_it(jvms: JvmPool) -> None:
    """Only where new objects have no room for as much as the round before made, or nobody knows how much that is."""
    meter = session(jvms, "delta").meter
    meter._allocated_bytes = None
    counts = [meter._count()]
    for allocated in (None, 1000, 10**12, 1000):
        meter._allocated_bytes = allocated
        meter.make_room()
        counts.append(meter._count())
    assert counts[1] > counts[0] and counts[2] == counts[1] and counts[3] > counts[2] and counts[4] == counts[3]
    meter.start()
    work(session(jvms, "delta"))
    meter.stop()
    assert meter._allocated_bytes is None or meter._allocated_bytes > 100_000
