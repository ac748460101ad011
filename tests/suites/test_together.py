"""Writers, readers and streams at once on real Spark: what is counted, what is caught, what a format loses."""

from __future__ import annotations

import pytest

from tests.suites.workloads import Done, run

WORKLOADS = """
import shutil
import time
from pathlib import Path
import pytest
from otfbench.formats.hadoop import local_path
from otfbench.tables import streaming
from pyspark.sql import functions as F
from otfbench.workloads import read_changes, variants

@pytest.fixture
def meddle(table, monkeypatch):
    def change(name, how, at=3):
        real, calls = getattr(table.format, name), []
        def meddled(*arguments):
            calls.append(arguments)
            return how(real, *arguments) if at in (len(calls), "each") else real(*arguments)
        monkeypatch.setattr(table.format, name, meddled, raising=False)
    return change

@variants("cow")
@pytest.mark.parametrize("kind", ["merge_same", "merge_and_compact"])
def test_meet(measure, table, concurrent_writers, kind):
    writers = concurrent_writers(kind, 2)
    measure(writers.write, expect=writers.expected)

@variants("cow")
def test_lost_append(measure, table, concurrent_writers, meddle):
    writers = concurrent_writers("append", 2)
    meddle("append", lambda real, rows: None)
    measure(writers.write, expect=writers.expected)

@variants("cow")
def test_mixed_up(measure, table, concurrent_writers, meddle):
    writers = concurrent_writers("merge_same", 2)
    def other_values(real, rows, key):
        real(rows, key)
        real(rows.limit(3).withColumn("note", rows.vendor), key)
    meddle("merge", other_values, at="each")
    measure(writers.write, expect=writers.expected)

@variants("cow")
def test_other_error(measure, table, concurrent_writers, meddle):
    def fail(real, rows):
        raise ValueError("no conflict")
    writers = concurrent_writers("append", 2)
    meddle("append", fail)
    measure(writers.write, expect=writers.expected)

@variants("cow")
def test_beside(measure, table, reads_beside_merges):
    measure(reads_beside_merges.run, expect=reads_beside_merges.expected)

@variants("cow")
def test_half_a_merge(measure, table, reads_beside_merges, meddle):
    def in_two(real, rows, key):
        even = rows.trip_id % 2 == 0
        real(rows.where(even), key)
        time.sleep(5)
        real(rows.where(~even), key)
    meddle("merge", in_two, at=5)
    measure(reads_beside_merges.run, expect=reads_beside_merges.expected)

@variants("cow")
def test_flow(measure, table, file_stream):
    measure(file_stream.run, expect=file_stream.expected)

@variants("cow")
def test_file_twice(measure, table, file_stream, monkeypatch):
    real, calls = streaming.add_file, []
    def meddled(spark, source, folder):
        calls.append(source)
        real(spark, source, folder)
        if len(calls) == 8:
            again = Path(local_path(source)).with_name("again.parquet")
            shutil.copy(local_path(source), again)
            real(spark, str(again), folder)
    monkeypatch.setattr(streaming, "add_file", meddled)
    measure(file_stream.run, expect=file_stream.expected)

@variants("feed")
def test_feed(measure, aged):
    measure(read_changes, aged, aged.version(10), expect=aged.changed_rows())

@variants("feed")
@pytest.mark.parametrize("fault", ["lost_delete", "row_twice", "update_as_it_was"])
def test_feed_with(measure, aged, monkeypatch, fault):
    real = aged.format.changes
    def meddled(version, key):
        feed = real(version, key)
        if fault == "lost_delete":
            return feed.where("_change != 'delete' OR trip_id % 2 = 0")
        if fault == "row_twice":
            return feed.unionByName(feed.limit(1))
        return feed.withColumn("note", F.expr("if(_change = 'update', NULL, note)"))
    monkeypatch.setattr(aged.format, "changes", meddled, raising=False)
    measure(read_changes, aged, aged.version(10), expect=aged.changed_rows())
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Exit code, output and records (name of the case -> what it carries) of a run of these workloads."""
    return run(tmp_path_factory.mktemp("together"), WORKLOADS)


def test_writers_that_meet(done: Done) -> None:
    """Each makes its commits; what was refused is counted, and the content is that of some order of the commits."""
    for kind in ("merge_same", "merge_and_compact"):
        record = done[2][f"test_meet[iceberg-{kind}]"]
        figures = record["figures"]
        assert record["verdict"] == "equal" and figures["commits"] == [6]
        assert (figures["conflicts"] == [0]) == (figures["refused_s"] == [0])
    assert done[2]["test_meet[iceberg-merge_same]"]["figures"]["conflicts"][0] > 0


def test_readers_beside_a_writer(done: Done) -> None:
    """Each scan saw one version; medians alone and beside each other are figures of the case."""
    record = done[2]["test_beside[iceberg]"]
    assert record["verdict"] == "equal" and record["figures"]["scans_beside_merges"][0] >= 1
    alone, beside = record["figures"]["merge_alone_s"], record["figures"]["merge_beside_scans_s"]
    assert alone[0] > 0 and beside[0] > 0 and sum((*alone, *beside)) < record["rounds"][0]["wall_s"]


def test_stream_goes_on(done: Done) -> None:
    """Stopped in a batch and started again, a stream has each row once."""
    record = done[2]["test_flow[iceberg]"]
    assert record["verdict"] == "equal" and record["actual"]["rows"] == 612
    assert record["figures"]["longest_latency_s"][0] >= record["figures"]["latency_s"][0] > 0


def test_change_feed(done: Done) -> None:
    """What a feed must say follows from the ten commits."""
    record = done[2]["test_feed[iceberg]"]
    assert record["verdict"] == "equal" and record["actual"]["rows"] > 12


def test_faults_are_caught(done: Done) -> None:
    """A lost commit, a mixture of commits, a merge in two parts, a file twice, wrong feeds; others stay errors."""
    code, printed, records = done
    assert code == 1 and "8 failed, 5 passed" in printed, printed
    feeds = [f"feed_with[iceberg-{fault}]" for fault in ("lost_delete", "row_twice", "update_as_it_was")]
    for fault in ("lost_append[iceberg]", "mixed_up[iceberg]", "file_twice[iceberg]", *feeds):
        assert f"{fault}: the content is not what it must be" in printed
        assert f"test_{fault}" not in records
    assert "A scan beside merges saw 600 rows that no version of the table has" in printed
    assert "ValueError: no conflict" in printed
