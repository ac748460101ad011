"""Which of the JVMs of this process the calls of pyspark go to: it keeps that in attributes of its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Current:
    """What pyspark takes for the JVM of this process; by default that there is none."""

    gateway: Any = None
    jvm: Any = None
    context: Any = None
    session: Any = None
    active: Any = None

    @staticmethod
    def now() -> Current:
        """That which is current."""
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        context: Any = SparkContext
        session: Any = SparkSession
        return Current(
            context._gateway,
            context._jvm,
            context._active_spark_context,
            session._instantiatedSession,
            session._activeSession,
        )

    def use(self) -> None:
        """From now on this is current; what another JVM has given is of use again once that one is."""
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        SparkContext._gateway, SparkContext._jvm = self.gateway, self.jvm
        SparkContext._active_spark_context = self.context
        SparkSession._instantiatedSession, SparkSession._activeSession = self.session, self.active


NONE = Current()
