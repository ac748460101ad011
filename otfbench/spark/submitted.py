"""The JVM in which spark-submit has started this process: sessions one after the other, with the jars it was given.

Knows no format. Such a JVM is neither started nor ended here: that is spark-submit's, and the cluster's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from otfbench.errors import JvmError, UnsupportedError, UsageError
from otfbench.spark.causes import first_cause
from otfbench.spark.jvm import Jvm

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PER_FORMAT = "otfbench run --per-format 'spark-submit {}'"
"""How a user lets one run be submitted for each format."""
_TOO_LATE = ("spark.jars", "spark.driver.memory")
"""Settings that a JVM is started with."""


def is_submitted() -> bool:
    """Whether spark-submit has started this process."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


class SubmittedJvm(Jvm):
    """The JVM of spark-submit while one session of ours is up in it."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    def use(self) -> None:
        """It is the only one."""

    @property
    def alive(self) -> bool:
        """Whether the JVM answers, and the session has not ended."""
        try:
            return not self.spark.sparkContext._jsc.sc().isStopped()
        except Exception:  # py4j's, of a connection that is gone
            return False

    def ended_by(self, error: BaseException) -> bool:
        """Whether the error is the death of the JVM, or the end of its session."""
        return not self.alive

    def death_notice(self) -> str:
        """That it has ended; what it logged is with spark-submit, or the cluster."""
        return "The JVM of spark-submit, or its session, has ended: see the log of the driver."

    def stop(self) -> int:
        """End the session; the JVM stays for the next one. There is no exit code yet: 0."""
        from pyspark.sql import SparkSession

        with suppress(Exception):  # it has ended by itself
            self.spark.sparkContext.stop()
        SparkSession._instantiatedSession = SparkSession._activeSession = None
        return 0

    def kill(self) -> None:
        """End what waits for its session."""
        with suppress(Exception):  # it has ended by itself
            self.spark.sparkContext.cancelAllJobs()

    def dump_threads(self) -> None:
        """Where its log is, spark-submit knows."""


def start_session(conf: Mapping[str, str]) -> SubmittedJvm:
    """A session with these settings, in the JVM that is there; raises JvmError if Spark gives none.

    Raises UsageError if spark-submit was given another master, UnsupportedError if it wasn't given a jar.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    gateway: Any = SparkContext._gateway or launch_gateway()  # type: ignore[no-untyped-call]  # pyspark left it so
    _check(gateway.jvm.java.lang.System.getProperty, conf)
    SparkContext._ensure_initialized(gateway=gateway)
    settings = SparkConf(_jvm=gateway.jvm).setAll([(key, conf[key]) for key in conf.keys() - _TOO_LATE])
    try:
        context = SparkContext(conf=settings)
        context.setLogLevel("WARN")  # it goes to the terminal, among what the run says
        return SubmittedJvm(SparkSession(context))
    except Exception as error:
        raise JvmError(f"Spark gave no session ({first_cause(error)}).") from None


def _check(given: Any, conf: Mapping[str, str]) -> None:
    master, jars = given("spark.master"), given("spark.jars") or ""
    if master != conf["spark.master"]:
        raise UsageError(
            f"spark-submit was given the master {master}, and the run has {conf['spark.master']}: give both the same,"
            " by spark.master in otfbench.yaml or --otf-master."
        )
    missing = _names(conf.get("spark.jars", "")) - _names(jars)
    if missing:
        raise UnsupportedError(f"spark-submit was not given {', '.join(sorted(missing))}: submit by {PER_FORMAT}")


def _names(jars: str) -> set[str]:
    return {os.path.basename(jar) for jar in jars.split(",") if jar}
