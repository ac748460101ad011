"""Settings of every Spark session, whatever its format, and why users can't change them. Starts nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from otfbench.spark import machine
from otfbench.spark.cluster import is_cluster

# What a JVM that crashes says of itself has its options in it: it goes to the log, which hides secrets.
_EXTENSIONS = "spark.sql.extensions"
_JAVA_OPTIONS = "-Duser.timezone=UTC -XX:-UsePerfData -XX:+ErrorFileToStdout"


def parallelism(master: str) -> int | None:
    """How many tasks a local master runs at once; None for a cluster, which has its own settings."""
    local = re.fullmatch(r"local(?:\[(\d+|\*)(?:,\d+)?\])?", master)
    if local:
        return machine.cores() if local[1] == "*" else int(local[1] or 1)
    cluster = re.fullmatch(r"local-cluster\[(\d+),(\d+),\d+\]", master)
    return int(cluster[1]) * int(cluster[2]) if cluster else None


def session_conf(master: str, driver_memory: str, scratch: Path) -> dict[str, str]:
    """Settings of every session, whatever its format: small, quiet, in UTC, leaving nothing outside of `scratch`."""
    # Derby, in which a catalog may be, writes its log to its home.
    java_options = f"{_JAVA_OPTIONS} -Djava.io.tmpdir={scratch} -Dderby.system.home={scratch}"
    conf = {
        "spark.master": master,
        "spark.app.name": "otfbench",
        "spark.driver.memory": driver_memory,
        "spark.driver.extraJavaOptions": java_options,
        "spark.local.dir": str(scratch),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # The counters of a case are read from the store behind the UI, which forgets old stages.
        "spark.ui.retainedJobs": "100000",
        "spark.ui.retainedStages": "100000",
        "spark.sql.ui.retainedExecutions": "10",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "spark-warehouse"),
    }
    cores = parallelism(master)
    if is_cluster(master):
        conf["spark.executor.metrics.pollingInterval"] = "100ms"  # the peak of a heap; else it is asked every 10 s
    if cores:
        conf |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.default.parallelism": str(cores),
            "spark.sql.shuffle.partitions": str(cores),
            # The default is 10,000 tasks in listing jobs.
            "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(cores),
        }
    return conf


def with_guests(conf: Mapping[str, str], guests: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Settings of a session that reads tables of guests, too, by their own: it has the extensions of all of them."""
    together: dict[str, str] = {}
    for each in (*guests, conf):
        extensions = ",".join(each_conf[_EXTENSIONS] for each_conf in (together, each) if _EXTENSIONS in each_conf)
        together |= each
        if extensions:
            together[_EXTENSIONS] = ",".join(dict.fromkeys(extensions.split(",")))
    return together


_BY_KEY = "it is the key {} of this file"
_COUNTED = "the counters of a case are read from the store that it is about"
_CORES = "on a local master it is the number of cores: change the master (`spark: {master: local[4]}`)"
_LOCAL = "a local master talks to itself only"
RESERVED = {
    "spark.master": _BY_KEY.format("spark.master"),
    "spark.driver.memory": _BY_KEY.format("spark.driver_memory"),
    "spark.app.name": "it is how a cluster shows our sessions",
    "spark.driver.extraJavaOptions": "it holds the time zone and the temporary folder; Java's options may be given as"
    " spark.driver.defaultJavaOptions",
    "spark.local.dir": "what Spark leaves there is removed with our temporary folder",
    "spark.ui.enabled": "a port per session is opened for it, and it takes memory",
    "spark.ui.showConsoleProgress": "it would write over the terminal",
    "spark.ui.retainedJobs": _COUNTED,
    "spark.ui.retainedStages": _COUNTED,
    "spark.sql.ui.retainedExecutions": _COUNTED,
    "spark.executor.metrics.pollingInterval": "the peak memory of a case's executors is asked that often",
    "spark.sql.session.timeZone": "times are in UTC, so that digests are the same on any machine",
    "spark.sql.catalogImplementation": "a metastore is chosen for a format: formats.NAME.catalog",
    "spark.sql.warehouse.dir": _BY_KEY.format("storage.warehouse"),
    "spark.jars": "it holds the locked jars of the format; jars of your own may be given as `spark: {jars: [...]}`",
    "spark.driver.host": _LOCAL,
    "spark.driver.bindAddress": _LOCAL,
    "spark.default.parallelism": _CORES,
    "spark.sql.shuffle.partitions": _CORES,
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": _CORES,
}
"""Setting of every session -> why a user can't change it."""


def reserved(master: str) -> dict[str, str]:
    """The settings that are ours on this master, with the reasons."""
    ours = {*session_conf(master, "1g", Path()), "spark.jars"}
    return {key: reason for key, reason in RESERVED.items() if key in ours}
