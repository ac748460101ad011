"""A cluster: whether its master answers, what its executors see, how many cores they have. Knows no format."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from otfbench.errors import UsageError
from otfbench.spark.status import json_reader

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ANSWER_S = 5
_STARTED_S = 15
"""How long a master that was started beside us, as in containers, may take until it listens."""
_EXECUTORS_S = 60
_SETTLED_S = 3
"""After this many seconds without another executor, those that are there are taken for all."""
_PARTITIONS = {
    "default_parallelism": "spark.default.parallelism",
    "shuffle_partitions": "spark.sql.shuffle.partitions",
    "listing_parallelism": "spark.sql.sources.parallelPartitionDiscovery.parallelism",
}
_HADOOP = ("HADOOP_CONF_DIR", "YARN_CONF_DIR")


def is_cluster(master: str) -> bool:
    """Whether Spark's tasks run in other processes than the driver."""
    return not re.match(r"local(\[|$)", master)


def has_executors(spark: SparkSession) -> bool:
    """Whether the tasks of a session run in other processes than the driver."""
    return is_cluster(spark.sparkContext.master or "local")


def check_reachable(master: str) -> None:
    """Raise UsageError if nobody can answer for this master: Spark itself would try for minutes, for each session."""
    if master == "yarn" and not any(os.environ.get(name) for name in _HADOOP):
        raise UsageError(f"The master is yarn, and neither {' nor '.join(_HADOOP)} says where it is.")
    addresses = re.fullmatch(r"(?:spark|k8s)://(?:https?://)?(.+?)/?", master)
    begin = time.monotonic()
    while addresses and None not in (errors := [_unanswered(each) for each in addresses[1].split(",")]):
        if time.monotonic() - begin > _STARTED_S:
            raise UsageError(
                f"No Spark master answers at {master} ({errors[0]}). Is it running, and is that its address?"
            )
        time.sleep(0.5)


def _unanswered(address: str) -> str | None:
    """Why nothing answers there; None if something does."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host or address, int(port) if host else 443), _ANSWER_S).close()
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


@dataclass(frozen=True)
class Executors:
    """The executors of a session, and into how many tasks it splits work."""

    count: int
    cores: int
    default_parallelism: int
    shuffle_partitions: int
    listing_parallelism: int


def executors(spark: SparkSession) -> Executors:
    """Those that have come once no other has for some seconds; raises UsageError if none comes within a minute."""
    begin = changed = time.monotonic()
    found: list[dict[str, Any]] = []
    while not found or time.monotonic() - changed < _SETTLED_S:
        now = _running(spark)
        if len(now) > len(found):
            found, changed = now, time.monotonic()
        if not found and time.monotonic() - begin > _EXECUTORS_S:
            master = spark.sparkContext.master
            raise UsageError(
                f"{master} gave no executor in {_EXECUTORS_S} s. Has it workers with free cores and memory?"
            )
        time.sleep(0.1)
    default = spark.sparkContext.defaultParallelism
    partitions = {name: int(spark.conf.get(key, str(default)) or default) for name, key in _PARTITIONS.items()}
    return Executors(len(found), sum(each["totalCores"] for each in found), **partitions)


def _running(spark: SparkSession) -> list[dict[str, Any]]:
    everyone = json_reader(spark)(spark.sparkContext._jsc.sc().statusStore().executorList(True))
    return [each for each in everyone if each["id"] != "driver"]


def check_seen(spark: SparkSession, cores: int, folders: Iterable[Path], paths: Sequence[str]) -> None:
    """Raise UsageError if an executor doesn't see a folder, in which we write, or a path: all are of this machine.

    A barrier holds all cores at once, so that each executor is asked. Nothing is said where executors have no Python.
    """
    with ExitStack() as stack:
        marks = [stack.enter_context(NamedTemporaryFile(dir=each, prefix=".otfbench-")).name for each in folders]
        try:
            blind = sorted(_unseen(spark, cores, [*marks, *paths]))
        except Exception:  # its JVMs may see all the same
            return
    for host, path in blind[:1]:
        location = os.path.dirname(path) if path in marks else path
        raise UsageError(f"worker {host} doesn't see {location}: use a disk that all workers share, or name a URI.")


def _unseen(spark: SparkSession, cores: int, paths: Sequence[str]) -> set[tuple[str, str]]:
    """Host and path of what isn't there for an executor."""

    def absent(_: Iterable[int]) -> Iterator[tuple[str, str]]:
        yield from ((socket.gethostname(), path) for path in paths if not os.path.exists(path))

    return set(spark.sparkContext.parallelize(range(cores), cores).barrier().mapPartitions(absent).collect())
